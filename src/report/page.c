/* Text for a person: colour, line wrapping, and what the terminal can show. */
#include "page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Select Graphic Rendition, ECMA-48 8.3.117. */
static const char *const INK_CODES[] = {
    [INK_PLAIN] = NULL, [INK_BOLD] = "1", [INK_GOOD] = "32", [INK_WARN] = "33", [INK_BAD] = "1;31",
};

size_t page_columns(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* What stands for a character of our own words where there is only ASCII. */
static const char *ascii_for(const char *character, size_t length)
{
    static const struct {
        const char *character, *ascii;
    } rows[] = {{"…", "..."}, {"—", "-"}, {"–", "-"}, {"×", "x"}, {"✗", "x"}, {"µ", "u"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strlen(rows[i].character) == length && memcmp(rows[i].character, character, length) == 0)
            return rows[i].ascii;
    return NULL;
}

static char *to_ascii(const char *text)
{
    char *ascii = memory_new(4 * strlen(text) + 1, 1), *to = ascii;

    for (size_t i = 0; text[i] != '\0';) {
        size_t length = 1;
        while (((unsigned char)text[i + length] & 0xc0) == 0x80)
            length++;
        const char *replacement = ascii_for(text + i, length);
        if (replacement != NULL)
            to = stpcpy(to, replacement);
        for (size_t b = 0; replacement == NULL && b < length; b++)
            to += (unsigned char)text[i + b] < 0x80 ? sprintf(to, "%c", text[i + b])
                                                    : sprintf(to, "\\x%02x", (unsigned char)text[i + b]);
        i += length;
    }
    return ascii;
}

char *page_shown(const struct page *page, const char *text)
{
    char *escaped = text_escape(text, strlen(text));

    if (!page->ascii)
        return escaped;
    char *ascii = to_ascii(escaped);
    free(escaped);
    return ascii;
}

static void put_bytes(struct page *page, enum ink ink, const char *text, size_t length)
{
    const char *code = page->color && length > 0 ? INK_CODES[ink] : NULL;

    if (length == 0)
        return;
    fprintf(page->out, "%*s", (int)page->blanks, "");
    page->column += page->blanks + page_columns(text, length);
    page->blanks = 0;
    if (code)
        fprintf(page->out, "\033[%sm", code);
    fwrite(text, 1, length, page->out);
    if (code)
        fputs("\033[0m", page->out);
}

void page_end_line(struct page *page)
{
    fputc('\n', page->out);
    page->column = page->blanks = 0;
}

void page_put(struct page *page, enum ink ink, const char *text, size_t width)
{
    char *line = page_shown(page, text);
    size_t columns = page_columns(line, strlen(line));

    put_bytes(page, ink, line, strlen(line));
    if (width > 0) /* what is wider than its column still has an end */
        page->blanks += columns < width ? width - columns : 1;
    free(line);
}

/* A word that is wider than a line has room for is broken, as the terminal would. */
static size_t bytes_that_fit(const struct page *page, const char *word, size_t length)
{
    size_t room = page->width > page->column + page->blanks ? page->width - page->column - page->blanks : 1;
    size_t bytes = 0;

    while (bytes < length && page_columns(word, bytes + 1) <= room)
        bytes++;
    return bytes;
}

static void begin_next_line(struct page *page, size_t indent)
{
    page_end_line(page);
    page->blanks = indent;
}

static void put_word(struct page *page, size_t indent, enum ink ink, const char *word, size_t length)
{
    if (page->column > indent && page->column + page->blanks + page_columns(word, length) > page->width)
        begin_next_line(page, indent);
    for (size_t bytes; length > 0; word += bytes, length -= bytes) {
        bytes = bytes_that_fit(page, word, length);
        put_bytes(page, ink, word, bytes);
        if (bytes < length)
            begin_next_line(page, indent);
    }
}

/* Up to the next blank, or the one behind it: a number and its unit stay together. */
static size_t word_length(const char *word)
{
    size_t length = strcspn(word, " ");
    const char *unit = word + length;

    if (length == 0 || !isdigit((unsigned char)unit[-1]))
        return length;
    size_t unit_length = strncmp(unit, " ms", 3) == 0 ? 3 : strncmp(unit, " s", 2) == 0 ? 2 : 0;
    if (unit_length == 0 || isalnum((unsigned char)unit[unit_length]))
        return length;
    return length + unit_length + strcspn(unit + unit_length, " ");
}

void page_flow(struct page *page, size_t indent, enum ink ink, const char *text)
{
    char *line = page_shown(page, text);

    if (indent > page->width / 2)
        indent = page->width / 4;
    for (const char *at = line; *at != '\0';) {
        size_t blanks = strspn(at, " "), word = word_length(at + blanks);
        page->blanks += blanks;
        put_word(page, indent, ink, at + blanks, word);
        at += blanks + word;
    }
    free(line);
}

void page_paragraph(struct page *page, size_t indent, enum ink ink, const char *label, const char *text)
{
    page->blanks += indent;
    page_flow(page, indent + 2, ink, label);
    page_flow(page, indent + 2, INK_PLAIN, text);
    page_end_line(page);
}

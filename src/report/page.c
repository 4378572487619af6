/* Text for a person: colour and line wrapping. */
#include "page.h"

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

static void put_bytes(struct page *page, const char *text, size_t length)
{
    fwrite(text, 1, length, page->out);
    page->column += page_columns(text, length);
}

static void put_blanks(struct page *page, size_t count)
{
    fprintf(page->out, "%*s", (int)count, "");
    page->column += count;
}

void page_end_line(struct page *page)
{
    fputc('\n', page->out);
    page->column = 0;
}

void page_put(struct page *page, enum ink ink, const char *text, size_t width)
{
    const char *code = page->color && *text != '\0' ? INK_CODES[ink] : NULL;
    char *escaped = text_escape(text, strlen(text));
    size_t begin = page->column;

    if (code)
        fprintf(page->out, "\033[%sm", code);
    put_bytes(page, escaped, strlen(escaped));
    if (code)
        fputs("\033[0m", page->out);
    if (page->column < begin + width)
        put_blanks(page, begin + width - page->column);
    free(escaped);
}

void page_flow(struct page *page, size_t indent, const char *text)
{
    char *escaped = text_escape(text, strlen(text));
    const char *at = escaped;

    while (*at != '\0') {
        size_t blanks = strspn(at, " ");
        size_t word = strcspn(at + blanks, " ");
        if (page->column > indent && page->column + blanks + page_columns(at + blanks, word) > page->width) {
            page_end_line(page);
            put_blanks(page, indent);
            at += blanks;
            blanks = 0;
        }
        put_bytes(page, at, blanks + word);
        at += blanks + word;
    }
    free(escaped);
}

void page_paragraph(struct page *page, size_t indent, enum ink ink, const char *label, const char *text)
{
    put_blanks(page, indent);
    page_put(page, ink, label, 0);
    page_flow(page, indent + 2, text);
    page_end_line(page);
}

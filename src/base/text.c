/* Strings in fresh memory, and what of them may be shown. */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int status_without_memory = EXIT_FAILURE;

void memory_end_with(int status)
{
    status_without_memory = status;
}

void memory_end(void)
{
    fputs("vmnetcheck: out of memory\n", stderr);
    _Exit(status_without_memory);
}

static void *or_die(void *memory)
{
    if (memory == NULL)
        memory_end();
    return memory;
}

void *memory_new(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size));
}

void *memory_resize(void *old, size_t count, size_t size)
{
    return or_die(reallocarray(old, count ? count : 1, size));
}

char *text_vformat(const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        text = or_die(NULL);
    return text;
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = text_vformat(format, arguments);
    va_end(arguments);
    return text;
}

void text_list_add(struct text_list *list, char *owned)
{
    list->items = memory_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = owned;
}

void text_list_addf(struct text_list *list, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_list_add(list, text_vformat(format, arguments));
    va_end(arguments);
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}

char *text_list_join_by(struct text_list *list, const char *separator)
{
    size_t length = 1;

    for (size_t i = 0; i < list->count; i++)
        length += strlen(list->items[i]) + (i > 0 ? strlen(separator) : 0);
    char *joined = memory_new(length, 1), *to = joined;
    for (size_t i = 0; i < list->count; i++)
        to = stpcpy(stpcpy(to, i > 0 ? separator : ""), list->items[i]);
    text_list_free(list);
    return joined;
}

char *text_list_join(struct text_list *list)
{
    return text_list_join_by(list, ", ");
}

const char *text_plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

/* What is printable UTF-8 and yet not seen as what it is: it reorders, hides, or breaks a line on the
 * terminal, or is no character at all (Unicode: general category Cf, default ignorable, noncharacters). */
static bool is_treacherous(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x80, 0x9f},        /* C1 controls */
        {0xad, 0xad},        /* soft hyphen */
        {0x34f, 0x34f},      /* grapheme joiner */
        {0x600, 0x605},      /* number signs that swallow what follows */
        {0x61c, 0x61c},      /* Arabic letter mark */
        {0x115f, 0x1160},    /* Hangul fillers */
        {0x180b, 0x180f},    /* Mongolian selectors, vowel separator */
        {0x200b, 0x200f},    /* zero width, marks of direction */
        {0x2028, 0x202e},    /* separators of lines, embeddings and overrides of direction */
        {0x2060, 0x206f},    /* joiners, isolates of direction */
        {0x3164, 0x3164},    /* Hangul filler */
        {0xe000, 0xf8ff},    /* private use: what it shows is the font's to say */
        {0xfdd0, 0xfdef},    /* noncharacters */
        {0xfe00, 0xfe0f},    /* variation selectors */
        {0xfeff, 0xfeff},    /* byte order mark */
        {0xffa0, 0xffa0},    /* Hangul filler */
        {0xfff0, 0xfffb},    /* annotations */
        {0xe0000, 0x10ffff}, /* tags, selectors, private use */
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return (code & 0xfffe) == 0xfffe; /* noncharacters */
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629 4) and its code point; 0 if there is none. */
static size_t decode(const uint8_t *s, size_t length, uint32_t *ret_code)
{
    static const struct {
        uint8_t first, last, second_min, second_max, size;
    } rows[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        if (s[0] < rows[r].first || s[0] > rows[r].last || length < rows[r].size)
            continue;
        if (rows[r].size > 1 && (s[1] < rows[r].second_min || s[1] > rows[r].second_max))
            return 0;
        *ret_code = rows[r].size == 1 ? s[0] : s[0] & (0x7fU >> rows[r].size);
        for (size_t i = 1; i < rows[r].size; i++) {
            if ((s[i] & 0xc0) != 0x80)
                return 0;
            *ret_code = *ret_code << 6 | (s[i] & 0x3fU);
        }
        return rows[r].size;
    }
    return 0;
}

/* Length of the printable sequence at s, 0 if there is none. */
static size_t printable_sequence(const uint8_t *s, size_t length)
{
    uint32_t code;

    if (*s >= 0x20 && *s < 0x7f) /* nearly all there is */
        return 1;
    size_t size = decode(s, length, &code);

    return size > 0 && code >= 0x20 && code != 0x7f && !is_treacherous(code) ? size : 0;
}

char *text_escape(const char *text, size_t length)
{
    const uint8_t *s = (const uint8_t *)text;
    char *escaped = memory_new(4 * length + 1, 1), *to = escaped;

    for (size_t i = 0; i < length;) {
        size_t size = printable_sequence(s + i, length - i);
        if (size == 0) {
            to += sprintf(to, "\\x%02x", s[i++]);
        } else {
            memcpy(to, s + i, size);
            to += size;
            i += size;
        }
    }
    return escaped;
}

bool text_is_plain(const char *text)
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-";

    return *text != '\0' && *text != '-' && text[strspn(text, plain)] == '\0';
}

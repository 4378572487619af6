/* Strings in fresh memory, and what of them may be shown. */
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *memory)
{
    if (memory == NULL) {
        fputs("vmnetcheck: out of memory\n", stderr);
        abort();
    }
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

char *text_list_join(struct text_list *list)
{
    char *joined = text_format("%s", list->count > 0 ? list->items[0] : "");

    for (size_t i = 1; i < list->count; i++) {
        char *longer = text_format("%s, %s", joined, list->items[i]);
        free(joined);
        joined = longer;
    }
    text_list_free(list);
    return joined;
}

const char *text_plural(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

/* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: they reorder or break a line on the terminal. */
static bool is_format_control(const uint8_t *s, size_t length)
{
    if (length < 3 || s[0] != 0xe2)
        return false;
    return (s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
           (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629 4), 0 if there is none, or if it is a control
 * character. */
static size_t printable_sequence(const uint8_t *s, size_t length)
{
    static const struct {
        uint8_t first, last, second_min, second_max, size;
    } rows[] = {
        {0x20, 0x7e, 0, 0, 1},       {0xc2, 0xc2, 0xa0, 0xbf, 2}, /* C1 controls, U+0080 to U+009F, are left
                                                                     out */
        {0xc3, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        if (s[0] < rows[r].first || s[0] > rows[r].last || length < rows[r].size)
            continue;
        if (is_format_control(s, length))
            return 0;
        if (rows[r].size > 1 && (s[1] < rows[r].second_min || s[1] > rows[r].second_max))
            continue;
        for (size_t i = 2; i < rows[r].size; i++)
            if ((s[i] & 0xc0) != 0x80)
                return 0;
        return rows[r].size;
    }
    return 0;
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

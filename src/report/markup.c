/* Text as markup has it, whoever wrote it. */
#include "markup.h"

#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void put_character(FILE *out, char c)
{
    switch (c) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    default:
        fputc(c, out);
    }
}

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* How many bytes so many characters are; all of it if there are no more. */
static size_t length_of(const char *text, size_t characters)
{
    const char *end = text;

    for (; *end != '\0'; end++)
        if (begins_character(*end) && characters-- == 0)
            break;
    return (size_t)(end - text);
}

void markup_short_text(FILE *out, const char *text, size_t most)
{
    char *escaped = text_escape(text, strlen(text));
    size_t length = length_of(escaped, most);
    bool is_cut = escaped[length] != '\0';

    if (is_cut)
        length = length_of(escaped, most - 1);
    for (size_t i = 0; i < length; i++)
        put_character(out, escaped[i]);
    fputs(is_cut ? "\u2026" : "", out);
    free(escaped);
}

void markup_text(FILE *out, const char *text)
{
    markup_short_text(out, text, SIZE_MAX);
}

void markup_textf(FILE *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = text_vformat(format, arguments);
    va_end(arguments);
    markup_text(out, text);
    free(text);
}

void markup_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    markup_text(out, value);
    fputc('"', out);
}

void markup_element(FILE *out, const char *element, const char *class, const char *text)
{
    fprintf(out, "<%s", element);
    if (class != NULL)
        markup_attribute(out, "class", class);
    fputc('>', out);
    markup_text(out, text);
    fprintf(out, "</%s>", element);
}

/* Words as systemd splits them (extract-word.c, env-util.c): not as a shell does. */
#include "systemd_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A line that is gone through, with the line of the file that each byte is from. */
struct cursor {
    const struct shell_word *line;
    size_t at, mark;
};

static int peek(const struct cursor *cursor, size_t ahead)
{
    return cursor->line->length - cursor->at > ahead ? (unsigned char)cursor->line->text[cursor->at + ahead]
                                                     : -1;
}

static unsigned line_number(struct cursor *cursor)
{
    const struct shell_word *line = cursor->line;

    while (cursor->mark + 1 < line->mark_count && line->marks[cursor->mark + 1].offset <= cursor->at)
        cursor->mark++;
    return line->marks[cursor->mark].line;
}

static void add_empty(struct shell_word *word, unsigned line)
{
    shell_word_add(word, ' ', line);
    word->length = 0;
    word->text[0] = '\0';
}

/* Digits of a base, so many of them: the byte that they mean. -1 if they are others, or it is NUL. */
static int read_byte(struct cursor *cursor, size_t digits, int base)
{
    char text[4] = "", *end;

    for (size_t i = 0; i < digits && peek(cursor, i) >= 0; i++)
        text[i] = (char)peek(cursor, i);
    long byte = strtol(text, &end, base);
    if (*end != '\0' || strlen(text) != digits || !isxdigit((unsigned char)text[0]) || byte <= 0 ||
        byte > 255)
        return -1;
    cursor->at += digits;
    return (int)byte;
}

/* Behind a backslash: the byte that is meant. What is no escape stands as it is written. */
static void read_escape(struct cursor *cursor, struct shell_word *word, unsigned line)
{
    static const char names[] = "abfnrtvs\\\"'", bytes[] = "\a\b\f\n\r\t\v \\\"'";
    int c = peek(cursor, 0), byte = -1;
    const char *found = c > 0 ? strchr(names, c) : NULL;
    size_t start = cursor->at;

    cursor->at++;
    if (found != NULL)
        byte = (unsigned char)bytes[found - names];
    else if (c == 'x')
        byte = read_byte(cursor, 2, 16);
    else if (c >= '0' && c <= '7') {
        cursor->at = start;
        byte = read_byte(cursor, 3, 8);
    }
    if (byte < 0) {
        cursor->at = start;
        byte = '\\';
    }
    shell_word_add(word, (char)byte, line);
}

/* %% is a percent sign; what other specifiers stand for depends on the instance and the host. */
static void read_percent(struct cursor *cursor, struct shell_word *word, unsigned line)
{
    int next = peek(cursor, 1);

    shell_word_add(word, '%', line);
    cursor->at += next == '%' ? 2 : 1;
    word->unresolved |= isalpha(next) != 0;
}

static void split_word(struct cursor *cursor, struct shell_words *ret)
{
    struct shell_word word = {0};
    int quote = 0;

    add_empty(&word, line_number(cursor));
    for (int c; (c = peek(cursor, 0)) >= 0 && (quote != 0 || !isspace(c));) {
        unsigned line = line_number(cursor);
        if (c == '\\' && peek(cursor, 1) >= 0) {
            cursor->at++;
            read_escape(cursor, &word, line);
        } else if (c == quote || (quote == 0 && (c == '\'' || c == '"'))) {
            quote = quote != 0 ? 0 : c;
            word.quoted = true;
            cursor->at++;
        } else if (c == '%') {
            read_percent(cursor, &word, line);
        } else {
            shell_word_add(&word, (char)c, line);
            cursor->at++;
        }
    }
    shell_words_push(ret, word);
}

void systemd_split(const struct shell_word *line, size_t offset, struct shell_words *ret)
{
    struct cursor cursor = {.line = line, .at = offset};

    for (int c; (c = peek(&cursor, 0)) >= 0;)
        if (isspace(c))
            cursor.at++;
        else
            split_word(&cursor, ret);
}

/* The length of NAME, or of {NAME}, behind a dollar sign; 0 if there is none. */
static size_t name_length(const char *text, bool braces)
{
    size_t length = braces;

    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    if (braces && text[0] == '{' && text[length] == '}' && shell_is_name(text + 1, length - 1))
        return length + 1;
    return !braces && shell_is_name(text, length) ? length : 0;
}

/* The value of a variable, NULL if it is not known, or too much. */
static const struct shell_word *value_of(struct shell *shell, const char *name, size_t length)
{
    char *copy = text_format("%.*s", (int)length, name);
    const struct shell_words *value = NULL;
    bool array, known = shell_lookup(shell, copy, &value, &array) == SHELL_KNOWN && value->count > 0;

    free(copy);
    if (!known || value->items[0].length >= shell->budget)
        return NULL;
    shell->budget -= value->items[0].length;
    return &value->items[0];
}

/* ${NAME} anywhere in a word; $$ is a dollar sign. */
static void expand_inside(struct shell *shell, const struct shell_word *word, struct shell_word *to)
{
    struct cursor cursor = {.line = word};

    to->unresolved = word->unresolved;
    while (peek(&cursor, 0) >= 0) {
        const char *text = word->text + cursor.at;
        unsigned line = line_number(&cursor);
        size_t length = text[0] == '$' && text[1] == '{' ? name_length(text + 1, true) : 0;
        const struct shell_word *value = length > 0 ? value_of(shell, text + 2, length - 2) : NULL;
        if (value != NULL) {
            shell_word_append(to, value);
            cursor.at += length + 1;
            continue;
        }
        to->unresolved |= length > 0;
        shell_word_add(to, text[0], line);
        cursor.at += text[0] == '$' && text[1] == '$' ? 2 : 1;
    }
}

void systemd_expand(struct shell *shell, const struct shell_word *word, struct shell_words *words)
{
    bool whole =
        word->text[0] == '$' && word->length > 1 && name_length(word->text + 1, false) == word->length - 1;
    const struct shell_word *value = whole ? value_of(shell, word->text + 1, word->length - 1) : NULL;
    struct shell_word expanded = {0};

    if (value != NULL) { /* blanks in it part words */
        systemd_split(value, 0, words);
        return;
    }
    add_empty(&expanded, word->marks[0].line);
    expand_inside(shell, word, &expanded);
    expanded.unresolved |= whole;
    shell_words_push(words, expanded);
}

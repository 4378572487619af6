/* The shell's text as a row of bytes, and words as values. */
#include "shell.h"

#include "grow.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int shell_peek(const struct shell *shell, size_t ahead)
{
    return shell->size - shell->position > ahead ? (unsigned char)shell->text[shell->position + ahead] : -1;
}

int shell_take(struct shell *shell)
{
    int c = shell_peek(shell, 0);

    if (c < 0)
        return c;
    shell->line += c == '\n';
    shell->position++;
    return c;
}

unsigned shell_line(struct shell *shell)
{
    const struct shell_word *word = shell->word;

    if (word == NULL)
        return shell->line;
    while (shell->mark > 0 && word->marks[shell->mark].offset > shell->position)
        shell->mark--;
    while (shell->mark + 1 < word->mark_count && word->marks[shell->mark + 1].offset <= shell->position)
        shell->mark++;
    return word->marks[shell->mark].line;
}

void shell_skip(struct shell *shell, size_t count)
{
    while (count-- > 0)
        (void)shell_take(shell);
}

bool shell_is_continuation(const struct shell *shell)
{
    return shell_peek(shell, 0) == '\\' && shell_peek(shell, 1) == '\n';
}

void shell_skip_blanks(struct shell *shell)
{
    for (;; shell_skip(shell, 1)) {
        int c = shell_peek(shell, 0);
        if (shell_is_continuation(shell))
            shell_skip(shell, 1);
        else if (c != ' ' && c != '\t' && c != '\r')
            return;
    }
}

void shell_skip_line(struct shell *shell)
{
    while (shell_peek(shell, 0) >= 0 && shell_peek(shell, 0) != '\n')
        shell->position++;
}

/* From `open` to its `close`, both included; quotes hide both. */
void shell_skip_nested(struct shell *shell, int open, int close)
{
    int depth = 0, quote = 0;

    for (int c; (c = shell_take(shell)) >= 0;) {
        if (c == '\\' && quote != '\'')
            (void)shell_take(shell);
        else if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if (c == '\'' || c == '"')
            quote = c;
        else if (c == open)
            depth++;
        else if (c == close && --depth <= 0)
            return;
    }
}

static void word_free(struct shell_word *word)
{
    free(word->text);
    free(word->marks);
    if (word->array != NULL)
        shell_words_free(word->array);
    free(word->array);
}

void shell_words_clear(struct shell_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        word_free(&words->items[i]);
    words->count = 0;
    words->more = false;
}

void shell_words_free(struct shell_words *words)
{
    shell_words_clear(words);
    free(words->items);
    *words = (struct shell_words){0};
}

bool shell_is_name(const char *text, size_t length)
{
    if (length == 0 || isdigit((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return true;
}

bool shell_is_one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

static void mark_line(struct shell_word *word, unsigned line)
{
    if (word->mark_count > 0 && word->length == 0)
        word->mark_count = 0;
    if (word->mark_count > 0 && word->marks[word->mark_count - 1].line == line)
        return;
    word->marks = grow(word->marks, &word->mark_count, sizeof *word->marks);
    word->marks[word->mark_count - 1] = (struct shell_mark){.offset = word->length, .line = line};
}

void shell_word_add(struct shell_word *word, char c, unsigned line)
{
    mark_line(word, line);
    if (word->length + 2 > word->capacity) {
        word->capacity = 2 * (word->length + 2);
        word->text = memory_resize(word->text, word->capacity, 1);
    }
    word->text[word->length++] = c;
    word->text[word->length] = '\0';
}

void shell_word_append(struct shell_word *to, const struct shell_word *from)
{
    size_t mark = 0;

    for (size_t i = 0; i < from->length; i++) {
        while (mark + 1 < from->mark_count && from->marks[mark + 1].offset <= i)
            mark++;
        shell_word_add(to, from->text[i], from->marks[mark].line);
    }
    to->unresolved |= from->unresolved;
}

void shell_words_push(struct shell_words *words, struct shell_word word)
{
    words->more |= words->count == SHELL_WORDS_MAX;
    if (words->more) {
        word_free(&word);
        return;
    }
    words->items = grow(words->items, &words->count, sizeof *words->items);
    words->items[words->count - 1] = word;
}

/* Words of a shell: quotes, expansions, where one ends (POSIX.1-2017, XCU 2.2 to 2.6). */
#include "shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A word in the making. */
struct draft {
    struct shell_word word;
    bool started, equals_seen;
};

static void add_char(struct draft *draft, char c, unsigned line)
{
    shell_word_add(&draft->word, c, line);
    draft->started = true;
}

/* An empty word, "", is one too. */
static void start(struct draft *draft, unsigned line)
{
    if (!draft->started) {
        add_char(draft, ' ', line);
        draft->word.length = 0;
        draft->word.text[0] = '\0';
    }
}

static void finish(struct draft *draft, struct shell_words *words)
{
    if (!draft->started)
        return;
    shell_words_push(words, draft->word);
    *draft = (struct draft){0};
}

/* The source text itself, because what it stands for is not known. */
static void add_raw(struct shell *shell, struct draft *draft, size_t from)
{
    for (size_t i = from; i < shell->position; i++)
        add_char(draft, shell->text[i], shell_line(shell));
    draft->word.unresolved = true;
}

/* Counts the open brackets of text that stands for something unknown: `$(cat f)` is not split. */
static int nesting_after(int nesting, const char *at, char before)
{
    if (*at == '`')
        return nesting == 0 ? 1 : 0;
    if (nesting == 0)
        return (*at == '(' || *at == '{') && before == '$';
    return nesting + (*at == '(' || *at == '{') - (*at == ')' || *at == '}');
}

/* The text of a value. words: the list to which its blanks split the draft, or NULL if they do not. */
static void add_value(struct draft *draft, struct shell_words *words, const struct shell_word *value)
{
    size_t mark = 0;
    int nesting = 0;

    for (size_t i = 0; i < value->length; i++) {
        const char *at = &value->text[i];
        while (mark + 1 < value->mark_count && value->marks[mark + 1].offset <= i)
            mark++;
        if (value->unresolved)
            nesting = nesting_after(nesting, at, i > 0 ? at[-1] : '\0');
        if (words != NULL && nesting == 0 && strchr(" \t\r\n", *at) != NULL) {
            finish(draft, words);
            continue;
        }
        add_char(draft, *at, value->marks[mark].line);
        draft->word.unresolved |= value->unresolved && (*at == '$' || *at == '`');
    }
}

/* How an expansion goes into the word. */
struct context {
    struct draft *draft;
    struct shell_words
        *words; /* where finished words go; NULL in the word of ${V:-word}, which is not split */
    bool quoted;
};

static bool splits(const struct context *context)
{
    return context->words != NULL && !context->quoted && !context->draft->word.assignment;
}

static bool spend(struct shell *shell, const struct shell_words *value)
{
    for (size_t i = 0; i < value->count; i++) {
        if (value->items[i].length >= shell->budget)
            return false;
        shell->budget -= value->items[i].length + 1;
    }
    return true;
}

/* all: ${V[@]} rather than $V, which is the first of an array. */
static void add_values(struct context *context, const struct shell_words *value, bool all)
{
    for (size_t i = 0; i < value->count && (all || i == 0); i++) {
        if (i > 0 && context->words != NULL && !context->draft->word.assignment)
            finish(context->draft, context->words);
        else if (i > 0)
            add_char(context->draft, ' ', value->items[i].marks[0].line);
        if (context->quoted)
            start(context->draft, value->items[i].marks[0].line);
        add_value(context->draft, splits(context) ? context->words : NULL, &value->items[i]);
    }
}

static bool in_test(const struct shell *shell)
{
    static const char *const tests[] = {"[", "[[", "test", NULL};

    return shell->words.count > 0 && shell_is_one_of(shell->words.items[0].text, tests);
}

/* A test whether a variable is empty which the script itself never set ("set it if it is empty"): taken as
 * empty, remembered. */
static bool assume_unset(struct shell *shell, const char *name)
{
    if (!in_test(shell))
        return false;
    if (shell->assumed == NULL)
        shell->assumed = text_format("%s", name);
    else if (strcmp(shell->assumed, name) != 0)
        shell->assumed_several = true;
    return true;
}

static void expand_variable(struct shell *shell, struct context *context, const char *name, size_t from,
                            bool all)
{
    const struct shell_words *value;
    bool array;

    switch (shell_lookup(shell, name, &value, &array)) {
    case SHELL_KNOWN:
        if (spend(shell, value))
            add_values(context, value, all);
        else
            add_raw(shell, context->draft, from);
        break;
    case SHELL_UNSET:
        if (assume_unset(shell, name))
            break;
        add_raw(shell, context->draft, from);
        break;
    default:
        add_raw(shell, context->draft, from);
    }
}

static void expand(struct shell *shell, struct context *context);

static void read_single_quotes(struct shell *shell, struct draft *draft)
{
    start(draft, shell_line(shell));
    for (shell_skip(shell, 1); shell_peek(shell, 0) >= 0 && shell_peek(shell, 0) != '\'';) {
        unsigned line = shell_line(shell);
        add_char(draft, (char)shell_take(shell), line);
    }
    shell_skip(shell, 1);
    draft->word.quoted = true;
}

/* A comment: `$(# …)`, `$(: …)`. In $(# …) sh ends the comment at the newline, ksh at the parenthesis if one
 * closes in the line; who writes it in one line means the latter. */
static bool skip_comment(struct shell *shell, size_t inside)
{
    while (shell_peek(shell, inside) == ' ' || shell_peek(shell, inside) == '\t')
        inside++;
    int c = shell_peek(shell, inside), next = shell_peek(shell, inside + 1);
    if (c == ':' && (next == ' ' || next == '\t' || next == '\n' || next == ')')) {
        shell_skip(shell, 1);
        shell_skip_nested(shell, '(', ')');
        return true;
    }
    if (c != '#')
        return false;
    shell_skip(shell, inside);
    for (int depth = 1; (c = shell_peek(shell, 0)) >= 0 && c != '\n'; shell_skip(shell, 1)) {
        depth += (c == '(') - (c == ')');
        if (depth == 0) {
            shell_skip(shell, 1);
            return true;
        }
    }
    while (c >= 0 && (c = shell_take(shell)) >= 0 && c != ')')
        continue;
    return true;
}

static void expand_command(struct shell *shell, struct context *context)
{
    size_t from = shell->position;

    if (shell_peek(shell, 2) != '(' && skip_comment(shell, 2))
        return;
    shell_skip(shell, 1);
    shell_skip_nested(shell, '(', ')');
    add_raw(shell, context->draft, from);
}

static void expand_backquotes(struct shell *shell, struct context *context)
{
    size_t from = shell->position, inside = 1;

    while (shell_peek(shell, inside) == ' ' || shell_peek(shell, inside) == '\t')
        inside++;
    bool comment = shell_peek(shell, inside) == '#' || shell_peek(shell, inside) == ':';
    shell_skip(shell, 1);
    for (int c; (c = shell_take(shell)) >= 0 && c != '`';)
        if (c == '\\')
            (void)shell_take(shell);
    if (!comment)
        add_raw(shell, context->draft, from);
}

static void read_quotes(struct shell *shell, struct context *context)
{
    struct context inside = *context;

    inside.quoted = true;
    start(context->draft, shell_line(shell));
    context->draft->word.quoted = true;
    shell_skip(shell, 1);
    for (int c; (c = shell_peek(shell, 0)) >= 0 && c != '"';) {
        unsigned line = shell_line(shell);
        if (c == '$') {
            expand(shell, &inside);
        } else if (c == '`') {
            expand_backquotes(shell, &inside);
        } else if (shell_is_continuation(shell)) {
            shell_skip(shell, 2);
        } else {
            if (c == '\\' && shell_peek(shell, 1) >= 0 && strchr("$`\"\\", shell_peek(shell, 1)) != NULL)
                shell_skip(shell, 1);
            add_char(inside.draft, (char)shell_take(shell), line);
        }
    }
    shell_skip(shell, 1);
}

/* The word of ${V:-word}, up to and with the '}'. */
static void read_operand(struct shell *shell, struct draft *draft, bool quoted)
{
    struct context context = {.draft = draft, .quoted = quoted};

    start(draft, shell_line(shell));
    for (int c; (c = shell_peek(shell, 0)) >= 0 && c != '}';) {
        unsigned line = shell_line(shell);
        if (c == '$') {
            expand(shell, &context);
        } else if (c == '`') {
            expand_backquotes(shell, &context);
        } else if (c == '"') {
            read_quotes(shell, &context);
        } else if (c == '\'' && !quoted) {
            read_single_quotes(shell, draft);
        } else if (shell_is_continuation(shell)) {
            shell_skip(shell, 2);
        } else {
            if (c == '\\')
                shell_skip(shell, 1);
            add_char(draft, shell_peek(shell, 0) >= 0 ? (char)shell_take(shell) : '\\', line);
        }
    }
    shell_skip(shell, 1);
}

/* ${V:-word}, ${V:=word}, ${V:+word} and the same without ':'. The position is at the operator; from is the
 * '$'. */
static void expand_operator(struct shell *shell, struct context *context, const char *name, size_t from)
{
    bool colon = shell_peek(shell, 0) == ':', array;
    const struct shell_words *value;
    struct draft operand = {0};
    struct shell_words words = {0};

    shell_skip(shell, colon);
    int kind = shell_take(shell);
    read_operand(shell, &operand, context->quoted);
    finish(&operand, &words);

    enum shell_lookup found = shell_lookup(shell, name, &value, &array);
    bool present = found == SHELL_KNOWN && value->count > 0 && !(colon && value->items[0].length == 0);
    if (found == SHELL_UNKNOWN) {
        add_raw(shell, context->draft, from);
    } else if (kind == '+' ? present : !present) {
        if (spend(shell, &words))
            add_values(context, &words, false);
        if (kind == '=')
            shell_assign(shell, name, &words, false, false);
    } else if (present && kind != '+') {
        if (spend(shell, value))
            add_values(context, value, false);
        else
            add_raw(shell, context->draft, from);
    }
    shell_words_free(&words);
}

static bool is_operator(const struct shell *shell)
{
    int c = shell_peek(shell, shell_peek(shell, 0) == ':');
    return c == '-' || c == '=' || c == '+';
}

static char *read_name(struct shell *shell)
{
    size_t length = 0;

    while (isalnum(shell_peek(shell, length)) || shell_peek(shell, length) == '_')
        length++;
    char *name = text_format("%.*s", (int)length, shell->text + shell->position);
    shell->position += length;
    return name;
}

static void expand_braces(struct shell *shell, struct context *context)
{
    size_t from = shell->position;
    unsigned line = shell->line;

    shell_skip(shell, 2);
    char *name = read_name(shell);
    bool named = shell_is_name(name, strlen(name));
    if (named && shell_peek(shell, 0) == '}') {
        shell_skip(shell, 1);
        expand_variable(shell, context, name, from, false);
    } else if (named && shell_peek(shell, 0) == '[' &&
               (shell_peek(shell, 1) == '@' || shell_peek(shell, 1) == '*') && shell_peek(shell, 2) == ']' &&
               shell_peek(shell, 3) == '}') {
        shell_skip(shell, 4);
        expand_variable(shell, context, name, from, true);
    } else if (named && is_operator(shell) && shell->nesting < SHELL_NESTING) {
        shell->nesting++;
        expand_operator(shell, context, name, from);
        shell->nesting--;
    } else {
        shell->position = from + 1;
        shell->line = line;
        shell_skip_nested(shell, '{', '}');
        add_raw(shell, context->draft, from);
    }
    free(name);
}

static void expand(struct shell *shell, struct context *context)
{
    size_t from = shell->position;
    int next = shell_peek(shell, 1);

    if (next == '(') {
        expand_command(shell, context);
    } else if (next == '{') {
        expand_braces(shell, context);
    } else if (isalpha(next) || next == '_') {
        shell_skip(shell, 1);
        char *name = read_name(shell);
        expand_variable(shell, context, name, from, false);
        free(name);
    } else if (next > 0 && strchr("0123456789@*#?$!-", next) != NULL) {
        shell_skip(shell, 2);
        add_raw(shell, context->draft, from);
    } else {
        shell_skip(shell, 1);
        if (context->quoted || (next != '\'' && next != '"')) /* $'…' and $"…" are quotes */
            add_char(context->draft, '$', shell_line(shell));
    }
}

/* Does the shell take NAME=… as an assignment here? */
static bool may_assign(const struct shell *shell)
{
    static const char *const declarers[] = {"export", "local", "readonly", "declare", "typeset", "env", NULL};

    if (shell->words.count == 0)
        return true;
    const struct shell_word *first = &shell->words.items[0], *last = first + shell->words.count - 1;
    return last->assignment || shell_is_one_of(last->text, declarers) ||
           shell_is_one_of(first->text, declarers);
}

static void read_array(struct shell *shell, struct draft *draft)
{
    struct shell_words *array = memory_new(1, sizeof *array);

    for (shell_skip(shell, 1); shell_peek(shell, 0) >= 0 && shell_peek(shell, 0) != ')';) {
        int c = shell_peek(shell, 0);
        if (c == '#')
            shell_skip_line(shell);
        else if (isspace(c) || shell_is_continuation(shell) || strchr(";&|<>(", c) != NULL)
            shell_skip(shell, 1 + shell_is_continuation(shell));
        else
            shell_read_word(shell, array);
    }
    shell_skip(shell, 1);
    draft->word.array = array;
}

/* After the '=' of a word. */
static void mark_assignment(struct shell *shell, struct draft *draft, const struct shell_words *words)
{
    size_t length = draft->word.length - 1;

    if (draft->equals_seen)
        return;
    draft->equals_seen = true;
    if (words != &shell->words || draft->word.quoted || draft->word.unresolved || !may_assign(shell))
        return;
    if (length > 0 && draft->word.text[length - 1] == '+')
        length--;
    draft->word.assignment = shell_is_name(draft->word.text, length);
    if (draft->word.assignment && shell_peek(shell, 0) == '(')
        read_array(shell, draft);
}

void shell_read_word(struct shell *shell, struct shell_words *words)
{
    struct draft draft = {0};
    struct context context = {.draft = &draft, .words = words};

    for (int c; (c = shell_peek(shell, 0)) >= 0 && strchr(" \t\r\n;&|<>()", c) == NULL;) {
        unsigned line = shell_line(shell);
        if (c == '\'') {
            read_single_quotes(shell, &draft);
        } else if (c == '"') {
            read_quotes(shell, &context);
        } else if (c == '$') {
            expand(shell, &context);
        } else if (c == '`') {
            expand_backquotes(shell, &context);
        } else if (shell_is_continuation(shell)) {
            shell_skip(shell, 2);
        } else {
            draft.word.quoted |= c == '\\';
            if (c == '\\' && shell_peek(shell, 1) >= 0)
                shell_skip(shell, 1);
            add_char(&draft, (char)shell_take(shell), line);
            if (c == '=')
                mark_assignment(shell, &draft, words);
        }
    }
    finish(&draft, words);
}

/* What is around a command: ifs, loops, functions, chains; which of them surely run. */
#include "shell.h"

#include <stdlib.h>
#include <string.h>

struct shell_block *shell_top(struct shell *shell)
{
    return &shell->blocks[shell->depth];
}

void shell_clear_test(struct shell_test *test)
{
    free(test->assumed);
    *test = (struct shell_test){0};
}

void shell_push_block(struct shell *shell, char kind)
{
    const struct shell_block *outer = shell_top(shell);

    if (shell->depth == SHELL_DEPTH) {
        shell->lost_depth++;
        return;
    }
    struct shell_block *block = &shell->blocks[++shell->depth];
    unsigned serial = ++shell->serial;
    *block = (struct shell_block){.kind = kind,
                                  .id = serial,
                                  .serial = serial,
                                  .loops = outer->loops + (kind == 'l'),
                                  .functions = outer->functions + (kind == 'f'),
                                  .first_vm = shell->list->count,
                                  .first_call = shell->call_count,
                                  .condition = kind == 'i' || kind == 'c'};
}

void shell_pop_block(struct shell *shell)
{
    struct shell_block *block = shell_top(shell);

    if (shell->lost_depth > 0) {
        shell->lost_depth--;
    } else if (shell->depth > 0) {
        shell_end_repeats(shell, block);
        shell_clear_test(&block->guard);
        shell->block_closed = true;
        shell->closed_first_vm = block->first_vm;
        shell->closed_first_call = block->first_call;
        shell->depth--;
    }
}

void shell_end_chain(struct shell *shell)
{
    while (shell->depth > 0 && shell->lost_depth == 0 && shell_top(shell)->kind == '&') {
        if (shell_top(shell)->guard.result != SHELL_TRUE || shell_top(shell)->guard.assumed != NULL)
            shell_clear_test(&shell->last_test); /* it is not the whole chain's */
        shell_pop_block(shell);
    }
}

void shell_close_block(struct shell *shell, const char *kinds)
{
    shell_end_chain(shell);
    if (shell->lost_depth > 0 || (shell->depth > 0 && strchr(kinds, shell_top(shell)->kind) != NULL))
        shell_pop_block(shell);
}

void shell_next_branch(struct shell *shell, struct shell_test guard)
{
    shell_clear_test(&shell_top(shell)->guard);
    shell_top(shell)->guard = guard;
    shell_top(shell)->serial = ++shell->serial;
}

static struct shell_test take_test(struct shell *shell)
{
    struct shell_test test = shell->last_test;

    shell->last_test = (struct shell_test){0};
    return test;
}

static enum shell_truth opposite(enum shell_truth truth)
{
    return truth == SHELL_TRUE ? SHELL_FALSE : truth == SHELL_FALSE ? SHELL_TRUE : SHELL_UNSURE;
}

/* Takes the guard: what is behind the next && runs if that holds, too. */
static void continue_chain(struct shell_block *chain, struct shell_test guard)
{
    bool selects = chain->guard.selects || guard.selects;

    if (chain->guard.result != SHELL_TRUE || guard.result == SHELL_UNSURE)
        shell_clear_test(&guard);
    shell_clear_test(&chain->guard);
    chain->guard = guard;
    chain->guard.selects = selects;
}

void shell_chain(struct shell *shell, bool is_or, bool started)
{
    struct shell_block *top = shell_top(shell);
    struct shell_test guard = take_test(shell);

    shell->chain_open = true;
    if (is_or)
        guard.result = opposite(guard.result);
    if (top->kind != '&') {
        shell_push_block(shell, '&');
    } else if (!is_or && shell->lost_depth == 0) { /* what was set before && still holds behind it */
        continue_chain(top, guard);
        top->after_start |= started;
        return;
    } else {
        shell_clear_test(&guard);
    }
    if (shell->lost_depth == 0) {
        shell_next_branch(shell, guard);
        shell_top(shell)->after_start = started && !is_or;
    } else {
        shell_clear_test(&guard);
    }
}

bool shell_at_pattern(const struct shell *shell)
{
    const struct shell_block *block = &shell->blocks[shell->depth];
    return block->kind == 'c' && block->condition && shell->lost_depth == 0;
}

static bool starts_something(struct shell *shell)
{
    return shell->list->count > shell_top(shell)->first_vm ||
           shell->call_count > shell_top(shell)->first_call;
}

static void then(struct shell *shell)
{
    struct shell_test guard = take_test(shell);

    if (shell_top(shell)->kind == 'i' && shell_top(shell)->condition && shell->lost_depth == 0) {
        guard.selects |= shell_top(shell)->guard.selects;
        shell_next_branch(shell, guard);
        shell_top(shell)->condition = false;
        shell_top(shell)->after_start = !shell_top(shell)->inverted && starts_something(shell);
    } else {
        shell_clear_test(&guard);
    }
}

static void otherwise(struct shell *shell, bool elif)
{
    struct shell_test guard = {0};

    shell_end_chain(shell);
    if (shell_top(shell)->kind != 'i' || shell->lost_depth > 0)
        return;
    if (!elif && shell_top(shell)->guard.assumed == NULL)
        guard.result = opposite(shell_top(shell)->guard.result);
    guard.selects = shell_top(shell)->guard.selects;
    shell_next_branch(shell, guard);
    shell_top(shell)->after_start = false;
}

void shell_begin_function(struct shell *shell, const char *name)
{
    free(shell->function_next);
    shell->function_next = text_format("%s", name);
}

void shell_open_body(struct shell *shell, char kind)
{
    bool fits = shell->depth < SHELL_DEPTH;

    shell_push_block(shell, shell->function_next != NULL ? 'f' : kind);
    if (fits)
        shell_top(shell)->function = shell->function_next;
    else
        free(shell->function_next);
    shell->function_next = NULL;
}

/* Words that stand alone and open or close a block. */
static bool take_keyword(struct shell *shell, const char *word)
{
    if (strcmp(word, "if") == 0) {
        shell_push_block(shell, 'i');
    } else if (strcmp(word, "while") == 0 || strcmp(word, "until") == 0) {
        shell_push_block(shell, 'l');
    } else if (strcmp(word, "then") == 0) {
        then(shell);
    } else if (strcmp(word, "else") == 0 || strcmp(word, "elif") == 0) {
        otherwise(shell, word[2] == 'i');
    } else if (strcmp(word, "fi") == 0) {
        shell_close_block(shell, "i");
    } else if (strcmp(word, "done") == 0) {
        shell_close_block(shell, "l");
    } else if (strcmp(word, "{") == 0) {
        shell_open_body(shell, '{');
    } else if (strcmp(word, "}") == 0) {
        shell_close_block(shell, "{f");
    } else if (strcmp(word, "!") == 0) {
        shell->negated = true;
        shell_top(shell)->inverted |= shell_top(shell)->condition;
    } else {
        return strcmp(word, "do") == 0 || strcmp(word, "time") == 0;
    }
    return true;
}

bool shell_take_keyword(struct shell *shell)
{
    const struct shell_words *words = &shell->words;

    if (words->count == 0)
        return false;
    const struct shell_word *first = &words->items[0], *last = first + words->count - 1;
    if (last->quoted || last->unresolved || last->array != NULL)
        return false;
    if (words->count == 3 && strcmp(first->text, "function") == 0 && strcmp(last->text, "{") == 0) {
        shell_begin_function(shell, words->items[1].text);
        shell_open_body(shell, '{');
        return true;
    }
    if (words->count > 1)
        return false;
    if (strcmp(first->text, "esac") == 0) {
        shell_close_block(shell, "c");
        return true;
    }
    return !shell_at_pattern(shell) && take_keyword(shell, first->text);
}

/* for NAME in WORDS, where one word that is known is one turn. Other forms are meant for several. */
static bool is_many(const struct shell_words *words)
{
    const struct shell_word *items = words->items;

    if (words->count < 3 || strcmp(items[2].text, "in") != 0)
        return true;
    return words->count > 4 ||
           (words->count == 4 && (items[3].unresolved || strpbrk(items[3].text, "{*?[") != NULL));
}

bool shell_take_header(struct shell *shell)
{
    const struct shell_word *words = shell->words.items;

    if (words[0].quoted || words[0].unresolved)
        return false;
    if (strcmp(words[0].text, "for") == 0 || strcmp(words[0].text, "select") == 0) {
        shell_push_block(shell, 'l');
        shell_top(shell)->many |= shell->lost_depth == 0 && is_many(&shell->words);
        if (shell->words.count > 1 && shell_is_name(words[1].text, words[1].length))
            shell_forget(shell, words[1].text);
    } else if (strcmp(words[0].text, "case") == 0) {
        shell_push_block(shell, 'c');
    } else if (strcmp(words[0].text, "function") == 0) {
        shell_begin_function(shell, shell->words.count > 1 ? words[1].text : "");
    } else {
        return false;
    }
    return true;
}

/* A start script from its first line to its last: words to commands, commands to VMs. */
#include "script.h"

#include "shell.h"

#include <stdlib.h>
#include <string.h>

enum { HEREDOCS_MAX = 16 };

static void end_command(struct shell *shell)
{
    struct shell_words *words = &shell->words;

    if (words->count > 0 && !shell_take_header(shell))
        shell_run(shell, words->items, words->count);
    if (shell->negated)
        shell_clear_test(&shell->last_test);
    shell->negated = false;
    shell_words_clear(words);
    free(shell->assumed);
    shell->assumed = NULL;
    shell->assumed_several = false;
}

/* Skips the lines up to the one that is `end`. */
static void skip_heredoc(struct shell *shell, const char *end)
{
    size_t length = strlen(end);

    for (bool found = false; !found && shell_peek(shell, 0) >= 0;) {
        while (shell_peek(shell, 0) == '\t') /* of <<-; no harm otherwise */
            shell->position++;
        size_t from = shell->position;
        shell_skip_line(shell);
        found = shell->position - from == length && memcmp(shell->text + from, end, length) == 0;
        shell->line += shell_peek(shell, 0) == '\n';
        shell->position += shell_peek(shell, 0) == '\n';
    }
}

static void skip_heredocs(struct shell *shell)
{
    for (size_t i = 0; i < shell->heredocs.count; i++)
        skip_heredoc(shell, shell->heredocs.items[i]);
    text_list_free(&shell->heredocs);
}

/* `>file`, `2>&1`, `<<END`, `<(command)`: the word behind it is no argument. */
static void read_redirection(struct shell *shell)
{
    struct shell_words target = {0};
    bool heredoc = shell_peek(shell, 0) == '<' && shell_peek(shell, 1) == '<' && shell_peek(shell, 2) != '<';

    while (shell_peek(shell, 0) >= 0 && strchr("<>&|", shell_peek(shell, 0)) != NULL)
        shell->position++;
    if (heredoc && shell_peek(shell, 0) == '-')
        shell->position++;
    shell_skip_blanks(shell);
    if (shell_peek(shell, 0) != '(' && shell_peek(shell, 0) != '\n')
        shell_read_word(shell, &target);
    if (heredoc && target.count == 1 && shell->heredocs.count < HEREDOCS_MAX)
        text_list_addf(&shell->heredocs, "%s", target.items[0].text);
    shell_words_free(&target);
}

/* The 2 of `2>file` is no argument. */
static void drop_descriptor(struct shell *shell, size_t behind_word)
{
    struct shell_words *words = &shell->words;

    if (words->count == 0 || behind_word != shell->position)
        return;
    struct shell_word *last = &words->items[words->count - 1];
    if (last->quoted || strspn(last->text, "0123456789") != last->length)
        return;
    struct shell_words dropped = {0};
    shell_words_push(&dropped, *last);
    words->count--;
    shell_words_free(&dropped);
}

static void open_parenthesis(struct shell *shell)
{
    shell->position++;
    shell_skip_blanks(shell);
    if (shell_peek(shell, 0) == ')' && shell->words.count >= 1) { /* name() */
        shell->position++;
        shell_begin_function(shell, shell->words.items[shell->words.count - 1].text);
        shell_words_clear(&shell->words);
        return;
    }
    if (shell_at_pattern(shell))
        return; /* (pattern) */
    end_command(shell);
    shell_open_body(shell, '(');
}

static void close_parenthesis(struct shell *shell)
{
    shell->position++;
    if (shell->words.count > 0 && strcmp(shell->words.items[0].text, "case") == 0) /* `case $x in pattern)` */
        end_command(shell);
    if (shell_at_pattern(shell)) {
        shell_words_clear(&shell->words);
        shell_next_branch(shell, (struct shell_test){0});
        shell_top(shell)->condition = false;
        return;
    }
    end_command(shell);
    shell_close_block(shell, "(f");
}

/* ; ;; & && | || */
static void end_with_operator(struct shell *shell)
{
    int c = shell_peek(shell, 0);
    bool doubled = shell_peek(shell, 1) == c;
    size_t before = shell->block_closed ? shell->closed_first_vm : shell->list->count;
    size_t calls = shell->block_closed ? shell->closed_first_call : shell->call_count;

    if (shell_at_pattern(shell)) /* pattern|pattern */
        shell_words_clear(&shell->words);
    else
        end_command(shell);
    for (size_t i = before; i < shell->list->count && c == '&' && !doubled; i++)
        shell->list->items[i]->background = true;
    for (size_t i = calls; i < shell->call_count && c == '&' && !doubled; i++)
        shell->calls[i].background = true;
    shell->position += doubled ? 2 : 1;
    if (doubled && c != ';' && !shell_at_pattern(shell)) {
        shell_chain(shell, c == '|', shell->list->count > before || shell->call_count > calls);
        return;
    }
    shell_end_chain(shell);
    if (doubled && shell_top(shell)->kind == 'c')
        shell_top(shell)->condition = true;
}

static void read_operator(struct shell *shell, size_t behind_word)
{
    int c = shell_peek(shell, 0);

    if (c == '<' || c == '>' || (c == '&' && shell_peek(shell, 1) == '>')) {
        drop_descriptor(shell, behind_word);
        read_redirection(shell);
    } else if (c == '(') {
        open_parenthesis(shell);
    } else if (c == ')') {
        close_parenthesis(shell);
    } else {
        end_with_operator(shell);
    }
}

static void end_line(struct shell *shell)
{
    end_command(shell);
    if (!shell->chain_open) /* it goes on behind `&&` and a newline */
        shell_end_chain(shell);
    shell->line++;
    shell->position++;
    skip_heredocs(shell);
}

static void read_commands(struct shell *shell)
{
    size_t behind_word = (size_t)-1;

    for (int c; shell_skip_blanks(shell), (c = shell_peek(shell, 0)) >= 0 && !shell->list->more;) {
        if (c == '#') {
            shell_skip_line(shell);
        } else if (c == '\n') {
            end_line(shell);
        } else if (strchr(";&|<>()", c) != NULL) {
            shell->chain_open = false;
            read_operator(shell, behind_word);
        } else {
            shell->chain_open = shell->block_closed = false;
            shell_read_word(shell, &shell->words);
            behind_word = shell->position;
            if (shell_take_keyword(shell))
                shell_words_clear(&shell->words);
        }
    }
    end_command(shell);
    text_list_free(&shell->heredocs);
}

static void run_pass(struct shell *shell, int pass)
{
    shell->pass = pass;
    shell->position = 0;
    shell->line = 1;
    shell->epoch = 0;
    shell->budget = shell->allowance;
    read_commands(shell);
    while (shell->depth > 0 || shell->lost_depth > 0)
        shell_pop_block(shell);
    shell_clear_test(&shell->last_test);
    shell_count_calls(shell);
    shell_end_pass(shell);
}

/* Each pass may spend the same; to the script around it, the dearer one is charged. */
static void parse(struct shell *shell)
{
    run_pass(shell, 1);
    size_t left = shell->budget;
    run_pass(shell, 2);
    if (shell->budget > left)
        shell->budget = left;
    shell_words_free(&shell->words);
    shell_variables_free(shell);
}

struct shell *shell_new(struct vm_list *list)
{
    struct shell *shell = memory_new(1, sizeof *shell);

    shell->allowance = shell->budget = SHELL_ALLOWANCE;
    shell->list = list;
    shell->parse = parse;
    return shell;
}

void script_parse(const char *text, size_t size, struct vm_list *list)
{
    struct shell *shell = shell_new(list);

    shell->text = text;
    shell->size = strnlen(text, size);
    shell->parse(shell);
    free(shell);
}

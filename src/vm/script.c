#include "script.h"

#include "grow.h"
#include "qemu_args.h"
#include "shell.h"

#include <stdlib.h>
#include <string.h>

/* More than any script means, little enough to be quick. */
enum { EXPANSION_BUDGET = 8 << 20, HEREDOCS_MAX = 16 };

/* The value of NAME=value, without the name. */
static struct shell_words value_of(struct shell_word *word, size_t offset)
{
    struct shell_words value = {0};
    struct shell_word tail = {.text = text_format("%s", word->text + offset),
                              .length = word->length - offset,
                              .unresolved = word->unresolved};

    for (size_t i = 0; i < word->mark_count; i++) {
        struct shell_mark mark = word->marks[i];
        mark.offset = mark.offset > offset ? mark.offset - offset : 0;
        if (tail.mark_count > 0 && mark.offset == 0)
            tail.mark_count = 0;
        tail.marks = grow(tail.marks, &tail.mark_count, sizeof *tail.marks);
        tail.marks[tail.mark_count - 1] = mark;
    }
    tail.capacity = tail.length + 1;
    shell_words_push(&value, tail);
    return value;
}

static void assign(struct shell *shell, struct shell_word *word)
{
    size_t length = strcspn(word->text, "=");
    bool append = length > 0 && word->text[length - 1] == '+';
    char *name = text_format("%.*s", (int)(length - append), word->text);
    struct shell_words value;

    if (word->array != NULL) {
        value = *word->array;
        *word->array = (struct shell_words){0};
    } else {
        value = value_of(word, length + 1);
    }
    shell_assign(shell, name, &value, word->array != NULL, append);
    free(name);
}

/* export, read, unset, …: what they do to variables. */
static void declare(struct shell *shell, struct shell_word *words, size_t count, bool forget)
{
    struct shell_words empty = {0};

    for (size_t i = 1; i < count; i++) {
        if (words[i].assignment)
            assign(shell, &words[i]);
        else if (strcmp(words[0].text, "unset") == 0 && shell_is_name(words[i].text, words[i].length))
            shell_assign(shell, words[i].text, &empty, false, false);
        else if (forget && shell_is_name(words[i].text, words[i].length))
            shell_forget(shell, words[i].text);
    }
}

static enum shell_truth compare(const struct shell_word *a, const char *sign, const struct shell_word *b,
                                bool pattern)
{
    bool equal = strcmp(a->text, b->text) == 0;

    if (pattern && strpbrk(b->text, "*?[") != NULL)
        return SHELL_UNSURE;
    if (strcmp(sign, "=") == 0 || strcmp(sign, "==") == 0)
        return equal ? SHELL_TRUE : SHELL_FALSE;
    if (strcmp(sign, "!=") == 0)
        return equal ? SHELL_FALSE : SHELL_TRUE;
    return SHELL_UNSURE;
}

/* `[ … ]`, as far as it compares texts. */
static void evaluate_test(struct shell *shell, const struct shell_word *words, size_t count)
{
    struct shell_test *test = &shell->last_test;
    bool pattern = strcmp(words[0].text, "[[") == 0;

    count -= strcmp(words[0].text, "test") != 0; /* the closing bracket */
    for (size_t i = 1; i < count; i++)
        if (words[i].unresolved)
            return;
    if (shell->assumed_several)
        return;
    if (count == 3 && words[1].text[0] == '-' && strchr("zn", words[1].text[1]) != NULL &&
        words[1].length == 2) {
        bool empty = words[2].length == 0;
        test->result = empty == (words[1].text[1] == 'z') ? SHELL_TRUE : SHELL_FALSE;
    } else if (count == 4) {
        test->result = compare(&words[1], words[2].text, &words[3], pattern);
    }
    if (test->result != SHELL_UNSURE) {
        test->assumed = shell->assumed;
        shell->assumed = NULL;
    }
}

static void add_vm(struct shell *shell, const struct shell_word *words, size_t count)
{
    struct qemu_word *arguments = memory_new(count, sizeof *arguments);

    for (size_t i = 0; i < count; i++)
        arguments[i] = (struct qemu_word){
            .text = words[i].text, .line = words[i].marks[0].line, .unresolved = words[i].unresolved};
    struct vm *vm = qemu_args_parse(arguments, count);
    const struct shell_block *choice = shell_choice(shell);
    if (choice != NULL) {
        vm->choice = choice->id;
        vm->branch = choice->serial;
    }
    vm_list_add(shell->list, vm);
    free(arguments);
}

/* Is it a program that we do not know by name, but with QEMU's network arguments: "$QEMU -netdev …"? */
static bool is_qemu_by_arguments(const struct shell_word *words, size_t count)
{
    static const char *const options[] = {"-netdev", "-nic", "-net", "-device", NULL};

    for (size_t i = 1; words[0].unresolved && i < count; i++)
        if (shell_is_one_of(words[i].text, options))
            return true;
    return false;
}

static void find_qemu(struct shell *shell, const struct shell_word *words, size_t count)
{
    static const char *const wrappers[] = {"sudo",   "doas",    "exec",    "nohup",       "env",     "nice",
                                           "ionice", "chrt",    "taskset", "numactl",     "setsid",  "time",
                                           "ip",     "command", "unshare", "nsenter",     "timeout", "strace",
                                           "gdb",    "screen",  "tmux",    "systemd-run", "chpst",   "daemon",
                                           "stdbuf", "prlimit", "runuser", NULL};
    static const char *const detachers[] = {"screen", "tmux", "systemd-run", "daemon", NULL};

    if (shell->pass == 1)
        return;
    if (is_qemu_by_arguments(words, count)) {
        add_vm(shell, words, count);
        return;
    }
    bool wrapped = words[0].unresolved || shell_is_one_of(words[0].text, wrappers);
    for (size_t i = 0; i < count && (i == 0 || wrapped); i++)
        if (qemu_is_program(words[i].text)) {
            add_vm(shell, words + i, count - i);
            if (shell_is_one_of(words[0].text, detachers))
                shell->list->items[shell->list->count - 1]->background = true;
            return;
        }
}

/* NAME[i]=value: no assignment that is followed, but NAME is another one now. */
static bool is_element(const struct shell_word *word)
{
    size_t length = strcspn(word->text, "[");

    return word->text[length] == '[' && strchr(word->text, '=') != NULL && shell_is_name(word->text, length);
}

static void run_command(struct shell *shell, struct shell_word *words, size_t count)
{
    static const char *const declarers[] = {"export",  "local", "readonly", "declare",
                                            "typeset", "unset", NULL};
    static const char *const readers[] = {"read", "mapfile", "readarray", "getopts", NULL};
    static const char *const sources[] = {".", "source", "eval", NULL};
    static const char *const tests[] = {"[", "[[", "test", NULL};
    const char *command = words[0].text;

    if (shell_is_one_of(command, declarers)) {
        declare(shell, words, count, false);
    } else if (shell_is_one_of(command, readers)) {
        declare(shell, words, count, true);
    } else if (shell_is_one_of(command, sources)) {
        shell->epoch++;
    } else if (shell_is_one_of(command, tests)) {
        evaluate_test(shell, words, count);
    } else if (is_element(&words[0])) {
        words[0].text[strcspn(words[0].text, "[")] = '\0';
        shell_forget(shell, words[0].text);
    } else {
        find_qemu(shell, words, count);
    }
}

static void run(struct shell *shell, struct shell_word *words, size_t count)
{
    size_t first = 0;

    shell_clear_test(&shell->last_test);
    while (first < count && words[first].assignment)
        first++;
    if (first < count) { /* NAME=value before a command is for that command only */
        run_command(shell, words + first, count - first);
        return;
    }
    for (size_t i = 0; i < count; i++)
        assign(shell, &words[i]);
}

static void end_command(struct shell *shell)
{
    struct shell_words *words = &shell->words;

    if (words->count > 0 && !shell_take_header(shell))
        run(shell, words->items, words->count);
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
        shell->function_next = true;
        shell_words_clear(&shell->words);
        return;
    }
    if (shell_at_pattern(shell))
        return; /* (pattern) */
    end_command(shell);
    shell_push_block(shell, shell->function_next ? 'f' : '(');
    shell->function_next = false;
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
    size_t before = shell->list->count;

    if (shell_at_pattern(shell)) /* pattern|pattern */
        shell_words_clear(&shell->words);
    else
        end_command(shell);
    for (size_t i = before; i < shell->list->count && c == '&' && !doubled; i++)
        shell->list->items[i]->background = true;
    shell->position += doubled ? 2 : 1;
    if (doubled && c != ';' && !shell_at_pattern(shell)) {
        shell_chain(shell, c == '|');
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

    for (int c; shell_skip_blanks(shell), (c = shell_peek(shell, 0)) >= 0;) {
        if (c == '#') {
            shell_skip_line(shell);
        } else if (c == '\n') {
            end_line(shell);
        } else if (strchr(";&|<>()", c) != NULL) {
            shell->chain_open = false;
            read_operator(shell, behind_word);
        } else {
            shell->chain_open = false;
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
    shell->budget = EXPANSION_BUDGET;
    shell->function_next = false;
    read_commands(shell);
    while (shell->depth > 0 || shell->lost_depth > 0)
        shell_pop_block(shell);
    shell_clear_test(&shell->last_test);
    shell_end_pass(shell);
}

void script_parse(const char *text, size_t size, struct vm_list *list)
{
    if (memchr(text, '\0', size) != NULL) {
        vm_list_add(list, qemu_cmdline_parse(text, size));
        return;
    }
    struct shell *shell = memory_new(1, sizeof *shell);
    shell->text = text;
    shell->size = size;
    shell->list = list;
    run_pass(shell, 1);
    run_pass(shell, 2);
    shell_words_free(&shell->words);
    shell_variables_free(shell);
    free(shell);
}

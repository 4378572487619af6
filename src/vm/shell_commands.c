/* What a command of a script does: to variables, to what is known of them, and the VM that it starts. */
#include "shell.h"

#include "command.h"
#include "grow.h"
#include "qemu_args.h"

#include <stdlib.h>
#include <string.h>

enum { SCRIPTS_MAX = 4 };

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

static bool compares(const struct shell_word *words, size_t count)
{
    static const char *const signs[] = {"=", "==", "!=", "=~", "-eq", "-ne", NULL};

    for (size_t i = 1; i < count; i++)
        if (shell_is_one_of(words[i].text, signs))
            return true;
    return false;
}

/* `[ … ]`, as far as it compares texts. */
static void evaluate_test(struct shell *shell, const struct shell_word *words, size_t count)
{
    struct shell_test *test = &shell->last_test;
    bool pattern = strcmp(words[0].text, "[[") == 0;

    count -= strcmp(words[0].text, "test") != 0; /* the closing bracket */
    for (size_t i = 1; i < count; i++)
        if (words[i].unresolved) {
            test->selects = compares(words, count);
            return;
        }
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

/* A VM that is started here. */
static void add_vm(struct shell *shell, struct vm *owned)
{
    const struct shell_block *choice = shell_choice(shell);

    if (choice != NULL && owned->choice == 0) {
        owned->choice = choice->id;
        owned->branch = choice->serial;
    }
    owned->selected |= shell_is_selected(shell);
    vm_list_add(shell->list, owned);
}

/* A script in a word: sh -c '…'. */
static void parse_nested(struct shell *outer, const struct shell_word *word)
{
    struct vm_list found = {0};
    struct shell *shell;

    if (outer->scripts_around == SCRIPTS_MAX)
        return;
    shell = memory_new(1, sizeof *shell);
    shell->text = word->text;
    shell->size = word->length;
    shell->word = word;
    shell->list = &found;
    shell->serial = outer->serial;
    shell->scripts_around = outer->scripts_around + 1;
    shell->allowance = outer->budget;
    shell->parse = outer->parse;
    shell->parse(shell);
    outer->serial = shell->serial;
    outer->budget = shell->budget;
    for (size_t i = 0; i < found.count; i++)
        if (vm_list_is_full(outer->list))
            vm_free(found.items[i]);
        else
            add_vm(outer, found.items[i]);
    free(found.items);
    free(shell);
}

static struct vm *parse_vm(const struct vm_word *words, size_t count, bool more)
{
    struct vm *vm = qemu_args_parse(words, count);

    if (more)
        text_list_addf(&vm->unfollowed, "the rest of the command, after %d words,", SHELL_WORDS_MAX);
    return vm;
}

/* The command and its words, if a VM is started. */
static void find_vm(struct shell *shell, const struct shell_word *words, size_t count)
{
    size_t before = shell->list->count;
    struct vm_word *arguments;

    if (shell->pass == 1)
        return;
    arguments = memory_new(count, sizeof *arguments);
    for (size_t i = 0; i < count; i++)
        arguments[i] = (struct vm_word){
            .text = words[i].text, .line = words[i].marks[0].line, .unresolved = words[i].unresolved};
    struct command_program command = command_look(arguments, count);
    if (command.kind == COMMAND_VM && !vm_list_is_full(shell->list))
        add_vm(shell, parse_vm(arguments + command.first, count - command.first, shell->words.more));
    else if (command.kind == COMMAND_SCRIPT)
        parse_nested(shell, &words[command.first]);
    for (size_t i = before; i < shell->list->count; i++)
        shell->list->items[i]->background |= command.detached;
    free(arguments);
}

/* eval: its words are a script. */
static void evaluate(struct shell *shell, const struct shell_word *words, size_t count)
{
    struct shell_word script = {0};

    for (size_t i = 1; i < count && shell->pass == 2; i++) {
        shell_word_append(&script, &words[i]);
        shell_word_add(&script, ' ', words[i].marks[0].line);
    }
    if (script.length > 0)
        parse_nested(shell, &script);
    free(script.text);
    free(script.marks);
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
    static const char *const sources[] = {".", "source", NULL};
    static const char *const tests[] = {"[", "[[", "test", NULL};
    const char *command = words[0].text;

    shell_look_at_loop(shell, words, count);
    if (shell_is_one_of(command, declarers)) {
        declare(shell, words, count, false);
    } else if (shell_is_one_of(command, readers)) {
        declare(shell, words, count, true);
    } else if (shell_is_one_of(command, sources)) {
        shell->epoch++;
    } else if (strcmp(command, "eval") == 0) {
        evaluate(shell, words, count);
        shell->epoch++;
    } else if (shell_is_one_of(command, tests)) {
        evaluate_test(shell, words, count);
    } else if (is_element(&words[0])) {
        words[0].text[strcspn(words[0].text, "[")] = '\0';
        shell_forget(shell, words[0].text);
    } else {
        shell_note_call(shell, &words[0]);
        find_vm(shell, words, count);
    }
}

void shell_run(struct shell *shell, struct shell_word *words, size_t count)
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

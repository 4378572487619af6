/* How often a VM is started: choices pick it, loops and functions that are called again multiply it. */
#include "shell.h"

#include <stdlib.h>
#include <string.h>

const struct shell_block *shell_choice(const struct shell *shell)
{
    for (size_t i = shell->depth; i > 0; i--)
        if (shell->blocks[i].kind == 'i' || shell->blocks[i].kind == 'c')
            return &shell->blocks[i];
    return NULL;
}

/* `qemu … && break` and `if qemu …; then break; fi` end the loop that is around. */
static struct shell_block *loop_to_end(struct shell *shell)
{
    size_t depth = shell->depth;

    while (shell->blocks[depth].after_start)
        depth--;
    return &shell->blocks[depth];
}

static void end_calls(struct shell *shell, size_t function)
{
    const struct shell_function *called = &shell->functions[function];
    unsigned times = 0;
    bool background = false;

    for (size_t i = 0; i < shell->call_count; i++)
        if (shell->calls[i].function == function) {
            times += shell->calls[i].many ? 2 : 1;
            background |= shell->calls[i].background;
        }
    for (size_t i = called->first_vm; i < called->end_vm && times > 1; i++) {
        struct vm *vm = shell->list->items[i];
        if ((background || vm->background) && !vm->selected)
            vm->repeated_by = "each call of its function starts it";
    }
}

/* What was called so far and since what was called before ended. */
static void end_all_calls(struct shell *shell)
{
    for (size_t i = 0; i < shell->function_count; i++)
        end_calls(shell, i);
    shell->call_count = 0;
}

/* In a function for what it started; elsewhere for what all calls so far did. */
static void wait_for_all(struct shell *shell)
{
    struct shell_block *block = &shell->blocks[shell->depth];

    if (block->kind == 'f')
        block->one_by_one = true;
    else if (block->functions == 0 && shell_choice(shell) == NULL && block->loops == 0)
        end_all_calls(shell);
}

void shell_look_at_loop(struct shell *shell, const struct shell_word *words, size_t count)
{
    static const char *const counting[] = {"-lt", "-le", "-gt", "-ge", "-ne", NULL};
    static const char *const ends[] = {"break", "exit", "return", "wait", NULL};
    struct shell_block *block = loop_to_end(shell);

    if (shell->lost_depth > 0)
        return;
    if (strcmp(words[0].text, "wait") == 0)
        wait_for_all(shell);
    if (block->kind != 'l')
        return;
    block->one_by_one |= shell_is_one_of(words[0].text, ends);
    if (block != &shell->blocks[shell->depth])
        return;
    block->many |= strcmp(words[0].text, "read") == 0;
    for (size_t i = 1; i < count && words[0].text[0] == '['; i++)
        block->many |= shell_is_one_of(words[i].text, counting);
}

bool shell_is_selected(const struct shell *shell)
{
    for (size_t i = shell->depth; i > 0 && strchr("lf", shell->blocks[i].kind) == NULL; i--)
        if (shell->blocks[i].kind == 'c' || shell->blocks[i].guard.selects)
            return true;
    return false;
}

/* One that runs always, and is not in a function, which may itself be called or not. In a chain it is one
 * only behind another start that went well: behind a test or || it may be the other one's alternative. */
static bool is_plain(const struct shell *shell)
{
    for (size_t i = shell->depth; i > 0; i--)
        if (shell->blocks[i].kind == '&' && !shell->blocks[i].after_start)
            return false;
    return shell->lost_depth == 0 && shell->blocks[shell->depth].functions == 0 &&
           shell_choice(shell) == NULL;
}

void shell_note_call(struct shell *shell, const struct shell_word *command)
{
    for (size_t i = 0; i < shell->function_count && shell->call_count < SHELL_CALLS_MAX; i++)
        if (strcmp(shell->functions[i].name, command->text) == 0 && is_plain(shell))
            shell->calls[shell->call_count++] = (struct shell_call){.function = i};
}

/* Those that run on in the background are there all at once when the loop has ended. */
static void end_loop(struct shell *shell, const struct shell_block *loop)
{
    if (!loop->many || loop->one_by_one)
        return;
    for (size_t i = loop->first_vm; i < shell->list->count; i++) {
        struct vm *vm = shell->list->items[i];
        if (vm->background && !vm->selected)
            vm->repeated_by = "a loop starts it in each turn";
    }
    for (size_t i = loop->first_call; i < shell->call_count; i++)
        shell->calls[i].many = true;
}

static void end_function(struct shell *shell, struct shell_block *block)
{
    bool starts = shell->list->count > block->first_vm && !block->one_by_one;

    if (starts && block->function != NULL && shell->function_count < SHELL_FUNCTIONS_MAX) {
        shell->functions[shell->function_count++] = (struct shell_function){
            .name = block->function, .first_vm = block->first_vm, .end_vm = shell->list->count};
        block->function = NULL;
    }
    free(block->function);
}

void shell_end_repeats(struct shell *shell, struct shell_block *block)
{
    if (block->kind == 'l')
        end_loop(shell, block);
    else if (block->kind == 'f')
        end_function(shell, block);
}

void shell_count_calls(struct shell *shell)
{
    end_all_calls(shell);
    while (shell->function_count > 0)
        free(shell->functions[--shell->function_count].name);
    free(shell->function_next);
    shell->function_next = NULL;
}

/* Variables of a shell: what they surely hold where they are used. */
#include "shell.h"

#include "grow.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct shell_variable *)a)->name, ((const struct shell_variable *)b)->name);
}

static struct shell_variable *find(struct shell *shell, const char *name)
{
    struct shell_variable wanted = {.name = (char *)name};
    struct shell_variable **found = tfind(&wanted, &shell->variable_tree, compare_names);
    return found != NULL ? *found : NULL;
}

static struct shell_variable *find_or_add(struct shell *shell, const char *name)
{
    struct shell_variable *variable = find(shell, name);

    if (variable != NULL)
        return variable;
    variable = memory_new(1, sizeof *variable);
    variable->name = text_format("%s", name);
    if (tsearch(variable, &shell->variable_tree, compare_names) == NULL)
        abort(); /* no memory: as memory_new */
    shell->variables = grow(shell->variables, &shell->variable_count, sizeof(struct shell_variable *));
    shell->variables[shell->variable_count - 1] = variable;
    return variable;
}

static struct shell_place place_of(const struct shell *shell, size_t depth)
{
    const struct shell_block *block = &shell->blocks[depth];

    return (struct shell_place){.depth = depth,
                                .serial = block->serial,
                                .loops = block->loops,
                                .functions = block->functions,
                                .epoch = shell->epoch};
}

/* Does what was set there surely hold here? */
static bool holds(const struct shell *shell, const struct shell_variable *variable)
{
    const struct shell_place *there = &variable->place;
    const struct shell_block *here = &shell->blocks[shell->depth];

    if (!variable->known || there->epoch != shell->epoch || shell->lost_depth > 0)
        return false;
    if (there->depth > shell->depth || shell->blocks[there->depth].serial != there->serial)
        return false; /* its block has ended, and may not have run */
    if (there->functions < here->functions && variable->assignments != 1)
        return false; /* the function may be called later, with another value */
    return there->loops == here->loops || !variable->in_loop;
}

enum shell_lookup shell_lookup(struct shell *shell, const char *name, const struct shell_words **ret,
                               bool *array)
{
    struct shell_variable *variable = find(shell, name);

    if (variable != NULL && variable->assigned) {
        if (!holds(shell, variable))
            return SHELL_UNKNOWN;
        *ret = &variable->value;
        *array = variable->array;
        return SHELL_KNOWN;
    }
    if (variable != NULL && shell->blocks[shell->depth].functions > 0) {
        if (!variable->has_only || shell->epoch > 0)
            return SHELL_UNKNOWN;
        *ret = &variable->only;
        *array = variable->array;
        return SHELL_KNOWN;
    }
    return shell->epoch > 0 ? SHELL_UNKNOWN : SHELL_UNSET;
}

/* The block that an assignment belongs to: blocks which surely run do not count. False if it surely does not
 * run. */
static bool find_block(const struct shell *shell, const char *name, size_t *ret)
{
    size_t depth = shell->depth;

    for (; depth > 0; depth--) {
        const struct shell_test *guard = &shell->blocks[depth].guard;
        if (guard->result == SHELL_FALSE && guard->assumed == NULL)
            return false;
        if (guard->result != SHELL_TRUE || (guard->assumed != NULL && strcmp(guard->assumed, name) != 0))
            break;
    }
    *ret = depth;
    return true;
}

static void append_words(struct shell_words *to, struct shell_words *from)
{
    for (size_t i = 0; i < from->count; i++)
        shell_words_push(to, from->items[i]);
    free(from->items);
    *from = (struct shell_words){0};
}

void shell_assign(struct shell *shell, const char *name, struct shell_words *value, bool array, bool append)
{
    struct shell_variable *variable = find_or_add(shell, name);
    size_t depth;

    if (shell->pass == 1) {
        variable->assignments++;
        variable->in_loop |= shell->blocks[shell->depth].loops > 0;
    }
    if (!find_block(shell, name, &depth)) {
        shell_words_free(value);
        return;
    }
    bool onto = append && variable->assigned && holds(shell, variable) && variable->array == array;
    bool lost = append && !onto && (variable->assigned || shell->epoch > 0);
    if (!onto)
        shell_words_free(&variable->value);
    if (onto && !array && variable->value.count > 0 && value->count > 0) {
        shell_word_append(&variable->value.items[0], &value->items[0]);
        shell_words_free(value);
    } else {
        append_words(&variable->value, value);
    }
    variable->array = array;
    variable->assigned = true;
    variable->known = !lost;
    variable->place = place_of(shell, depth);
}

void shell_forget(struct shell *shell, const char *name)
{
    struct shell_words nothing = {0};

    shell_assign(shell, name, &nothing, false, false);
    find(shell, name)->known = false;
}

void shell_end_pass(struct shell *shell)
{
    for (size_t i = 0; i < shell->variable_count; i++) {
        struct shell_variable *variable = shell->variables[i];
        if (variable->assignments == 1 && variable->known && variable->place.depth == 0 &&
            !variable->has_only) {
            variable->has_only = true;
            variable->only = variable->value;
            variable->value = (struct shell_words){0};
        }
        shell_words_free(&variable->value);
        variable->assigned = variable->known = false;
    }
}

static void keep(void *variable)
{
    (void)variable;
}

void shell_variables_free(struct shell *shell)
{
    tdestroy(shell->variable_tree, keep);
    for (size_t i = 0; i < shell->variable_count; i++) {
        free(shell->variables[i]->name);
        shell_words_free(&shell->variables[i]->value);
        shell_words_free(&shell->variables[i]->only);
        free(shell->variables[i]);
    }
    free(shell->variables);
}

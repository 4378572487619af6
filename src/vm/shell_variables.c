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

    if (variable != NULL || shell->variable_count == SHELL_VARIABLES_MAX)
        return variable;
    variable = memory_new(1, sizeof *variable);
    variable->name = text_format("%s", name);
    if (tsearch(variable, &shell->variable_tree, compare_names) == NULL)
        memory_end();
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

static void forget_value(struct shell *shell, struct shell_variable *variable)
{
    shell->kept_words -= variable->value.count;
    shell_words_free(&variable->value);
}

/* Puts the words behind those that are there. Takes them. False if they are more than may be kept. */
static bool add_words(struct shell *shell, struct shell_variable *variable, struct shell_words *words,
                      bool as_text)
{
    struct shell_words *value = &variable->value;

    if (words->more || words->count > SHELL_WORDS_MAX - shell->kept_words) {
        shell_words_free(words);
        return false;
    }
    if (as_text && value->count > 0 && words->count > 0) {
        shell_word_append(&value->items[0], &words->items[0]);
        shell_words_free(words);
    } else {
        shell->kept_words += words->count;
        append_words(value, words);
    }
    return true;
}

/* The variable that is set. Where there are too many, any other one may be set as well. NULL if it surely is
 * not. */
static struct shell_variable *begin_assignment(struct shell *shell, const char *name, size_t *ret_depth)
{
    struct shell_variable *variable = find_or_add(shell, name);

    if (variable == NULL) {
        shell->epoch++;
        return NULL;
    }
    if (shell->pass == 1) {
        variable->assignments++;
        variable->in_loop |= shell->blocks[shell->depth].loops > 0;
    }
    return find_block(shell, name, ret_depth) ? variable : NULL;
}

void shell_assign(struct shell *shell, const char *name, struct shell_words *value, bool array, bool append)
{
    size_t depth;
    struct shell_variable *variable = begin_assignment(shell, name, &depth);

    if (variable == NULL) {
        shell_words_free(value);
        return;
    }
    bool onto = append && variable->assigned && holds(shell, variable) && variable->array == array;
    bool lost = append && !onto && (variable->assigned || shell->epoch > 0);
    if (!onto)
        forget_value(shell, variable);
    lost |= !add_words(shell, variable, value, onto && !array);
    variable->array = array;
    variable->assigned = true;
    variable->known = !lost;
    variable->place = place_of(shell, depth);
}

void shell_forget(struct shell *shell, const char *name)
{
    struct shell_words nothing = {0};
    struct shell_variable *variable;

    shell_assign(shell, name, &nothing, false, false);
    if ((variable = find(shell, name)) != NULL)
        variable->known = false;
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
        forget_value(shell, variable);
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

/* The interfaces that are to be checked, each once. */
#include "cli.h"
#include "grow.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* By this a target is found again: by its place, for the array may move. */
struct selected {
    int netns;
    const char *name; /* the target's */
    size_t place;
};

static int compare_names(const void *a, const void *b)
{
    const struct selected *x = a, *y = b;
    int order = (x->netns > y->netns) - (x->netns < y->netns);

    return order != 0 ? order : strcmp(x->name, y->name);
}

struct target *selection_add(struct selection *selection, int netns, const char *name)
{
    struct selected wanted = {.netns = netns, .name = name};
    struct selected **found = tfind(&wanted, &selection->by_name, compare_names);

    if (found != NULL)
        return &selection->targets[(*found)->place];
    selection->targets = grow(selection->targets, &selection->count, sizeof *selection->targets);
    struct target *target = &selection->targets[selection->count - 1];
    *target = (struct target){.name = text_format("%s", name),
                              .netns = netns,
                              .has_mac = selection->options->has_mac,
                              .mac = selection->options->mac};
    struct selected *added = memory_new(1, sizeof *added);
    *added = (struct selected){netns, target->name, selection->count - 1};
    if (tsearch(added, &selection->by_name, compare_names) == NULL)
        memory_end();
    return target;
}

void selection_free(struct selection *selection)
{
    tdestroy(selection->by_name, free);
    for (size_t i = 0; i < selection->count; i++)
        free(selection->targets[i].name);
    free(selection->targets);
    *selection = (struct selection){0};
}

/* Pairs of an interface and who listens to it, sorted by interface. */
#include "receivers.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

size_t receivers_first(const struct receivers *receivers, int ifindex)
{
    size_t from = 0, to = receivers->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (receivers->items[middle].ifindex < ifindex)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

void receivers_add(struct receivers *receivers, int ifindex, struct tap *tap)
{
    size_t place = receivers_first(receivers, ifindex);

    if (receivers->count == receivers->capacity) {
        receivers->capacity = receivers->capacity == 0 ? 16 : 2 * receivers->capacity;
        receivers->items = memory_resize(receivers->items, receivers->capacity, sizeof *receivers->items);
    }
    struct receiver *at = &receivers->items[place];
    memmove(at + 1, at, (receivers->count++ - place) * sizeof *at);
    *at = (struct receiver){ifindex, tap};
}

void receivers_remove(struct receivers *receivers, int ifindex, const struct tap *tap)
{
    for (size_t i = receivers_first(receivers, ifindex);
         i < receivers->count && receivers->items[i].ifindex == ifindex; i++) {
        struct receiver *at = &receivers->items[i];
        if (at->tap != tap)
            continue;
        memmove(at, at + 1, (--receivers->count - i) * sizeof *at);
        return;
    }
}

void receivers_free(struct receivers *receivers)
{
    free(receivers->items);
    *receivers = (struct receivers){0};
}

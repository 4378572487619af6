/* Who wants the frames of which interface. Pure. */
#ifndef VMNETCHECK_RECEIVERS_H
#define VMNETCHECK_RECEIVERS_H

#include <stddef.h>

struct tap;

struct receiver {
    int ifindex;
    struct tap *tap;
};

/* In the order of ifindex; those of one interface stand together. Zero-initialised is empty. */
struct receivers {
    struct receiver *items;
    size_t count, capacity;
};

void receivers_add(struct receivers *receivers, int ifindex, struct tap *tap);
/* Nothing happens if it is not there. */
void receivers_remove(struct receivers *receivers, int ifindex, const struct tap *tap);
/* The place of the first one of an interface; where it would stand if there is none. */
size_t receivers_first(const struct receivers *receivers, int ifindex);
void receivers_free(struct receivers *receivers); /* leaves it empty */

#endif

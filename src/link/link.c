/* What all kinds of links have in common. */
#include "link.h"
#include "text.h"

#include <stdlib.h>

struct link {
    const struct link_operations *operations;
    void *context;
};

struct link *link_new(const struct link_operations *operations, void *context)
{
    struct link *link = memory_new(1, sizeof *link);
    *link = (struct link){operations, context};
    return link;
}

int link_receive(struct link *link, struct captured *ret_captured)
{
    return link->operations->receive(link->context, ret_captured);
}

bool link_pending(const struct link *link)
{
    return link->operations->pending != NULL && link->operations->pending(link->context);
}

int link_send(struct link *link, int ifindex, const uint8_t *frame, size_t length)
{
    return link->operations->send(link->context, ifindex, frame, length);
}

uint64_t link_lost(struct link *link)
{
    return link->operations->lost(link->context);
}

int link_descriptor(struct link *link)
{
    return link->operations->descriptor(link->context);
}

void link_close(struct link *link)
{
    if (link == NULL)
        return;
    link->operations->close(link->context);
    free(link);
}

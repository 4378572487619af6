/* Fragments by the datagram that they are of: RFC 791 3.2, RFC 8200 4.5. */
#include "mtu_tails.h"

#include <stddef.h>

static struct mtu_tail *tail_of(struct mtu_tails *tails, uint32_t id)
{
    for (unsigned i = 0; i < tails->count; i++)
        if (tails->items[i].id == id)
            return &tails->items[i];
    if (tails->count == MTU_TAILS_MAX)
        return NULL;
    tails->items[tails->count] = (struct mtu_tail){.id = id};
    return &tails->items[tails->count++];
}

void mtu_tails_add(struct mtu_tails *tails, const struct ip_fields *fragment)
{
    struct mtu_tail *tail = tail_of(tails, fragment->id);

    if (tail == NULL)
        return;
    tail->has_head |= fragment->fragment_offset == 0;
    tail->has_tail |= fragment->fragment_offset != 0;
}

unsigned mtu_tails_without_head(const struct mtu_tails *tails)
{
    unsigned count = 0;

    for (unsigned i = 0; i < tails->count; i++)
        count += tails->items[i].has_tail && !tails->items[i].has_head;
    return count;
}

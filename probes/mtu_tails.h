/* Datagrams of the guest's that come in fragments, and of which the first one, the largest, may be lost on
 * its way: a tail without its head. Private to probes/mtu*.c. */
#ifndef VMNETCHECK_MTU_TAILS_H
#define VMNETCHECK_MTU_TAILS_H

#include "wire.h"

enum { MTU_TAILS_MAX = 8 };

/* Zeroed, it has seen none. */
struct mtu_tails {
    struct mtu_tail {
        uint32_t id; /* of the datagram */
        bool has_head, has_tail;
    } items[MTU_TAILS_MAX];
    unsigned count;
};

/* A fragment came, whichever; those of more datagrams than there is room for are not looked at. */
void mtu_tails_add(struct mtu_tails *tails, const struct ip_fields *fragment);
/* Of how many datagrams another fragment than the first one came, and that did not. */
unsigned mtu_tails_without_head(const struct mtu_tails *tails);

#endif

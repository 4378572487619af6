/* Which frames we sent where, and have not heard to go out yet: what one socket sends, the kernel shows to
 * the others. Private to src/run. */
#ifndef VMNETCHECK_SENT_H
#define VMNETCHECK_SENT_H

#include "span.h"

#include <stdbool.h>
#include <stdint.h>

enum { SENT_SLOTS = 256 }; /* more than are on their way at once; of two in one place the newer one stays */

/* Zero-initialised is empty. */
struct sent {
    struct {
        uint32_t hash;
        int ifindex;
        unsigned times;
    } slots[SENT_SLOTS];
};

void sent_add(struct sent *sent, int ifindex, struct span frame);
/* Whether a frame that goes out there is one of them, once for each time that it was sent. */
bool sent_take(struct sent *sent, int ifindex, struct span frame);

#endif

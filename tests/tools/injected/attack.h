/* What the attacks of injected.c have in common. */
#ifndef VMNETCHECK_ATTACK_H
#define VMNETCHECK_ATTACK_H

#include "rights.h"

struct attack {
    const char *name;
    long (*attempt)(void); /* not negative: it is done */
};

extern const struct rights *rights; /* the worker's */
extern int tap0, tap1;              /* by ifindex */

extern const struct attack ATTACKS_BY_SENDING[]; /* ends with a row without a name */

#endif

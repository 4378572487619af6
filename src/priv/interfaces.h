/* Which interfaces a command is about, and may therefore send to. Private to src/priv. */
#ifndef VMNETCHECK_INTERFACES_H
#define VMNETCHECK_INTERFACES_H

#include "facts.h"
#include "keeper.h"

/* Calls add for each: those that the command line names, or all taps, and what their frames pass on the way
 * to the host's stack. Perhaps more than once. */
void interfaces_granted(const struct grants *grants, const struct host_facts *facts,
                        void (*add)(void *context, int ifindex), void *context);

/* How many those can be at most; SIZE_MAX: any number. */
size_t interfaces_most(const struct grants *grants);

#endif

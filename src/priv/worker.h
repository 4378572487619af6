/* The process that reads what others wrote. Private to src/priv. */
#ifndef VMNETCHECK_WORKER_H
#define VMNETCHECK_WORKER_H

#include "keeper.h"
#include "permits.h"

/* How it ends when there is no memory for what it has to say. */
enum { WORKER_WITHOUT_MEMORY = 86 };

/* Confines itself to what is permitted, does the work and exits. Of its descriptors there remain the standard
 * ones, the channel to the keeper, and output (-1: none). */
_Noreturn void worker_main(int channel, int output, struct permits *permits, const struct work *work);

#endif

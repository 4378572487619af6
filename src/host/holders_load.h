/* What a pass over the processes wrote, read. Private to src/host. */
#ifndef VMNETCHECK_HOLDERS_LOAD_H
#define VMNETCHECK_HOLDERS_LOAD_H

#include "holders.h"

/* Fills *ret, to be freed with holders_free, as holders_look_from() of holders.h. */
void holders_load(const char *records, size_t size, struct netns_id here, struct holders *ret);
/* Of items alone: sorts them, and finds who holds which tap. */
void holders_arrange(struct holders *holders);

#endif

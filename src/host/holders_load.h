/* What a pass over the processes wrote, read. Private to src/host. */
#ifndef VMNETCHECK_HOLDERS_LOAD_H
#define VMNETCHECK_HOLDERS_LOAD_H

#include "holders.h"

/* Fills *ret, to be freed with holders_free. */
void holders_load(const char *records, size_t size, struct holders *ret);

#endif

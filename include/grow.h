/* Arrays that grow by one. */
#ifndef VMNETCHECK_GROW_H
#define VMNETCHECK_GROW_H

#include "text.h"

#include <string.h>

/* Room for one more item, zeroed, at the end; counts it. Doubles at powers of two, so that a hostile number
 * of items costs linear time. */
static inline void *grow(void *items, size_t *count, size_t size)
{
    if ((*count & (*count - 1)) == 0)
        items = memory_resize(items, *count ? 2 * *count : 1, size);
    memset((char *)items + *count * size, 0, size);
    ++*count;
    return items;
}

#endif

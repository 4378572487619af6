/* Each page that is touched for the first time costs a fault, 1 to 2 us in a virtual machine: of a thousand
 * checks that is a tenth of the time in which they ask. */
#include "room.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096 }; /* or a multiple; another size is refused, and costs nothing */

#ifdef __GLIBC__
/* All of it comes from the heap, and stays there when it is freed. */
static int keep_on_heap(void)
{
    const int limit = 1 << 30;

    return mallopt(M_MMAP_THRESHOLD, limit) && mallopt(M_TRIM_THRESHOLD, limit);
}
#else
static int keep_on_heap(void)
{
    return 0;
}
#endif

void room_expect(size_t bytes)
{
    char *room = keep_on_heap() ? malloc(bytes) : NULL;

    if (room == NULL)
        return;
    char *begin = (char *)(((uintptr_t)room + PAGE - 1) / PAGE * PAGE);
    (void)madvise(begin, (size_t)(room + bytes - begin), MADV_POPULATE_WRITE);
    free(room);
}

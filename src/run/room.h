/* Memory for many checks at once. */
#ifndef VMNETCHECK_ROOM_H
#define VMNETCHECK_ROOM_H

#include <stddef.h>

/* So many bytes will be allocated piece by piece, and freed when the process ends: the kernel gives them in
 * one go. Nothing depends on it. */
void room_expect(size_t bytes);

#endif

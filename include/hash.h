/* The hash of all tables, and of frames: FNV-1a, 32 bits (draft-eastlake-fnv). Pure. */
#ifndef VMNETCHECK_HASH_H
#define VMNETCHECK_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t hash_bytes(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint32_t hash = UINT32_C(2166136261);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT32_C(16777619);
    return hash;
}

#endif

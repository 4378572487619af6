/* The hash of all tables, and of frames: eight bytes at a time, by xor, multiplication and shift as FNV and
 * Murmur have them, since each frame that is sent or captured is hashed. Pure. */
#ifndef VMNETCHECK_HASH_H
#define VMNETCHECK_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static inline uint32_t hash_bytes(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint64_t hash = size, word = 0;

    for (; size >= sizeof word; size -= sizeof word, byte += sizeof word) {
        memcpy(&word, byte, sizeof word);
        hash = hash_mix(hash, word);
    }
    word = 0;
    if (size > 0)
        memcpy(&word, byte, size);
    return (uint32_t)hash_mix(hash, word);
}

#endif

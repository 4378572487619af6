/* What pcapng files are made of: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/. Inside of
 * src/link only. */
#ifndef VMNETCHECK_PCAPNG_BLOCKS_H
#define VMNETCHECK_PCAPNG_BLOCKS_H

#include <stddef.h>

enum { PCAPNG_BYTE_ORDER_MAGIC = 0x1a2b3c4d };

enum pcapng_block {
    PCAPNG_SECTION_HEADER = 0x0a0d0d0a,
    PCAPNG_INTERFACE_DESCRIPTION = 1,
    PCAPNG_PACKET = 2, /* obsolete */
    PCAPNG_SIMPLE_PACKET = 3,
    PCAPNG_INTERFACE_STATISTICS = 5,
    PCAPNG_ENHANCED_PACKET = 6,
};

/* Of these blocks; another block gives the same number another meaning. */
enum pcapng_option {
    PCAPNG_END = 0,
    PCAPNG_INTERFACE_NAME = 2,
    PCAPNG_PACKET_FLAGS = 2,
    PCAPNG_PACKET_DROPPED = 4,
    PCAPNG_INTERFACE_DROPPED = 5,
    PCAPNG_OS_DROPPED = 7,
    PCAPNG_RESOLUTION =
        9, /* of an interface's times: 6 (what it is otherwise) for microseconds, 9 for nanoseconds */
};

enum pcapng_flags { PCAPNG_INBOUND = 1, PCAPNG_OUTBOUND = 2, PCAPNG_DIRECTION = 3 /* the bits of both */ };

/* Each part is filled up to 32 bits. */
static inline size_t pcapng_padded(size_t length)
{
    return (length + 3) & ~(size_t)3;
}

#endif

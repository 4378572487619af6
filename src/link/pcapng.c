/* A pcapng file is a sequence of blocks, each with its type and length in front and its length behind. */
#include "pcapng.h"
#include "pcapng_blocks.h"
#include "text.h"

#include <stdlib.h>

enum {
    HEAD_SIZE = 12,       /* type, length, and the first word of the body */
    BLOCK_MAX = 1 << 19,  /* a frame of libpcap's longest, and its options; of others only the head is seen */
    INTERFACES_MAX = 256, /* of a section; of others it is not known which units their times have */
    AHEAD_MAX = 1 << 13,  /* frames that were read but not taken yet: a buffer of stdio full of the shortest
                             ones is less */
};

struct pcapng {
    bool other; /* it is no pcapng, or is damaged: nothing is known */
    bool swapped;
    uint32_t section;
    uint8_t *block; /* what was seen of this one, up to BLOCK_MAX */
    size_t length, capacity;
    uint64_t passed, total; /* of all its bytes; the total is 0 before the head was seen */
    struct pcapng_frame ahead[AHEAD_MAX];
    uint32_t put, taken;
    uint64_t dropped;    /* between the frames */
    uint64_t statistics; /* by the interface that lost most */
    uint64_t ended_us;
    uint32_t described;             /* interfaces of this section, … */
    uint32_t units[INTERFACES_MAX]; /* … and how many of each one's units a microsecond has; 0: other units */
};

/* ---- within a block ---- */

static uint32_t order_32(const struct pcapng *pcapng, uint32_t value)
{
    return pcapng->swapped ? __builtin_bswap32(value) : value;
}

static uint32_t word(const struct pcapng *pcapng, size_t at)
{
    uint32_t value = 0;

    if (at + sizeof value <= pcapng->length)
        memcpy(&value, pcapng->block + at, sizeof value);
    return order_32(pcapng, value);
}

static uint16_t half_word(const struct pcapng *pcapng, size_t at)
{
    uint16_t value = 0;

    if (at + sizeof value <= pcapng->length)
        memcpy(&value, pcapng->block + at, sizeof value);
    return pcapng->swapped ? __builtin_bswap16(value) : value;
}

static uint64_t long_word(const struct pcapng *pcapng, size_t at)
{
    uint64_t value = 0;

    if (at + sizeof value <= pcapng->length)
        memcpy(&value, pcapng->block + at, sizeof value);
    return pcapng->swapped ? __builtin_bswap64(value) : value;
}

/* Where the value of an option is, and whether it is so long; the options begin at `from`. 0: there is
 * none. */
static size_t find_option(const struct pcapng *pcapng, size_t from, uint16_t code, uint16_t size)
{
    for (size_t at = from; at + 8 <= pcapng->length; at += 4 + pcapng_padded(half_word(pcapng, at + 2))) {
        uint16_t found = half_word(pcapng, at);
        if (found == PCAPNG_END)
            return 0;
        if (found == code && half_word(pcapng, at + 2) == size && at + 4u + size <= pcapng->length)
            return at + 4;
    }
    return 0;
}

static void put(struct pcapng *pcapng, uint32_t interface, enum direction direction)
{
    if (pcapng->put - pcapng->taken == AHEAD_MAX) {
        pcapng->other = true;
        return;
    }
    /* Each section numbers its interfaces anew. */
    pcapng->ahead[pcapng->put++ % AHEAD_MAX] = (struct pcapng_frame){
        .interface = (pcapng->section & 0xff) << 8 | (interface & 0xff), .direction = direction};
}

static void see_enhanced_packet(struct pcapng *pcapng)
{
    size_t options = 28 + pcapng_padded(word(pcapng, 20)), flags_at, dropped_at;
    enum direction direction = DIRECTION_UNKNOWN;

    if ((flags_at = find_option(pcapng, options, PCAPNG_PACKET_FLAGS, 4)) != 0) {
        uint32_t flags = word(pcapng, flags_at) & PCAPNG_DIRECTION;
        direction = flags == PCAPNG_INBOUND    ? DIRECTION_IN
                    : flags == PCAPNG_OUTBOUND ? DIRECTION_OUT
                                               : DIRECTION_UNKNOWN;
    }
    if ((dropped_at = find_option(pcapng, options, PCAPNG_PACKET_DROPPED, 8)) != 0)
        pcapng->dropped += long_word(pcapng, dropped_at);
    put(pcapng, word(pcapng, 8), direction);
}

static void see_interface(struct pcapng *pcapng)
{
    size_t at = find_option(pcapng, 16, PCAPNG_RESOLUTION, 1);
    uint8_t resolution = at != 0 ? pcapng->block[at] : 6;

    if (pcapng->described < INTERFACES_MAX)
        pcapng->units[pcapng->described++] = resolution == 6 ? 1 : resolution == 9 ? 1000 : 0;
}

/* Statistics are as of a time: until then what the interface let through was captured. */
static void see_time(struct pcapng *pcapng)
{
    uint32_t interface = word(pcapng, 8);
    uint64_t time = (uint64_t)word(pcapng, 12) << 32 | word(pcapng, 16);

    if (interface < pcapng->described && pcapng->units[interface] != 0 &&
        time / pcapng->units[interface] > pcapng->ended_us)
        pcapng->ended_us = time / pcapng->units[interface];
}

/* Counters since the capture began; the later of one interface have the earlier ones in them. */
static void see_statistics(struct pcapng *pcapng)
{
    size_t by_interface = find_option(pcapng, 20, PCAPNG_INTERFACE_DROPPED, 8);
    size_t by_system = find_option(pcapng, 20, PCAPNG_OS_DROPPED, 8);
    uint64_t lost = (by_interface != 0 ? long_word(pcapng, by_interface) : 0) +
                    (by_system != 0 ? long_word(pcapng, by_system) : 0);

    if (lost > pcapng->statistics)
        pcapng->statistics = lost;
}

static void see_block(struct pcapng *pcapng)
{
    switch (word(pcapng, 0)) {
    case PCAPNG_ENHANCED_PACKET:
        see_enhanced_packet(pcapng);
        break;
    case PCAPNG_PACKET: /* 16 bits of interface, then 16 bits of drop count */
        put(pcapng, half_word(pcapng, 8), DIRECTION_UNKNOWN);
        break;
    case PCAPNG_SIMPLE_PACKET:
        put(pcapng, 0, DIRECTION_UNKNOWN);
        break;
    case PCAPNG_INTERFACE_DESCRIPTION:
        see_interface(pcapng);
        break;
    case PCAPNG_INTERFACE_STATISTICS:
        see_time(pcapng);
        see_statistics(pcapng);
        break;
    }
}

/* ---- block by block ---- */

static void see_head(struct pcapng *pcapng)
{
    if (word(pcapng, 0) == PCAPNG_SECTION_HEADER) { /* the same in both byte orders */
        pcapng->swapped = false;
        pcapng->swapped = word(pcapng, 8) != PCAPNG_BYTE_ORDER_MAGIC;
        pcapng->section++;
        pcapng->described = 0;
    }
    uint32_t type = word(pcapng, 0);
    pcapng->total = word(pcapng, 4);
    pcapng->other = pcapng->section == 0 || pcapng->total < HEAD_SIZE || pcapng->total % 4 != 0 ||
                    (type == PCAPNG_SECTION_HEADER && word(pcapng, 8) != PCAPNG_BYTE_ORDER_MAGIC);
}

/* So many bytes of this block are wanted, before it can be looked at. */
static size_t missing(const struct pcapng *pcapng)
{
    if (pcapng->total == 0)
        return HEAD_SIZE - pcapng->length;
    return pcapng->total - pcapng->passed < SIZE_MAX ? (size_t)(pcapng->total - pcapng->passed) : SIZE_MAX;
}

static void take(struct pcapng *pcapng, const uint8_t *bytes, size_t length)
{
    size_t room = BLOCK_MAX - pcapng->length, kept = length < room ? length : room;

    pcapng->passed += length;
    if (kept == 0)
        return;
    if (pcapng->length + kept > pcapng->capacity) {
        pcapng->capacity = 2 * (pcapng->length + kept);
        pcapng->block = memory_resize(pcapng->block, pcapng->capacity, 1);
    }
    memcpy(pcapng->block + pcapng->length, bytes, kept);
    pcapng->length += kept;
}

void pcapng_see(struct pcapng *pcapng, const void *bytes, size_t length)
{
    const uint8_t *rest = bytes;

    while (length > 0 && !pcapng->other) {
        size_t step = missing(pcapng) < length ? missing(pcapng) : length;
        take(pcapng, rest, step);
        rest += step;
        length -= step;
        if (pcapng->total == 0 && pcapng->length == HEAD_SIZE)
            see_head(pcapng);
        if (pcapng->total > 0 && pcapng->passed == pcapng->total) {
            see_block(pcapng);
            pcapng->length = 0;
            pcapng->passed = pcapng->total = 0;
        }
    }
}

struct pcapng *pcapng_new(void)
{
    return memory_new(1, sizeof(struct pcapng));
}

void pcapng_free(struct pcapng *pcapng)
{
    free(pcapng->block);
    free(pcapng);
}

struct pcapng_frame pcapng_next(struct pcapng *pcapng)
{
    if (pcapng->other || pcapng->put == pcapng->taken)
        return (struct pcapng_frame){0};
    return pcapng->ahead[pcapng->taken++ % AHEAD_MAX];
}

uint64_t pcapng_lost(const struct pcapng *pcapng)
{
    return pcapng->statistics > pcapng->dropped ? pcapng->statistics : pcapng->dropped;
}

uint64_t pcapng_ended_us(const struct pcapng *pcapng)
{
    return pcapng->ended_us;
}

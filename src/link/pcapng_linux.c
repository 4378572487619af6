/* https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/: a file is a sequence of blocks, each with its
 * type and length in front. The bytes are followed as they pass by on their way to libpcap, also where they
 * come by a pipe. */
#include "pcapng.h"
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SECTION_HEADER = 0x0a0d0d0a,
    PACKET = 2, /* obsolete */
    ENHANCED_PACKET = 6,
    SIMPLE_PACKET = 3,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    HEAD_SIZE = 12,      /* type, length, and the first word of the body */
    AHEAD_MAX = 1 << 13, /* frames that were read but not taken yet: a buffer of stdio full of the shortest
                            ones is less */
};

struct pcapng {
    FILE *inner;
    bool other; /* it is no pcapng, or is damaged: nothing is known */
    bool swapped;
    uint32_t section;
    uint8_t head[HEAD_SIZE];
    size_t head_length;
    uint64_t skip; /* bytes to the next block */
    uint32_t ahead[AHEAD_MAX];
    uint32_t put, taken;
};

static uint32_t word(const struct pcapng *pcapng, size_t at)
{
    uint32_t value;

    memcpy(&value, pcapng->head + at, sizeof value);
    return pcapng->swapped ? __builtin_bswap32(value) : value;
}

static void put(struct pcapng *pcapng, uint32_t interface)
{
    if (pcapng->put - pcapng->taken == AHEAD_MAX) {
        pcapng->other = true;
        return;
    }
    /* Each section numbers its interfaces anew. */
    pcapng->ahead[pcapng->put++ % AHEAD_MAX] = (pcapng->section & 0xff) << 8 | (interface & 0xff);
}

static void see_head(struct pcapng *pcapng)
{
    if (word(pcapng, 0) == SECTION_HEADER) { /* the same in both byte orders */
        pcapng->swapped = false;
        pcapng->swapped = word(pcapng, 8) != BYTE_ORDER_MAGIC;
        pcapng->section++;
    }
    uint32_t type = word(pcapng, 0), length = word(pcapng, 4);
    if (pcapng->section == 0 || length < HEAD_SIZE || length % 4 != 0 ||
        (type == SECTION_HEADER && word(pcapng, 8) != BYTE_ORDER_MAGIC)) {
        pcapng->other = true;
        return;
    }
    if (type == ENHANCED_PACKET)
        put(pcapng, word(pcapng, 8));
    else if (type == PACKET) /* 16 bits of interface, then 16 bits of drop count */
        put(pcapng, pcapng->swapped ? word(pcapng, 8) >> 16 : word(pcapng, 8) & 0xffff);
    else if (type == SIMPLE_PACKET)
        put(pcapng, 0);
    pcapng->skip = length - HEAD_SIZE;
    pcapng->head_length = 0;
}

static void follow(struct pcapng *pcapng, const uint8_t *bytes, size_t length)
{
    while (length > 0 && !pcapng->other) {
        size_t step;
        if (pcapng->skip > 0) {
            step = pcapng->skip < length ? (size_t)pcapng->skip : length;
            pcapng->skip -= step;
        } else {
            step = HEAD_SIZE - pcapng->head_length;
            if (step > length)
                step = length;
            memcpy(pcapng->head + pcapng->head_length, bytes, step);
            pcapng->head_length += step;
            if (pcapng->head_length == HEAD_SIZE)
                see_head(pcapng);
        }
        bytes += step;
        length -= step;
    }
}

static ssize_t pcapng_read(void *cookie, char *buffer, size_t size)
{
    struct pcapng *pcapng = cookie;
    int descriptor = fileno(pcapng->inner);
    /* Of a pipe takes what is there, rather than wait for more. A file in memory has no descriptor. */
    ssize_t got =
        descriptor >= 0 ? read(descriptor, buffer, size) : (ssize_t)fread(buffer, 1, size, pcapng->inner);

    if (got > 0)
        follow(pcapng, (const uint8_t *)buffer, (size_t)got);
    return got;
}

static int pcapng_close(void *cookie)
{
    struct pcapng *pcapng = cookie;
    int result = fclose(pcapng->inner);

    free(pcapng);
    return result;
}

FILE *pcapng_follow(FILE *inner, struct pcapng **ret_pcapng)
{
    struct pcapng *pcapng = memory_new(1, sizeof *pcapng);

    pcapng->inner = inner;
    FILE *file =
        fopencookie(pcapng, "r", (cookie_io_functions_t){.read = pcapng_read, .close = pcapng_close});
    if (file == NULL)
        pcapng_close(pcapng);
    else
        *ret_pcapng = pcapng;
    return file;
}

uint32_t pcapng_next_interface(struct pcapng *pcapng)
{
    if (pcapng->other || pcapng->put == pcapng->taken)
        return 0;
    return pcapng->ahead[pcapng->taken++ % AHEAD_MAX];
}

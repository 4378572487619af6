/* libFuzzer: the blocks and options of a pcapng file, with lengths that are right, or not. What is made of
 * them does not depend on the pieces in which they come. */
#include "pcapng.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_READ = 4096, FILE_SIZE = 4 * SIZE_MAX_READ, FRAMES_MAX = 256 };

static struct span input; /* what is left of it */
static uint8_t file[FILE_SIZE];
static size_t length;

static uint8_t take_byte(void)
{
    if (input.length == 0)
        return 0;
    input.length--;
    return *input.data++;
}

static void put(const void *bytes, size_t count)
{
    memcpy(file + length, bytes, count);
    length += count;
}

static void put_32(uint32_t value)
{
    put(&value, sizeof value);
}

static void put_input(size_t count)
{
    if (count > input.length)
        count = input.length;
    put(input.data, count);
    input = span_of(input.data + count, input.length - count);
}

static void pad(void)
{
    static const uint8_t zeros[3];

    put(zeros, (4 - length % 4) % 4);
}

/* An option of a few bytes: code, length, value. */
static void put_option(void)
{
    uint8_t code = take_byte(), count = take_byte() % 16;

    put(&(uint16_t){code}, 2);
    put(&(uint16_t){code & 0x80 ? take_byte() : count}, 2); /* sometimes another length than it has */
    put_input(count);
    pad();
}

/* The fixed part of a block is any bytes, too. */
static void put_block(void)
{
    static const struct {
        uint32_t type;
        size_t fixed;
    } kinds[] = {{0x0a0d0d0a, 16}, {1, 8}, {5, 12}, {6, 20}, {2, 20}, {3, 4}, {0x0bad, 0}};
    uint8_t what = take_byte();
    unsigned kind = what % (sizeof kinds / sizeof kinds[0]);
    size_t at = length;

    put_32(kinds[kind].type);
    put_32(0);
    if (kind == 0)
        put_32(what & 0x80 ? 0x4d3c2b1a : 0x1a2b3c4d);
    put_input(kinds[kind].fixed - (kind == 0 ? 4 : 0));
    for (unsigned options = take_byte() % 8; options > 0 && input.length > 0; options--)
        put_option();
    pad();
    uint32_t total = (uint32_t)(length - at + 4) + (what & 0x40 ? take_byte() : 0U);
    memcpy(file + at + 4, &total, sizeof total);
    put_32(total);
}

static void make_file(void)
{
    length = 0;
    put_32(0x0a0d0d0a);
    put_32(28);
    put_32(0x1a2b3c4d);
    put_32(1);
    put_32(UINT32_MAX);
    put_32(UINT32_MAX);
    put_32(28);
    while (input.length > 0 && length < FILE_SIZE - 2048)
        put_block();
}

struct outcome {
    struct pcapng_frame frames[FRAMES_MAX];
    uint64_t lost;
};

static void see(size_t piece, struct outcome *ret)
{
    struct pcapng *pcapng = pcapng_new();

    if (pcapng == NULL)
        abort();
    for (size_t at = 0; at < length; at += piece) {
        size_t count = length - at < piece ? length - at : piece;
        uint8_t *exact = malloc(count); /* so that the sanitizer sees a read behind it */
        memcpy(exact, file + at, count);
        pcapng_see(pcapng, exact, count);
        free(exact);
    }
    for (unsigned i = 0; i < FRAMES_MAX; i++)
        ret->frames[i] = pcapng_next(pcapng);
    ret->lost = pcapng_lost(pcapng);
    pcapng_free(pcapng);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct outcome whole, pieces;

    if (size == 0 || size > SIZE_MAX_READ)
        return -1;
    input = span_of(data, size);
    size_t piece = 1 + take_byte() % 64;
    make_file();
    see(length, &whole);
    see(piece, &pieces);
    if (whole.lost != pieces.lost)
        abort();
    for (unsigned i = 0; i < FRAMES_MAX; i++)
        if (whole.frames[i].interface != pieces.frames[i].interface ||
            whole.frames[i].direction != pieces.frames[i].direction)
            abort();
    return 0;
}

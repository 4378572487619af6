/* A bounds-checked reader over bytes that nobody trusts.
 *
 * Reads move the front forward. The first read that does not fit sets a sticky error; that read and all later
 * ones give 0 (or an empty span), so a decoder reads a whole header and asks span_ok() once. */
#ifndef VMNETCHECK_SPAN_H
#define VMNETCHECK_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *data;
    size_t length;
    bool failed;
};

static inline struct span span_of(const void *data, size_t length)
{
    return (struct span){.data = data, .length = length};
}

static inline bool span_ok(const struct span *span)
{
    return !span->failed;
}

/* The next `length` bytes as a span of their own. */
static inline struct span span_take(struct span *span, size_t length)
{
    if (span->failed || span->length < length) {
        span->failed = true;
        span->length = 0;
        return (struct span){.failed = true};
    }
    struct span taken = span_of(span->data, length);
    span->data += length;
    span->length -= length;
    return taken;
}

static inline void span_skip(struct span *span, size_t length)
{
    (void)span_take(span, length);
}

/* Copies `length` bytes; zeroes `to` if they are not there. */
static inline void span_copy(struct span *span, void *to, size_t length)
{
    struct span taken = span_take(span, length);
    if (taken.failed)
        memset(to, 0, length);
    else if (length > 0)
        memcpy(to, taken.data, length);
}

static inline uint8_t span_u8(struct span *span)
{
    uint8_t byte;
    span_copy(span, &byte, 1);
    return byte;
}

static inline uint16_t span_be16(struct span *span)
{
    uint8_t b[2];
    span_copy(span, b, sizeof b);
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t span_be32(struct span *span)
{
    uint8_t b[4];
    span_copy(span, b, sizeof b);
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

#endif

/* Frames written byte by byte, independently of the builders, so that a test can write wrong ones too. */
#ifndef VMNETCHECK_FRAMES_H
#define VMNETCHECK_FRAMES_H

#include "unit.h"
#include "wire.h"

#define GUEST_MAC "52:54:00:12:04:11"
#define HOST_MAC  "fe:54:00:12:04:11"
#define GUEST_4   "10.9.0.2"
#define HOST_4    "10.9.0.1"
#define GUEST_6   "2001:db8:9::2"
#define HOST_6    "2001:db8:9::1"

struct writer {
    size_t length;
    uint8_t bytes[2048];
};

static inline void put(struct writer *w, const void *bytes, size_t length)
{
    assert_true(w->length + length <= sizeof w->bytes);
    memcpy(w->bytes + w->length, bytes, length);
    w->length += length;
}

static inline void put_u8(struct writer *w, unsigned value)
{
    put(w, &(uint8_t){(uint8_t)value}, 1);
}

static inline void put_be16(struct writer *w, unsigned value)
{
    put_u8(w, value >> 8);
    put_u8(w, value);
}

static inline void put_be32(struct writer *w, uint32_t value)
{
    put_be16(w, value >> 16);
    put_be16(w, value & 0xffff);
}

static inline void put_zeros(struct writer *w, size_t count)
{
    while (count-- > 0)
        put_u8(w, 0);
}

static inline void put_mac(struct writer *w, const char *text)
{
    put(w, mac(text).bytes, 6);
}

static inline void put_ip(struct writer *w, const char *text)
{
    put(w, ip(text).bytes, ip_size(ip(text).family));
}

/* Bytes in hexadecimal. */
static inline void put_hex(struct writer *w, const char *hex)
{
    unsigned byte;
    for (; hex != NULL && sscanf(hex, "%2x", &byte) == 1; hex += 2)
        put_u8(w, byte);
}

static inline void set_be16(struct writer *w, size_t at, unsigned value)
{
    w->bytes[at] = (uint8_t)(value >> 8);
    w->bytes[at + 1] = (uint8_t)value;
}

/* From the guest to the host; tags follow, then the Ethertype. */
static inline void put_addresses(struct writer *w)
{
    put_mac(w, HOST_MAC);
    put_mac(w, GUEST_MAC);
}

static inline void put_ethernet(struct writer *w, unsigned ethertype)
{
    put_addresses(w);
    put_be16(w, ethertype);
}

/* Each returns where the header begins, for …_end, which fills in length and checksum once all is behind
 * it. */
static inline size_t put_ipv4_from(struct writer *w, const char *source, const char *destination,
                                   unsigned protocol)
{
    size_t at = w->length;
    put_be16(w, 0x4500);
    put_be16(w, 0);
    put_be16(w, 0x1234); /* id */
    put_be16(w, 0);      /* flags, fragment offset */
    put_u8(w, 64);
    put_u8(w, protocol);
    put_be16(w, 0);
    put_ip(w, source);
    put_ip(w, destination);
    return at;
}

static inline size_t put_ipv4(struct writer *w, unsigned protocol)
{
    return put_ipv4_from(w, GUEST_4, HOST_4, protocol);
}

static inline void checksum_ipv4(struct writer *w, size_t at)
{
    size_t header_length = 4 * (w->bytes[at] & 0xfu);
    set_be16(w, at + 10, 0);
    set_be16(w, at + 10, checksum_finish(checksum_add(0, span_of(w->bytes + at, header_length))));
}

static inline void ipv4_end(struct writer *w, size_t at)
{
    set_be16(w, at + 2, (unsigned)(w->length - at));
    checksum_ipv4(w, at);
}

static inline size_t put_ipv6_from(struct writer *w, const char *source, const char *destination,
                                   unsigned next_header, unsigned hop_limit)
{
    size_t at = w->length;
    put_be32(w, 0x60000000);
    put_be16(w, 0);
    put_u8(w, next_header);
    put_u8(w, hop_limit);
    put_ip(w, source);
    put_ip(w, destination);
    return at;
}

static inline size_t put_ipv6(struct writer *w, unsigned next_header)
{
    return put_ipv6_from(w, GUEST_6, HOST_6, next_header, 64);
}

static inline void ipv6_end(struct writer *w, size_t at)
{
    set_be16(w, at + 4, (unsigned)(w->length - at - 40));
}

static inline size_t put_icmp(struct writer *w, unsigned type, unsigned code)
{
    size_t at = w->length;
    put_u8(w, type);
    put_u8(w, code);
    put_be16(w, 0);
    return at;
}

static inline void icmpv4_end(struct writer *w, size_t at)
{
    set_be16(w, at + 2, 0);
    set_be16(w, at + 2, checksum_finish(checksum_add(0, span_of(w->bytes + at, w->length - at))));
}

/* The pseudo-header of RFC 8200 8.1 takes its addresses from the IPv6 header at `ip_at`. */
static inline void icmpv6_end(struct writer *w, size_t ip_at, size_t at)
{
    size_t length = w->length - at;
    uint8_t tail[] = {(uint8_t)(length >> 8), (uint8_t)length, 0, PROTOCOL_ICMPV6};
    uint32_t sum = checksum_add(0, span_of(w->bytes + ip_at + 8, 32));

    set_be16(w, at + 2, 0);
    sum = checksum_add(sum, span_of(tail, sizeof tail));
    set_be16(w, at + 2, checksum_finish(checksum_add(sum, span_of(w->bytes + at, length))));
}

/* The pseudo-header of RFC 768 takes its addresses from the IPv4 header at `ip_at`. */
static inline void udp_end(struct writer *w, size_t ip_at, size_t at)
{
    size_t length = w->length - at;
    uint8_t tail[] = {0, PROTOCOL_UDP, (uint8_t)(length >> 8), (uint8_t)length};
    uint32_t sum = checksum_add(0, span_of(w->bytes + ip_at + 12, 8));

    set_be16(w, at + 4, (unsigned)length);
    set_be16(w, at + 6, 0);
    sum = checksum_add(sum, span_of(tail, sizeof tail));
    set_be16(w, at + 6, checksum_finish(checksum_add(sum, span_of(w->bytes + at, length))));
}

/* Decodes the first `captured` bytes from memory of exactly that size, so that the sanitizer sees a read
 * behind them. Checks that the frame stays untouched unless it is decoded. */
static inline enum wire_result decode_cut(const struct writer *w, size_t captured, size_t wire_length,
                                          struct frame *frame)
{
    static struct frame before;
    uint8_t *exact = malloc(captured ? captured : 1);

    assert_non_null(exact);
    memcpy(exact, w->bytes, captured);
    memset(frame, 0xa5, sizeof *frame);
    memset(&before, 0xa5, sizeof before);
    enum wire_result result = wire_decode(span_of(exact, captured), (uint32_t)wire_length, frame);
    if (result != WIRE_OK)
        assert_memory_equal(frame, &before, sizeof before);
    free(exact);
    return result;
}

static inline enum wire_result decode(const struct writer *w, struct frame *frame)
{
    return decode_cut(w, w->length, w->length, frame);
}

static inline void assert_decodes(const struct writer *w, enum wire_result expected)
{
    struct frame frame;
    assert_int_equal(decode(w, &frame), expected);
}

static inline void assert_kind(const struct writer *w, enum frame_kind expected)
{
    struct frame frame;
    assert_int_equal(decode(w, &frame), WIRE_OK);
    assert_int_equal(frame.kind, expected);
}

/* A frame that ends too early is malformed at whatever byte. */
static inline void assert_cuts_are_malformed(const struct writer *w)
{
    struct frame frame;
    for (size_t length = 0; length < w->length; length++)
        if (decode_cut(w, length, length, &frame) != WIRE_MALFORMED)
            fail_msg("decoded with %zu of %zu bytes", length, w->length);
}

#endif

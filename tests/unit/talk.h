/* What host and guest say to each other, frame by frame, and how it gets into a capture file. */
#ifndef VMNETCHECK_TALK_H
#define VMNETCHECK_TALK_H

#include "recorder.h"

#define OTHER_MAC "52:54:00:00:99:99"
#define ROUTER    "52:54:00:00:77:77"

struct packet_spec {
    const char *from_mac, *to_mac, *from, *to;
    unsigned ip_id, ttl;
    int vid; /* 0: untagged */
};

static const struct packet_spec REQUEST = {HOST_MAC, GUEST_MAC, HOST_4, GUEST_4, 1, 64, 0},
                                REPLY = {GUEST_MAC, HOST_MAC, GUEST_4, HOST_4, 1000, 64, 0};

static inline void put_header(struct writer *w, const struct packet_spec *spec, unsigned ethertype)
{
    put_mac(w, spec->to_mac);
    put_mac(w, spec->from_mac);
    if (spec->vid != 0) {
        put_be16(w, 0x8100);
        put_be16(w, (unsigned)spec->vid);
    }
    put_be16(w, ethertype);
}

static inline struct writer echo(struct packet_spec spec, bool reply, unsigned sequence)
{
    struct writer w = {0};
    bool v6 = strchr(spec.from, ':') != NULL;

    put_header(&w, &spec, v6 ? 0x86dd : 0x0800);
    size_t ip_at = v6 ? put_ipv6_from(&w, spec.from, spec.to, PROTOCOL_ICMPV6, spec.ttl)
                      : put_ipv4_from(&w, spec.from, spec.to, PROTOCOL_ICMP);
    if (!v6) {
        set_be16(&w, ip_at + 4, spec.ip_id);
        w.bytes[ip_at + 8] = (uint8_t)spec.ttl;
    }
    size_t at = v6 ? put_icmp(&w, reply ? 129 : 128, 0) : put_icmp(&w, reply ? 0 : 8, 0);
    put_be16(&w, 0x4711);
    put_be16(&w, sequence);
    put_be32(&w, 0xcafe0000 + sequence);
    put_zeros(&w, 44);
    if (v6) {
        ipv6_end(&w, ip_at);
        icmpv6_end(&w, ip_at, at);
    } else {
        ipv4_end(&w, ip_at);
        icmpv4_end(&w, at);
    }
    return w;
}

static inline struct writer arp(const char *from_mac, const char *to_mac, unsigned operation,
                                const char *sender, const char *target, int vid)
{
    struct packet_spec spec = {.from_mac = from_mac, .to_mac = to_mac, .vid = vid};
    struct writer w = {0};

    put_header(&w, &spec, 0x0806);
    put_be16(&w, 1);
    put_be16(&w, 0x0800);
    put_be16(&w, 0x0604);
    put_be16(&w, operation);
    put_mac(&w, from_mac);
    put_ip(&w, sender);
    put_mac(&w, operation == ARP_REQUEST ? "00:00:00:00:00:00" : to_mac);
    put_ip(&w, target);
    return w;
}

/* A solicitation for an address, or the advertisement that answers it. */
static inline struct writer neighbour(const char *from_mac, const char *to_mac, bool advertisement,
                                      const char *from, const char *to, const char *target, int vid)
{
    struct packet_spec spec = {.from_mac = from_mac, .to_mac = to_mac, .vid = vid};
    struct writer w = {0};

    put_header(&w, &spec, 0x86dd);
    size_t ip_at = put_ipv6_from(&w, from, to, PROTOCOL_ICMPV6, 255),
           at = put_icmp(&w, advertisement ? 136 : 135, 0);
    put_be32(&w, advertisement ? 0x60000000 : 0); /* solicited, override */
    put_ip(&w, target);
    put_u8(&w, advertisement ? 2 : 1);
    put_u8(&w, 1);
    put_mac(&w, from_mac);
    ipv6_end(&w, ip_at);
    icmpv6_end(&w, ip_at, at);
    return w;
}

/* ---- how it is recorded ---- */

enum medium { AS_ETHERNET, AS_SLL, AS_SLL2, AS_PCAPNG, MEDIA };

static inline bool tells_direction(enum medium medium)
{
    return medium != AS_ETHERNET;
}

/* What is behind the Ethernet header of a frame, as interface `ifindex` sent or got it. */
static inline struct writer cooked(const struct writer *frame, unsigned version, unsigned ifindex, bool sent)
{
    struct writer w = {0};
    unsigned type = sent ? 4 : frame->bytes[0] & 1 ? 1 : 0;

    if (version == 1) {
        put_be16(&w, type);
        put_be16(&w, 1);
        put_be16(&w, 6);
    } else {
        put(&w, frame->bytes + 12, 2);
        put_be16(&w, 0);
        put_be32(&w, ifindex);
        put_be16(&w, 1);
        put_u8(&w, type);
        put_u8(&w, 6);
    }
    put(&w, frame->bytes + 6, 6);
    put_zeros(&w, 2);
    if (version == 1)
        put(&w, frame->bytes + 12, 2);
    put(&w, frame->bytes + 14, frame->length - 14);
    return w;
}

static inline void begin_as(struct recorder *file, enum medium medium)
{
    const uint32_t section[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, word_of(1, 0), UINT32_MAX, UINT32_MAX, 28};
    const uint32_t interface[] = {1, 20, word_of(LINK_ETHERNET, 0), 65535, 20};

    begin_pcap(file, medium == AS_SLL ? LINK_SLL : medium == AS_SLL2 ? LINK_SLL2 : LINK_ETHERNET);
    if (medium != AS_PCAPNG)
        return;
    file->length = 0;
    append(file, section, sizeof section);
    append(file, interface, sizeof interface);
}

/* The next frame, of which so many bytes are kept. */
static inline void record_as(struct recorder *file, enum medium medium, int64_t after_us,
                             const struct writer *frame, bool sent, size_t snaplen)
{
    struct writer w =
        medium == AS_SLL || medium == AS_SLL2 ? cooked(frame, medium == AS_SLL ? 1 : 2, 3, sent) : *frame;
    uint32_t kept = (uint32_t)(w.length < snaplen ? w.length : snaplen), padding = (4 - kept % 4) % 4;
    uint32_t total = 32 + kept + padding + 12;

    file->now_us += (uint64_t)after_us;
    if (medium == AS_PCAPNG) {
        const uint32_t head[] = {
            6, total, 0, (uint32_t)(file->now_us >> 32), (uint32_t)file->now_us, kept, (uint32_t)w.length};
        const uint32_t tail[] = {word_of(2, 4), sent ? 2 : 1, 0, total}; /* the flags */
        append(file, head, sizeof head);
        append(file, w.bytes, kept);
        append(file, "\0\0\0", padding);
        append(file, tail, sizeof tail);
        return;
    }
    append_word(file, (uint32_t)(file->now_us / 1000000));
    append_word(file, (uint32_t)(file->now_us % 1000000));
    append_word(file, kept);
    append_word(file, (uint32_t)w.length);
    append(file, w.bytes, kept);
}

#endif

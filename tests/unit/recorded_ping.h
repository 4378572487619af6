/* A ping from host to guest, as somebody recorded it. */
#ifndef VMNETCHECK_RECORDED_PING_H
#define VMNETCHECK_RECORDED_PING_H

#include "talk.h"

enum { SECOND = 1000000, ROUND_TRIP = 100 };

static struct recorder file;

static inline struct writer request(unsigned sequence)
{
    struct packet_spec spec = REQUEST;

    spec.ip_id = sequence;
    return echo(spec, false, sequence);
}

static inline struct writer reply(unsigned sequence, unsigned ip_id)
{
    struct packet_spec spec = REPLY;

    spec.ip_id = ip_id;
    return echo(spec, true, sequence);
}

static inline struct writer who_has(const char *address)
{
    return arp(HOST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, HOST_4, address, 0);
}

static inline struct writer is_at(const char *mac_text)
{
    return arp(mac_text, HOST_MAC, ARP_REPLY, GUEST_4, HOST_4, 0);
}

static inline void add(uint64_t after_us, struct writer frame)
{
    record(&file, after_us, &frame);
}

static inline void resolve(void)
{
    add(0, who_has(GUEST_4));
    add(ROUND_TRIP, is_at(GUEST_MAC));
}

/* `copies` replies to each of `count` requests; their IP ids go up by `step`. */
static inline void ping(unsigned count, unsigned copies, unsigned step)
{
    for (unsigned sequence = 1; sequence <= count; sequence++) {
        add(SECOND, request(sequence));
        for (unsigned copy = 0; copy < copies; copy++)
            add(ROUND_TRIP, reply(sequence, 1000 + sequence * 40 + copy * step));
    }
}

static inline int begin(void **state)
{
    (void)state;
    begin_pcap(&file, LINK_ETHERNET);
    return 0;
}

#endif

/* A guest for fake_world.h: answers ARP, neighbour solicitations and echo as a Linux guest does, or as wrong
 * as the test wants it. Its frames are written by frames.h, not by our builders. */
#ifndef VMNETCHECK_FAKE_GUEST_H
#define VMNETCHECK_FAKE_GUEST_H

#include "fake_world.h"

enum { HOST_ANSWERS_US = 50, OTHERS_ANSWER_US = 1000 };

static inline void put_link_header(struct writer *w, struct mac_addr to, struct mac_addr from, int vid,
                                   unsigned ethertype)
{
    put(w, to.bytes, 6);
    put(w, from.bytes, 6);
    if (vid != VID_NONE) {
        put_be16(w, ETHERTYPE_8021Q);
        put_be16(w, (unsigned)vid);
    }
    put_be16(w, ethertype);
}

static inline struct writer arp_frame(unsigned operation, struct mac_addr to, struct mac_addr from, int vid,
                                      struct ip_addr sender, struct mac_addr target_mac,
                                      struct ip_addr target)
{
    struct writer w = {0};
    put_link_header(&w, to, from, vid, 0x0806);
    put_be16(&w, 1);
    put_be16(&w, 0x0800);
    put_be16(&w, 0x0604);
    put_be16(&w, operation);
    put(&w, from.bytes, 6);
    put(&w, sender.bytes, 4);
    put(&w, target_mac.bytes, 6);
    put(&w, target.bytes, 4);
    return w;
}

static inline struct writer advertisement_frame(struct mac_addr to, struct mac_addr from, int vid,
                                                struct ip_addr source, struct ip_addr destination,
                                                struct ip_addr target, bool solicited)
{
    struct writer w = {0};
    char a[IP_TEXT_SIZE], b[IP_TEXT_SIZE];
    put_link_header(&w, to, from, vid, 0x86dd);
    size_t ip_at = put_ipv6_from(&w, ip_format(source, a), ip_format(destination, b), PROTOCOL_ICMPV6, 255);
    size_t at = put_icmp(&w, 136, 0);
    put_be32(&w, (solicited ? 0x40000000u : 0) | 0x20000000u);
    put(&w, target.bytes, 16);
    put_be16(&w, 0x0201);
    put(&w, from.bytes, 6);
    icmpv6_end(&w, ip_at, at);
    ipv6_end(&w, ip_at);
    return w;
}

static inline struct writer solicitation_frame(struct mac_addr from, int vid, struct ip_addr source,
                                               struct ip_addr target)
{
    struct writer w = {0};
    char a[IP_TEXT_SIZE], b[IP_TEXT_SIZE];
    struct ip_addr group = ip_solicited_node(target);
    put_link_header(&w, mac_of_multicast(group), from, vid, 0x86dd);
    size_t ip_at = put_ipv6_from(&w, ip_format(source, a), ip_format(group, b), PROTOCOL_ICMPV6, 255);
    size_t at = put_icmp(&w, 135, 0);
    put_be32(&w, 0);
    put(&w, target.bytes, 16);
    if (!ip_is_unspecified(source)) {
        put_be16(&w, 0x0101);
        put(&w, from.bytes, 6);
    }
    icmpv6_end(&w, ip_at, at);
    ipv6_end(&w, ip_at);
    return w;
}

static inline struct writer echo_reply_frame(struct mac_addr to, struct mac_addr from, int vid,
                                             const struct pending *echo)
{
    struct writer w = {0};
    char a[IP_TEXT_SIZE], b[IP_TEXT_SIZE];
    bool v4 = echo->source.family == IP_V4;
    put_link_header(&w, to, from, vid, v4 ? 0x0800 : 0x86dd);
    ip_format(echo->source, a);
    ip_format(echo->destination, b);
    size_t ip_at = v4 ? put_ipv4_from(&w, a, b, PROTOCOL_ICMP) : put_ipv6_from(&w, a, b, PROTOCOL_ICMPV6, 64);
    size_t at = put_icmp(&w, v4 ? 0 : 129, 0);
    put_be16(&w, echo->id);
    put_be16(&w, echo->sequence);
    put(&w, echo->payload, echo->length < sizeof echo->payload ? echo->length : sizeof echo->payload);
    put_zeros(&w, echo->length < sizeof echo->payload ? 0 : echo->length - sizeof echo->payload);
    if (v4) {
        set_be16(&w, ip_at + 4, the_world->guest.replies); /* a Linux guest counts them, too */
        icmpv4_end(&w, at);
        ipv4_end(&w, ip_at);
    } else {
        icmpv6_end(&w, ip_at, at);
        ipv6_end(&w, ip_at);
    }
    return w;
}

/* "Administratively prohibited", quoting the packet behind the Ethernet header of the frame. */
static inline struct writer rejection_frame(struct mac_addr to, struct mac_addr from,
                                            const struct frame *request, struct span bytes)
{
    struct writer w = {0};
    char a[IP_TEXT_SIZE], b[IP_TEXT_SIZE];
    bool v4 = request->ip.source.family == IP_V4;
    size_t ip_at, quoted = (v4 ? 20u : 40u) + 8 + PROBE_PAYLOAD_SIZE;
    put_link_header(&w, to, from, VID_NONE, v4 ? 0x0800 : 0x86dd);
    ip_format(request->ip.destination, a);
    ip_format(request->ip.source, b);
    ip_at = v4 ? put_ipv4_from(&w, a, b, PROTOCOL_ICMP) : put_ipv6_from(&w, a, b, PROTOCOL_ICMPV6, 64);
    size_t at = put_icmp(&w, v4 ? 3 : 1, v4 ? 13 : 1);
    put_be32(&w, 0);
    put(&w, bytes.data + ETHERNET_HEADER_SIZE, quoted);
    if (v4) {
        icmpv4_end(&w, at);
        ipv4_end(&w, ip_at);
    } else {
        icmpv6_end(&w, ip_at, at);
        ipv6_end(&w, ip_at);
    }
    return w;
}

/* ---- its stack ---- */

static inline bool guest_has(const struct fake_guest *guest, struct ip_addr address)
{
    for (size_t i = 0; i < guest->address_count; i++)
        if (ip_equal(guest->addresses[i], address))
            return true;
    return false;
}

static inline struct ip_addr guest_address(const struct fake_guest *guest, enum ip_family family)
{
    for (size_t i = 0; i < guest->address_count; i++)
        if (guest->addresses[i].family == family)
            return guest->addresses[i];
    return (struct ip_addr){.family = family};
}

/* Sends a reply: late, copied, lost or tampered with, as the test wants it. */
static inline void guest_sends(struct world *world, struct writer frame, uint64_t delay_us)
{
    struct fake_guest *guest = &world->guest;
    uint64_t due_us = world->now_us + delay_us;

    guest->replies++;
    if (guest->sends_max != 0 && frame.length > guest->sends_max)
        return;
    if (guest->lose_from != 0 && guest->replies >= guest->lose_from && guest->replies <= guest->lose_to)
        return;
    if (guest->loses_each != 0 && guest->replies % guest->loses_each == 0)
        return;
    if (guest->tamper != NULL)
        guest->tamper(world, &frame);
    comes_in(world, due_us, &frame);
    uint64_t after_us = guest->copy_after_us + guest->replies * guest->copies_later_us;
    for (unsigned i = 1; i <= guest->copies; i++)
        comes_in(world, due_us + i * after_us, &frame);
}

static inline const struct neighbour *guest_knows(const struct fake_guest *guest, struct ip_addr address)
{
    for (size_t i = 0; i < guest->cache_count; i++)
        if (ip_equal(guest->cache[i].address, address))
            return &guest->cache[i];
    return NULL;
}

static inline struct ip_addr next_hop(const struct fake_guest *guest, struct ip_addr destination)
{
    if (destination.family == IP_V6 ||
        ip_in_prefix(destination, guest_address(guest, IP_V4), guest->prefix_length))
        return destination;
    return guest->gateway;
}

static inline void guest_flushes(struct world *world)
{
    struct fake_guest *guest = &world->guest;
    size_t kept = 0;

    for (size_t i = 0; i < guest->pending_count; i++) {
        struct pending echo = guest->pending[i];
        const struct neighbour *to = guest_knows(guest, next_hop(guest, echo.destination));
        if (to != NULL)
            guest_sends(world, echo_reply_frame(to->mac, guest->mac, guest->speak_vid, &echo),
                        guest->delay_us);
        else
            guest->pending[kept++] = echo;
    }
    guest->pending_count = kept;
}

/* Like Linux, which takes no other MAC address within a second (locktime). */
static inline void guest_learns(struct world *world, struct ip_addr address, struct mac_addr from)
{
    struct fake_guest *guest = &world->guest;

    if (ip_is_unspecified(address) || guest_knows(guest, address) != NULL || guest->cache_count == CACHE_MAX)
        return;
    guest->cache[guest->cache_count++] = (struct neighbour){address, from};
    guest_flushes(world);
}

static inline void guest_is_told(struct world *world, const struct event *event)
{
    guest_learns(world, event->address, event->mac);
}

/* Asks on the link; the host's kernel and the others answer it without our seeing it. */
static inline void guest_asks(struct world *world, struct ip_addr address)
{
    struct fake_guest *guest = &world->guest;
    struct ip_addr own = guest_address(guest, address.family);
    const struct target *target = &world->target;
    struct writer frame = address.family == IP_V4
                              ? arp_frame(ARP_REQUEST, MAC_BROADCAST, guest->mac, guest->speak_vid, own,
                                          (struct mac_addr){{0}}, address)
                              : solicitation_frame(guest->mac, guest->speak_vid, own, address);

    comes_in(world, world->now_us + guest->delay_us, &frame);
    if (is_own(world, address)) {
        struct event *answer = world_at(world, world->now_us + HOST_ANSWERS_US, guest_is_told);
        answer->address = address;
        answer->mac = target->bridge != NULL ? target->bridge->mac : target->link->mac;
    }
    for (size_t i = 0; i < world->other_count; i++)
        if (ip_equal(world->others[i].address, address)) {
            struct event *answer = world_at(world, world->now_us + OTHERS_ANSWER_US, guest_is_told);
            answer->address = address;
            answer->mac = world->others[i].mac;
        }
}

static inline void guest_hears_arp(struct world *world, const struct arp_fields *arp)
{
    struct fake_guest *guest = &world->guest;
    bool own = guest_has(guest, arp->target);
    uint64_t delay_us = guest->delay_us;

    if (arp->operation == ARP_REPLY) {
        guest_learns(world, arp->sender, arp->sender_mac);
        return;
    }
    if (guest->no_arp || !(own || guest->proxies) || (guest->no_arp_probes && ip_is_unspecified(arp->sender)))
        return;
    if (!own && guest->proxy_delay_us > 0)
        delay_us += world_chance((uint32_t)guest->proxy_delay_us);
    guest_learns(world, arp->sender, arp->sender_mac);
    guest_sends(world,
                arp_frame(ARP_REPLY, arp->sender_mac, guest->mac, guest->speak_vid, arp->target,
                          arp->sender_mac, arp->sender),
                delay_us);
}

static inline void guest_hears_solicitation(struct world *world, const struct frame *frame)
{
    struct fake_guest *guest = &world->guest;
    const struct neighbour_fields *asked = &frame->neighbour;

    if (asked->has_link_address)
        guest_learns(world, frame->ip.source, asked->link_address);
    if (ip_is_unspecified(frame->ip.source)) { /* RFC 4861 7.2.4: to all nodes, not solicited */
        if (guest_has(guest, asked->target))
            guest_sends(world,
                        advertisement_frame(mac("33:33:00:00:00:01"), guest->mac, guest->speak_vid,
                                            asked->target, ip("ff02::1"), asked->target, false),
                        guest->delay_us);
        return;
    }
    if (!guest->no_ndp && guest_has(guest, asked->target))
        guest_sends(world,
                    advertisement_frame(frame->source, guest->mac, guest->speak_vid, asked->target,
                                        frame->ip.source, asked->target, true),
                    guest->delay_us);
}

enum { GUEST_MTU = 1500, FIRST_OF_REPLY = GUEST_MTU - 20 };

/* The rest of a request in two fragments of IPv4 came: its reply is as long, and goes in two as well. */
static inline void guest_hears_rest(struct world *world, const struct frame *frame)
{
    struct fake_guest *guest = &world->guest;
    struct pending *echo = &guest->split;
    const struct neighbour *to = guest_knows(guest, next_hop(guest, frame->ip.source));
    size_t length = frame->ip.fragment_offset + frame->length - ETHERNET_HEADER_SIZE - 20;
    char a[IP_TEXT_SIZE], b[IP_TEXT_SIZE];
    struct writer rest = {0};

    if (to == NULL || !ip_equal(echo->source, frame->ip.destination) ||
        (guest->echo_max != 0 && length - 8 > guest->echo_max))
        return;
    echo->length = FIRST_OF_REPLY - 8;
    struct writer first = echo_reply_frame(to->mac, guest->mac, guest->speak_vid, echo);
    set_be16(&first, ETHERNET_HEADER_SIZE + 4, echo->sequence);
    set_be16(&first, ETHERNET_HEADER_SIZE + 6, 0x2000);
    checksum_ipv4(&first, ETHERNET_HEADER_SIZE);
    put_link_header(&rest, to->mac, guest->mac, guest->speak_vid, 0x0800);
    size_t at =
        put_ipv4_from(&rest, ip_format(echo->source, a), ip_format(echo->destination, b), PROTOCOL_ICMP);
    put_zeros(&rest, length - FIRST_OF_REPLY);
    set_be16(&rest, at + 4, echo->sequence);
    set_be16(&rest, at + 6, FIRST_OF_REPLY / 8);
    ipv4_end(&rest, at);
    guest_sends(world, first, guest->delay_us);
    guest_sends(world, rest, guest->delay_us);
}

static inline void guest_hears_echo(struct world *world, const struct frame *frame, struct span bytes)
{
    struct fake_guest *guest = &world->guest;
    bool to_all = ip_is_multicast(frame->ip.destination);
    struct pending echo = {
        .source = to_all ? guest_address(guest, IP_V6) : frame->ip.destination,
        .destination = frame->ip.source,
        .id = frame->echo.id,
        .sequence = frame->echo.sequence,
        .length = frame->echo.payload_length,
    };

    for (size_t i = 0; to_all && i < guest->address_count; i++)
        if (guest->addresses[i].family == IP_V6 &&
            ip_is_link_local(guest->addresses[i]) == ip_is_link_local(echo.destination)) /* RFC 6724 5 */
            echo.source = guest->addresses[i];
    if (!mac_equal(frame->destination, guest->mac) && !to_all)
        return;
    if (frame->ip.fragment) {
        memcpy(echo.payload, frame->echo.payload, sizeof frame->echo.payload);
        guest->split = echo;
        return;
    }
    if (guest->echo_max != 0 && echo.length > guest->echo_max)
        return;
    if (guest->confirms && ip_is_link_local(frame->ip.source) && guest_has(guest, echo.source)) {
        struct writer question =
            solicitation_frame(guest->mac, guest->speak_vid, echo.source, frame->ip.source);
        memcpy(question.bytes, frame->source.bytes, 6); /* RFC 4861 7.3.3 */
        guest_sends(world, question, guest->delay_us);
    }
    if (guest->no_echo || (to_all && guest->no_all_nodes) || !guest_has(guest, echo.source))
        return;
    if (guest->rejects) {
        guest_sends(world, rejection_frame(frame->source, guest->mac, frame, bytes), guest->delay_us);
        return;
    }
    memcpy(echo.payload, frame->echo.payload, sizeof frame->echo.payload);
    struct ip_addr hop = next_hop(guest, echo.destination);
    if (guest->is_frugal)
        guest_learns(world, hop, frame->source);
    if (hop.family == IP_NONE || guest->pending_count == PENDING_MAX ||
        world->now_us < guest->asks_in_vain_until_us)
        return;
    bool asks = guest_knows(guest, hop) == NULL;
    for (size_t i = 0; i < guest->pending_count; i++) /* it is already asking */
        asks &= !ip_equal(next_hop(guest, guest->pending[i].destination), hop);
    guest->pending[guest->pending_count++] = echo;
    if (asks)
        guest_asks(world, hop);
    guest_flushes(world);
}

static inline void guest_hears(struct world *world, const struct frame *frame, struct span bytes);
static inline void guest_takes(struct world *world, const struct frame *frame, struct span bytes);

static inline void guest_is_free(struct world *world, const struct event *event)
{
    struct frame frame;
    struct span bytes = span_of(event->frame.bytes, event->frame.length);

    assert_int_equal(wire_decode(bytes, (uint32_t)bytes.length, &frame), WIRE_OK);
    guest_takes(world, &frame, bytes);
}

static inline void guest_wakes(struct world *world, const struct event *event)
{
    struct frame frame;
    struct span bytes = span_of(event->frame.bytes, event->frame.length);

    assert_int_equal(wire_decode(bytes, (uint32_t)bytes.length, &frame), WIRE_OK);
    guest_hears(world, &frame, bytes);
}

/* As long as it is down nothing is heard; with `queues` the tap keeps it until then. */
static inline void guest_hears(struct world *world, const struct frame *frame, struct span bytes)
{
    struct fake_guest *guest = &world->guest;

    if (world->now_us < guest->up_us) {
        if (guest->queues)
            put(&world_at(world, guest->up_us, guest_wakes)->frame, bytes.data, bytes.length);
        return;
    }
    uint64_t free_us = guest->free_us > world->now_us ? guest->free_us : world->now_us;
    guest->free_us = free_us + guest->pace_us;
    if (guest->waiting_us < free_us - world->now_us)
        guest->waiting_us = free_us - world->now_us;
    if (free_us > world->now_us)
        put(&world_at(world, free_us, guest_is_free)->frame, bytes.data, bytes.length);
    else
        guest_takes(world, frame, bytes);
}

static inline void guest_takes(struct world *world, const struct frame *frame, struct span bytes)
{
    struct fake_guest *guest = &world->guest;

    if (guest->frame_max != 0 && bytes.length > guest->frame_max)
        return;
    if (guest->deaf || frame_vid(frame) != guest->hear_vid)
        return;
    if (frame->kind == FRAME_ARP)
        guest_hears_arp(world, &frame->arp);
    else if (frame->kind == FRAME_NEIGHBOUR_SOLICITATION)
        guest_hears_solicitation(world, frame);
    else if (frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT)
        guest_learns(world, frame->neighbour.target, frame->neighbour.link_address);
    else if (frame->kind == FRAME_ECHO_REQUEST)
        guest_hears_echo(world, frame, bytes);
    else if (frame->has_ip && frame->ip.fragment && frame->ip.source.family == IP_V4)
        guest_hears_rest(world, frame);
}

/* ---- what it says of its own accord ---- */

static inline void guest_announces(struct world *world, uint64_t after_us, const char *address)
{
    struct mac_addr from = world->guest.mac;
    struct writer frame = arp_frame(ARP_REQUEST, MAC_BROADCAST, from, world->guest.speak_vid, ip(address),
                                    (struct mac_addr){{0}}, ip(address));
    comes_in(world, WORLD_START_US + after_us, &frame);
}

#endif

/* A wire that checks every frame that we send, and hands it to the guest. */
#ifndef VMNETCHECK_FAKE_LINK_H
#define VMNETCHECK_FAKE_LINK_H

#include "fake_guest.h"

#include <errno.h>

static inline bool is_borrowable(const struct world *world, struct ip_addr address)
{
    if (ip_equal(address, world->host_gateway) || ip_equal(address, world->guest.gateway))
        return false;
    if (ip_equal(address, world->options.source_ipv4) || ip_equal(address, world->options.source_ipv6))
        return true;
    for (size_t i = 0; i < world->guest.address_count; i++)
        if (ip_equal(address, world->guest.addresses[i]))
            return world->guest.loses_each > 0; /* who knows, if it never got to answer? */
    return !ip_is_multicast(address) && !ip_is_unspecified(address);
}

static inline bool is_others(const struct world *world, struct ip_addr address)
{
    for (size_t i = 0; i < world->other_count; i++)
        if (ip_equal(address, world->others[i].address))
            return true;
    return false;
}

/* What must hold for everything that leaves: design rule 7, "probes never poison". */
static inline void check_sent(const struct world *world, const struct frame *frame, size_t length)
{
    const struct target *target = &world->target;
    int vlan = world->options.vlan > 0 ? world->options.vlan : VID_NONE;
    bool asks = frame->kind == FRAME_ARP || frame->kind == FRAME_NEIGHBOUR_SOLICITATION; /* in any VLAN */
    bool from_bridge = target->bridge != NULL && mac_equal(frame->source, target->bridge->mac);

    assert_true(length >= 60 && length <= FRAME_MAX);
    assert_true(mac_equal(frame->source, target->link->mac) || from_bridge);
    assert_true(asks || frame_vid(frame) == vlan);
    if (frame->kind == FRAME_ARP) {
        const struct arp_fields *arp = &frame->arp;
        assert_true(mac_equal(arp->sender_mac, frame->source));
        if (arp->operation == ARP_REQUEST)
            assert_true(ip_is_unspecified(arp->sender) || is_own(world, arp->sender));
        else
            assert_true(is_borrowable(world, arp->sender) && !is_own(world, arp->sender) &&
                        !is_others(world, arp->sender));
        return;
    }
    if (frame->kind == FRAME_NEIGHBOUR_SOLICITATION && ip_is_unspecified(frame->ip.source)) {
        assert_false(frame->neighbour.has_link_address); /* RFC 4862 5.4.2: whose is it? */
        return;
    }
    assert_true(frame->has_ip && !frame->ip.checksum_bad);
    assert_true(is_own(world, frame->ip.source) || is_borrowable(world, frame->ip.source));
    assert_int_equal(from_bridge, target->bridge != NULL && is_own(world, frame->ip.source));
    switch (frame->kind) {
    case FRAME_ECHO_REQUEST:
        assert_false(frame->echo.checksum_bad);
        break;
    case FRAME_NEIGHBOUR_SOLICITATION:
    case FRAME_NEIGHBOUR_ADVERTISEMENT:
        assert_true(frame->neighbour.has_link_address &&
                    mac_equal(frame->neighbour.link_address, frame->source));
        if (frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT)
            assert_false(is_own(world, frame->neighbour.target) || is_others(world, frame->neighbour.target));
        break;
    case FRAME_OTHER:
        assert_true(frame->ip.fragment);
        break;
    default:
        fail_msg("a frame of kind %d was sent", frame->kind);
    }
}

/* The machines on the other ports of the bridge answer for their addresses. */
static inline void others_hear(struct world *world, const struct frame *frame)
{
    for (size_t i = 0; i < world->other_count; i++) {
        const struct neighbour *other = &world->others[i];
        struct writer reply;
        if (frame->kind == FRAME_ARP && ip_equal(frame->arp.target, other->address))
            reply = arp_frame(ARP_REPLY, frame->source, other->mac, VID_NONE, other->address, frame->source,
                              frame->arp.sender);
        else if (frame->kind == FRAME_NEIGHBOUR_SOLICITATION &&
                 ip_equal(frame->neighbour.target, other->address))
            reply = advertisement_frame(frame->source, other->mac, VID_NONE, other->address, frame->ip.source,
                                        other->address, true);
        else
            continue;
        struct event *event = world_at(world, world->now_us + world->others_answer_us, frame_comes_in);
        event->frame = reply;
        event->only_at_bridge = true;
    }
}

static inline void stack_frame_passes(struct world *world, const struct event *event)
{
    struct arrival arrival = {.at = event->at,
                              .direction = event->only_at_bridge ? DIRECTION_OUT : DIRECTION_IN,
                              .bytes = span_of(event->frame.bytes, event->frame.length),
                              .wire_length = (uint32_t)event->frame.length,
                              .time_us = world->now_us};

    check_frame(world->check, &arrival, world->now_us);
}

/* A frame of the host's own ping at each of these vantages. */
static inline void stack_passes(struct world *world, unsigned vantages, const struct writer *frame,
                                bool request)
{
    for (enum vantage at = AT_TAP; at <= AT_HOST; at++) {
        if (!(vantages & VANTAGE_BIT(at)) || (request && at == AT_HOST))
            continue;
        struct event *event = world_at(world, world->now_us + (request ? 50 : 300), stack_frame_passes);
        event->frame = *frame;
        event->at = at;
        event->only_at_bridge = request; /* it goes out */
    }
}

/* A question from the host's end of the path. */
static inline void question_passes(struct world *world, const struct writer *question, bool of_stack)
{
    struct frame frame;
    struct event *event;

    if (of_stack) {
        event = world_at(world, world->now_us + 10, stack_frame_passes);
        event->frame = *question;
        event->at = AT_BRIDGE;
        event->only_at_bridge = true;
    }
    if (world->questions.are_lost)
        return;
    event = world_at(world, world->now_us + 20, stack_frame_passes);
    event->frame = *question;
    event->at = AT_TAP;
    event->only_at_bridge = true;
    assert_int_equal(
        wire_decode(span_of(question->bytes, question->length), (uint32_t)question->length, &frame), WIRE_OK);
    if (of_stack)
        guest_hears(world, &frame, span_of(question->bytes, question->length));
}

static inline void stack_asks(struct world *world, struct ip_addr address)
{
    const struct fake_questions *questions = &world->questions;

    if (!questions->are_heard || questions->host_is_mute || questions->host_knows || address.family != IP_V4)
        return;
    struct writer question = arp_frame(ARP_REQUEST, MAC_BROADCAST, mac(BRIDGE_MAC), VID_NONE, ip(HOST_4),
                                       (struct mac_addr){{0}}, address);
    question_passes(world, &question, true);
}

static inline int stack_sends(struct world *world, const struct frame *request, const uint8_t *bytes,
                              size_t length)
{
    struct fake_stack *stack = &world->stack;
    struct pending reply = {.source = request->ip.destination,
                            .destination = request->ip.source,
                            .id = request->echo.id,
                            .sequence = request->echo.sequence,
                            .length = PROBE_PAYLOAD_SIZE};
    struct writer out = {0};

    if (stack->has_lost_source && !ip_is_unspecified(request->ip.source))
        return -EINVAL;
    stack->sent++;
    stack_asks(world, request->ip.destination);
    if (stack->send_error != 0)
        return -stack->send_error;
    if (stack->sent < stack->silent_until)
        return 0;
    put(&out, world->guest.mac.bytes, 6);
    put(&out, mac(BRIDGE_MAC).bytes, 6);
    put(&out, bytes + 12, length - 12);
    memcpy(reply.payload, request->echo.payload, sizeof request->echo.payload);
    struct writer in = echo_reply_frame(mac(stack->has_wrong_entry ? WRONG_MAC : BRIDGE_MAC),
                                        world->guest.mac, VID_NONE, &reply);
    bool is_lost = stack->packet_max != 0 && length > ETHERNET_HEADER_SIZE + stack->packet_max;
    stack_passes(world, is_lost ? stack->large_requests : stack->requests, &out, true);
    stack_passes(world, is_lost ? stack->large_replies : stack->replies, &in, false);
    return 0;
}

static inline int fake_send(void *context, enum vantage at, const uint8_t *bytes, size_t length)
{
    struct world *world = context;
    struct frame frame;

    world->sendings++;
    if (world->send_from != 0 && world->sendings >= world->send_from && world->sendings <= world->send_until)
        return -world->send_error;
    assert_int_equal(wire_decode(span_of(bytes, length), (uint32_t)length, &frame), WIRE_OK);
    if (at == AT_HOST)
        return stack_sends(world, &frame, bytes, length);
    check_sent(world, &frame, length);
    if (world->sent_count < SENT_MAX) {
        struct sent *sent = &world->sent[world->sent_count++];
        *sent = (struct sent){.time_us = world->now_us, .at = at, .frame = frame, .length = length};
        memcpy(sent->bytes, bytes, length < sizeof sent->bytes ? length : sizeof sent->bytes);
    }
    if (at == AT_BRIDGE)
        others_hear(world, &frame);
    if (at == AT_BRIDGE && world->questions.are_heard) {
        struct writer question = {0};
        put(&question, bytes, length);
        question_passes(world, &question, false);
        if (world->questions.are_lost)
            return 0;
    }
    guest_hears(world, &frame, span_of(bytes, length));
    return 0;
}

#endif

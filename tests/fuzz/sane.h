/* What must hold of every frame that is decoded, whatever the guest sent. Used with frames by chance and by
 * the fuzzer. */
#ifndef VMNETCHECK_SANE_H
#define VMNETCHECK_SANE_H

#include "wire.h"

static inline bool ethernet_is_sane(const struct frame *f)
{
    if (f->tag_count > TAGS_MAX)
        return false;
    for (int i = 0; i < f->tag_count; i++) {
        const struct vlan_tag *tag = &f->tags[i];
        if ((tag->tpid != ETHERTYPE_8021Q && tag->tpid != ETHERTYPE_8021AD) || tag->vid > 0xfff ||
            tag->pcp > 7)
            return false;
    }
    int vid = frame_vid(f);
    return f->ethertype >= 0x0600 && f->ethertype != ETHERTYPE_8021Q && f->ethertype != ETHERTYPE_8021AD &&
           vid != 0 && vid >= VID_NONE && vid <= 0xfff;
}

static inline bool ip_is_sane(const struct frame *f)
{
    const struct ip_fields *ip = &f->ip;
    enum ip_family family = f->ethertype == 0x0800 ? IP_V4 : f->ethertype == 0x86dd ? IP_V6 : IP_NONE;

    if (!f->has_ip)
        return family == IP_NONE;
    if (ip->source.family != family || ip->destination.family != family || family == IP_NONE)
        return false;
    if (ip->fragment_offset % 8 != 0 || (ip->fragment_offset != 0 && !ip->fragment))
        return false;
    return family == IP_V4 ? ip->has_id && ip->id <= 0xffff
                           : !ip->checksum_bad && (ip->has_id || !ip->fragment);
}

static inline bool is_icmp(const struct frame *f)
{
    return f->has_ip && f->ip.fragment_offset == 0 &&
           f->ip.protocol == (f->ip.source.family == IP_V4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6);
}

static inline bool echo_is_sane(const struct frame *f)
{
    const struct echo_fields *echo = &f->echo;

    for (size_t i = echo->payload_length; i < sizeof echo->payload; i++)
        if (echo->payload[i] != 0)
            return false;
    return is_icmp(f) && echo->payload_length < f->length &&
           !(echo->checksum_bad && echo->checksum_unknown) && (!f->ip.fragment || echo->checksum_unknown);
}

static inline bool error_is_sane(const struct frame *f)
{
    const struct icmp_error_fields *error = &f->error;
    enum ip_family family = f->ip.source.family;

    if (!is_icmp(f) || error->quoted_source.family != family || error->quoted_destination.family != family)
        return false;
    return error->quotes_echo ? error->quoted_protocol == f->ip.protocol
                              : error->quoted_id == 0 && error->quoted_sequence == 0;
}

static inline bool neighbour_is_sane(const struct frame *f)
{
    const struct neighbour_fields *neighbour = &f->neighbour;
    bool flags = neighbour->router || neighbour->solicited || neighbour->override;

    return is_icmp(f) && f->ip.source.family == IP_V6 && f->ip.ttl == 255 && !f->ip.has_id &&
           neighbour->target.family == IP_V6 && !ip_is_multicast(neighbour->target) &&
           (neighbour->has_link_address || mac_is_zero(neighbour->link_address)) &&
           (!flags || f->kind == FRAME_NEIGHBOUR_ADVERTISEMENT);
}

static inline bool router_is_sane(const struct frame *f)
{
    bool advertised = f->router.managed || f->router.autonomous;

    return is_icmp(f) && f->ip.source.family == IP_V6 && f->ip.ttl == 255 && !f->ip.has_id &&
           (!advertised || f->kind == FRAME_ROUTER_ADVERTISEMENT);
}

static inline bool dhcp_fields_are_sane(const struct dhcp_fields *dhcp)
{
    return dhcp->type >= DHCP_DISCOVER && dhcp->type <= DHCP_INFORM && dhcp->client_address.family == IP_V4 &&
           dhcp->your_address.family == IP_V4 && dhcp->relay.family == IP_V4 &&
           (dhcp->requested.family == IP_V4 || dhcp->requested.family == IP_NONE) &&
           (dhcp->server.family == IP_V4 || dhcp->server.family == IP_NONE);
}

static inline bool dhcp_is_sane(const struct frame *f)
{
    return f->has_ip && f->ip.source.family == IP_V4 && f->ip.protocol == PROTOCOL_UDP && !f->ip.fragment &&
           f->length > 236 && dhcp_fields_are_sane(&f->dhcp);
}

static inline bool frame_is_sane(const struct frame *f, uint32_t wire_length)
{
    if (f->length != wire_length || !ethernet_is_sane(f) || !ip_is_sane(f))
        return false;
    switch (f->kind) {
    case FRAME_OTHER:
        return true;
    case FRAME_ARP:
        return !f->has_ip && (f->arp.operation == ARP_REQUEST || f->arp.operation == ARP_REPLY) &&
               f->arp.sender.family == IP_V4 && f->arp.target.family == IP_V4;
    case FRAME_ECHO_REQUEST:
    case FRAME_ECHO_REPLY:
        return echo_is_sane(f);
    case FRAME_ICMP_ERROR:
        return error_is_sane(f);
    case FRAME_NEIGHBOUR_SOLICITATION:
    case FRAME_NEIGHBOUR_ADVERTISEMENT:
        return neighbour_is_sane(f);
    case FRAME_ROUTER_SOLICITATION:
    case FRAME_ROUTER_ADVERTISEMENT:
        return router_is_sane(f);
    case FRAME_DHCP:
        return dhcp_is_sane(f);
    }
    return false;
}

/* Decodes, and tells whether all that must hold does: the frame is sane, or untouched. */
static inline bool decodes_sanely(const uint8_t *bytes, size_t captured, uint32_t wire_length,
                                  enum wire_result *ret)
{
    struct frame frame, untouched;

    memset(&frame, 0xa5, sizeof frame);
    memset(&untouched, 0xa5, sizeof untouched);
    *ret = wire_decode(span_of(bytes, captured), wire_length, &frame);
    if (*ret == WIRE_OK)
        return frame_is_sane(&frame, wire_length);
    return (*ret == WIRE_MALFORMED || *ret == WIRE_UNSUPPORTED) &&
           memcmp(&frame, &untouched, sizeof frame) == 0;
}

#endif

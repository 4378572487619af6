/* Ethernet and its tags, IEEE 802.3 and 802.1Q; what is in a frame. */
#include "wire.h"
#include "hash.h"

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_LLDP = 0x88cc, /* IEEE 802.1AB */
    ETHERTYPE_MIN = 0x0600
};
enum { ARP_SIZE = 28 };

static bool is_tag(uint16_t ethertype)
{
    return ethertype == ETHERTYPE_8021Q || ethertype == ETHERTYPE_8021AD;
}

enum wire_result eth_decode_tags(struct span *bytes, uint16_t ethertype, struct frame *frame)
{
    struct span rest = *bytes;
    struct vlan_tag tags[TAGS_MAX];
    uint8_t tag_count = 0;

    while (is_tag(ethertype) && span_ok(&rest)) {
        if (tag_count == TAGS_MAX)
            return WIRE_UNSUPPORTED;
        uint16_t control = span_be16(&rest); /* IEEE 802.1Q 9.6: 3 bits PCP, 1 DEI, 12 VID */
        tags[tag_count++] =
            (struct vlan_tag){.tpid = ethertype, .vid = control & 0xfff, .pcp = (uint8_t)(control >> 13)};
        ethertype = span_be16(&rest);
    }
    if (!span_ok(&rest))
        return WIRE_MALFORMED;

    frame->tag_count = tag_count;
    memcpy(frame->tags, tags, tag_count * sizeof tags[0]);
    frame->ethertype = ethertype;
    *bytes = rest;
    return WIRE_OK;
}

enum wire_result eth_decode(struct span *bytes, struct frame *frame)
{
    struct span rest = *bytes;
    struct mac_addr destination = {{0}}, source = {{0}};

    span_copy(&rest, destination.bytes, sizeof destination.bytes);
    span_copy(&rest, source.bytes, sizeof source.bytes);
    enum wire_result result = eth_decode_tags(&rest, span_be16(&rest), frame);
    if (result != WIRE_OK)
        return result;

    frame->destination = destination;
    frame->source = source;
    *bytes = rest;
    return WIRE_OK;
}

const char *wire_sort_name(enum frame_kind kind, uint16_t ethertype)
{
    switch (kind) {
    case FRAME_DHCP:
        return "DHCP";
    case FRAME_ROUTER_SOLICITATION:
        return "router solicitations";
    case FRAME_ROUTER_ADVERTISEMENT:
        return "router advertisements";
    case FRAME_NEIGHBOUR_SOLICITATION:
        return "neighbour solicitations";
    default:
        return ethertype == ETHERTYPE_ARP    ? "ARP"
               : ethertype == ETHERTYPE_IPV4 ? "IPv4"
               : ethertype == ETHERTYPE_IPV6 ? "IPv6"
               : ethertype == ETHERTYPE_LLDP ? "LLDP"
                                             : "frames of another protocol";
    }
}

enum wire_result wire_decode_arrival(const struct arrival *arrival, struct frame *ret_frame)
{
    enum wire_result result = wire_decode(arrival->bytes, arrival->wire_length, ret_frame);

    if (result == WIRE_OK) {
        ret_frame->time_us = arrival->time_us;
        ret_frame->number = arrival->number;
        ret_frame->at = arrival->at;
        ret_frame->direction = arrival->direction;
    }
    return result;
}

int frame_vid(const struct frame *frame)
{
    for (int i = 0; i < frame->tag_count; i++)
        if (frame->tags[i].vid != 0)
            return frame->tags[i].vid;
    return VID_NONE;
}

/* `cut_off`: the capture holds less than was on the wire. */
static enum wire_result decode_ip(struct span bytes, bool cut_off, struct frame *frame)
{
    bool complete;
    const uint8_t *end = bytes.data + bytes.length;
    enum wire_result result = frame->ethertype == ETHERTYPE_IPV4
                                  ? ip_decode_v4(&bytes, &frame->ip, &complete)
                                  : ip_decode_v6(&bytes, &frame->ip, &complete);
    if (result != WIRE_OK)
        return result;
    if (!complete && !cut_off)
        return WIRE_MALFORMED;
    frame->has_ip = true;
    frame->padding = (uint32_t)(end - (bytes.data + bytes.length));

    uint8_t icmp = frame->ip.source.family == IP_V4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
    if (frame->ip.fragment_offset != 0)
        return WIRE_OK;
    if (frame->ip.protocol == PROTOCOL_UDP)
        return udp_decode(bytes, complete, frame);
    return frame->ip.protocol == icmp ? icmp_decode(bytes, complete, frame) : WIRE_OK;
}

enum wire_result eth_decode_payload(struct span bytes, bool cut_off, struct frame *frame)
{
    if (frame->ethertype == ETHERTYPE_ARP) {
        frame->kind = FRAME_ARP;
        frame->padding = bytes.length > ARP_SIZE ? (uint32_t)(bytes.length - ARP_SIZE) : 0;
        return arp_decode(bytes, &frame->arp);
    }
    if (frame->ethertype == ETHERTYPE_IPV4 || frame->ethertype == ETHERTYPE_IPV6)
        return decode_ip(bytes, cut_off, frame);
    return frame->ethertype < ETHERTYPE_MIN ? WIRE_UNSUPPORTED /* an IEEE 802.3 length: LLC, such as STP */
                                            : WIRE_OK;
}

enum wire_result wire_decode(struct span bytes, uint32_t wire_length, struct frame *ret_frame)
{
    struct frame frame = {.length = wire_length, .kind = FRAME_OTHER};
    struct span whole = bytes;
    bool cut_off = bytes.length < wire_length;
    enum wire_result result = eth_decode(&bytes, &frame);

    if (result == WIRE_OK)
        result = eth_decode_payload(bytes, cut_off, &frame);
    if (result != WIRE_OK)
        return result;
    frame.digest = hash_bytes(whole.data, whole.length - frame.padding);
    *ret_frame = frame;
    return WIRE_OK;
}

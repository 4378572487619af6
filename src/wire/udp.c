/* UDP, RFC 768, as far as DHCP goes by it. */
#include "wire.h"

enum { UDP_HEADER_SIZE = 8, PORT_DHCP_SERVER = 67, PORT_DHCP_CLIENT = 68 };

static enum wire_result take_dhcp(struct span payload, bool cut_off, bool checksum_bad, struct frame *frame)
{
    struct dhcp_fields dhcp;
    enum wire_result result = dhcp_decode(payload, cut_off, &dhcp);

    if (result == WIRE_OK) {
        dhcp.checksum_bad = checksum_bad;
        frame->kind = FRAME_DHCP;
        frame->dhcp = dhcp;
    }
    return result == WIRE_MALFORMED ? WIRE_MALFORMED : WIRE_OK; /* of what is no DHCP it is still a frame */
}

/* RFC 768. The rest of a datagram in fragments is elsewhere. */
enum wire_result udp_decode(struct span bytes, bool complete, struct frame *frame)
{
    struct span datagram = bytes;
    uint16_t source = span_be16(&bytes);
    uint16_t destination = span_be16(&bytes);
    size_t length = span_be16(&bytes);
    uint16_t checksum = span_be16(&bytes);

    bool is_dhcp =
        destination == PORT_DHCP_SERVER || (source == PORT_DHCP_SERVER && destination == PORT_DHCP_CLIENT);
    if (!span_ok(&bytes) || !is_dhcp || frame->ip.source.family != IP_V4 || frame->ip.fragment)
        return WIRE_OK;
    if (length < UDP_HEADER_SIZE || (complete && length > datagram.length))
        return WIRE_MALFORMED;
    bool cut_off = length > datagram.length;
    if (!cut_off) {
        datagram.length = length;
        bytes.length = length - UDP_HEADER_SIZE;
    }
    bool checksum_bad =
        !cut_off && checksum != 0 &&
        checksum_finish(checksum_add(checksum_pseudo_header(&frame->ip, length), datagram)) != 0;
    return take_dhcp(bytes, cut_off, checksum_bad, frame);
}

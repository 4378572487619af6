/* IPv4 and IPv6 headers, extension headers and fragments, RFC 791, RFC 8200. */
#include "wire.h"

enum { IPV4_HEADER_MIN = 20, IPV6_HEADER_SIZE = 40, IPV6_EXTENSIONS_MAX = 8 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION_OPTIONS = 60 };

/* Cuts *bytes to the length that the header gives, if that much was captured. */
static void cut_to(struct span *bytes, size_t length, bool *ret_complete)
{
    *ret_complete = bytes->length >= length;
    if (*ret_complete)
        bytes->length = length;
}

/* RFC 791 3.1. */
enum wire_result ip_decode_v4(struct span *bytes, struct ip_fields *ret, bool *ret_complete)
{
    struct span whole = *bytes, rest = *bytes;
    struct ip_fields ip = {.has_id = true};
    uint8_t source[4], destination[4];

    uint8_t version_and_length = span_u8(&rest);
    size_t header_length = 4 * (size_t)(version_and_length & 0xf);
    span_skip(&rest, 1);
    uint16_t total_length = span_be16(&rest);
    ip.id = span_be16(&rest);
    uint16_t fragment = span_be16(&rest);
    ip.ttl = span_u8(&rest);
    ip.protocol = span_u8(&rest);
    uint16_t checksum = span_be16(&rest);
    span_copy(&rest, source, sizeof source);
    span_copy(&rest, destination, sizeof destination);
    if (version_and_length >> 4 != 4 || header_length < IPV4_HEADER_MIN || total_length < header_length)
        return WIRE_MALFORMED;
    span_skip(&rest, header_length - IPV4_HEADER_MIN);
    if (!span_ok(&rest))
        return WIRE_MALFORMED;

    ip.checksum_bad = checksum_finish(checksum_add(0, span_of(whole.data, header_length))) != 0;
    ip.checksum_absent = ip.checksum_bad && checksum == 0;
    ip.source = ip_from_bytes(IP_V4, source);
    ip.destination = ip_from_bytes(IP_V4, destination);
    ip.fragment_offset = (uint16_t)((fragment & 0x1fff) * 8);
    ip.fragment = ip.fragment_offset != 0 || (fragment & 0x2000);
    cut_to(&rest, total_length - header_length, ret_complete);
    *ret = ip;
    *bytes = rest;
    return WIRE_OK;
}

/* Walks the extension headers of RFC 8200 4 up to the upper layer; bounded, since a guest may write what it
 * likes. */
static enum wire_result skip_extensions(struct span *rest, struct ip_fields *ip)
{
    for (int i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
        switch (ip->protocol) {
        case HOP_BY_HOP:
        case ROUTING:
        case DESTINATION_OPTIONS:
            ip->protocol = span_u8(rest);
            span_skip(rest, (size_t)span_u8(rest) * 8 + 6);
            break;
        case FRAGMENT:
            ip->protocol = span_u8(rest);
            span_skip(rest, 1);
            uint16_t offset = span_be16(rest);
            ip->fragment_offset = offset & 0xfff8;
            ip->fragment = (offset & 0xfff9) != 0; /* an atomic fragment, RFC 6946, is whole */
            ip->id = span_be32(rest);
            ip->has_id = true;
            if (ip->fragment_offset != 0)
                return span_ok(rest) ? WIRE_OK : WIRE_MALFORMED;
            break;
        default:
            return span_ok(rest) ? WIRE_OK : WIRE_MALFORMED;
        }
        if (!span_ok(rest))
            return WIRE_MALFORMED;
    }
    return WIRE_UNSUPPORTED;
}

/* RFC 8200 3. */
enum wire_result ip_decode_v6(struct span *bytes, struct ip_fields *ret, bool *ret_complete)
{
    struct span rest = *bytes;
    struct ip_fields ip = {0};
    uint8_t source[16], destination[16];

    uint8_t version = span_u8(&rest) >> 4;
    span_skip(&rest, 3);
    uint16_t payload_length = span_be16(&rest);
    ip.protocol = span_u8(&rest);
    ip.ttl = span_u8(&rest);
    span_copy(&rest, source, sizeof source);
    span_copy(&rest, destination, sizeof destination);
    if (!span_ok(&rest) || version != 6)
        return WIRE_MALFORMED;
    if (payload_length == 0 && ip.protocol == HOP_BY_HOP) /* a jumbogram, RFC 2675 */
        return WIRE_UNSUPPORTED;

    bool complete;
    cut_to(&rest, payload_length, &complete);
    enum wire_result result = skip_extensions(&rest, &ip);
    if (result != WIRE_OK)
        return result;
    ip.source = ip_from_bytes(IP_V6, source);
    ip.destination = ip_from_bytes(IP_V6, destination);
    *ret_complete = complete;
    *ret = ip;
    *bytes = rest;
    return WIRE_OK;
}

bool wire_is_stream(const struct frame *frame)
{
    return frame->has_ip && ip_is_multicast(frame->ip.destination) &&
           !ip_stays_on_link(frame->ip.destination);
}

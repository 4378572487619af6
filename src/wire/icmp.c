/* ICMP and ICMPv6: echo, errors and the packet that they quote, RFC 792, RFC 4443. */
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

enum { HOP_LIMIT_ON_LINK = 255 };

static bool checksum_is_bad(struct span message, const struct ip_fields *ip)
{
    uint32_t sum = ip->source.family == IP_V6 ? checksum_pseudo_header(ip, message.length) : 0;
    return checksum_finish(checksum_add(sum, message)) != 0;
}

static enum wire_result decode_echo(struct span body, bool checksum_bad, bool checksum_unknown,
                                    struct echo_fields *ret)
{
    struct echo_fields echo = {.checksum_bad = checksum_bad, .checksum_unknown = checksum_unknown};

    echo.id = span_be16(&body);
    echo.sequence = span_be16(&body);
    if (!span_ok(&body))
        return WIRE_MALFORMED;
    echo.payload_length = (uint16_t)body.length;
    size_t kept = body.length < sizeof echo.payload ? body.length : sizeof echo.payload;
    span_copy(&body, echo.payload, kept);
    *ret = echo;
    return WIRE_OK;
}

static bool is_echo_request(enum ip_family family, uint8_t type)
{
    return type == (family == IP_V4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
}

/* What the 32 bits hold behind an error's checksum; RFC 4884 put a length into bits that were unused. */
static uint32_t error_value(enum ip_family family, uint8_t type, uint32_t bits)
{
    if (family == IP_V4 && type == ICMP_DEST_UNREACH)
        return bits & 0xffff; /* RFC 1191 4 */
    if (family == IP_V4 && type == ICMP_PARAMETERPROB)
        return bits >> 24;
    return bits;
}

/* RFC 792 and RFC 4443 3: 32 bits that depend on the type, then as much of the rejected packet as fits. */
static enum wire_result decode_error(struct span body, enum ip_family family, uint8_t type, uint8_t code,
                                     struct icmp_error_fields *ret)
{
    struct icmp_error_fields error = {.type = type, .code = code};
    struct ip_fields quoted;
    bool complete;

    uint32_t bits = span_be32(&body);
    if (!span_ok(&body))
        return WIRE_MALFORMED;
    enum wire_result result =
        family == IP_V4 ? ip_decode_v4(&body, &quoted, &complete) : ip_decode_v6(&body, &quoted, &complete);
    if (result != WIRE_OK)
        return result;

    error.value = error_value(family, type, bits);
    error.quoted_source = quoted.source;
    error.quoted_destination = quoted.destination;
    error.quoted_protocol = quoted.protocol;
    uint8_t quoted_type = span_u8(&body);
    span_skip(&body, 3);
    uint16_t id = span_be16(&body);
    uint16_t sequence = span_be16(&body);
    if (span_ok(&body) && quoted.fragment_offset == 0 &&
        quoted.protocol == (family == IP_V4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6) &&
        is_echo_request(family, quoted_type)) {
        error.quotes_echo = true;
        error.quoted_id = id;
        error.quoted_sequence = sequence;
    }
    *ret = error;
    return WIRE_OK;
}

static enum frame_kind kind_of(enum ip_family family, uint8_t type)
{
    if (family == IP_V4) {
        switch (type) {
        case ICMP_ECHO:
            return FRAME_ECHO_REQUEST;
        case ICMP_ECHOREPLY:
            return FRAME_ECHO_REPLY;
        case ICMP_DEST_UNREACH:
        case ICMP_TIME_EXCEEDED:
        case ICMP_PARAMETERPROB:
            return FRAME_ICMP_ERROR;
        default: /* a redirect among them: the packet was forwarded, RFC 1812 5.2.7.2 */
            return FRAME_OTHER;
        }
    }
    switch (type) {
    case ICMP6_ECHO_REQUEST:
        return FRAME_ECHO_REQUEST;
    case ICMP6_ECHO_REPLY:
        return FRAME_ECHO_REPLY;
    case ND_ROUTER_SOLICIT:
        return FRAME_ROUTER_SOLICITATION;
    case ND_ROUTER_ADVERT:
        return FRAME_ROUTER_ADVERTISEMENT;
    case ND_NEIGHBOR_SOLICIT:
        return FRAME_NEIGHBOUR_SOLICITATION;
    case ND_NEIGHBOR_ADVERT:
        return FRAME_NEIGHBOUR_ADVERTISEMENT;
    default: /* RFC 4443 2.1: error messages have a type below 128 */
        return type < 128 ? FRAME_ICMP_ERROR : FRAME_OTHER;
    }
}

/* RFC 4861 6.1.1 and 6.1.2, likewise. */
static bool router_fits(const struct ip_fields *ip, bool advertisement, const struct router_fields *router)
{
    return advertisement ? ip_is_link_local(ip->source)
                         : !ip_is_unspecified(ip->source) || !router->has_link_address;
}

/* RFC 4861 7.1.1 and 7.1.2, what depends on the addresses of the packet. */
static bool neighbour_fits(const struct ip_fields *ip, bool advertisement,
                           const struct neighbour_fields *neighbour)
{
    if (advertisement)
        return !(ip_is_multicast(ip->destination) && neighbour->solicited);
    return !ip_is_unspecified(ip->source) ||
           (!neighbour->has_link_address && ip_equal(ip->destination, ip_solicited_node(ip->destination)));
}

static enum wire_result decode_neighbour_message(struct span body, bool advertisement, struct frame *frame)
{
    struct neighbour_fields neighbour;
    enum wire_result result = nd_decode_neighbour(body, advertisement, &neighbour);

    if (result == WIRE_OK && !neighbour_fits(&frame->ip, advertisement, &neighbour))
        result = WIRE_MALFORMED;
    if (result == WIRE_OK)
        frame->neighbour = neighbour;
    return result;
}

static enum wire_result decode_router_message(struct span body, bool advertisement, struct frame *frame)
{
    struct router_fields router;
    enum wire_result result = nd_decode_router(body, advertisement, &router);

    if (result == WIRE_OK && !router_fits(&frame->ip, advertisement, &router))
        result = WIRE_MALFORMED;
    if (result == WIRE_OK)
        frame->router = router;
    return result;
}

/* RFC 4861 6.1, 7.1: hop limit 255, code 0 and a right checksum, RFC 6980 5: no fragment header; or it is to
 * be dropped. */
static enum wire_result decode_discovery(struct span body, uint8_t code, bool checksum_right,
                                         enum frame_kind kind, struct frame *frame)
{
    if (!checksum_right || code != 0 || frame->ip.ttl != HOP_LIMIT_ON_LINK || frame->ip.has_id)
        return WIRE_MALFORMED;
    if (kind == FRAME_ROUTER_SOLICITATION || kind == FRAME_ROUTER_ADVERTISEMENT)
        return decode_router_message(body, kind == FRAME_ROUTER_ADVERTISEMENT, frame);
    return decode_neighbour_message(body, kind == FRAME_NEIGHBOUR_ADVERTISEMENT, frame);
}

enum wire_result icmp_decode(struct span bytes, bool complete, struct frame *frame)
{
    struct span message = bytes;
    enum ip_family family = frame->ip.source.family;
    bool verifiable = complete && !frame->ip.fragment;
    bool bad = verifiable && checksum_is_bad(message, &frame->ip);

    uint8_t type = span_u8(&bytes);
    uint8_t code = span_u8(&bytes);
    span_skip(&bytes, 2);
    if (!span_ok(&bytes))
        return WIRE_MALFORMED;

    enum frame_kind kind = kind_of(family, type);
    enum wire_result result = WIRE_OK;
    switch (kind) {
    case FRAME_ECHO_REQUEST:
    case FRAME_ECHO_REPLY:
        result = decode_echo(bytes, bad, !verifiable, &frame->echo);
        break;
    case FRAME_ICMP_ERROR:
        result = bad ? WIRE_MALFORMED : decode_error(bytes, family, type, code, &frame->error);
        break;
    case FRAME_ROUTER_SOLICITATION:
    case FRAME_ROUTER_ADVERTISEMENT:
    case FRAME_NEIGHBOUR_SOLICITATION:
    case FRAME_NEIGHBOUR_ADVERTISEMENT:
        result = decode_discovery(bytes, code, verifiable && !bad, kind, frame);
        break;
    default:
        break;
    }
    if (result == WIRE_OK)
        frame->kind = kind;
    return result;
}

const char *icmp_error_name(enum ip_family family, uint8_t type, uint8_t code)
{
    static const struct {
        enum ip_family family;
        int type, code; /* code -1: any */
        const char *name;
    } names[] = {
        {IP_V4, 3, 0, "network unreachable"},
        {IP_V4, 3, 1, "host unreachable"},
        {IP_V4, 3, 2, "protocol unreachable"},
        {IP_V4, 3, 3, "port unreachable"},
        {IP_V4, 3, 4, "fragmentation needed"},
        {IP_V4, 3, 9, "network administratively prohibited"},
        {IP_V4, 3, 10, "host administratively prohibited"},
        {IP_V4, 3, 13, "communication administratively prohibited"},
        {IP_V4, 3, -1, "destination unreachable"},
        {IP_V4, 11, 0, "time to live exceeded in transit"},
        {IP_V4, 11, -1, "fragment reassembly time exceeded"},
        {IP_V4, 12, -1, "parameter problem"},
        {IP_V6, 1, 0, "no route to destination"},
        {IP_V6, 1, 1, "administratively prohibited"},
        {IP_V6, 1, 2, "beyond scope of source address"},
        {IP_V6, 1, 3, "address unreachable"},
        {IP_V6, 1, 4, "port unreachable"},
        {IP_V6, 1, 5, "source address failed ingress/egress policy"},
        {IP_V6, 1, 6, "reject route to destination"},
        {IP_V6, 1, -1, "destination unreachable"},
        {IP_V6, 2, -1, "packet too big"},
        {IP_V6, 3, 0, "hop limit exceeded in transit"},
        {IP_V6, 3, -1, "fragment reassembly time exceeded"},
        {IP_V6, 4, -1, "parameter problem"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].family == family && names[i].type == type &&
            (names[i].code == code || names[i].code == -1))
            return names[i].name;
    return "unassigned error";
}

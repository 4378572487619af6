/* Neighbour discovery and its options, RFC 4861. */
#include "wire.h"

enum { OPTION_SOURCE_LINK_ADDRESS = 1, OPTION_TARGET_LINK_ADDRESS = 2, OPTION_PREFIX = 3, OPTION_UNIT = 8 };
enum { LINK_ADDRESS_SIZE = 6 }; /* of Ethernet, RFC 2464 6 */
enum { FLAG_ROUTER = 0x80, FLAG_SOLICITED = 0x40, FLAG_OVERRIDE = 0x20 };
enum { FLAG_MANAGED = 0x80, FLAG_AUTONOMOUS = 0x40, PREFIX_SIZE = 30, INTERFACE_ID_LENGTH = 64 };

/* Takes the next option off *options. False at the end, and for an option that is cut off or has length 0,
 * which RFC 4861 4.6 says to discard the packet for: *malformed tells them apart. */
static bool next_option(struct span *options, uint8_t *ret_type, struct span *ret_body, bool *malformed)
{
    if (options->length == 0)
        return false;
    uint8_t type = span_u8(options);
    uint8_t units = span_u8(options);
    struct span body = {0};
    if (units > 0)
        body = span_take(options, (size_t)units * OPTION_UNIT - 2);
    if (units == 0 || !span_ok(options)) {
        *malformed = true;
        return false;
    }
    *ret_type = type;
    *ret_body = body;
    return true;
}

enum wire_result nd_decode_neighbour(struct span body, bool advertisement, struct neighbour_fields *ret)
{
    struct neighbour_fields neighbour = {0};
    uint8_t target[16], type;
    struct span option;
    bool malformed = false;

    uint8_t flags = span_u8(&body);
    span_skip(&body, 3);
    span_copy(&body, target, sizeof target);
    if (!span_ok(&body))
        return WIRE_MALFORMED;
    neighbour.target = ip_from_bytes(IP_V6, target);
    if (ip_is_multicast(neighbour.target)) /* RFC 4861 7.1.1, 7.1.2 */
        return WIRE_MALFORMED;
    if (advertisement) {
        neighbour.router = flags & FLAG_ROUTER;
        neighbour.solicited = flags & FLAG_SOLICITED;
        neighbour.override = flags & FLAG_OVERRIDE;
    }

    uint8_t wanted = advertisement ? OPTION_TARGET_LINK_ADDRESS : OPTION_SOURCE_LINK_ADDRESS;
    while (next_option(&body, &type, &option, &malformed)) {
        if (type != wanted || neighbour.has_link_address) /* of two, Linux takes the first */
            continue;
        if (option.length != LINK_ADDRESS_SIZE)
            return WIRE_MALFORMED;
        span_copy(&option, neighbour.link_address.bytes, sizeof neighbour.link_address.bytes);
        neighbour.has_link_address = true;
    }
    if (malformed)
        return WIRE_MALFORMED;
    *ret = neighbour;
    return WIRE_OK;
}

/* RFC 4861 4.6.2. Whether a host makes itself an address of the prefix: RFC 4862 5.5.3. */
static bool is_autonomous(struct span prefix_option)
{
    uint8_t prefix[16];
    uint8_t length = span_u8(&prefix_option);
    uint8_t flags = span_u8(&prefix_option);
    uint32_t valid_s = span_be32(&prefix_option);
    span_skip(&prefix_option, 8); /* how long it is preferred, reserved */
    span_copy(&prefix_option, prefix, sizeof prefix);

    return (flags & FLAG_AUTONOMOUS) && length == INTERFACE_ID_LENGTH && valid_s > 0 &&
           !ip_is_link_local(ip_from_bytes(IP_V6, prefix));
}

/* RFC 4861 4.1, 4.2. */
enum wire_result nd_decode_router(struct span body, bool advertisement, struct router_fields *ret)
{
    struct router_fields router = {0};
    struct span option;
    bool malformed = false;
    uint8_t type;

    span_skip(&body, 1); /* hop limit */
    uint8_t flags = span_u8(&body);
    span_skip(&body, advertisement ? 10 : 2); /* lifetimes and timers */
    if (!span_ok(&body))
        return WIRE_MALFORMED;
    router.managed = advertisement && (flags & FLAG_MANAGED);
    while (next_option(&body, &type, &option, &malformed)) {
        if ((type == OPTION_SOURCE_LINK_ADDRESS && option.length != LINK_ADDRESS_SIZE) ||
            (type == OPTION_PREFIX && option.length != PREFIX_SIZE))
            return WIRE_MALFORMED;
        router.has_link_address |= type == OPTION_SOURCE_LINK_ADDRESS;
        router.autonomous |= advertisement && type == OPTION_PREFIX && is_autonomous(option);
    }
    if (malformed)
        return WIRE_MALFORMED;
    *ret = router;
    return WIRE_OK;
}

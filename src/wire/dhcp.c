/* DHCP, RFC 2131: what a client asks for, and what a server answers. */
#include "wire.h"

enum { BOOT_REQUEST = 1, BOOT_REPLY = 2, HARDWARE_ETHERNET = 1, CLIENT_ADDRESS_SIZE = 16 };
enum { SERVER_NAME_SIZE = 64, BOOT_FILE_SIZE = 128, BROADCAST_FLAG = 0x8000 };
#define MAGIC_COOKIE 0x63825363u /* RFC 2131 3 */

/* RFC 2132 */
enum {
    OPTION_PAD = 0,
    OPTION_REQUESTED_ADDRESS = 50,
    OPTION_OVERLOAD = 52,
    OPTION_MESSAGE_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_END = 255,
    OVERLOADS_FILE = 1,
    OVERLOADS_NAME = 2,
};

struct dhcp_message {
    struct dhcp_fields fields;
    uint8_t overload; /* which other fields have options, too */
};

static bool is_reply(uint8_t type)
{
    return type == DHCP_OFFER || type == DHCP_ACK || type == DHCP_NAK;
}

/* Takes the next option off *options. False at the end, and for one that is cut off: *broken tells them
 * apart. That the end is marked is no more than custom. */
static bool next_option(struct span *options, uint8_t *ret_code, struct span *ret_body, bool *broken)
{
    uint8_t code;

    do {
        if (options->length == 0)
            return false;
        code = span_u8(options);
    } while (code == OPTION_PAD);
    if (code == OPTION_END)
        return false;
    uint8_t length = span_u8(options);
    struct span body = span_take(options, length);
    if (!span_ok(options)) {
        *broken = true;
        return false;
    }
    *ret_code = code;
    *ret_body = body;
    return true;
}

/* False if it is there for the second time: of an option in pieces (RFC 3396) the length would be wrong. */
static bool take_byte(struct span body, uint8_t *to)
{
    bool fits = body.length == 1 && *to == 0;

    if (fits)
        *to = span_u8(&body);
    return fits;
}

static bool take_address(struct span body, struct ip_addr *to)
{
    bool fits = body.length == 4 && to->family == IP_NONE;

    if (fits)
        *to = ip_from_bytes(IP_V4, body.data);
    return fits;
}

static bool take_option(uint8_t code, struct span body, struct dhcp_message *message)
{
    switch (code) {
    case OPTION_MESSAGE_TYPE:
        return take_byte(body, &message->fields.type);
    case OPTION_OVERLOAD:
        return take_byte(body, &message->overload);
    case OPTION_REQUESTED_ADDRESS:
        return take_address(body, &message->fields.requested);
    case OPTION_SERVER:
        return take_address(body, &message->fields.server);
    default:
        return true;
    }
}

/* What the capture cut off is left out. */
static bool take_options(struct span options, bool cut_off, struct dhcp_message *message)
{
    bool broken = false;
    uint8_t code;
    struct span body;

    while (next_option(&options, &code, &body, &broken))
        if (!take_option(code, body, message))
            return false;
    return !broken || cut_off;
}

/* RFC 2131 4.1: first the field of options, then "file", then "sname". */
static bool take_all_options(struct span options, struct span name, struct span file, bool cut_off,
                             struct dhcp_message *message)
{
    if (!take_options(options, cut_off, message))
        return false;
    uint8_t overload = message->overload;
    return overload <= (OVERLOADS_FILE | OVERLOADS_NAME) &&
           (!(overload & OVERLOADS_FILE) || take_options(file, false, message)) &&
           (!(overload & OVERLOADS_NAME) || take_options(name, false, message));
}

static struct ip_addr take_ipv4(struct span *bytes)
{
    uint8_t address[4];

    span_copy(bytes, address, sizeof address);
    return ip_from_bytes(IP_V4, address);
}

/* RFC 2131 2. */
enum wire_result dhcp_decode(struct span bytes, bool cut_off, struct dhcp_fields *ret)
{
    struct dhcp_message message = {0};
    struct dhcp_fields *fields = &message.fields;

    uint8_t operation = span_u8(&bytes);
    uint8_t hardware = span_u8(&bytes);
    uint8_t hardware_length = span_u8(&bytes);
    span_skip(&bytes, 1); /* hops */
    fields->xid = span_be32(&bytes);
    span_skip(&bytes, 2); /* secs */
    fields->broadcast = (span_be16(&bytes) & BROADCAST_FLAG) != 0;
    fields->client_address = take_ipv4(&bytes);
    fields->your_address = take_ipv4(&bytes);
    span_skip(&bytes, 4); /* siaddr: where to boot from */
    fields->relay = take_ipv4(&bytes);
    span_copy(&bytes, fields->client.bytes, sizeof fields->client.bytes);
    span_skip(&bytes, CLIENT_ADDRESS_SIZE - sizeof fields->client.bytes);
    struct span name = span_take(&bytes, SERVER_NAME_SIZE);
    struct span file = span_take(&bytes, BOOT_FILE_SIZE);
    uint32_t cookie = span_be32(&bytes);
    if (!span_ok(&bytes))
        return cut_off ? WIRE_UNSUPPORTED : WIRE_MALFORMED;
    if (operation != BOOT_REQUEST && operation != BOOT_REPLY)
        return WIRE_MALFORMED;
    if (cookie != MAGIC_COOKIE || hardware != HARDWARE_ETHERNET ||
        hardware_length != sizeof fields->client.bytes)
        return WIRE_UNSUPPORTED; /* BOOTP (RFC 951), or no Ethernet */

    if (!take_all_options(bytes, name, file, cut_off, &message))
        return WIRE_MALFORMED;
    if (fields->type < DHCP_DISCOVER || fields->type > DHCP_INFORM)
        return WIRE_UNSUPPORTED;
    if (is_reply(fields->type) != (operation == BOOT_REPLY))
        return WIRE_MALFORMED;
    *ret = *fields;
    return WIRE_OK;
}

const char *dhcp_type_name(uint8_t type)
{
    static const char *const names[] = {
        [DHCP_DISCOVER] = "DHCPDISCOVER", [DHCP_OFFER] = "DHCPOFFER",  [DHCP_REQUEST] = "DHCPREQUEST",
        [DHCP_DECLINE] = "DHCPDECLINE",   [DHCP_ACK] = "DHCPACK",      [DHCP_NAK] = "DHCPNAK",
        [DHCP_RELEASE] = "DHCPRELEASE",   [DHCP_INFORM] = "DHCPINFORM"};

    return type < sizeof names / sizeof names[0] && names[type] != NULL ? names[type] : "DHCP";
}

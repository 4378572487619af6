/* Addresses: their text, and what kind each is. */
#include "addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct mac_addr MAC_BROADCAST = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/* A written prefix, in the form that ip_in_prefix takes. */
struct prefix {
    enum ip_family family;
    uint8_t bytes[16];
    unsigned length;
};

bool mac_parse(const char *text, struct mac_addr *ret)
{
    struct mac_addr mac;

    for (size_t i = 0; i < sizeof mac.bytes; i++) {
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
            return false;
        mac.bytes[i] = (uint8_t)strtoul((char[]){text[0], text[1], '\0'}, NULL, 16);
        text += 2;
        if (i + 1 < sizeof mac.bytes && *text != ':' && *text != '-')
            return false;
        text += i + 1 < sizeof mac.bytes;
    }
    if (*text != '\0')
        return false;
    *ret = mac;
    return true;
}

char *mac_format(struct mac_addr mac, char buffer[MAC_TEXT_SIZE])
{
    const uint8_t *b = mac.bytes;
    snprintf(buffer, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    return buffer;
}

bool mac_equal(struct mac_addr a, struct mac_addr b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

bool mac_is_zero(struct mac_addr mac)
{
    return mac_equal(mac, (struct mac_addr){{0}});
}

bool mac_is_multicast(struct mac_addr mac)
{
    return mac.bytes[0] & 1;
}

bool mac_is_virtual_router(struct mac_addr mac)
{
    static const uint8_t prefix[] = {0x00, 0x00, 0x5e, 0x00};

    return memcmp(mac.bytes, prefix, sizeof prefix) == 0 && (mac.bytes[4] == 1 || mac.bytes[4] == 2);
}

size_t ip_size(enum ip_family family)
{
    return family == IP_V4 ? 4 : 16;
}

static int af_of(enum ip_family family)
{
    return family == IP_V4 ? AF_INET : AF_INET6;
}

bool ip_parse(const char *text, struct ip_addr *ret)
{
    struct ip_addr address = {.family = strchr(text, ':') ? IP_V6 : IP_V4};

    if (inet_pton(af_of(address.family), text, address.bytes) != 1)
        return false;
    *ret = address;
    return true;
}

char *ip_format(struct ip_addr address, char buffer[IP_TEXT_SIZE])
{
    if (address.family == IP_NONE)
        snprintf(buffer, IP_TEXT_SIZE, "none");
    else
        inet_ntop(af_of(address.family), address.bytes, buffer, IP_TEXT_SIZE);
    return buffer;
}

struct ip_addr ip_from_bytes(enum ip_family family, const uint8_t *bytes)
{
    struct ip_addr address = {.family = family};
    memcpy(address.bytes, bytes, ip_size(family));
    return address;
}

struct ip_addr ip_v4(uint32_t host_order)
{
    uint32_t network_order = htonl(host_order);
    return ip_from_bytes(IP_V4, (const uint8_t *)&network_order);
}

uint32_t ip_v4_value(struct ip_addr address)
{
    uint32_t network_order;
    memcpy(&network_order, address.bytes, sizeof network_order);
    return ntohl(network_order);
}

const char *ip_family_name(enum ip_family family)
{
    return family == IP_V4 ? "ipv4" : family == IP_V6 ? "ipv6" : "none";
}

bool ip_equal(struct ip_addr a, struct ip_addr b)
{
    return a.family == b.family && memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static bool matches(const uint8_t *bytes, const uint8_t *prefix, unsigned length)
{
    unsigned whole = length / 8, rest = length % 8;

    if (memcmp(bytes, prefix, whole) != 0)
        return false;
    return rest == 0 || ((bytes[whole] ^ prefix[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

bool ip_in_prefix(struct ip_addr address, struct ip_addr prefix, unsigned length)
{
    return address.family == prefix.family && address.family != IP_NONE &&
           length <= 8 * ip_size(address.family) && matches(address.bytes, prefix.bytes, length);
}

struct ip_addr ip_prefix_of(struct ip_addr address, unsigned length)
{
    for (size_t i = length; i < 8 * sizeof address.bytes; i++)
        address.bytes[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
    return address;
}

static bool in_any(struct ip_addr address, const struct prefix *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (prefixes[i].family == address.family &&
            matches(address.bytes, prefixes[i].bytes, prefixes[i].length))
            return true;
    return false;
}

bool ip_is_unspecified(struct ip_addr address)
{
    static const uint8_t zero[16];
    return memcmp(address.bytes, zero, sizeof zero) == 0;
}

bool ip_is_multicast(struct ip_addr address)
{
    static const struct prefix multicast[] = {{IP_V4, {224}, 4}, {IP_V6, {0xff}, 8}};
    return in_any(address, multicast, 2);
}

bool ip_is_loopback(struct ip_addr address)
{
    static const struct prefix loopback[] = {{IP_V4, {127}, 8}, {IP_V6, {[15] = 1}, 128}};
    return in_any(address, loopback, 2);
}

bool ip_is_link_local(struct ip_addr address)
{
    static const struct prefix link_local[] = {{IP_V4, {169, 254}, 16}, {IP_V6, {0xfe, 0x80}, 10}};
    return in_any(address, link_local, 2);
}

bool ip_is_limited_broadcast(struct ip_addr address)
{
    return address.family == IP_V4 && ip_v4_value(address) == UINT32_MAX;
}

bool ip_stays_on_link(struct ip_addr address)
{
    struct ip_addr local_groups = ip_v4(0xe0000000), link_groups = {IP_V6, {0xff, 0x02}};

    return ip_is_limited_broadcast(address) || ip_in_prefix(address, local_groups, 24) ||
           ip_in_prefix(address, link_groups, 16);
}

bool ip_may_be_host(struct ip_addr address)
{
    return !ip_is_unspecified(address) && !ip_is_multicast(address) && !ip_is_loopback(address) &&
           !ip_is_limited_broadcast(address);
}

bool ip_is_private(struct ip_addr address)
{
    static const struct prefix blocks[] = {
        {IP_V4, {10}, 8},        /* RFC 1918 */
        {IP_V4, {172, 16}, 12},  /* RFC 1918 */
        {IP_V4, {192, 168}, 16}, /* RFC 1918 */
        {IP_V4, {100, 64}, 10},  /* RFC 6598 */
        {IP_V6, {0xfc}, 7},      /* RFC 4193 */
    };
    return in_any(address, blocks, sizeof blocks / sizeof blocks[0]);
}

bool ip_is_documentation(struct ip_addr address)
{
    static const struct prefix documentation[] = {
        {IP_V4, {192, 0, 2}, 24},              /* RFC 5737 */
        {IP_V4, {198, 51, 100}, 24},           /* RFC 5737 */
        {IP_V4, {203, 0, 113}, 24},            /* RFC 5737 */
        {IP_V6, {0x20, 0x01, 0x0d, 0xb8}, 32}, /* RFC 3849 */
        {IP_V6, {0x3f, 0xff, 0x00, 0x00}, 20}, /* RFC 9637 */
    };
    return in_any(address, documentation, sizeof documentation / sizeof documentation[0]);
}

struct ip_addr ip_solicited_node(struct ip_addr address)
{
    struct ip_addr group = {IP_V6, {0xff, 0x02, [11] = 0x01, 0xff}};
    memcpy(group.bytes + 13, address.bytes + 13, 3);
    return group;
}

struct mac_addr mac_of_multicast(struct ip_addr group)
{
    struct mac_addr mac = {{0x33, 0x33}};
    memcpy(mac.bytes + 2, group.bytes + 12, 4);
    return mac;
}

struct ip_addr ip_link_local_of(struct mac_addr mac)
{
    const uint8_t *b = mac.bytes;
    return (struct ip_addr){IP_V6, {0xfe, 0x80, [8] = b[0] ^ 0x02, b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]}};
}

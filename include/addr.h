/* Ethernet and IP addresses as values: parse, print, compare, classify. Pure. */
#ifndef VMNETCHECK_ADDR_H
#define VMNETCHECK_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAC_TEXT_SIZE = 18, IP_TEXT_SIZE = 46 }; /* with the final NUL */

struct mac_addr {
    uint8_t bytes[6];
};

enum ip_family { IP_NONE = 0, IP_V4 = 4, IP_V6 = 6 };

/* An IPv4 address uses the first 4 bytes, the others are 0. Network byte order. */
struct ip_addr {
    enum ip_family family;
    uint8_t bytes[16];
};

extern const struct mac_addr MAC_BROADCAST;

/* Takes six hex pairs separated by ':' or '-'. False, and *ret untouched, for anything else. */
bool mac_parse(const char *text, struct mac_addr *ret);
/* Prints into buffer and returns it. */
char *mac_format(struct mac_addr mac, char buffer[MAC_TEXT_SIZE]);
bool mac_equal(struct mac_addr a, struct mac_addr b);
bool mac_is_zero(struct mac_addr mac);
bool mac_is_multicast(struct mac_addr mac); /* the group bit, IEEE 802-2014 8.2.2; so broadcast too */
/* 00-00-5E-00-01-XX and -02-XX: whoever is the master answers with it, RFC 9568 7.3. */
bool mac_is_virtual_router(struct mac_addr mac);

/* Takes a dotted quad or an IPv6 address, without a zone. False, *ret untouched, for anything else. */
bool ip_parse(const char *text, struct ip_addr *ret);
char *ip_format(struct ip_addr address, char buffer[IP_TEXT_SIZE]);
struct ip_addr ip_from_bytes(enum ip_family family, const uint8_t *bytes); /* 4 or 16 bytes */
struct ip_addr ip_v4(uint32_t host_order);
uint32_t ip_v4_value(struct ip_addr address); /* host byte order */
size_t ip_size(enum ip_family family);        /* 4 or 16 */
const char *ip_family_name(enum ip_family family);
bool ip_equal(struct ip_addr a, struct ip_addr b); /* two of family IP_NONE are equal */
bool ip_is_unspecified(struct ip_addr address);    /* 0.0.0.0, :: or IP_NONE */
bool ip_is_multicast(struct ip_addr address);      /* 224/4, ff00::/8 */
bool ip_is_loopback(struct ip_addr address);       /* 127/8, ::1 */
bool ip_is_link_local(struct ip_addr address);     /* 169.254/16, fe80::/10 */
bool ip_is_limited_broadcast(struct ip_addr address);
/* What is sent there no router forwards: 224.0.0/24 (RFC 5771 4), 255.255.255.255, ff02::/16. */
bool ip_stays_on_link(struct ip_addr address);
/* An interface can have it: it is none of the above, unless link-local. */
bool ip_may_be_host(struct ip_addr address);
bool ip_is_private(struct ip_addr address);                           /* RFC 1918, RFC 4193, RFC 6598 */
bool ip_is_documentation(struct ip_addr address);                     /* RFC 5737, RFC 3849, RFC 9637 */
struct ip_addr ip_prefix_of(struct ip_addr address, unsigned length); /* the bits behind it are 0 */
bool ip_in_prefix(struct ip_addr address, struct ip_addr prefix, unsigned length);

/* ff02::1:ffXX:XXXX of an IPv6 address, RFC 4291 2.7.1. */
struct ip_addr ip_solicited_node(struct ip_addr address);
/* 33:33:… of an IPv6 multicast address, RFC 2464 7. */
struct mac_addr mac_of_multicast(struct ip_addr group);
/* fe80:: with the modified EUI-64 of a MAC, RFC 4291 2.5.6 and appendix A. */
struct ip_addr ip_link_local_of(struct mac_addr mac);

#endif

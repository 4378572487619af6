#include "wire.h"
#include "text.h"

#include <errno.h>
#include <libnet.h>
#include <netinet/icmp6.h>
#include <stdlib.h>

enum { FRAME_MIN = 60, HOP_LIMIT_ON_LINK = 255 };

struct builder {
    libnet_t *libnet;
};

struct builder *builder_open(void)
{
    char error[LIBNET_ERRBUF_SIZE];
    struct builder *builder = memory_new(1, sizeof *builder);

    builder->libnet = libnet_init(LIBNET_NONE, NULL, error);
    if (builder->libnet == NULL) {
        free(builder);
        return NULL;
    }
    return builder;
}

void builder_close(struct builder *builder)
{
    if (builder == NULL)
        return;
    libnet_destroy(builder->libnet);
    free(builder);
}

void probe_payload(uint64_t nonce, uint8_t ret_payload[PROBE_PAYLOAD_SIZE])
{
    memcpy(ret_payload, "vmnetchk", 8);
    memcpy(ret_payload + 8, &nonce, sizeof nonce);
}

/* Adds the Ethernet header (libnet builds the last layer first) and takes the finished frame out of the
 * context. `built` is the tag of the layers above, -1 if one of them failed. */
static int finish(struct builder *builder, libnet_ptag_t built, const struct ethernet_spec *ethernet,
                  uint16_t ethertype, struct packet *ret_packet)
{
    libnet_t *l = builder->libnet;
    uint8_t *bytes = NULL;
    uint32_t length = 0;
    int error = -EINVAL;

    if (ethernet->vid < VID_NONE || ethernet->vid > VID_MAX)
        goto out;
    if (built != -1 && ethernet->vid == VID_NONE)
        built = libnet_build_ethernet(ethernet->destination.bytes, ethernet->source.bytes, ethertype, NULL, 0,
                                      l, 0);
    else if (built != -1)
        built = libnet_build_802_1q(ethernet->destination.bytes, ethernet->source.bytes, ETHERTYPE_8021Q, 0,
                                    0, (uint16_t)ethernet->vid, ethertype, NULL, 0, l, 0);
    if (built == -1)
        goto out;
    if (libnet_pblock_coalesce(l, &bytes, &length) != 1) {
        error = -ENOMEM;
        goto out;
    }
    if (length > sizeof ret_packet->bytes) {
        error = -EMSGSIZE;
        goto out;
    }
    memcpy(ret_packet->bytes, bytes, length);
    ret_packet->length = length;
    if (length < FRAME_MIN) {
        memset(ret_packet->bytes + length, 0, FRAME_MIN - length);
        ret_packet->length = FRAME_MIN;
    }
    error = 0;
out:
    free(bytes);
    libnet_clear_packet(l);
    return error;
}

int build_arp(struct builder *builder, const struct ethernet_spec *ethernet, const struct arp_fields *arp,
              struct packet *ret_packet)
{
    libnet_ptag_t built = libnet_build_arp(ARPHRD_ETHER, ETHERTYPE_IP, 6, 4, arp->operation,
                                           arp->sender_mac.bytes, arp->sender.bytes, arp->target_mac.bytes,
                                           arp->target.bytes, NULL, 0, builder->libnet, 0);
    return finish(builder, built, ethernet, ETHERTYPE_ARP, ret_packet);
}

static struct libnet_in6_addr in6(struct ip_addr address)
{
    struct libnet_in6_addr in6;
    memcpy(&in6, address.bytes, sizeof in6);
    return in6;
}

static uint32_t in4(struct ip_addr address)
{
    uint32_t in4;
    memcpy(&in4, address.bytes, sizeof in4);
    return in4;
}

static libnet_ptag_t build_ipv6(struct builder *builder, struct ip_addr source, struct ip_addr destination,
                                uint16_t payload_length, uint8_t hop_limit)
{
    return libnet_build_ipv6(0, 0, payload_length, IPPROTO_ICMPV6, hop_limit, in6(source), in6(destination),
                             NULL, 0, builder->libnet, 0);
}

int build_echo_request(struct builder *builder, const struct ethernet_spec *ethernet,
                       const struct echo_spec *echo, struct packet *ret_packet)
{
    uint8_t payload[FRAME_MAX] = {0};
    uint16_t size = echo->payload_length;
    libnet_t *l = builder->libnet;
    libnet_ptag_t built;

    if (size < PROBE_PAYLOAD_SIZE || echo->source.family == IP_NONE ||
        echo->source.family != echo->destination.family)
        return -EINVAL;
    if (size > sizeof payload)
        return -EMSGSIZE;
    probe_payload(echo->nonce, payload);

    if (echo->source.family == IP_V4) {
        built = libnet_build_icmpv4_echo(ICMP_ECHO, 0, 0, echo->id, echo->sequence, payload, size, l, 0);
        if (built != -1)
            built = libnet_build_ipv4((uint16_t)(LIBNET_IPV4_H + LIBNET_ICMPV4_ECHO_H + size), 0,
                                      echo->sequence, 0, echo->ttl, IPPROTO_ICMP, 0, in4(echo->source),
                                      in4(echo->destination), NULL, 0, l, 0);
        return finish(builder, built, ethernet, ETHERTYPE_IP, ret_packet);
    }
    built = libnet_build_icmpv6_echo(ICMP6_ECHO_REQUEST, 0, 0, echo->id, echo->sequence, payload, size, l, 0);
    if (built != -1)
        built = build_ipv6(builder, echo->source, echo->destination, (uint16_t)(LIBNET_ICMPV6_ECHO_H + size),
                           echo->ttl);
    return finish(builder, built, ethernet, ETHERTYPE_IPV6, ret_packet);
}

/* The link-layer address option of an NS or NA, if it has one. Returns its size, -1 on failure. */
static int build_link_address_option(struct builder *builder, uint8_t type,
                                     const struct neighbour_fields *neighbour)
{
    struct mac_addr mac = neighbour->link_address;

    if (!neighbour->has_link_address)
        return 0;
    if (libnet_build_icmpv6_ndp_opt(type, mac.bytes, sizeof mac.bytes, builder->libnet, 0) == -1)
        return -1;
    return LIBNET_ICMPV6_NDP_OPT_H + (int)sizeof mac.bytes;
}

int build_neighbour_solicitation(struct builder *builder, const struct ethernet_spec *ethernet,
                                 struct ip_addr source, struct ip_addr destination,
                                 const struct neighbour_fields *neighbour, struct packet *ret_packet)
{
    int option = build_link_address_option(builder, ND_OPT_SOURCE_LINKADDR, neighbour);
    libnet_ptag_t built = -1;

    if (option >= 0)
        built = libnet_build_icmpv6_ndp_nsol(ND_NEIGHBOR_SOLICIT, 0, 0, in6(neighbour->target), NULL, 0,
                                             builder->libnet, 0);
    if (built != -1)
        built = build_ipv6(builder, source, destination, (uint16_t)(LIBNET_ICMPV6_NDP_NSOL_H + option),
                           HOP_LIMIT_ON_LINK);
    return finish(builder, built, ethernet, ETHERTYPE_IPV6, ret_packet);
}

static uint32_t advertisement_flags(const struct neighbour_fields *neighbour)
{
    return (neighbour->router ? 0x80000000u : 0) | (neighbour->solicited ? 0x40000000u : 0) |
           (neighbour->override ? 0x20000000u : 0);
}

int build_neighbour_advertisement(struct builder *builder, const struct ethernet_spec *ethernet,
                                  struct ip_addr source, struct ip_addr destination,
                                  const struct neighbour_fields *neighbour, struct packet *ret_packet)
{
    int option = build_link_address_option(builder, ND_OPT_TARGET_LINKADDR, neighbour);
    libnet_ptag_t built = -1;

    if (option >= 0)
        built = libnet_build_icmpv6_ndp_nadv(ND_NEIGHBOR_ADVERT, 0, 0, advertisement_flags(neighbour),
                                             in6(neighbour->target), NULL, 0, builder->libnet, 0);
    if (built != -1)
        built = build_ipv6(builder, source, destination, (uint16_t)(LIBNET_ICMPV6_NDP_NADV_H + option),
                           HOP_LIMIT_ON_LINK);
    return finish(builder, built, ethernet, ETHERTYPE_IPV6, ret_packet);
}

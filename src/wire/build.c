/* Frames to send, built by libnet. */
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

static void write_payload(const char mark[8], uint64_t nonce, uint8_t ret_payload[PROBE_PAYLOAD_SIZE])
{
    memcpy(ret_payload, mark, 8);
    memcpy(ret_payload + 8, &nonce, sizeof nonce);
}

void build_probe_payload(uint64_t nonce, uint8_t ret_payload[PROBE_PAYLOAD_SIZE])
{
    static const char mark[8] = {'v', 'm', 'n', 'e', 't', 'c', 'h', 'k'};

    write_payload(mark, nonce, ret_payload);
}

void build_host_payload(uint64_t nonce, uint8_t ret_payload[PROBE_PAYLOAD_SIZE])
{
    static const char mark[8] = {'v', 'm', 'n', 'e', 't', 'h', 's', 't'};

    write_payload(mark, nonce, ret_payload);
}

/* Takes the finished bytes out of the context, which is empty afterwards. 0 or -errno. */
static int take_out(struct builder *builder, uint8_t *to, size_t capacity, size_t *ret_length)
{
    libnet_t *l = builder->libnet;
    uint8_t *bytes = NULL;
    uint32_t length = 0;
    int error = 0;

    if (libnet_pblock_coalesce(l, &bytes, &length) != 1)
        error = -ENOMEM;
    else if (length > capacity)
        error = -EMSGSIZE;
    if (error == 0) {
        memcpy(to, bytes, length);
        *ret_length = length;
    }
    free(bytes);
    libnet_clear_packet(l);
    return error;
}

void build_padding(struct packet *packet, size_t length)
{
    if (length > sizeof packet->bytes)
        length = sizeof packet->bytes;
    if (packet->length >= length)
        return;
    memset(packet->bytes + packet->length, 0, length - packet->length);
    packet->length = length;
}

/* Adds the Ethernet header (libnet builds the last layer first) and takes the frame out. `built` is the tag
 * of the layers above, -1 if one of them failed. */
static int finish(struct builder *builder, libnet_ptag_t built, const struct ethernet_spec *ethernet,
                  uint16_t ethertype, struct packet *ret_packet)
{
    libnet_t *l = builder->libnet;

    if (ethernet->vid < VID_NONE || ethernet->vid > VID_MAX)
        built = -1;
    if (built != -1 && ethernet->vid == VID_NONE)
        built = libnet_build_ethernet(ethernet->destination.bytes, ethernet->source.bytes, ethertype, NULL, 0,
                                      l, 0);
    else if (built != -1)
        built = libnet_build_802_1q(ethernet->destination.bytes, ethernet->source.bytes, ETHERTYPE_8021Q, 0,
                                    0, (uint16_t)ethernet->vid, ethertype, NULL, 0, l, 0);
    if (built == -1) {
        libnet_clear_packet(l);
        return -EINVAL;
    }
    int error = take_out(builder, ret_packet->bytes, sizeof ret_packet->bytes, &ret_packet->length);
    if (error == 0)
        build_padding(ret_packet, FRAME_MIN);
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

/* The echo request with its IP header, whole. -1 on failure. */
static libnet_ptag_t build_echo_packet(struct builder *builder, const struct echo_spec *echo)
{
    uint8_t payload[ECHO_PAYLOAD_MAX];
    uint16_t size = echo->payload_length, message = (uint16_t)(LIBNET_ICMPV4_ECHO_H + size);
    libnet_t *l = builder->libnet;
    libnet_ptag_t built;

    memset(payload, 0, size); /* most are short */
    (echo->of_host ? build_host_payload : build_probe_payload)(echo->nonce, payload);
    if (echo->source.family == IP_V4) {
        built = libnet_build_icmpv4_echo(ICMP_ECHO, 0, 0, echo->id, echo->sequence, payload, size, l, 0);
        if (built == -1)
            return -1;
        return libnet_build_ipv4((uint16_t)(LIBNET_IPV4_H + message), 0, echo->sequence, 0, echo->ttl,
                                 IPPROTO_ICMP, 0, in4(echo->source), in4(echo->destination), NULL, 0, l, 0);
    }
    built = libnet_build_icmpv6_echo(ICMP6_ECHO_REQUEST, 0, 0, echo->id, echo->sequence, payload, size, l, 0);
    return built == -1 ? -1 : build_ipv6(builder, echo->source, echo->destination, message, echo->ttl);
}

static int check_echo(const struct echo_spec *echo)
{
    if (echo->payload_length < PROBE_PAYLOAD_SIZE || echo->source.family == IP_NONE ||
        echo->source.family != echo->destination.family)
        return -EINVAL;
    return echo->payload_length > ECHO_PAYLOAD_MAX ? -EMSGSIZE : 0;
}

static uint16_t ethertype_of(enum ip_family family)
{
    return family == IP_V4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
}

int build_echo_request(struct builder *builder, const struct ethernet_spec *ethernet,
                       const struct echo_spec *echo, struct packet *ret_packet)
{
    int error = check_echo(echo);
    if (error < 0)
        return error;

    return finish(builder, build_echo_packet(builder, echo), ethernet, ethertype_of(echo->source.family),
                  ret_packet);
}

/* One fragment: `part` of the ICMP message, from `offset`. */
static int build_fragment(struct builder *builder, const struct ethernet_spec *ethernet,
                          const struct echo_spec *echo, struct span part, size_t offset, bool more,
                          struct packet *ret_packet)
{
    uint16_t length = (uint16_t)part.length;
    libnet_ptag_t built;

    if (echo->source.family == IP_V4) {
        built = libnet_build_ipv4((uint16_t)(LIBNET_IPV4_H + length), 0, (uint16_t)echo->nonce,
                                  (uint16_t)(offset / 8 | (more ? IP_MF : 0)), echo->ttl, IPPROTO_ICMP, 0,
                                  in4(echo->source), in4(echo->destination), part.data, length,
                                  builder->libnet, 0);
    } else {
        built = libnet_build_ipv6_frag(IPPROTO_ICMPV6, 0, htons((uint16_t)(offset | more)),
                                       htonl((uint32_t)echo->nonce), part.data, length, builder->libnet, 0);
        if (built != -1)
            built =
                libnet_build_ipv6(0, 0, (uint16_t)(LIBNET_IPV6_FRAG_H + length), IPPROTO_FRAGMENT, echo->ttl,
                                  in6(echo->source), in6(echo->destination), NULL, 0, builder->libnet, 0);
    }
    return finish(builder, built, ethernet, ethertype_of(echo->source.family), ret_packet);
}

int build_echo_fragments(struct builder *builder, const struct ethernet_spec *ethernet,
                         const struct echo_spec *echo, struct packet ret_packets[2])
{
    enum { FIRST_PART = 1448 }; /* a multiple of 8 that fits into 1500 bytes with either header */
    uint8_t whole[LIBNET_IPV6_H + LIBNET_ICMPV6_ECHO_H + ECHO_PAYLOAD_MAX];
    size_t header = echo->source.family == IP_V4 ? LIBNET_IPV4_H : LIBNET_IPV6_H, length;
    int error = check_echo(echo);

    if (error == 0 && LIBNET_ICMPV4_ECHO_H + echo->payload_length <= FIRST_PART)
        error = -EINVAL;
    if (error < 0)
        return error;
    /* The checksum is the whole message's, and over IPv6 the header's as well: build that, then cut it. */
    if (build_echo_packet(builder, echo) == -1)
        error = -EINVAL;
    if (error == 0)
        error = take_out(builder, whole, sizeof whole, &length);
    if (error < 0) {
        libnet_clear_packet(builder->libnet);
        return error;
    }

    const uint8_t *icmp = whole + header;
    error = build_fragment(builder, ethernet, echo, span_of(icmp, FIRST_PART), 0, true, &ret_packets[0]);
    if (error == 0)
        error =
            build_fragment(builder, ethernet, echo, span_of(icmp + FIRST_PART, length - header - FIRST_PART),
                           FIRST_PART, false, &ret_packets[1]);
    return error;
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

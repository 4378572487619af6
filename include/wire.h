/* What is on the wire: decoding frames that nobody trusts, building frames of our own. Pure. */
#ifndef VMNETCHECK_WIRE_H
#define VMNETCHECK_WIRE_H

#include "addr.h"
#include "span.h"
#include "vantage.h"

enum {
    ETHERNET_HEADER_SIZE = 14,
    PACKET_MAX = 9216, /* the largest packet that build_… makes: what switches mean by a jumbo frame, … */
    FRAME_MAX = PACKET_MAX + 18, /* … with its header and one tag */
    TAGS_MAX = 2,                /* more than two tags are unsupported */
    ETHERTYPE_8021Q = 0x8100,
    ETHERTYPE_8021AD = 0x88a8,
    VID_NONE = -1, /* untagged; 0 is a priority tag */
    VID_MAX = 4094,
    ECHO_PAYLOAD_MAX = PACKET_MAX,
    PROBE_PAYLOAD_SIZE = 16, /* of our echo requests: 8 bytes of magic, 8 random */
};

enum wire_result {
    WIRE_OK,
    WIRE_MALFORMED,   /* it contradicts itself, or ends too early */
    WIRE_UNSUPPORTED, /* well formed as far as we look, but not for us */
};

enum frame_kind {
    FRAME_OTHER, /* not IP, or IP that none of our probes asks for */
    FRAME_ARP,
    FRAME_ECHO_REQUEST, /* of either family, as all that follow */
    FRAME_ECHO_REPLY,
    FRAME_ICMP_ERROR,
    FRAME_NEIGHBOUR_SOLICITATION,
    FRAME_NEIGHBOUR_ADVERTISEMENT,
    FRAME_ROUTER_SOLICITATION,
    FRAME_ROUTER_ADVERTISEMENT,
    FRAME_DHCP,
};

struct vlan_tag {
    uint16_t tpid;
    uint16_t vid;
    uint8_t pcp;
};

struct arp_fields {
    uint16_t operation; /* 1 request, 2 reply */
    struct mac_addr sender_mac, target_mac;
    struct ip_addr sender, target;
};

struct ip_fields {
    struct ip_addr source, destination;
    uint8_t protocol; /* the upper layer's, behind any extension headers */
    uint8_t ttl;      /* or hop limit */
    bool has_id;      /* IPv4 always; IPv6 with a fragment header only */
    uint32_t id;
    bool fragment; /* a part of a datagram */
    uint16_t fragment_offset;
    bool checksum_bad;    /* the IPv4 header's */
    bool checksum_absent; /* it is bad because it is 0, as before the sender's network card fills it in */
};

struct echo_fields {
    uint16_t id, sequence;
    bool checksum_bad;
    bool checksum_unknown; /* a fragment, or cut off by the capture */
    uint16_t payload_length;
    uint8_t payload[PROBE_PAYLOAD_SIZE]; /* the first bytes, 0 where there are fewer */
};

/* An ICMP error and what it quotes of the packet that it rejects. */
struct icmp_error_fields {
    uint8_t type, code;
    uint32_t value; /* next-hop MTU or pointer */
    struct ip_addr quoted_source, quoted_destination;
    uint8_t quoted_protocol;
    bool quotes_echo; /* an echo request, whose id and sequence follow */
    uint16_t quoted_id, quoted_sequence;
};

struct neighbour_fields {
    struct ip_addr target;
    bool router, solicited, override; /* of an advertisement */
    bool has_link_address;            /* the source (NS) or target (NA) link-layer address option */
    struct mac_addr link_address;
};

/* Of a router solicitation or advertisement. */
struct router_fields {
    bool has_link_address;
    bool managed;    /* advertised: addresses come by DHCPv6 */
    bool autonomous; /* advertised: a prefix that hosts make themselves addresses of */
};

enum dhcp_type {
    DHCP_DISCOVER = 1,
    DHCP_OFFER,
    DHCP_REQUEST,
    DHCP_DECLINE,
    DHCP_ACK,
    DHCP_NAK,
    DHCP_RELEASE,
    DHCP_INFORM
};

struct dhcp_fields {
    uint8_t type; /* enum dhcp_type */
    uint32_t xid;
    struct mac_addr client;
    bool broadcast;                                     /* the client cannot be answered but by broadcasts */
    struct ip_addr client_address, your_address, relay; /* 0.0.0.0: none */
    struct ip_addr requested, server;                   /* IP_NONE: not said */
    bool checksum_bad;                                  /* of UDP */
};

/* A frame as it was captured. */
struct arrival {
    enum vantage at;
    enum direction direction; /* in or out */
    struct span bytes;
    uint32_t wire_length;
    uint64_t time_us; /* in the clock of whoever is told */
    uint32_t number;  /* in the file that keeps what was captured, from 1; 0: none does */
};

struct frame {
    uint64_t time_us; /* as of the arrival: when it was captured, … */
    uint32_t number;  /* … and its number in the file */
    struct mac_addr destination, source;
    uint8_t tag_count;
    struct vlan_tag tags[TAGS_MAX]; /* outermost first */
    uint16_t ethertype;             /* behind the tags */
    uint32_t length;                /* on the wire */
    uint32_t padding;               /* bytes behind the packet (IEEE 802.3 3.2.8) that were captured */
    uint32_t digest; /* hash_bytes of what was captured but padding: equal for identical frames */
    enum frame_kind kind;
    enum vantage at;          /* where it was captured, … */
    enum direction direction; /* … and which way it went: as of the arrival */
    bool has_ip;
    struct ip_fields ip;
    union {
        struct arp_fields arp;
        struct echo_fields echo;
        struct icmp_error_fields error;
        struct neighbour_fields neighbour;
        struct router_fields router;
        struct dhcp_fields dhcp;
    };
};

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

/* Decodes one Ethernet frame. `bytes` is what was captured, `wire_length` what was on the wire (at least that
 * much). *ret_frame is written only for WIRE_OK. */
enum wire_result wire_decode(struct span bytes, uint32_t wire_length, struct frame *ret_frame);
/* The same, with when and where it was captured. */
enum wire_result wire_decode_arrival(const struct arrival *arrival, struct frame *ret_frame);

/* ---- capture files ---- */

/* What is before the frames' bytes. */
enum recorded_as { RECORDED_ETHERNET, RECORDED_COOKED_1, RECORDED_COOKED_2 };

/* A frame as a file has it. */
struct recorded_frame {
    enum recorded_as as;
    uint32_t interface; /* that recorded it, by a number of its own; 0 if the file does not tell */
    enum direction direction;
    uint64_t time_us;
    struct span bytes;
    uint32_t wire_length; /* at least as many */
};

/* What a cooked capture of Linux (LINKTYPE_LINUX_SLL, _SLL2) says of a frame beside its bytes. */
struct cooked {
    uint32_t ifindex; /* 0 in version 1, which does not tell */
    enum direction direction;
    bool group; /* came in as broadcast or multicast; of what went out nobody knows */
};

/* Decodes one cooked frame of version 1 (SLL) or 2 (SLL2). They lack the destination MAC, which stays all
 * zero. Frames of other hardware than Ethernet (such as the loopback interface) are unsupported. Outputs are
 * written only for WIRE_OK. */
enum wire_result wire_decode_cooked(struct span bytes, uint32_t wire_length, unsigned version,
                                    struct frame *ret_frame, struct cooked *ret_cooked);

/* The VID that a frame belongs to: VID_NONE if it is untagged or has a priority tag (VID 0, IEEE
 * 802.1Q 6.9.1) only. */
int frame_vid(const struct frame *frame);

/* The text of an ICMP error's type and code, as in the IANA registries; never NULL. */
const char *icmp_error_name(enum ip_family family, uint8_t type, uint8_t code);
/* A datagram to a multicast group that routers forward (RFC 5771 4, RFC 4291 2.7): video, market data, …,
 * which somebody may mean to send at any rate. */
bool wire_is_stream(const struct frame *frame);
/* What sort of frame that is, such as "ARP", "DHCP", "IPv6", "LLDP"; never NULL. */
const char *wire_sort_name(enum frame_kind kind, uint16_t ethertype);
/* "DHCPDISCOVER"; never NULL. */
const char *dhcp_type_name(uint8_t type);

/* ---- decoders of one layer each, for wire_decode and for tests; outputs are written only on WIRE_OK ---- */

enum wire_result eth_decode(struct span *bytes, struct frame *frame);
/* The tags that follow `ethertype`, if it is one, up to the Ethertype that is none. */
enum wire_result eth_decode_tags(struct span *bytes, uint16_t ethertype, struct frame *frame);
/* What follows the tags, by frame->ethertype. `cut_off`: the capture holds less than was on the wire. Sets
 * kind and the fields of its kind in *frame, which is only to be used for WIRE_OK. */
enum wire_result eth_decode_payload(struct span bytes, bool cut_off, struct frame *frame);
enum wire_result arp_decode(struct span bytes, struct arp_fields *ret);
/* Leaves in *bytes the upper layer's bytes, without the padding behind the packet. *ret_complete: all of them
 * were captured. */
enum wire_result ip_decode_v4(struct span *bytes, struct ip_fields *ret, bool *ret_complete);
enum wire_result ip_decode_v6(struct span *bytes, struct ip_fields *ret, bool *ret_complete);
/* Takes an ICMP or ICMPv6 message; sets kind and the fields of its kind in *frame, whose ip must be
 * decoded. */
enum wire_result icmp_decode(struct span bytes, bool complete, struct frame *frame);
enum wire_result nd_decode_neighbour(struct span body, bool advertisement, struct neighbour_fields *ret);
enum wire_result nd_decode_router(struct span body, bool advertisement, struct router_fields *ret);
/* Takes a UDP datagram; if it is DHCP of IPv4, sets kind and dhcp of *frame, whose ip must be decoded. */
enum wire_result udp_decode(struct span bytes, bool complete, struct frame *frame);
/* All but checksum_bad. `cut_off`: the capture holds less; what it does not hold is not there. */
enum wire_result dhcp_decode(struct span bytes, bool cut_off, struct dhcp_fields *ret);

/* The Internet checksum (RFC 1071) over a span, continued from `sum` (begin with 0); checksum_finish folds
 * it. */
uint32_t checksum_add(uint32_t sum, struct span bytes);
/* The sum of the pseudo-header in front of `length` bytes of the upper layer. */
uint32_t checksum_pseudo_header(const struct ip_fields *ip, size_t length);
uint16_t checksum_finish(uint32_t sum);

/* ---- builders, by libnet ---- */

struct packet {
    size_t length;
    uint8_t bytes[FRAME_MAX];
};

/* Source and destination of a frame, and its tag: a VID from 0 to VID_MAX, or VID_NONE. */
struct ethernet_spec {
    struct mac_addr destination, source;
    int vid;
};

struct echo_spec {
    struct ip_addr source, destination; /* of one family */
    uint16_t id, sequence;
    uint8_t ttl;
    uint64_t nonce;          /* the random half of the payload */
    uint16_t payload_length; /* at least PROBE_PAYLOAD_SIZE; the rest is zeros */
    bool of_host;            /* with the payload of an echo by the host's own stack */
};

struct builder;

/* A builder holds one libnet context that owns no socket. NULL when there is no memory. */
struct builder *builder_open(void);
void builder_close(struct builder *builder); /* NULL is fine */

/* Each writes one frame (padded to 60 bytes as Ethernet demands) and returns 0, or -EMSGSIZE, -EINVAL or
 * -ENOMEM. */
int build_arp(struct builder *builder, const struct ethernet_spec *ethernet, const struct arp_fields *arp,
              struct packet *ret_packet);
int build_echo_request(struct builder *builder, const struct ethernet_spec *ethernet,
                       const struct echo_spec *echo, struct packet *ret_packet);
/* The same in two fragments; the payload must be too long for one. */
int build_echo_fragments(struct builder *builder, const struct ethernet_spec *ethernet,
                         const struct echo_spec *echo, struct packet ret_packets[2]);
/* Appends zeros until the frame has that length: bytes behind the packet, which whoever gets it does not look
 * at (IEEE 802.3 3.2.8). */
void build_padding(struct packet *packet, size_t length);
/* Source and target of an NS, with the source link-layer address option if neighbour->has_link_address (RFC
 * 4861 4.3). */
int build_neighbour_solicitation(struct builder *builder, const struct ethernet_spec *ethernet,
                                 struct ip_addr source, struct ip_addr destination,
                                 const struct neighbour_fields *neighbour, struct packet *ret_packet);
/* An NA with the flags and the target link-layer address of *neighbour (RFC 4861 4.4). */
int build_neighbour_advertisement(struct builder *builder, const struct ethernet_spec *ethernet,
                                  struct ip_addr source, struct ip_addr destination,
                                  const struct neighbour_fields *neighbour, struct packet *ret_packet);

/* The payload of an echo request with this nonce. */
void build_probe_payload(uint64_t nonce, uint8_t ret_payload[PROBE_PAYLOAD_SIZE]);
/* And of one that the host's own stack sends: another mark in front, so that captures tell it from the
 * others. */
void build_host_payload(uint64_t nonce, uint8_t ret_payload[PROBE_PAYLOAD_SIZE]);

#endif

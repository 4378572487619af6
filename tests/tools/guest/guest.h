/* The built-in guest: one process that answers ARP, neighbour solicitations and echoes behind up to 4,000
 * taps, right or, where told so, wrong.
 *
 * A tap is a port; behind it are one or two machines. Frames go port -> machine (receive.c) -> its answer ->
 * port, and the faults that a wire makes (copies, delays, tags, loss) are made at the port (port.c), those of
 * a machine in it. */
#ifndef VMNETCHECK_TESTS_GUEST_H
#define VMNETCHECK_TESTS_GUEST_H

#include "../lab.h"

enum { ADDRESSES_MAX = 8, NEIGHBOURS_MAX = 16, WAITING_MAX = 16, MACHINES_MAX = 2, TAPS_MAX = 4000 };

struct address {
    int family; /* AF_INET or AF_INET6 */
    uint8_t bytes[16];
    unsigned prefix; /* how much of it is the subnet, in bits */
};

struct addresses {
    struct address list[ADDRESSES_MAX];
    size_t count;
    bool none; /* "none" was asked for */
};

/* -1 as a VID and 0 as a number mean "no such fault". Rates are per second. */
struct settings {
    const char *tap, *prefix, *name;
    long taps, first, seconds_ms, boot_ms, announce_ms;
    bool leave_down;
    uint8_t mac[6];
    struct addresses ip4, ip6;
    struct address gateway4, gateway6, dhcp_reboot;

    bool dhcp_discover, deaf, ignore_arp, ignore_ndp, ignore_echo, ignore_echo6, no_resolve, proxy, twin,
        reflect, zero_id;
    bool bad_checksum, bad_ip_checksum;
    long request_copies, reply_copies, copy_delay_ms, delay_ms, lose, max_frame, ttl, reject;
    long loop, flood, truncate, flip, random, seed, vlan, tag_replies;
    uint8_t rival[6], answer_mac[6], routed_copy[6];
    bool has_rival, has_answer_mac, has_routed_copy;
};

struct frame {
    size_t length;
    uint8_t bytes[LAB_FRAME_MAX];
};

/* What an answer is, for faults that count: every k-th of a kind is lost. */
enum kind { KIND_ARP, KIND_NDP, KIND_ECHO, KIND_ECHO6, KIND_OTHER, KIND_COUNT };

struct waiting {
    enum kind kind;
    struct frame *frame;
};

struct neighbour {
    struct address address; /* family 0: free */
    uint8_t mac[6];
    bool known;
    int64_t asked_us;
    struct waiting waiting[WAITING_MAX];
    size_t waiting_count;
};

struct machine {
    struct port *port;
    uint8_t mac[6];
    struct addresses addresses;
    uint16_t ip_id;
    uint8_t ttl;
    struct neighbour neighbours[NEIGHBOURS_MAX];
    size_t next_neighbour; /* to be overwritten when the table is full */
};

struct port {
    int fd;
    struct machine *machines;
    size_t machine_count;
    unsigned long sent[KIND_COUNT];
};

struct lab {
    struct settings settings;
    struct lab_outbox outbox;
    struct port *ports;
    size_t port_count;
    int64_t started_us;
    struct frame last; /* the latest answer: what garbage is made from */
    uint64_t random;
};

/* The only state of this program that is not handed around. */
extern struct lab lab;

/* options.c: fills lab.settings; ends the program on nonsense. */
void settings_read(int argc, char **argv);
/* The MAC and the addresses of machine number `index`, counted from those given or made up from the
 * number. */
void machine_identity(struct machine *machine, unsigned index);

/* encode.c. ICMP checksums are written by ip_encode; the destination MAC may be filled in later, see
 * frame_set_destination. */
struct ip_fields {
    struct address source, destination;
    uint16_t id; /* IPv4 only */
    uint8_t ttl;
};

struct arp_fields {
    uint16_t operation;
    const uint8_t *sender_mac, *sender_ip, *target_mac, *target_ip;
};

uint16_t checksum(const uint8_t *bytes, size_t length, uint32_t sum);
uint32_t pseudo_header_sum(const struct address *source, const struct address *destination, size_t length);
void arp_encode(struct frame *frame, const uint8_t *to, const uint8_t *from, const struct arp_fields *arp);
void ip_encode(struct frame *frame, const uint8_t *to, const uint8_t *from, const struct ip_fields *ip,
               const uint8_t *icmp, size_t icmp_length);
void neighbour_message_encode(struct frame *frame, const uint8_t *to, const struct machine *machine,
                              const struct ip_fields *ip, uint8_t type, uint8_t flags,
                              const uint8_t target[16]);
/* A DHCPDISCOVER, or a DHCPREQUEST for an address that the machine had before it was booted (RFC 2131
 * 4.3.2). */
void dhcp_encode(struct frame *frame, const struct machine *machine, const struct address *before);
void group_mac(uint8_t mac[6], const struct address *group);

/* machine.c: sending as a host does, after the next hop has been resolved. */
bool address_equal(const struct address *a, const struct address *b);
struct address address_of(int family, const uint8_t *bytes);
bool is_link_local(const struct address *address);
bool on_link(const struct address *own, const struct address *other);
const struct address *machine_owns(const struct machine *machine, const struct address *address);
/* What the machine says about itself in ARP and NDP. */
const uint8_t *machine_said_mac(const struct machine *machine);
/* Sends to `destination` as soon as its MAC, or its gateway's, is known; asks for it where it is not. */
void machine_send_routed(struct machine *machine, struct frame *frame, enum kind kind,
                         const struct address *own, const struct address *destination);
/* A neighbour said its MAC: what waited for it goes. `create` also remembers one that nobody asked for. */
void machine_learn(struct machine *machine, const struct address *address, const uint8_t *mac, bool create);
/* A gratuitous ARP or an unsolicited advertisement for each address. */
void machine_announce(struct machine *machine);

/* Asks by DHCP, as it was told to. */
void machine_ask_dhcp(struct machine *machine);

/* receive.c: one frame from the host to one machine. */
void machine_receive(struct machine *machine, const uint8_t *bytes, size_t length);

/* port.c: frames out, with the faults of a wire. */
void port_send(struct port *port, const struct frame *frame, enum kind kind);
void port_receive(struct port *port, const uint8_t *bytes, size_t length);
void port_flood(struct port *port);
enum garbage { GARBAGE_TRUNCATED, GARBAGE_FLIPPED, GARBAGE_RANDOM };
void port_garbage(struct port *port, enum garbage garbage);

#endif

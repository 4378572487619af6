/* Frames that reach the guest, taken apart. */
#include "guest.h"

#include <arpa/inet.h>

enum { ICMP_MAX = LAB_FRAME_MAX - 128, QUOTE_MAX = 512 };

/* One packet for this machine, taken apart. */
struct packet {
    const uint8_t *from; /* source MAC */
    struct address source, destination;
    const uint8_t *ip;
    size_t ip_length;
    const uint8_t *icmp;
    size_t icmp_length;
    uint8_t ttl;
};

static const uint8_t ALL_NODES[16] = {0xff, 0x02, [15] = 1};

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void receive_arp(struct machine *machine, const uint8_t *at, size_t length)
{
    static struct frame frame;
    if (length < 28 || memcmp(at, (uint8_t[6]){0, 1, 0x08, 0, 6, 4}, 6) != 0)
        return;
    struct address sender = address_of(AF_INET, at + 14), target = address_of(AF_INET, at + 24);
    bool named = !all_zero(sender.bytes, 4);
    bool ours = machine_owns(machine, &target) != NULL;
    if (named && machine_owns(machine, &sender) == NULL)
        machine_learn(machine, &sender, at + 8, ours);
    bool proxied = lab.settings.proxy && !address_equal(&sender, &target);
    if (get16(at + 6) != 1 || !(ours || proxied) || lab.settings.ignore_arp)
        return;
    struct arp_fields arp = {2, machine_said_mac(machine), target.bytes, at + 8, sender.bytes};
    arp_encode(&frame, at + 8, machine->mac, &arp);
    port_send(machine->port, &frame, KIND_ARP);
}

/* The MAC in a link-layer address option of this type, or NULL. */
static const uint8_t *link_layer_option(const uint8_t *options, size_t length, uint8_t type)
{
    while (length >= 8 && options[1] != 0 && 8 * (size_t)options[1] <= length) {
        if (options[0] == type)
            return options + 2;
        length -= 8 * (size_t)options[1];
        options += 8 * (size_t)options[1];
    }
    return NULL;
}

static void receive_solicitation(struct machine *machine, const struct packet *packet)
{
    static struct frame frame;
    struct address target = address_of(AF_INET6, packet->icmp + 8);
    bool ours = machine_owns(machine, &target) != NULL;
    const uint8_t *mac = link_layer_option(packet->icmp + 24, packet->icmp_length - 24, 1);
    bool detection = all_zero(packet->source.bytes, 16); /* duplicate address detection, RFC 4862 */
    if (!(ours || lab.settings.proxy) || lab.settings.ignore_ndp)
        return;
    if (mac != NULL && !detection)
        machine_learn(machine, &packet->source, mac, true);
    struct ip_fields ip = {.source = target};
    ip.destination = detection ? address_of(AF_INET6, ALL_NODES) : packet->source;
    uint8_t to[6];
    if (detection)
        group_mac(to, &ip.destination);
    else
        memcpy(to, mac != NULL ? mac : packet->from, 6);
    neighbour_message_encode(&frame, to, machine, &ip, 136, detection ? 0x20 : 0x60, target.bytes);
    port_send(machine->port, &frame, KIND_NDP);
}

static void receive_advertisement(struct machine *machine, const struct packet *packet)
{
    struct address target = address_of(AF_INET6, packet->icmp + 8);
    const uint8_t *mac = link_layer_option(packet->icmp + 24, packet->icmp_length - 24, 2);
    machine_learn(machine, &target, mac != NULL ? mac : packet->from, false);
}

/* The machine's address that an answer comes from: the one asked, or of several the one that suits the
 * asker. */
static const struct address *answering_address(const struct machine *machine, const struct packet *packet)
{
    const struct address *own = machine_owns(machine, &packet->destination);
    bool to_all = memcmp(packet->destination.bytes, ALL_NODES, 16) == 0;
    if (own != NULL || !to_all || packet->source.family != AF_INET6)
        return own;
    for (size_t i = 0; i < machine->addresses.count; i++) {
        const struct address *one = &machine->addresses.list[i];
        if (one->family == AF_INET6 && is_link_local(one) == is_link_local(&packet->source))
            own = one;
    }
    return own;
}

/* Destination unreachable, prohibited: RFC 792 (the code is the setting's), RFC 4443 3.1. Returns its
 * length. */
static size_t rejection(uint8_t *message, const struct packet *packet)
{
    bool v4 = packet->source.family == AF_INET;
    size_t quoted = packet->ip_length < QUOTE_MAX ? packet->ip_length : QUOTE_MAX;
    memset(message, 0, 8);
    message[0] = v4 ? 3 : 1;
    message[1] = (uint8_t)lab.settings.reject;
    memcpy(message + 8, packet->ip, quoted);
    return 8 + quoted;
}

static void spoil_checksums(struct frame *frame, const struct packet *packet)
{
    if (lab.settings.bad_checksum)
        frame->bytes[packet->source.family == AF_INET ? 14 + 20 + 2 : 14 + 40 + 2] ^= 0x55;
    if (lab.settings.bad_ip_checksum && packet->source.family == AF_INET)
        frame->bytes[14 + 10] ^= 0x55;
}

static void receive_echo(struct machine *machine, const struct packet *packet)
{
    static uint8_t message[LAB_FRAME_MAX];
    static struct frame frame;
    bool v4 = packet->source.family == AF_INET;
    const struct address *own = answering_address(machine, packet);
    if (own == NULL || packet->icmp_length > ICMP_MAX ||
        (v4 ? lab.settings.ignore_echo : lab.settings.ignore_echo6))
        return;
    size_t length = packet->icmp_length;
    memcpy(message, packet->icmp, length);
    message[0] = v4 ? 0 : 129;
    if (lab.settings.reject > 0)
        length = rejection(message, packet);
    uint16_t id = lab.settings.zero_id ? 0 : machine->ip_id++;
    struct ip_fields ip = {.source = *own, .destination = packet->source, .id = id, .ttl = machine->ttl};
    ip_encode(&frame, packet->from, machine->mac, &ip, message, length);
    spoil_checksums(&frame, packet);
    enum kind kind = v4 ? KIND_ECHO : KIND_ECHO6;
    if (lab.settings.no_resolve)
        port_send(machine->port, &frame, kind);
    else
        machine_send_routed(machine, &frame, kind, own, &packet->source);
}

static void receive_ipv4(struct machine *machine, const uint8_t *from, const uint8_t *at, size_t length)
{
    size_t header = length >= 20 && at[0] >> 4 == 4 ? (at[0] & 15) * 4u : 0;
    size_t total = header >= 20 ? get16(at + 2) : 0;
    bool fragment = header >= 20 && (get16(at + 6) & 0x3fff) != 0;
    if (header < 20 || total < header + 8 || total > length || fragment || checksum(at, header, 0) != 0)
        return;
    struct packet packet = {.from = from, .ip = at, .ip_length = total, .ttl = at[8]};
    packet.source = address_of(AF_INET, at + 12);
    packet.destination = address_of(AF_INET, at + 16);
    packet.icmp = at + header;
    packet.icmp_length = total - header;
    if (at[9] == IPPROTO_ICMP && packet.icmp[0] == 8 && checksum(packet.icmp, packet.icmp_length, 0) == 0)
        receive_echo(machine, &packet);
}

static void receive_ipv6(struct machine *machine, const uint8_t *from, const uint8_t *at, size_t length)
{
    size_t payload = length >= 40 && at[0] >> 4 == 6 ? get16(at + 4) : 0;
    if (payload < 8 || payload + 40 > length || at[6] != IPPROTO_ICMPV6)
        return;
    struct packet packet = {.from = from, .ip = at, .ip_length = 40 + payload, .ttl = at[7]};
    packet.source = address_of(AF_INET6, at + 8);
    packet.destination = address_of(AF_INET6, at + 24);
    packet.icmp = at + 40;
    packet.icmp_length = payload;
    if (checksum(packet.icmp, payload, pseudo_header_sum(&packet.source, &packet.destination, payload)) != 0)
        return;
    bool neighbour_message = payload >= 24 && packet.ttl == 255;
    if (packet.icmp[0] == 128)
        receive_echo(machine, &packet);
    else if (packet.icmp[0] == 135 && neighbour_message)
        receive_solicitation(machine, &packet);
    else if (packet.icmp[0] == 136 && neighbour_message)
        receive_advertisement(machine, &packet);
}

static bool is_for(const struct machine *machine, const uint8_t *mac)
{
    return (mac[0] & 1) != 0 || memcmp(mac, machine->mac, 6) == 0 ||
           memcmp(mac, machine_said_mac(machine), 6) == 0;
}

void machine_receive(struct machine *machine, const uint8_t *bytes, size_t length)
{
    bool tagged = lab_is_tagged(bytes, length);
    long vid = tagged ? lab_vid(bytes) : -1;
    size_t header = tagged ? 18 : 14;
    bool ours = lab.settings.vlan >= 0 ? vid == lab.settings.vlan : vid <= 0;
    if (length < header || !ours || !is_for(machine, bytes))
        return;
    const uint8_t *at = bytes + header;
    switch (get16(at - 2)) {
    case 0x0806:
        receive_arp(machine, at, length - header);
        break;
    case 0x0800:
        receive_ipv4(machine, bytes + 6, at, length - header);
        break;
    case 0x86dd:
        receive_ipv6(machine, bytes + 6, at, length - header);
        break;
    }
}

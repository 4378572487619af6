/* The frames that the guest sends. */
#include "guest.h"

#include <arpa/inet.h>

enum { ETHERNET_SIZE = 14, ARP_SIZE = 28, IPV4_SIZE = 20, IPV6_SIZE = 40, HOP_LIMIT_ND = 255 };

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void ethernet_encode(struct frame *frame, const uint8_t *to, const uint8_t *from, uint16_t type)
{
    memcpy(frame->bytes, to, 6);
    memcpy(frame->bytes + 6, from, 6);
    put16(frame->bytes + 12, type);
}

/* RFC 1071, on top of a sum that was begun elsewhere. */
uint16_t checksum(const uint8_t *bytes, size_t length, uint32_t sum)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* RFC 8200 8.1, of an ICMPv6 message of `length` bytes. */
uint32_t pseudo_header_sum(const struct address *source, const struct address *destination, size_t length)
{
    uint32_t sum = (uint32_t)length + IPPROTO_ICMPV6;
    for (int i = 0; i < 16; i += 2) {
        sum += (uint32_t)(source->bytes[i] << 8 | source->bytes[i + 1]);
        sum += (uint32_t)(destination->bytes[i] << 8 | destination->bytes[i + 1]);
    }
    return sum;
}

void arp_encode(struct frame *frame, const uint8_t *to, const uint8_t *from, const struct arp_fields *arp)
{
    ethernet_encode(frame, to, from, 0x0806);
    uint8_t *at = frame->bytes + ETHERNET_SIZE;
    memcpy(at, (uint8_t[6]){0, 1, 0x08, 0, 6, 4}, 6);
    put16(at + 6, arp->operation);
    memcpy(at + 8, arp->sender_mac, 6);
    memcpy(at + 14, arp->sender_ip, 4);
    memcpy(at + 18, arp->target_mac, 6);
    memcpy(at + 24, arp->target_ip, 4);
    frame->length = ETHERNET_SIZE + ARP_SIZE;
}

static uint8_t *ipv4_encode(uint8_t *at, const struct ip_fields *ip, uint8_t protocol, size_t length)
{
    memset(at, 0, IPV4_SIZE);
    at[0] = 0x45;
    put16(at + 2, IPV4_SIZE + length);
    put16(at + 4, ip->id);
    at[8] = ip->ttl;
    at[9] = protocol;
    memcpy(at + 12, ip->source.bytes, 4);
    memcpy(at + 16, ip->destination.bytes, 4);
    put16(at + 10, checksum(at, IPV4_SIZE, 0));
    return at + IPV4_SIZE;
}

static uint8_t *ipv6_encode(uint8_t *at, const struct ip_fields *ip, size_t length)
{
    memset(at, 0, IPV6_SIZE);
    at[0] = 0x60;
    put16(at + 4, length);
    at[6] = IPPROTO_ICMPV6;
    at[7] = ip->ttl;
    memcpy(at + 8, ip->source.bytes, 16);
    memcpy(at + 24, ip->destination.bytes, 16);
    return at + IPV6_SIZE;
}

void ip_encode(struct frame *frame, const uint8_t *to, const uint8_t *from, const struct ip_fields *ip,
               const uint8_t *icmp, size_t icmp_length)
{
    bool v4 = ip->source.family == AF_INET;
    ethernet_encode(frame, to, from, v4 ? 0x0800 : 0x86dd);
    uint8_t *header = frame->bytes + ETHERNET_SIZE;
    uint8_t *at =
        v4 ? ipv4_encode(header, ip, IPPROTO_ICMP, icmp_length) : ipv6_encode(header, ip, icmp_length);
    memcpy(at, icmp, icmp_length);
    put16(at + 2, 0);
    uint32_t sum = v4 ? 0 : pseudo_header_sum(&ip->source, &ip->destination, icmp_length);
    put16(at + 2, checksum(at, icmp_length, sum));
    frame->length = (size_t)(at - frame->bytes) + icmp_length;
}

/* A neighbour solicitation (type 135, source link-layer option) or advertisement (136, target option), RFC
 * 4861 4.3, 4.4. */
void neighbour_message_encode(struct frame *frame, const uint8_t *to, const struct machine *machine,
                              const struct ip_fields *ip, uint8_t type, uint8_t flags,
                              const uint8_t target[16])
{
    uint8_t message[32] = {type, 0, 0, 0, flags};
    memcpy(message + 8, target, 16);
    message[24] = type == 135 ? 1 : 2;
    message[25] = 1;
    memcpy(message + 26, machine_said_mac(machine), 6);
    struct ip_fields fields = *ip;
    fields.ttl = HOP_LIMIT_ND;
    ip_encode(frame, to, machine->mac, &fields, message, sizeof message);
}

/* RFC 951, 768: without a checksum. */
void dhcp_encode(struct frame *frame, const struct machine *machine, const struct address *before)
{
    enum { UDP_SIZE = 8, DHCP_SIZE = 300, OPTIONS_AT = 240, DISCOVER = 1, REQUEST = 3 };
    ethernet_encode(frame, (const uint8_t[]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, machine->mac, 0x0800);
    struct ip_fields ip = {.ttl = 64};
    memset(ip.destination.bytes, 0xff, 4);
    uint8_t *udp = ipv4_encode(frame->bytes + ETHERNET_SIZE, &ip, IPPROTO_UDP, UDP_SIZE + DHCP_SIZE);
    uint8_t *dhcp = udp + UDP_SIZE, *option = dhcp + OPTIONS_AT;
    memset(udp, 0, UDP_SIZE + DHCP_SIZE);
    put16(udp, 68);
    put16(udp + 2, 67);
    put16(udp + 4, UDP_SIZE + DHCP_SIZE);
    memcpy(dhcp, (const uint8_t[]){1, 1, 6, 0}, 4);
    memcpy(dhcp + 4, machine->mac + 2, 4); /* xid */
    memcpy(dhcp + 28, machine->mac, 6);
    memcpy(option - 4, (const uint8_t[]){0x63, 0x82, 0x53, 0x63}, 4);
    memcpy(option, (const uint8_t[]){53, 1, before == NULL ? DISCOVER : REQUEST}, 3);
    option += 3;
    if (before != NULL) {
        memcpy(option, (const uint8_t[]){50, 4}, 2);
        memcpy(option + 2, before->bytes, 4);
        option += 6;
    }
    *option = 255;
    frame->length = (size_t)(udp + UDP_SIZE + DHCP_SIZE - frame->bytes);
}

void group_mac(uint8_t mac[6], const struct address *group)
{
    memcpy(mac, (uint8_t[2]){0x33, 0x33}, 2);
    memcpy(mac + 2, group->bytes + 12, 4);
}

/* ARP for IPv4 over Ethernet, RFC 826. */
#include "wire.h"

enum { HARDWARE_ETHERNET = 1, PROTOCOL_IPV4 = 0x0800 };

/* RFC 826, "Packet format". */
enum wire_result arp_decode(struct span bytes, struct arp_fields *ret)
{
    struct arp_fields arp;
    uint8_t sender[4], target[4];

    uint16_t hardware = span_be16(&bytes);
    uint16_t protocol = span_be16(&bytes);
    uint8_t hardware_length = span_u8(&bytes);
    uint8_t protocol_length = span_u8(&bytes);
    arp.operation = span_be16(&bytes);
    if (!span_ok(&bytes))
        return WIRE_MALFORMED;
    if (hardware != HARDWARE_ETHERNET || protocol != PROTOCOL_IPV4)
        return WIRE_UNSUPPORTED;
    if (hardware_length != sizeof arp.sender_mac.bytes || protocol_length != sizeof sender)
        return WIRE_MALFORMED;

    span_copy(&bytes, arp.sender_mac.bytes, sizeof arp.sender_mac.bytes);
    span_copy(&bytes, sender, sizeof sender);
    span_copy(&bytes, arp.target_mac.bytes, sizeof arp.target_mac.bytes);
    span_copy(&bytes, target, sizeof target);
    if (!span_ok(&bytes))
        return WIRE_MALFORMED;
    if (arp.operation != ARP_REQUEST && arp.operation != ARP_REPLY)
        return WIRE_UNSUPPORTED;

    arp.sender = ip_from_bytes(IP_V4, sender);
    arp.target = ip_from_bytes(IP_V4, target);
    *ret = arp;
    return WIRE_OK;
}

/* The Internet checksum, RFC 1071. */
#include "wire.h"

uint32_t checksum_add(uint32_t sum, struct span bytes)
{
    size_t i;

    for (i = 0; i + 1 < bytes.length; i += 2)
        sum += (uint32_t)(bytes.data[i] << 8 | bytes.data[i + 1]);
    if (i < bytes.length)
        sum += (uint32_t)(bytes.data[i] << 8);
    return (sum & 0xffff) + (sum >> 16);
}

/* RFC 768 and RFC 8200 8.1. */
uint32_t checksum_pseudo_header(const struct ip_fields *ip, size_t length)
{
    uint8_t tail[8] = {[2] = (uint8_t)(length >> 8), [3] = (uint8_t)length, [7] = ip->protocol};
    uint32_t sum = checksum_add(0, span_of(ip->source.bytes, ip_size(ip->source.family)));

    sum = checksum_add(sum, span_of(ip->destination.bytes, ip_size(ip->destination.family)));
    return checksum_add(sum, span_of(tail, sizeof tail));
}

uint16_t checksum_finish(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

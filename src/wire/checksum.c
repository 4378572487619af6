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

uint16_t checksum_finish(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

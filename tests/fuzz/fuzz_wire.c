/* libFuzzer: any bytes as a frame, whole and cut off by the capture, and, since a fuzzer seldom guesses a
 * checksum, as what follows one. */
#include "sane.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_neighbour(struct span body, bool advertisement)
{
    struct neighbour_fields neighbour;

    if (nd_decode_neighbour(body, advertisement, &neighbour) != WIRE_OK)
        return;
    require(neighbour.target.family == IP_V6 && !ip_is_multicast(neighbour.target));
    require(neighbour.has_link_address || mac_is_zero(neighbour.link_address));
}

/* As a message whose checksum nobody can verify: cut off by the capture. */
static void fuzz_icmp(struct span message, struct ip_addr address, uint8_t protocol)
{
    struct frame frame = {
        .ethertype = address.family == IP_V4 ? 0x0800 : 0x86dd,
        .length = UINT32_MAX,
        .has_ip = true,
        .ip = {.source = address,
               .destination = address,
               .protocol = protocol,
               .ttl = 255,
               .has_id = address.family == IP_V4},
    };
    if (icmp_decode(message, false, &frame) == WIRE_OK)
        require(frame_is_sane(&frame, UINT32_MAX));
}

static void fuzz_router(struct span body, bool advertisement)
{
    struct router_fields router;

    if (nd_decode_router(body, advertisement, &router) == WIRE_OK)
        require(advertisement || (!router.managed && !router.autonomous));
}

static void fuzz_dhcp(struct span message, bool cut_off)
{
    struct dhcp_fields dhcp;

    if (dhcp_decode(message, cut_off, &dhcp) == WIRE_OK)
        require(dhcp_fields_are_sane(&dhcp) && !dhcp.checksum_bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8};
    enum wire_result result;

    if (size > 65535)
        return -1;
    require(decodes_sanely(data, size, (uint32_t)size, &result));
    require(decodes_sanely(data, size, (uint32_t)size + 100, &result));
    fuzz_neighbour(span_of(data, size), false);
    fuzz_neighbour(span_of(data, size), true);
    fuzz_router(span_of(data, size), false);
    fuzz_router(span_of(data, size), true);
    fuzz_dhcp(span_of(data, size), false);
    fuzz_dhcp(span_of(data, size), true);
    fuzz_icmp(span_of(data, size), ip_from_bytes(IP_V4, address), PROTOCOL_ICMP);
    fuzz_icmp(span_of(data, size), ip_from_bytes(IP_V6, address), PROTOCOL_ICMPV6);
    return 0;
}

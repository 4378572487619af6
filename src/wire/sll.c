/* Cooked captures of Linux, as of `tcpdump -i any`: https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
 * and …_SLL2.html. */
#include "wire.h"
#include "hash.h"

enum { ARPHRD_ETHERNET = 1, MAC_SIZE = 6, ADDRESS_FIELD_SIZE = 8 };
enum packet_type { TO_US, BROADCAST, MULTICAST, TO_OTHERS, SENT_BY_US };

struct cooked_header {
    uint16_t packet_type, hardware, address_length, protocol;
    uint32_t ifindex;
    uint8_t address[ADDRESS_FIELD_SIZE];
};

static void read_version_1(struct span *bytes, struct cooked_header *ret)
{
    ret->packet_type = span_be16(bytes);
    ret->hardware = span_be16(bytes);
    ret->address_length = span_be16(bytes);
    span_copy(bytes, ret->address, sizeof ret->address);
    ret->protocol = span_be16(bytes);
}

static void read_version_2(struct span *bytes, struct cooked_header *ret)
{
    ret->protocol = span_be16(bytes);
    span_skip(bytes, 2);
    ret->ifindex = span_be32(bytes);
    ret->hardware = span_be16(bytes);
    ret->packet_type = span_u8(bytes);
    ret->address_length = span_u8(bytes);
    span_copy(bytes, ret->address, sizeof ret->address);
}

enum wire_result wire_decode_cooked(struct span bytes, uint32_t wire_length, unsigned version,
                                    struct frame *ret_frame, struct cooked *ret_cooked)
{
    struct frame frame = {.length = wire_length, .kind = FRAME_OTHER};
    struct cooked_header header = {0};
    bool cut_off = bytes.length < wire_length;

    if (version == 1)
        read_version_1(&bytes, &header);
    else
        read_version_2(&bytes, &header);
    if (!span_ok(&bytes))
        return WIRE_MALFORMED;
    if (header.hardware != ARPHRD_ETHERNET || header.address_length != MAC_SIZE ||
        header.packet_type > SENT_BY_US)
        return WIRE_UNSUPPORTED;

    memcpy(frame.source.bytes, header.address, MAC_SIZE);
    struct span whole = bytes;
    enum wire_result result = eth_decode_tags(&bytes, header.protocol, &frame);
    if (result == WIRE_OK)
        result = eth_decode_payload(bytes, cut_off, &frame);
    if (result != WIRE_OK)
        return result;
    frame.digest = hash_bytes(whole.data, whole.length - frame.padding);
    *ret_frame = frame;
    *ret_cooked = (struct cooked){
        .ifindex = header.ifindex,
        .direction = header.packet_type == SENT_BY_US ? DIRECTION_OUT : DIRECTION_IN,
        .group = header.packet_type == BROADCAST || header.packet_type == MULTICAST,
    };
    return WIRE_OK;
}

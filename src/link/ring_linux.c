#include "ring_linux.h"
#include "wire.h"

enum { ADDRESSES_SIZE = 12 }; /* destination and source, in front of the tag */

/* IEEE 802.1Q 9.3: a tag is its TPID and its control information, behind the addresses. */
static uint8_t *put_tag_back(uint8_t *frame, const struct tpacket2_hdr *header)
{
    uint16_t tpid =
        header->tp_status & TP_STATUS_VLAN_TPID_VALID ? header->tp_vlan_tpid : (uint16_t)ETHERTYPE_8021Q;
    uint16_t control = header->tp_vlan_tci;
    uint8_t tag[SLOT_TAG_SIZE] = {(uint8_t)(tpid >> 8), (uint8_t)tpid, (uint8_t)(control >> 8),
                                  (uint8_t)control};

    memmove(frame - sizeof tag, frame, ADDRESSES_SIZE);
    memcpy(frame - sizeof tag + ADDRESSES_SIZE, tag, sizeof tag);
    return frame - sizeof tag;
}

static const struct sockaddr_ll *address_of(const void *slot)
{
    return (const void *)((const char *)slot + TPACKET_ALIGN(sizeof(struct tpacket2_hdr)));
}

int ring_slot_ifindex(const void *slot)
{
    return address_of(slot)->sll_ifindex;
}

bool ring_slot_read(void *slot, struct captured *ret_captured)
{
    const struct tpacket2_hdr *header = slot;
    const struct sockaddr_ll *address = address_of(slot);
    uint8_t *frame = (uint8_t *)slot + header->tp_mac;
    size_t length = header->tp_snaplen;
    uint32_t wire_length = header->tp_len;

    if (header->tp_mac < TPACKET2_HDRLEN + SLOT_TAG_SIZE || header->tp_mac + length > SLOT_SIZE ||
        wire_length < length || address->sll_pkttype == PACKET_OUTGOING)
        return false;
    if (header->tp_status & TP_STATUS_VLAN_VALID && length >= ADDRESSES_SIZE) {
        frame = put_tag_back(frame, header);
        length += SLOT_TAG_SIZE;
        wire_length += SLOT_TAG_SIZE;
    }
    *ret_captured = (struct captured){
        .ifindex = address->sll_ifindex,
        .time_us = (uint64_t)header->tp_sec * 1000000 + header->tp_nsec / 1000,
        .bytes = span_of(frame, length),
        .wire_length = wire_length,
    };
    return true;
}

/* A frame of a packet socket: its tag is put back, and control messages tell its time and direction. */
#include "message_linux.h"
#include "wire.h"

#include <string.h>

enum { ADDRESSES_SIZE = 12 }; /* destination and source, in front of the tag */

void message_prepare(struct message *message, struct msghdr *header)
{
    message->place = (struct iovec){.iov_base = message->bytes + MESSAGE_TAG_SIZE, .iov_len = SNAPLEN};
    *header = (struct msghdr){.msg_name = &message->from,
                              .msg_namelen = sizeof message->from,
                              .msg_iov = &message->place,
                              .msg_iovlen = 1,
                              .msg_control = message->control,
                              .msg_controllen = sizeof message->control};
}

/* IEEE 802.1Q 9.3: a tag is its TPID and its control information, behind the addresses. */
static uint8_t *put_tag_back(uint8_t *frame, const struct tpacket_auxdata *beside)
{
    uint16_t tpid =
        beside->tp_status & TP_STATUS_VLAN_TPID_VALID ? beside->tp_vlan_tpid : (uint16_t)ETHERTYPE_8021Q;
    uint16_t control = beside->tp_vlan_tci;
    uint8_t tag[MESSAGE_TAG_SIZE] = {(uint8_t)(tpid >> 8), (uint8_t)tpid, (uint8_t)(control >> 8),
                                     (uint8_t)control};

    memmove(frame - sizeof tag, frame, ADDRESSES_SIZE);
    memcpy(frame - sizeof tag + ADDRESSES_SIZE, tag, sizeof tag);
    return frame - sizeof tag;
}

static bool read_control(struct msghdr *header, struct tpacket_auxdata *ret_beside, struct timespec *ret_time)
{
    bool has_beside = false, has_time = false;

    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level == SOL_PACKET && item->cmsg_type == PACKET_AUXDATA &&
            item->cmsg_len >= CMSG_LEN(sizeof *ret_beside)) {
            memcpy(ret_beside, CMSG_DATA(item), sizeof *ret_beside);
            has_beside = true;
        } else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS &&
                   item->cmsg_len >= CMSG_LEN(sizeof *ret_time)) {
            memcpy(ret_time, CMSG_DATA(item), sizeof *ret_time);
            has_time = true;
        }
    }
    return has_beside && has_time;
}

bool message_read(struct message *message, struct msghdr *header, size_t length, enum direction direction,
                  struct captured *ret_captured)
{
    struct tpacket_auxdata beside;
    struct timespec time;
    uint8_t *frame = message->bytes + MESSAGE_TAG_SIZE;

    if ((message->from.sll_pkttype == PACKET_OUTGOING) != (direction == DIRECTION_OUT) || length > SNAPLEN ||
        !read_control(header, &beside, &time) || beside.tp_len < length)
        return false;
    uint32_t wire_length = beside.tp_len;
    if (beside.tp_status & TP_STATUS_VLAN_VALID && length >= ADDRESSES_SIZE) {
        frame = put_tag_back(frame, &beside);
        length += MESSAGE_TAG_SIZE;
        wire_length += MESSAGE_TAG_SIZE;
    }
    *ret_captured = (struct captured){
        .ifindex = message->from.sll_ifindex,
        .direction = direction,
        .time_us = (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000,
        .bytes = span_of(frame, length),
        .wire_length = wire_length,
    };
    return true;
}

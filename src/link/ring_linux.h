/* One slot of the ring that the kernel fills (TPACKET_V2, packet(7)). Pure. */
#ifndef VMNETCHECK_RING_LINUX_H
#define VMNETCHECK_RING_LINUX_H

#include "capture.h"
#include "link.h"

#include <linux/if_packet.h>

enum {
    SLOT_TAG_SIZE = 4, /* room in front of the frame, for a tag: PACKET_RESERVE */
    /* header, address, the kernel's alignment of the network header */
    SLOT_SIZE = TPACKET_ALIGN(TPACKET2_HDRLEN + 16 + SLOT_TAG_SIZE + SNAPLEN),
};

/* The interface that the frame in a slot, which the kernel has filled, came in by. */
int ring_slot_ifindex(const void *slot);
/* Reads a slot that the kernel has filled. The 802.1Q or 802.1ad tag, which the kernel takes out of the
 * frame, is put back: *ret_captured points into the slot, which is changed. False for a frame that is not
 * received but sent, and for a slot that contradicts itself. */
bool ring_slot_read(void *slot, struct captured *ret_captured);

#endif

/* One frame as a packet socket hands it out (packet(7)), and what the kernel says beside it. Pure. */
#ifndef VMNETCHECK_MESSAGE_LINUX_H
#define VMNETCHECK_MESSAGE_LINUX_H

#include "capture_filter.h"
#include "link.h"

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

enum { MESSAGE_TAG_SIZE = 4 }; /* room in front of the frame, for the tag that the kernel takes out */

struct message {
    struct sockaddr_ll from;
    struct iovec place;
    _Alignas(struct cmsghdr)
        uint8_t control[CMSG_SPACE(sizeof(struct tpacket_auxdata)) + CMSG_SPACE(sizeof(struct timespec))];
    uint8_t bytes[MESSAGE_TAG_SIZE + SNAPLEN];
};

/* Makes *header ready for recvmsg(2) and recvmmsg(2) into *message. */
void message_prepare(struct message *message, struct msghdr *header);
/* Reads what was received: `length` bytes. The 802.1Q or 802.1ad tag, which the kernel takes out of the
 * frame, is put back: *ret_captured points into *message, which is changed. False for a frame that went the
 * other way, and without what the kernel says beside it. */
bool message_read(struct message *message, struct msghdr *header, size_t length, enum direction direction,
                  struct captured *ret_captured);

#endif

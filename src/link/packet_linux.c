/* A packet socket (packet(7)), of one interface or of all, read many frames a call. Not a ring, as libpcap
 * has one: to set it up the kernel waits for an RCU grace period, which is 3 to 20 ms before the first frame
 * can go out, and the ring saves nothing that could be measured. */
#include "capture_filter.h"
#include "link.h"
#include "message_linux.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH = 64,           /* frames by one system call: more of them gain nothing that can be measured */
    BATCHES_AT_ONCE = 16, /* the queue of a tap holds 1000 frames; then the others have their turn */
};

struct packet_link {
    int descriptor;
    const struct link_means *means;
    enum direction direction; /* that is heard */
    struct message messages[BATCH];
    struct mmsghdr headers[BATCH];
    int count, next;                                                /* of the last batch */
    bool (*wanted)(void *context, const struct captured *captured); /* NULL: all */
    void *wanted_context;
    uint64_t lost;
};

static int receive_batch(struct packet_link *link)
{
    for (int i = 0; i < BATCH; i++)
        message_prepare(&link->messages[i], &link->headers[i].msg_hdr);
    link->next = 0;
    link->count = recvmmsg(link->descriptor, link->headers, BATCH, MSG_DONTWAIT, NULL);
    if (link->count >= 0)
        return link->count;
    link->count = 0;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static bool is_wanted(const struct packet_link *link, const struct captured *captured)
{
    return link->wanted == NULL || link->wanted(link->wanted_context, captured);
}

/* However much comes in that nobody wants, it returns; and says that nothing is there only when all that was
 * taken from the socket was looked at, because the socket does not show it any more. */
static int packet_link_receive(void *context, struct captured *ret_captured)
{
    struct packet_link *link = context;
    int batches = 0;

    for (;;) {
        if (link->next == link->count) {
            int got = batches++ < BATCHES_AT_ONCE ? receive_batch(link) : 0;
            if (got <= 0)
                return got;
        }
        struct mmsghdr *header = &link->headers[link->next];
        struct message *message = &link->messages[link->next++];
        if (message_read(message, &header->msg_hdr, header->msg_len, link->direction, ret_captured) &&
            is_wanted(link, ret_captured))
            return 1;
    }
}

static bool packet_link_pending(void *context)
{
    const struct packet_link *link = context;
    return link->next < link->count;
}

/* One frame a call: sendmmsg(2) saved nothing that could be measured, and says less of a failure. */
static int packet_link_send(void *context, int ifindex, const uint8_t *frame, size_t length)
{
    const struct packet_link *link = context;
    const struct sockaddr *to = link->means->address(link->means->context, ifindex);
    if (to == NULL)
        return -EACCES;
    ssize_t sent = sendto(link->descriptor, frame, length, MSG_DONTWAIT, to, sizeof(struct sockaddr_ll));

    if (sent < 0)
        return -errno;
    return (size_t)sent == length ? 0 : -EIO;
}

/* The kernel's count starts anew with each look at it. */
static uint64_t packet_link_lost(void *context)
{
    struct packet_link *link = context;
    struct tpacket_stats stats;
    socklen_t size = sizeof stats;

    if (getsockopt(link->descriptor, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
        link->lost += stats.tp_drops;
    return link->lost;
}

static int packet_link_descriptor(void *context)
{
    const struct packet_link *link = context;
    return link->descriptor;
}

static void packet_link_close(void *context)
{
    struct packet_link *link = context;

    close(link->descriptor);
    free(link);
}

static const struct link_operations PACKET_LINK = {
    .receive = packet_link_receive,
    .pending = packet_link_pending,
    .send = packet_link_send,
    .lost = packet_link_lost,
    .descriptor = packet_link_descriptor,
    .close = packet_link_close,
};

int link_open_packet(const struct link_means *means, int ifindex, enum capture what,
                     bool (*wanted)(void *context, const struct captured *captured), void *context,
                     struct link **ret_link, char **ret_error)
{
    int descriptor = means->open(means->context, ifindex, what, ret_error);

    if (descriptor < 0)
        return descriptor;
    struct packet_link *link = memory_new(1, sizeof *link);
    link->descriptor = descriptor;
    link->means = means;
    link->direction = what == CAPTURES_IN ? DIRECTION_IN : DIRECTION_OUT;
    link->wanted = wanted;
    link->wanted_context = context;
    *ret_link = link_new(&PACKET_LINK, link);
    return 0;
}

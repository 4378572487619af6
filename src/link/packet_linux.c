/* All interfaces at once: one packet socket that is bound to none of them (packet(7)), read many frames a
 * call. Not a ring: to set one up the kernel waits for an RCU grace period, which is 3 to 20 ms before the
 * first frame can go out, and the ring saves nothing that could be measured. */
#include "capture.h"
#include "link.h"
#include "message_linux.h"
#include "sockets.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH = 64,
    BATCHES_AT_ONCE = 16,
    BUFFER_SIZE =
        16 << 20, /* some 20,000 small frames as the kernel counts them: what 100,000 a second are in 0.2 s */
};

struct packet_link {
    int descriptor;
    enum direction direction; /* that is heard */
    struct message messages[BATCH];
    struct mmsghdr headers[BATCH];
    int count, next; /* of the last batch */
    bool (*wanted)(void *context, int ifindex);
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
        if (link->wanted(link->wanted_context, message->from.sll_ifindex) &&
            message_read(message, &header->msg_hdr, header->msg_len, link->direction, ret_captured))
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
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
    ssize_t sent =
        sendto(link->descriptor, frame, length, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to);

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

    if (link->descriptor >= 0)
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

static bool set(const struct packet_link *link, int level, int option, int value)
{
    return setsockopt(link->descriptor, level, option, &value, sizeof value) == 0;
}

/* What the kernel says beside a frame; and room for many, as far as it is granted. */
static bool set_options(const struct packet_link *link)
{
    if (!set(link, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_SIZE))
        (void)set(link, SOL_SOCKET, SO_RCVBUF, BUFFER_SIZE);
    return set(link, SOL_PACKET, PACKET_AUXDATA, 1) && set(link, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

/* The kernel has taken the outer tag out of a frame when it looks at the filter, so one more fits than the
 * filter's words say. libpcap's instructions have the layout of the kernel's. */
static bool set_filter(const struct packet_link *link)
{
    _Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "one BPF");
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
    struct bpf_program program;
    bool done = false;

    if (pcap == NULL)
        return false;
    if (pcap_compile(pcap, &program, link->direction == DIRECTION_OUT ? FILTER_OUT : FILTER, 1,
                     PCAP_NETMASK_UNKNOWN) == 0) {
        struct sock_fprog filter = {.len = (unsigned short)program.bf_len,
                                    .filter = (struct sock_filter *)program.bf_insns};
        done = setsockopt(link->descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
        pcap_freecode(&program);
    }
    pcap_close(pcap);
    return done;
}

/* Nothing is taken in before the filter is there. */
static bool listen_everywhere(const struct packet_link *link)
{
    struct sockaddr_ll everywhere = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};

    return bind(link->descriptor, (const struct sockaddr *)&everywhere, sizeof everywhere) == 0;
}

int link_open_packet(enum direction direction, bool (*wanted)(void *context, int ifindex), void *context,
                     struct link **ret_link, char **ret_error)
{
    struct packet_link *link = memory_new(1, sizeof *link);
    const char *step = "packet socket";

    link->direction = direction;
    link->wanted = wanted;
    link->wanted_context = context;
    link->descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (link->descriptor < 0)
        goto fail;
    if (direction == DIRECTION_IN)
        socket_ignore_outgoing(link->descriptor);
    step = "options of a packet socket";
    if (!set_options(link))
        goto fail;
    step = "filter of a packet socket";
    if (!set_filter(link))
        goto fail;
    step = "listening on all interfaces";
    if (!listen_everywhere(link))
        goto fail;
    *ret_link = link_new(&PACKET_LINK, link);
    return 0;
fail:;
    int error = errno != 0 ? errno : EIO;
    *ret_error = text_format("%s: %s", step, strerror(error));
    packet_link_close(link);
    return -error;
}

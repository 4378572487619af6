/* All interfaces at once: one packet socket that is bound to none of them, and a ring that the kernel fills
 * (packet(7)). TPACKET_V2, not V3: V3 hands out blocks, and a frame in one that is not full yet waits for a
 * time-out. */
#include "link.h"
#include "capture.h"
#include "ring_linux.h"
#include "sockets.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BLOCK_SIZE = 1 << 16,
    BLOCK_COUNT = 96, /* 6 MiB, some 10,000 frames: what 100,000 a second are in 0.1 s */
    SLOTS_PER_BLOCK = BLOCK_SIZE / SLOT_SIZE,
    SLOT_COUNT = BLOCK_COUNT * SLOTS_PER_BLOCK,
};

struct packet_link {
    int descriptor;
    uint8_t *ring;
    unsigned next; /* the slot that the kernel fills next, or has filled */
    bool lent;     /* it was handed out: the caller may still look at it */
    bool (*wanted)(void *context, int ifindex);
    void *wanted_context;
    uint64_t lost;
};

static void *slot_at(const struct packet_link *link, unsigned number)
{
    return link->ring + (size_t)(number / SLOTS_PER_BLOCK) * BLOCK_SIZE +
           (size_t)(number % SLOTS_PER_BLOCK) * SLOT_SIZE;
}

/* Gives the slot back to the kernel. */
static void advance(struct packet_link *link)
{
    struct tpacket2_hdr *header = slot_at(link, link->next);

    __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    link->next = (link->next + 1) % SLOT_COUNT;
}

static int packet_link_receive(void *context, struct captured *ret_captured)
{
    struct packet_link *link = context;

    if (link->lent)
        advance(link);
    link->lent = false;
    for (;;) {
        struct tpacket2_hdr *header = slot_at(link, link->next);
        if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
            return 0;
        if (link->wanted(link->wanted_context, ring_slot_ifindex(header)) &&
            ring_slot_read(header, ret_captured))
            break;
        advance(link);
    }
    link->lent = true;
    return 1;
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

    if (link->ring != NULL)
        munmap(link->ring, (size_t)BLOCK_COUNT * BLOCK_SIZE);
    if (link->descriptor >= 0)
        close(link->descriptor);
    free(link);
}

static const struct link_operations PACKET_LINK = {
    .receive = packet_link_receive,
    .send = packet_link_send,
    .lost = packet_link_lost,
    .descriptor = packet_link_descriptor,
    .close = packet_link_close,
};

static bool set(const struct packet_link *link, int option, const void *value, socklen_t size)
{
    return setsockopt(link->descriptor, SOL_PACKET, option, value, size) == 0;
}

static bool make_ring(struct packet_link *link)
{
    int version = TPACKET_V2, reserve = SLOT_TAG_SIZE;
    struct tpacket_req request = {.tp_block_size = BLOCK_SIZE,
                                  .tp_block_nr = BLOCK_COUNT,
                                  .tp_frame_size = SLOT_SIZE,
                                  .tp_frame_nr = SLOT_COUNT};

    if (!set(link, PACKET_VERSION, &version, sizeof version) ||
        !set(link, PACKET_RESERVE, &reserve, sizeof reserve) ||
        !set(link, PACKET_RX_RING, &request, sizeof request))
        return false;
    void *ring =
        mmap(NULL, (size_t)BLOCK_COUNT * BLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, link->descriptor, 0);
    if (ring == MAP_FAILED)
        return false;
    link->ring = ring;
    return true;
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
    if (pcap_compile(pcap, &program, FILTER, 1, PCAP_NETMASK_UNKNOWN) == 0) {
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

int link_open_packet(bool (*wanted)(void *context, int ifindex), void *context, struct link **ret_link,
                     char **ret_error)
{
    struct packet_link *link = memory_new(1, sizeof *link);
    const char *step = "packet socket";

    link->wanted = wanted;
    link->wanted_context = context;
    link->descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (link->descriptor < 0)
        goto fail;
    socket_ignore_outgoing(link->descriptor);
    step = "ring of a packet socket";
    if (!make_ring(link))
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

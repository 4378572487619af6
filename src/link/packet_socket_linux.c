/* Packet sockets: what it takes rights to open. */
#include "packet_socket.h"

#include "capture_filter.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* Some 20,000 small frames as the kernel counts them: what 100,000 a second are in 0.2 s. */
    BUFFER_SIZE = 16 << 20,
};

static bool set(int descriptor, int level, int option, int value)
{
    return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

/* What the kernel says beside a frame; and room for many, as far as it is granted. */
static bool set_options(int descriptor, enum capture what)
{
    if (what == CAPTURES_IN) /* otherwise they are passed over later */
        (void)set(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);

    if (!set(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_SIZE))
        (void)set(descriptor, SOL_SOCKET, SO_RCVBUF, BUFFER_SIZE);
    return set(descriptor, SOL_PACKET, PACKET_AUXDATA, 1) && set(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

/* The kernel has taken the outer tag out of a frame when it looks at the filter, so one more fits than the
 * filter's words say. libpcap's instructions have the layout of the kernel's. */
static bool set_filter(int descriptor, enum capture what)
{
    static const char *const filters[] = {FILTER, FILTER_OUT, FILTER_OUT_ASKED};
    _Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "one BPF");
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
    struct bpf_program program;
    bool done = false;

    if (pcap == NULL)
        return false;
    if (pcap_compile(pcap, &program, filters[what], 1, PCAP_NETMASK_UNKNOWN) == 0) {
        struct sock_fprog filter = {.len = (unsigned short)program.bf_len,
                                    .filter = (struct sock_filter *)program.bf_insns};
        done = setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
        pcap_freecode(&program);
    }
    pcap_close(pcap);
    return done;
}

/* Nothing is taken in before the filter is there. */
static bool listen_at(int descriptor, int ifindex)
{
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};

    return bind(descriptor, (const struct sockaddr *)&at, sizeof at) == 0;
}

int packet_socket_open(int ifindex, enum capture what, char **ret_error)
{
    const char *step = "packet socket";
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    if (descriptor < 0)
        goto fail;
    step = "options of a packet socket";
    if (!set_options(descriptor, what))
        goto fail;
    step = "filter of a packet socket";
    if (!set_filter(descriptor, what))
        goto fail;
    step = "listening by a packet socket";
    if (!listen_at(descriptor, ifindex))
        goto fail;
    return descriptor;
fail:;
    int error = errno != 0 ? errno : EIO;
    *ret_error = text_format("%s: %s", step, strerror(error));
    if (descriptor >= 0)
        close(descriptor);
    return -error;
}

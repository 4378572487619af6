/* One interface, by libpcap. */
#include "link.h"
#include "capture.h"
#include "sockets.h"
#include "text.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

enum { BUFFER_SIZE = 1 << 20, TIMEOUT_MS = 1 };

struct pcap_link {
    int ifindex;
    pcap_t *pcap;
};

static int pcap_link_receive(void *context, struct captured *ret_captured)
{
    struct pcap_link *link = context;
    struct pcap_pkthdr *header;
    const uint8_t *bytes;
    int got = pcap_next_ex(link->pcap, &header, &bytes);

    if (got == 0)
        return 0;
    if (got < 0)
        return -ENETDOWN;
    *ret_captured = (struct captured){
        .ifindex = link->ifindex,
        .direction = DIRECTION_IN,
        .time_us = (uint64_t)header->ts.tv_sec * 1000000 + (uint64_t)header->ts.tv_usec,
        .bytes = span_of(bytes, header->caplen),
        .wire_length = header->len,
    };
    return 1;
}

static int pcap_link_send(void *context, int ifindex, const uint8_t *frame, size_t length)
{
    struct pcap_link *link = context;

    (void)ifindex; /* there is only one */
    errno = 0;
    if (pcap_inject(link->pcap, frame, length) == (int)length)
        return 0;
    return errno != 0 ? -errno : -EIO;
}

static uint64_t pcap_link_lost(void *context)
{
    struct pcap_link *link = context;
    struct pcap_stat stats;

    return pcap_stats(link->pcap, &stats) == 0 ? stats.ps_drop : 0;
}

static int pcap_link_descriptor(void *context)
{
    struct pcap_link *link = context;
    return pcap_get_selectable_fd(link->pcap);
}

static void pcap_link_close(void *context)
{
    struct pcap_link *link = context;

    if (link->pcap != NULL)
        pcap_close(link->pcap);
    free(link);
}

static const struct link_operations PCAP_LINK = {
    .receive = pcap_link_receive,
    .send = pcap_link_send,
    .lost = pcap_link_lost,
    .descriptor = pcap_link_descriptor,
    .close = pcap_link_close,
};

static int error_of(int status)
{
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return -EPERM;
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return -ENODEV;
    case PCAP_ERROR_IFACE_NOT_UP:
        return -ENETDOWN;
    default:
        return -EIO;
    }
}

static int set_filter(pcap_t *pcap)
{
    struct bpf_program program;

    if (pcap_compile(pcap, &program, FILTER, 1, PCAP_NETMASK_UNKNOWN) < 0)
        return PCAP_ERROR;
    int status = pcap_setfilter(pcap, &program);
    pcap_freecode(&program);
    return status;
}

/* Immediate mode: without it a reply waits for the whole read time-out. Not promiscuous: what comes from the
 * guest comes in whatever its destination, and the mode would be left in the host's logs. */
static int open_capture(struct pcap_link *link, const char *interface, char **ret_error)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    int status;

    link->pcap = pcap_create(interface, error);
    if (link->pcap == NULL) {
        *ret_error = text_format("capture on %s: %s", interface, error);
        return -EIO;
    }
    pcap_set_snaplen(link->pcap, SNAPLEN);
    pcap_set_buffer_size(link->pcap, BUFFER_SIZE);
    pcap_set_timeout(link->pcap, TIMEOUT_MS);
    pcap_set_immediate_mode(link->pcap, 1);
    status = pcap_activate(link->pcap);
    if (status >= 0 && pcap_datalink(link->pcap) != DLT_EN10MB) {
        *ret_error = text_format("capture on %s: its frames have no Ethernet header", interface);
        return -EPROTONOSUPPORT;
    }
    if (status >= 0)
        socket_ignore_outgoing(pcap_fileno(link->pcap));
    if (status >= 0)
        status = set_filter(link->pcap);
    if (status >= 0)
        status = pcap_setdirection(link->pcap, PCAP_D_IN);
    if (status >= 0)
        status = pcap_setnonblock(link->pcap, 1, error);
    if (status >= 0)
        return 0;
    *ret_error = text_format("capture on %s: %s", interface, pcap_geterr(link->pcap));
    return error_of(status);
}

int link_open_pcap(const char *interface, int ifindex, struct link **ret_link, char **ret_error)
{
    struct pcap_link *link = memory_new(1, sizeof *link);
    int error = open_capture(link, interface, ret_error);

    link->ifindex = ifindex;
    if (error < 0) {
        pcap_link_close(link);
        return error;
    }
    *ret_link = link_new(&PCAP_LINK, link);
    return 0;
}

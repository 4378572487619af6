/* Capture files by libpcap, and the link types that can be read. */
#include "replay.h"
#include "pcapng.h"
#include "text.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

struct replay {
    pcap_t *pcap;
    struct pcapng *pcapng;
    enum recorded_as as;
    bool stopped;
};

static bool find_link_type(int link_type, enum recorded_as *ret)
{
    static const struct {
        int link_type;
        enum recorded_as as;
    } known[] = {
        {DLT_EN10MB, RECORDED_ETHERNET},
        {DLT_LINUX_SLL, RECORDED_COOKED_1},
        {DLT_LINUX_SLL2, RECORDED_COOKED_2},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].link_type == link_type) {
            *ret = known[i].as;
            return true;
        }
    return false;
}

/* Why it cannot be read; NULL: it can. The caller frees it. */
static char *open_capture(struct replay *replay, FILE *file, int stop)
{
    char error[PCAP_ERRBUF_SIZE] = "";

    file = pcapng_follow(file, stop, &replay->stopped, &replay->pcapng);
    if (file == NULL)
        return text_format("%s", strerror(ENOMEM));
    replay->pcap = pcap_fopen_offline(file, error);
    if (replay->pcap == NULL) {
        fclose(file); /* libpcap leaves it open then */
        return text_format("%s", replay->stopped ? "interrupted" : error);
    }
    int link_type = pcap_datalink(replay->pcap);
    if (find_link_type(link_type, &replay->as))
        return NULL;
    const char *name = pcap_datalink_val_to_name(link_type);
    return text_format("unsupported link type %d%s%s%s: only captures of Ethernet can be read", link_type,
                       name != NULL ? " (" : "", name != NULL ? name : "", name != NULL ? ")" : "");
}

bool replay_open(FILE *file, int stop, struct replay **ret_replay, char **ret_error)
{
    struct replay *replay = memory_new(1, sizeof *replay);

    *ret_error = open_capture(replay, file, stop);
    if (*ret_error != NULL)
        replay_close(replay);
    else
        *ret_replay = replay;
    return *ret_error == NULL;
}

/* Stamps before 1970 or behind any date are nonsense, but may be in a file. */
static uint64_t microseconds(const struct timeval *stamp)
{
    uint64_t fraction = stamp->tv_usec > 0 && stamp->tv_usec < 1000000 ? (uint64_t)stamp->tv_usec : 0;

    return stamp->tv_sec > 0 ? ((uint64_t)stamp->tv_sec & UINT32_MAX) * 1000000 + fraction : fraction;
}

bool replay_next(struct replay *replay, struct recorded_frame *ret_frame, char **ret_error)
{
    struct pcap_pkthdr *header;
    const uint8_t *bytes;
    int got = pcap_next_ex(replay->pcap, &header, &bytes);

    *ret_error = NULL;
    if (got == 1) {
        struct pcapng_frame frame = pcapng_next(replay->pcapng);
        *ret_frame = (struct recorded_frame){
            .as = replay->as,
            .interface = frame.interface,
            .direction = frame.direction,
            .time_us = microseconds(&header->ts),
            .bytes = span_of(bytes, header->caplen),
            .wire_length = header->len > header->caplen ? header->len : header->caplen,
        };
        return true;
    }
    if (got != PCAP_ERROR_BREAK) /* the end of the file */
        *ret_error = text_format("%s", pcap_geterr(replay->pcap));
    return false;
}

uint64_t replay_lost(const struct replay *replay)
{
    return pcapng_lost(replay->pcapng);
}

bool replay_was_stopped(const struct replay *replay)
{
    return replay->stopped;
}

uint64_t replay_ended_us(const struct replay *replay)
{
    return pcapng_ended_us(replay->pcapng);
}

void replay_close(struct replay *replay)
{
    if (replay == NULL)
        return;
    if (replay->pcap != NULL)
        pcap_close(replay->pcap);
    free(replay);
}

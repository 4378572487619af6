#include "evidence.h"
#include "text.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SNAPLEN_MAX = 65535 };

struct evidence {
    char *path;
    pcap_t *pcap; /* of no capture: what pcap_dump needs to know the link type */
    pcap_dumper_t *dumper;
    int error; /* the first errno; nothing is written after it */
};

int evidence_open(const char *path, struct evidence **ret_evidence, char **ret_error)
{
    struct evidence *evidence = memory_new(1, sizeof *evidence);
    FILE *file = fopen(path, "we");
    int error = errno;

    if (file == NULL) {
        *ret_error = text_format("%s: %s", path, strerror(error));
        free(evidence);
        return -error;
    }
    evidence->path = text_format("%s", path);
    evidence->pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN_MAX);
    evidence->dumper = evidence->pcap != NULL ? pcap_dump_fopen(evidence->pcap, file) : NULL;
    if (evidence->dumper == NULL) {
        *ret_error =
            text_format("%s: %s", path, evidence->pcap ? pcap_geterr(evidence->pcap) : strerror(ENOMEM));
        if (evidence->pcap == NULL)
            fclose(file);
        evidence_close(evidence, &(char *){NULL});
        return -EIO;
    }
    *ret_evidence = evidence;
    return 0;
}

/* stdio does not say what failed while it still has room in its buffer, so each look is at its error flag. */
static void note_error(struct evidence *evidence)
{
    if (evidence->error == 0 && ferror(pcap_dump_file(evidence->dumper)))
        evidence->error = errno != 0 ? errno : EIO;
}

void evidence_close(struct evidence *evidence, char **ret_error)
{
    *ret_error = NULL;
    if (evidence == NULL)
        return;
    if (evidence->dumper != NULL) {
        errno = 0;
        pcap_dump_flush(evidence->dumper);
        note_error(evidence);
        pcap_dump_close(evidence->dumper);
    }
    if (evidence->pcap != NULL)
        pcap_close(evidence->pcap);
    if (evidence->error != 0)
        *ret_error =
            text_format("writing %s: %s; it is incomplete", evidence->path, strerror(evidence->error));
    free(evidence->path);
    free(evidence);
}

static void keep(struct evidence *evidence, uint64_t time_us, struct span bytes, uint32_t wire_length)
{
    struct pcap_pkthdr header = {
        .ts = {.tv_sec = (time_t)(time_us / 1000000), .tv_usec = (suseconds_t)(time_us % 1000000)},
        .caplen = (bpf_u_int32)bytes.length,
        .len = wire_length,
    };

    if (evidence->error != 0)
        return;
    errno = 0;
    pcap_dump((u_char *)evidence->dumper, &header, bytes.data);
    note_error(evidence);
}

/* ---- the link ---- */

struct evidence_link {
    struct link *inner;
    struct evidence *evidence;
};

static int evidence_link_receive(void *context, struct captured *ret_captured)
{
    struct evidence_link *link = context;
    int got = link_receive(link->inner, ret_captured);

    if (got > 0)
        keep(link->evidence, ret_captured->time_us, ret_captured->bytes, ret_captured->wire_length);
    return got;
}

/* The stamp is from before the sending: the answer may be captured before that returns. */
static int evidence_link_send(void *context, int ifindex, const uint8_t *frame, size_t length)
{
    struct evidence_link *link = context;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    int error = link_send(link->inner, ifindex, frame, length);
    if (error == 0)
        keep(link->evidence, (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000,
             span_of(frame, length), (uint32_t)length);
    return error;
}

static uint64_t evidence_link_lost(void *context)
{
    struct evidence_link *link = context;
    return link_lost(link->inner);
}

static int evidence_link_descriptor(void *context)
{
    struct evidence_link *link = context;
    return link_descriptor(link->inner);
}

static void evidence_link_close(void *context)
{
    struct evidence_link *link = context;

    link_close(link->inner);
    free(link);
}

static const struct link_operations EVIDENCE_LINK = {
    .receive = evidence_link_receive,
    .send = evidence_link_send,
    .lost = evidence_link_lost,
    .descriptor = evidence_link_descriptor,
    .close = evidence_link_close,
};

struct link *link_with_evidence(struct link *inner, struct evidence *evidence)
{
    if (evidence == NULL)
        return inner;
    struct evidence_link *link = memory_new(1, sizeof *link);
    *link = (struct evidence_link){.inner = inner, .evidence = evidence};
    return link_new(&EVIDENCE_LINK, link);
}

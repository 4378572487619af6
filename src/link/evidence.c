/* Written as pcapng, in the byte order of the host: it tells interfaces apart, so that a frame which a bridge
 * and its port both see is no copy, and it has the direction. */
#include "evidence.h"
#include "clock.h"
#include "grow.h"
#include "pcapng_blocks.h"
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SNAPLEN_MAX = 65535 };

enum { NOT_DESCRIBED = -1 };

/* Of an interface: its index is one of its network namespace only. */
struct interface_key {
    int netns, ifindex;
};

struct interface {
    struct interface_key key;
    int number; /* in the file; NOT_DESCRIBED: nothing was seen there yet */
    char *name; /* as it was called last; NULL: nobody has said */
};

struct evidence {
    char *path;
    FILE *file;
    bool begun;                   /* with what was in the file before gone */
    uint64_t size, limit;         /* bytes */
    uint32_t count;               /* of frames */
    struct interface *interfaces; /* sorted by key: each frame asks for one */
    size_t interface_count;
    uint32_t described; /* of them, in the file */
    uint64_t lost;      /* by all links that are closed */
    uint64_t left_out;  /* as they would be more than the limit */
    int error;          /* the first errno; nothing is written after it */
};

/* ---- blocks ---- */

static void write_bytes(struct evidence *evidence, const void *bytes, size_t length)
{
    if (evidence->error != 0 || length == 0)
        return;
    errno = 0;
    if (fwrite(bytes, 1, length, evidence->file) != length)
        evidence->error = errno != 0 ? errno : EIO;
    evidence->size += length;
}

static void write_padded(struct evidence *evidence, const void *bytes, size_t length)
{
    write_bytes(evidence, bytes, length);
    write_bytes(evidence, (const uint8_t[4]){0}, pcapng_padded(length) - length);
}

static void write_words(struct evidence *evidence, const uint32_t *words, size_t count)
{
    write_bytes(evidence, words, count * sizeof words[0]);
}

/* An option's head: 16 bits each of code and length. */
static void write_option_head(struct evidence *evidence, uint16_t code, size_t length)
{
    write_bytes(evidence, (const uint16_t[]){code, (uint16_t)length}, 4);
}

static void write_section_header(struct evidence *evidence)
{
    const uint16_t version[] = {1, 0};

    write_words(evidence, (const uint32_t[]){PCAPNG_SECTION_HEADER, 28, PCAPNG_BYTE_ORDER_MAGIC}, 3);
    write_bytes(evidence, version, sizeof version);
    write_words(evidence, (const uint32_t[]){UINT32_MAX, UINT32_MAX, 28}, 3); /* of unknown length */
}

static void write_interface(struct evidence *evidence, const char *name)
{
    size_t length = strlen(name);
    uint32_t total = (uint32_t)(20 + 4 + pcapng_padded(length) + 4);

    write_words(evidence, (const uint32_t[]){PCAPNG_INTERFACE_DESCRIPTION, total}, 2);
    write_bytes(evidence, (const uint16_t[]){DLT_EN10MB, 0}, 4);
    write_words(evidence, (const uint32_t[]){SNAPLEN_MAX}, 1);
    write_option_head(evidence, PCAPNG_INTERFACE_NAME, length);
    write_padded(evidence, name, length);
    write_option_head(evidence, PCAPNG_END, 0);
    write_words(evidence, &total, 1);
}

/* Returns its number, 0 if it is not kept. */
static uint32_t write_packet(struct evidence *evidence, uint32_t interface, enum pcapng_flags flags,
                             uint64_t time_us, struct span bytes, uint32_t wire_length)
{
    uint32_t total = (uint32_t)(32 + pcapng_padded(bytes.length) + 8 + 4);

    if (evidence->left_out > 0 || evidence->size + total > evidence->limit) {
        evidence->left_out++;
        return 0;
    }
    write_words(evidence,
                (const uint32_t[]){PCAPNG_ENHANCED_PACKET, total, interface, (uint32_t)(time_us >> 32),
                                   (uint32_t)time_us, (uint32_t)bytes.length, wire_length},
                7);
    write_padded(evidence, bytes.data, bytes.length);
    write_option_head(evidence, PCAPNG_PACKET_FLAGS, 4);
    write_words(evidence, (const uint32_t[]){flags}, 1);
    write_option_head(evidence, PCAPNG_END, 0);
    write_words(evidence, &total, 1);
    return evidence->error == 0 ? ++evidence->count : 0;
}

static void write_statistics(struct evidence *evidence, uint32_t interface, uint64_t time_us, uint64_t lost)
{
    const uint32_t total = 20 + 12 + 4 + 4;

    write_words(evidence,
                (const uint32_t[]){PCAPNG_INTERFACE_STATISTICS, total, interface, (uint32_t)(time_us >> 32),
                                   (uint32_t)time_us},
                5);
    write_option_head(evidence, PCAPNG_OS_DROPPED, sizeof lost);
    write_bytes(evidence, &lost, sizeof lost);
    write_option_head(evidence, PCAPNG_END, 0);
    write_words(evidence, &total, 1);
}

/* ---- the file ---- */

/* Whether anybody may put something into the folder of a file, as into /tmp. */
static bool is_in_sticky_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? text_format(".") : text_format("%.*s", (int)(slash - path) + 1, path);
    struct stat status;
    bool sticky = stat(folder, &status) == 0 && (status.st_mode & S_ISVTX);

    free(folder);
    return sticky;
}

/* What a guest says is for the user's eyes only; a file or a link that somebody else has put there leads to
 * his, or to a file of ours; and a pipe that nobody reads is waited for by nobody. */
int evidence_create(const char *path)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK;
    bool sticky = is_in_sticky_folder(path);
    int descriptor = open(path, sticky ? flags | O_NOFOLLOW : flags, 0600);
    struct stat status;

    if (descriptor < 0)
        return -errno;
    if (sticky && (fstat(descriptor, &status) < 0 || status.st_uid != geteuid())) {
        close(descriptor);
        return -EACCES;
    }
    return descriptor;
}

int evidence_open(const struct link_means *means, const char *path, uint64_t limit,
                  struct evidence **ret_evidence, char **ret_error)
{
    int descriptor = means->create(means->context, path);

    if (descriptor < 0) {
        *ret_error = text_format("%s: %s", path, strerror(-descriptor));
        return descriptor;
    }
    FILE *file = fdopen(descriptor, "w");
    if (file == NULL) {
        close(descriptor);
        *ret_error = text_format("%s: %s", path, strerror(ENOMEM));
        return -ENOMEM;
    }
    struct evidence *evidence = memory_new(1, sizeof *evidence);
    *evidence = (struct evidence){.path = text_format("%s", path), .file = file, .limit = limit};
    *ret_evidence = evidence;
    return 0;
}

/* What an earlier run has kept there is only given up for something to keep. */
static void begin(struct evidence *evidence)
{
    if (evidence->begun)
        return;
    evidence->begun = true;
    if (ftruncate(fileno(evidence->file), 0) < 0 && errno != EINVAL) /* which is said of a pipe or device */
        evidence->error = errno;
    write_section_header(evidence);
}

/* A new file is a capture, if one of nothing. */
static bool is_new(const struct evidence *evidence)
{
    struct stat status;

    return !evidence->begun && fstat(fileno(evidence->file), &status) == 0 && status.st_size == 0;
}

/* Of several interfaces nobody knows which one's frames were lost: perhaps all of them. */
static void write_all_statistics(struct evidence *evidence)
{
    uint64_t now_us = clock_wall();

    for (uint32_t number = 0; number < evidence->described; number++)
        write_statistics(evidence, number, now_us, evidence->lost + evidence->left_out);
}

/* Why the file is incomplete, or NULL. */
static char *what_went_wrong(const struct evidence *evidence)
{
    if (evidence->error != 0)
        return text_format("writing %s: %s; it is incomplete", evidence->path, strerror(evidence->error));
    if (evidence->left_out > 0)
        return text_format("%s is as large as --pcap-limit lets it be: frames that came later are missing",
                           evidence->path);
    return NULL;
}

void evidence_close(struct evidence *evidence, char **ret_error)
{
    *ret_error = NULL;
    if (evidence == NULL)
        return;
    if (is_new(evidence))
        begin(evidence);
    write_all_statistics(evidence);
    if (fclose(evidence->file) != 0 && evidence->error == 0)
        evidence->error = errno;
    *ret_error = what_went_wrong(evidence);
    for (size_t i = 0; i < evidence->interface_count; i++)
        free(evidence->interfaces[i].name);
    free(evidence->interfaces);
    free(evidence->path);
    free(evidence);
}

/* ---- the link ---- */

struct evidence_link {
    struct link *inner;
    struct evidence *evidence;
    int netns;
};

static int compare_keys(struct interface_key a, struct interface_key b)
{
    int order = (a.netns > b.netns) - (a.netns < b.netns);
    return order != 0 ? order : (a.ifindex > b.ifindex) - (a.ifindex < b.ifindex);
}

/* The first one that is not below. */
static size_t place_of(const struct evidence *evidence, struct interface_key key)
{
    size_t from = 0, to = evidence->interface_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_keys(evidence->interfaces[middle].key, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* A new one if there is none yet; good until the next one is added. */
static struct interface *interface_of(struct evidence *evidence, struct interface_key key)
{
    size_t place = place_of(evidence, key), count = evidence->interface_count;

    if (place < count && compare_keys(evidence->interfaces[place].key, key) == 0)
        return &evidence->interfaces[place];
    evidence->interfaces =
        grow(evidence->interfaces, &evidence->interface_count, sizeof *evidence->interfaces);
    struct interface *added = &evidence->interfaces[place];
    memmove(added + 1, added, (count - place) * sizeof *added);
    *added = (struct interface){key, NOT_DESCRIBED, NULL};
    return added;
}

void evidence_name(struct evidence *evidence, int netns, int ifindex, const char *name)
{
    if (evidence == NULL)
        return;
    struct interface *interface = interface_of(evidence, (struct interface_key){netns, ifindex});
    if (interface->name != NULL && strcmp(interface->name, name) == 0)
        return;
    free(interface->name);
    interface->name = text_format("%s", name);
}

/* Its number in the file; describes it when it is met first, by whichever link. */
static uint32_t interface_number(struct evidence *evidence, struct interface_key key)
{
    struct interface *interface = interface_of(evidence, key);

    if (interface->number == NOT_DESCRIBED) {
        begin(evidence);
        write_interface(evidence, interface->name != NULL ? interface->name : "");
        interface->number = (int)evidence->described++;
    }
    return (uint32_t)interface->number;
}

static uint32_t keep(const struct evidence_link *link, int ifindex, enum pcapng_flags flags, uint64_t time_us,
                     struct span bytes, uint32_t wire_length)
{
    struct evidence *evidence = link->evidence;
    uint32_t number = interface_number(evidence, (struct interface_key){link->netns, ifindex});

    return write_packet(evidence, number, flags, time_us, bytes, wire_length);
}

static int evidence_link_receive(void *context, struct captured *ret_captured)
{
    struct evidence_link *link = context;
    int got = link_receive(link->inner, ret_captured);

    if (got > 0)
        ret_captured->number =
            keep(link, ret_captured->ifindex,
                 ret_captured->direction == DIRECTION_OUT ? PCAPNG_OUTBOUND : PCAPNG_INBOUND,
                 ret_captured->time_us, ret_captured->bytes, ret_captured->wire_length);
    return got;
}

/* The stamp is from before the sending: the answer may be captured before that returns. */
static int evidence_link_send(void *context, int ifindex, const uint8_t *frame, size_t length)
{
    struct evidence_link *link = context;
    uint64_t now_us = clock_wall();
    int error = link_send(link->inner, ifindex, frame, length);
    if (error < 0)
        return error;
    uint32_t number = keep(link, ifindex, PCAPNG_OUTBOUND, now_us, span_of(frame, length), (uint32_t)length);
    return number <= INT_MAX ? (int)number : 0;
}

static uint64_t evidence_link_lost(void *context)
{
    struct evidence_link *link = context;
    return link_lost(link->inner);
}

static bool evidence_link_pending(void *context)
{
    const struct evidence_link *link = context;
    return link_pending(link->inner);
}

static int evidence_link_descriptor(void *context)
{
    struct evidence_link *link = context;
    return link_descriptor(link->inner);
}

static void evidence_link_close(void *context)
{
    struct evidence_link *link = context;

    link->evidence->lost += link_lost(link->inner);
    link_close(link->inner);
    free(link);
}

static const struct link_operations EVIDENCE_LINK = {
    .receive = evidence_link_receive,
    .pending = evidence_link_pending,
    .send = evidence_link_send,
    .lost = evidence_link_lost,
    .descriptor = evidence_link_descriptor,
    .close = evidence_link_close,
};

struct link *link_with_evidence(struct link *inner, struct evidence *evidence, int netns)
{
    if (evidence == NULL)
        return inner;
    struct evidence_link *link = memory_new(1, sizeof *link);
    *link = (struct evidence_link){.inner = inner, .evidence = evidence, .netns = netns};
    return link_new(&EVIDENCE_LINK, link);
}

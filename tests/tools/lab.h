/* What the tools of the test lab share: an option table, a clock, taps, and frames that are sent later. Linux
 * only.
 *
 * The lab plays the other side of vmnetcheck, so it uses none of its code: an error in one cannot hide the
 * same error in the other. */
#ifndef VMNETCHECK_TESTS_LAB_H
#define VMNETCHECK_TESTS_LAB_H

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LAB_FRAME_MAX = 16384, LAB_OUTBOX_MAX = 65536, LAB_NUMBER_MAX = 1000000, LAB_VID_MAX = 4094 };

struct lab_option {
    const char *name;     /* without its "--" */
    const char *argument; /* what --help calls it; NULL for a switch */
    bool (*parse)(const char *text, void *value);
    void *value; /* what parse fills */
    const char *help;
};

static inline void lab_fail(const char *what, const char *which)
{
    fprintf(stderr, "%s %s: %s\n", what, which, strerror(errno));
    exit(1);
}

static inline bool lab_parse_switch(const char *text, void *value)
{
    (void)text;
    *(bool *)value = true;
    return true;
}

static inline bool lab_parse_text(const char *text, void *value)
{
    *(const char **)value = text;
    return true;
}

static inline bool lab_parse_limited(const char *text, long maximum, long *value)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < 0 || number > maximum)
        return false;
    *value = number;
    return true;
}

static inline bool lab_parse_number(const char *text, void *value)
{
    return lab_parse_limited(text, LAB_NUMBER_MAX, value);
}

static inline bool lab_parse_vid(const char *text, void *value)
{
    return lab_parse_limited(text, LAB_VID_MAX, value);
}

static inline bool lab_parse_mac(const char *text, void *value)
{
    unsigned b[6];
    char rest;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &rest) != 6)
        return false;
    for (int i = 0; i < 6; i++)
        ((uint8_t *)value)[i] = (uint8_t)b[i];
    return true;
}

static inline void lab_help(const char *usage, const struct lab_option *table)
{
    printf("usage: %s\n", usage);
    for (const struct lab_option *row = table; row->name != NULL; row++) {
        int width = printf("  --%s %s", row->name, row->argument ? row->argument : "");
        printf("%*s%s\n", width < 26 ? 26 - width : 1, "", row->help);
    }
}

/* Reads argv by the table and returns the one operand, or NULL. Ends the program on --help and on
 * nonsense. */
static inline const char *lab_options(int argc, char **argv, const char *usage,
                                      const struct lab_option *table)
{
    const char *operand = NULL;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0 && operand == NULL) {
            operand = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--help") == 0) {
            lab_help(usage, table);
            exit(0);
        }
        const struct lab_option *row = table;
        while (row->name != NULL && (strncmp(argv[i], "--", 2) != 0 || strcmp(argv[i] + 2, row->name) != 0))
            row++;
        const char *text = row->argument ? argv[i + 1] : "";
        if (row->name == NULL || text == NULL || !row->parse(text, row->value)) {
            fprintf(stderr, "%s: bad option or value: %s %s\n", argv[0], argv[i], text ? text : "");
            exit(64);
        }
        i += row->argument != NULL;
    }
    return operand;
}

static inline int64_t lab_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Creates the tap (or attaches to a persistent one) and returns its non-blocking descriptor; `up` also sets
 * it up. With flags of TUNSETIFF's it is one queue of it, or frames bear a header. A path is the device of a
 * macvtap, which is set up already. Ends the program on failure. */
static inline int lab_tap_open_as(const char *name, bool up, int flags)
{
    struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags)};
    bool is_path = name[0] == '/';
    if (!is_path && strlen(name) >= sizeof request.ifr_name) {
        errno = ENAMETOOLONG;
        lab_fail("tap", name);
    }
    if (!is_path)
        strcpy(request.ifr_name, name);
    int tap = open(is_path ? name : "/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0)
        lab_fail("tap", name);
    if (is_path)
        return tap;
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0 || ioctl(control, SIOCGIFFLAGS, &request) < 0)
        lab_fail("flags of", name);
    request.ifr_flags |= IFF_UP;
    if (up && ioctl(control, SIOCSIFFLAGS, &request) < 0)
        lab_fail("up", name);
    close(control);
    return tap;
}

static inline int lab_tap_open(const char *name, bool up)
{
    return lab_tap_open_as(name, up, 0);
}

/* Reads the next frame. 0: there is none now; -1: the tap is gone. */
static inline ssize_t lab_read(int fd, uint8_t *bytes, size_t size)
{
    ssize_t length = read(fd, bytes, size);
    return length >= 0 ? length : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* A frame on its way: written to `fd` once `due_us` has come. */
struct lab_parcel {
    TAILQ_ENTRY(lab_parcel) link;
    int64_t due_us;
    int fd;
    size_t length;
    uint8_t bytes[];
};

TAILQ_HEAD(lab_parcels, lab_parcel);

/* Frames to be sent later, soonest first, and no more than LAB_OUTBOX_MAX of them: what is over is
 * dropped. */
struct lab_outbox {
    struct lab_parcels parcels;
    size_t count;
};

/* A full queue drops the frame, as a wire would. */
static inline void lab_write(int fd, const uint8_t *bytes, size_t length)
{
    ssize_t written = write(fd, bytes, length);
    (void)written;
}

/* Sends at once when delay_us is 0. */
static inline void lab_send_after(struct lab_outbox *box, int64_t delay_us, int fd, const uint8_t *bytes,
                                  size_t length)
{
    if (delay_us == 0) {
        lab_write(fd, bytes, length);
        return;
    }
    struct lab_parcel *parcel = box->count < LAB_OUTBOX_MAX ? malloc(sizeof *parcel + length) : NULL;
    if (parcel == NULL)
        return;
    parcel->due_us = lab_now_us() + delay_us;
    parcel->fd = fd;
    parcel->length = length;
    memcpy(parcel->bytes, bytes, length);
    struct lab_parcel *before = TAILQ_LAST(&box->parcels, lab_parcels);
    while (before != NULL && before->due_us > parcel->due_us)
        before = TAILQ_PREV(before, lab_parcels, link);
    if (before != NULL)
        TAILQ_INSERT_AFTER(&box->parcels, before, parcel, link);
    else
        TAILQ_INSERT_HEAD(&box->parcels, parcel, link);
    box->count++;
}

/* Sends what is due. Returns when the next one is, or INT64_MAX. */
static inline int64_t lab_send_due(struct lab_outbox *box)
{
    int64_t now = lab_now_us();
    struct lab_parcel *first;
    while ((first = TAILQ_FIRST(&box->parcels)) != NULL && first->due_us <= now) {
        lab_write(first->fd, first->bytes, first->length);
        TAILQ_REMOVE(&box->parcels, first, link);
        free(first);
        box->count--;
    }
    return first != NULL ? first->due_us : INT64_MAX;
}

/* For epoll_wait and poll: milliseconds until a time, rounded up; -1 for INT64_MAX. */
static inline int lab_timeout_ms(int64_t until_us)
{
    if (until_us == INT64_MAX)
        return -1;
    int64_t left = until_us - lab_now_us();
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

/* Puts an 802.1Q tag behind the addresses; returns the new length. `bytes` has room for 4 more. */
static inline size_t lab_tag(uint8_t *bytes, size_t length, long vid)
{
    if (length < 14)
        return length;
    memmove(bytes + 16, bytes + 12, length - 12);
    memcpy(bytes + 12, (uint8_t[4]){0x81, 0x00, (uint8_t)(vid >> 8), (uint8_t)vid}, 4);
    return length + 4;
}

static inline bool lab_is_tagged(const uint8_t *bytes, size_t length)
{
    return length >= 18 && bytes[12] == 0x81 && bytes[13] == 0x00;
}

static inline long lab_vid(const uint8_t *bytes)
{
    return (bytes[14] & 0x0f) << 8 | bytes[15];
}

/* Takes the tag out again; returns the new length. */
static inline size_t lab_untag(uint8_t *bytes, size_t length)
{
    memmove(bytes + 12, bytes + 16, length - 16);
    return length - 4;
}

#endif

/* A real Linux network stack as the guest: pumps frames between the host's tap and an eth0, a tap too, in
 * another network namespace. With several namespaces it is a hub, as QEMU's is. In the middle it makes the
 * faults that a wire makes. */
#include "lab.h"

#include <poll.h>
#include <sched.h>

enum {
    GUESTS_MAX = 4,
    QUEUES_MAX = 8,
    HEADER = 10 /* struct virtio_net_hdr */,
    BURST_MAX = 64,
    SHORTEST_PADDED = 60,
    LONGEST_PADDED = 1000
};

struct guest_list {
    const char *paths[GUESTS_MAX];
    long count;
};

static struct {
    const char *tap, *guest_tap;
    struct guest_list guests;
    bool drop_to, drop_from, reflect, header;
    long lose_to, lose_from, corrupt, max_frame, max_frame_from, delay_ms, copy_delay_ms, request_copies,
        reply_copies;
    long jitter_ms, first_delay_ms, pace_ms, ring, pad, queues;
    long vlan, tag_replies;
} settings = {
    .guest_tap = "eth0", .request_copies = 1, .reply_copies = 1, .queues = 1, .vlan = -1, .tag_replies = -1};

static struct lab_outbox outbox;
static struct pollfd
    ports[GUESTS_MAX + QUEUES_MAX]; /* the host's tap, the guests', more queues of the first */
static unsigned long frames_to, frames_from;

static bool parse_guest(const char *text, void *value)
{
    struct guest_list *guests = value;
    if (guests->count == GUESTS_MAX)
        return false;
    guests->paths[guests->count++] = text;
    return true;
}

static bool parse_queues(const char *text, void *value)
{
    return lab_parse_limited(text, QUEUES_MAX, value) && *(long *)value > 0;
}

static bool parse_pad(const char *text, void *value)
{
    return lab_parse_limited(text, LONGEST_PADDED, value);
}

static const struct lab_option OPTIONS[] = {
    {"netns", "PATH", parse_guest, &settings.guests, "network namespace of the guest; up to 4 times: a hub"},
    {"guest-tap", "NAME", lab_parse_text, &settings.guest_tap, "its interface (eth0)"},
    {"queues", "N", parse_queues, &settings.queues, "so many queues of the tap (1)"},
    {"vnet-hdr", NULL, lab_parse_switch, &settings.header,
     "frames bear a header for offloads, which asks for none"},
    {"drop-to", NULL, lab_parse_switch, &settings.drop_to, "nothing reaches the guest"},
    {"drop-from", NULL, lab_parse_switch, &settings.drop_from, "nothing comes from the guest"},
    {"lose-to", "K", lab_parse_number, &settings.lose_to, "lose every K-th frame to the guest"},
    {"lose-from", "K", lab_parse_number, &settings.lose_from, "lose every K-th frame from the guest"},
    {"corrupt", "K", lab_parse_number, &settings.corrupt,
     "spoil the last byte of every K-th frame from the guest"},
    {"max-frame", "BYTES", lab_parse_number, &settings.max_frame, "longer frames are lost, both ways"},
    {"max-frame-from", "BYTES", lab_parse_number, &settings.max_frame_from,
     "longer frames from the guest are lost"},
    {"delay", "MS", lab_parse_number, &settings.delay_ms, "frames from the guest are late"},
    {"jitter", "MS", lab_parse_number, &settings.jitter_ms, "and by up to MS more, in any order"},
    {"first-delay", "MS", lab_parse_number, &settings.first_delay_ms, "and its first frame by MS more"},
    {"pace", "MS", lab_parse_number, &settings.pace_ms, "the guest takes one frame each MS"},
    {"ring", "N", lab_parse_number, &settings.ring, "and loses those for which N others wait"},
    {"pad", "BYTES", parse_pad, &settings.pad, "shorter frames from the guest are padded with rubbish"},
    {"request-copies", "N", lab_parse_number, &settings.request_copies, "frames reach the guest N times (1)"},
    {"reply-copies", "N", lab_parse_number, &settings.reply_copies,
     "frames of the guest are sent N times (1)"},
    {"copy-delay", "MS", lab_parse_number, &settings.copy_delay_ms, "copies are late"},
    {"vlan", "VID", lab_parse_vid, &settings.vlan, "the port is in this VLAN: only tagged frames, both ways"},
    {"tag-replies", "VID", lab_parse_vid, &settings.tag_replies, "frames from the guest get this tag"},
    {"reflect", NULL, lab_parse_switch, &settings.reflect, "the host's frames come back, padded to 60 bytes"},
    {NULL, NULL, NULL, NULL, NULL},
};

static bool every(long k, unsigned long count)
{
    return k > 0 && count % (unsigned long)k == 0;
}

static void send_copies(int fd, const uint8_t *bytes, size_t length, long copies, int64_t delay_us)
{
    for (long i = 0; i < copies; i++)
        lab_send_after(&outbox, delay_us + (i > 0 ? settings.copy_delay_ms * 1000 : 0), fd, bytes, length);
}

/* How long a frame waits until the guest takes it; -1 where there is no room for it. */
static int64_t wait_in_ring(void)
{
    static int64_t free_us;
    if (settings.pace_ms == 0)
        return 0;
    int64_t now = lab_now_us(), pace_us = settings.pace_ms * 1000;
    if (free_us < now)
        free_us = now;
    if (settings.ring > 0 && (free_us - now) / pace_us >= settings.ring)
        return -1;
    free_us += pace_us;
    return free_us - pace_us - now;
}

static int64_t delay_from_guest(void)
{
    int64_t delay_ms = settings.delay_ms + (frames_from == 1 ? settings.first_delay_ms : 0);
    int64_t jitter_us = settings.jitter_ms > 0 ? random() % (settings.jitter_ms * 1000) : 0;
    return delay_ms * 1000 + jitter_us;
}

static size_t pad(uint8_t *bytes, size_t length)
{
    for (; length < (size_t)settings.pad; length++)
        bytes[length] = (uint8_t)random();
    return length;
}

static void reflect(const uint8_t *bytes, size_t length)
{
    uint8_t padded[SHORTEST_PADDED] = {0};
    if (length < sizeof padded)
        memcpy(padded, bytes, length);
    bool is_short = length < sizeof padded;
    lab_write(ports[0].fd, is_short ? padded : bytes, is_short ? sizeof padded : length);
}

static void pump_to_guests(uint8_t *bytes, size_t length)
{
    if (settings.reflect)
        reflect(bytes, length);
    if (settings.drop_to || every(settings.lose_to, ++frames_to))
        return;
    if (settings.vlan >= 0) {
        if (!lab_is_tagged(bytes, length) || lab_vid(bytes) != settings.vlan)
            return;
        length = lab_untag(bytes, length);
    }
    int64_t delay_us = wait_in_ring();
    for (long i = 1; delay_us >= 0 && i <= settings.guests.count; i++)
        send_copies(ports[i].fd, bytes, length, settings.request_copies, delay_us);
}

static void pump_from_guest(long guest, uint8_t *bytes, size_t length)
{
    for (long i = 1; i <= settings.guests.count; i++)
        if (i != guest)
            lab_write(ports[i].fd, bytes, length);
    if (settings.drop_from || every(settings.lose_from, ++frames_from) ||
        (settings.max_frame_from > 0 && length > (size_t)settings.max_frame_from))
        return;
    if (every(settings.corrupt, frames_from))
        bytes[length - 1] ^= 0x55;
    long vid = settings.vlan >= 0 ? settings.vlan : settings.tag_replies;
    if (vid >= 0)
        length = lab_tag(bytes, length, vid);
    length = pad(bytes, length);
    size_t header = settings.header ? HEADER : 0;
    memset(bytes - header, 0, header);
    send_copies(ports[0].fd, bytes - header, header + length, settings.reply_copies, delay_from_guest());
}

static bool is_guest(long port)
{
    return port > 0 && port <= settings.guests.count;
}

static void read_port(long port)
{
    static uint8_t buffer[HEADER + LAB_FRAME_MAX];
    uint8_t *bytes = buffer + HEADER;
    size_t header = settings.header && !is_guest(port) ? HEADER : 0;
    for (int burst = 0; burst < BURST_MAX; burst++) {
        ssize_t got =
            lab_read(ports[port].fd, bytes - header, header + LAB_FRAME_MAX - 4); /* room for a tag */
        if (got < 0)
            exit(1); /* somebody deleted the tap */
        if ((size_t)got <= header)
            return;
        size_t length = (size_t)got - header;
        if (settings.max_frame > 0 && length > (size_t)settings.max_frame)
            continue;
        if (is_guest(port))
            pump_from_guest(port, bytes, length);
        else
            pump_to_guests(bytes, length);
    }
}

static void open_queues(void)
{
    int flags = (settings.queues > 1 ? IFF_MULTI_QUEUE : 0) | (settings.header ? IFF_VNET_HDR : 0);
    for (long i = 0; i < settings.queues; i++)
        ports[i == 0 ? 0 : settings.guests.count + i] =
            (struct pollfd){.fd = lab_tap_open_as(settings.tap, i == 0, flags), .events = POLLIN};
}

/* The guest's interface stays down: whoever made the namespace gives it a MAC and addresses first. */
static void open_taps(void)
{
    open_queues();
    for (long i = 0; i < settings.guests.count; i++) {
        int namespace = open(settings.guests.paths[i], O_RDONLY | O_CLOEXEC);
        if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0)
            lab_fail("network namespace", settings.guests.paths[i]);
        close(namespace);
        ports[i + 1] = (struct pollfd){.fd = lab_tap_open(settings.guest_tap, false), .events = POLLIN};
    }
}

int main(int argc, char **argv)
{
    settings.tap = lab_options(argc, argv, "pump --netns PATH [OPTION]... TAP", OPTIONS);
    if (settings.tap == NULL || settings.guests.count == 0) {
        fprintf(stderr, "%s: a tap and a --netns are needed\n", argv[0]);
        return 64;
    }
    TAILQ_INIT(&outbox.parcels);
    open_taps();
    puts("ready");
    fflush(stdout);
    for (;;) {
        int64_t next = lab_send_due(&outbox);
        long count = settings.guests.count + settings.queues;
        poll(ports, (nfds_t)count, lab_timeout_ms(next));
        for (long i = 0; i < count; i++)
            if (ports[i].revents != 0)
                read_port(i);
    }
}

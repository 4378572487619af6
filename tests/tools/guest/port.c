/* A tap, and what is sent on it: as it is, copied, late, lost. */
#include "guest.h"

enum { SHORTEST_PADDED = 60, RANDOM_MAX = 128 };

/* xorshift64*: the same seed makes the same garbage. */
static uint32_t next_random(void)
{
    lab.random ^= lab.random >> 12;
    lab.random ^= lab.random << 25;
    lab.random ^= lab.random >> 27;
    return (uint32_t)(lab.random * 0x2545f4914f6cdd1dull >> 32);
}

/* Its bytes only, not the room behind them. */
static void copy_frame(struct frame *to, const struct frame *from)
{
    to->length = from->length;
    memcpy(to->bytes, from->bytes, from->length);
}

/* The reply as it looks after a router sent it back to the link: TTL one less, the router's MAC. */
static void send_routed_copy(struct port *port, const struct frame *frame, enum kind kind, int64_t delay_us)
{
    static struct frame copy;
    copy_frame(&copy, frame);
    memcpy(copy.bytes + 6, lab.settings.routed_copy, 6);
    if (kind == KIND_ECHO) {
        copy.bytes[14 + 8]--;
        memset(copy.bytes + 14 + 10, 0, 2);
        uint16_t sum = checksum(copy.bytes + 14, 20, 0);
        copy.bytes[14 + 10] = (uint8_t)(sum >> 8);
        copy.bytes[14 + 11] = (uint8_t)sum;
    } else {
        copy.bytes[14 + 7]--;
    }
    lab_send_after(&lab.outbox, delay_us, port->fd, copy.bytes, copy.length);
}

static long outgoing_vid(void)
{
    return lab.settings.vlan >= 0 ? lab.settings.vlan : lab.settings.tag_replies;
}

void port_send(struct port *port, const struct frame *frame, enum kind kind)
{
    static struct frame out;
    const struct settings *settings = &lab.settings;
    port->sent[kind]++;
    bool lost =
        settings->lose > 0 && kind != KIND_OTHER && port->sent[kind] % (unsigned long)settings->lose == 0;
    if (lost)
        return;
    copy_frame(&out, frame);
    if (kind != KIND_OTHER)
        copy_frame(&lab.last, frame);
    if (outgoing_vid() >= 0)
        out.length = lab_tag(out.bytes, out.length, outgoing_vid());
    int64_t delay_us = settings->delay_ms * 1000;
    int64_t copy_us = delay_us + settings->copy_delay_ms * 1000;
    for (long i = 0; i < settings->reply_copies; i++)
        lab_send_after(&lab.outbox, i == 0 ? delay_us : copy_us, port->fd, out.bytes, out.length);
    if (settings->has_routed_copy && (kind == KIND_ECHO || kind == KIND_ECHO6))
        send_routed_copy(port, frame, kind, copy_us);
}

/* A frame in a loop passes by again and again, each time in twice as many copies. `loop` of them in all. */
static void loop_back(struct port *port, const uint8_t *bytes, size_t length)
{
    long sent = 0;
    for (long pass = 1; sent < lab.settings.loop; pass++)
        for (long i = 0; i < 1L << pass && sent < lab.settings.loop; i++, sent++)
            lab_send_after(&lab.outbox, pass * 1000, port->fd, bytes, length);
}

/* QEMU's multicast socket gives back short frames padded. */
static void reflect(struct port *port, const uint8_t *bytes, size_t length)
{
    uint8_t padded[SHORTEST_PADDED] = {0};
    if (length < sizeof padded) {
        memcpy(padded, bytes, length);
        lab_write(port->fd, padded, sizeof padded);
    } else {
        lab_write(port->fd, bytes, length);
    }
}

void port_receive(struct port *port, const uint8_t *bytes, size_t length)
{
    const struct settings *settings = &lab.settings;
    if (settings->max_frame > 0 && length > (size_t)settings->max_frame)
        return;
    if (settings->reflect)
        reflect(port, bytes, length);
    if (settings->loop > 0)
        loop_back(port, bytes, length);
    if (settings->deaf || lab_now_us() - lab.started_us < settings->boot_ms * 1000)
        return;
    for (size_t m = 0; m < port->machine_count; m++)
        for (long i = 0; i < settings->request_copies; i++)
            machine_receive(&port->machines[m], bytes, length);
}

/* Broadcasts of an experimental Ethernet type (IEEE 802): noise that claims nothing. */
void port_flood(struct port *port)
{
    uint8_t frame[SHORTEST_PADDED] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, [12] = 0x88, 0xb5};
    memcpy(frame + 6, port->machines[0].mac, 6);
    lab_write(port->fd, frame, sizeof frame);
}

/* One flipped bit, where it cannot make another valid claim: ARP has no checksum, so only its fixed part is
 * spoilt, and no checksum covers the first 8 bytes of IPv6. */
static void flip_bit(struct frame *frame)
{
    uint16_t type = (uint16_t)(frame->bytes[12] << 8 | frame->bytes[13]);
    size_t begin = type == 0x86dd ? 14 + 8 : 14;
    size_t end = type == 0x0806 ? 14 + 8 : frame->length;
    frame->bytes[begin + next_random() % (end - begin)] ^= (uint8_t)(1u << next_random() % 8);
}

void port_garbage(struct port *port, enum garbage garbage)
{
    static struct frame frame;
    copy_frame(&frame, &lab.last);
    if (garbage == GARBAGE_RANDOM) {
        frame.length = 14 + next_random() % RANDOM_MAX;
        for (size_t i = 0; i < frame.length; i++)
            frame.bytes[i] = (uint8_t)next_random();
    } else if (frame.length <= 14) {
        return; /* nothing was answered yet */
    } else if (garbage == GARBAGE_TRUNCATED) {
        frame.length = 14 + next_random() % (frame.length - 14);
    } else {
        flip_bit(&frame);
    }
    lab_write(port->fd, frame.bytes, frame.length);
}

/* libFuzzer: a whole check in virtual time. The input is what the host has, how the guest behaves, and then
 * what happens: frames, times, changes of the host's facts, interfaces that go away, an interrupt. Whatever
 * it is, only what may be sent is sent (fake_link.h), there is an end, and a guest that answers nothing is
 * not healthy. */
#include "fake_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_READ = 1024, OBSERVED_US = 120 * SECOND, WIDE_EACH = 64 /* inputs */ };

static struct span input; /* what is left of it */

static void require(bool holds, const char *otherwise)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_session: %s\n", otherwise);
    abort();
}

static uint8_t take_byte(void)
{
    if (input.length == 0)
        return 0;
    input.length--;
    return *input.data++;
}

static bool take_bit(unsigned *bits)
{
    bool bit = *bits & 1;

    *bits >>= 1;
    return bit;
}

static struct writer take_frame(void)
{
    struct writer frame = {.length = take_byte()};

    if (frame.length > input.length)
        frame.length = input.length;
    memcpy(frame.bytes, input.data, frame.length);
    input = span_of(input.data + frame.length, input.length - frame.length);
    return frame;
}

/* ---- what happens ---- */

/* What we sent comes back as the answer that it asks for, but for one byte of it. */
static struct writer take_answer(const struct world *world)
{
    const struct sent *sent = &world->sent[world->sent_count > 0 ? take_byte() % world->sent_count : 0];
    struct writer frame = {.length = sent->length < sizeof sent->bytes ? sent->length : sizeof sent->bytes};

    memcpy(frame.bytes, sent->bytes, frame.length);
    if (frame.length > 0)
        frame.bytes[take_byte() % frame.length] ^= take_byte() | 1;
    return frame;
}

static void comes(struct world *world, struct writer frame, bool only_at_bridge)
{
    struct event event = {.frame = frame, .only_at_bridge = only_at_bridge};

    frame_comes_in(world, &event);
}

static void change_facts(struct world *world)
{
    unsigned bits = take_byte();

    world->links[0].up = !take_bit(&bits);
    world->links[0].carrier = !take_bit(&bits);
    world->facts.link_count = take_bit(&bits) ? 0 : world->target.bridge != NULL ? 3 : 1;
    if (take_bit(&bits))
        world->links[0].ifindex += 100;
    if (take_bit(&bits))
        check_lost_vantage(world->check, AT_TAP, -ENETDOWN, world->now_us);
    if (take_bit(&bits))
        check_lost_vantage(world->check, AT_BRIDGE, -ENODEV, world->now_us);
}

static void happens(struct world *world, const struct event *event)
{
    unsigned what = take_byte();

    (void)event;
    switch (what % 8) {
    case 0:
        change_facts(world);
        break;
    case 1:
        world->lost += what >> 3;
        break;
    case 2:
        world->send_error = EIO;
        world->send_from = world->sendings + 1;
        world->send_until = world->sendings + (what >> 3);
        break;
    case 3:
        world->guest.deaf = !world->guest.deaf;
        break;
    case 4:
        comes(world, take_answer(world), what & 8);
        break;
    case 5:
        if (what >> 3 == 0)
            check_interrupt(world->check, world->now_us);
        break;
    default:
        comes(world, take_frame(), what & 8);
    }
    if (input.length > 0)
        world_at(world, world->now_us + UINT64_C(100) * (take_byte() + 256U * (take_byte() % 64U)), happens);
}

/* ---- who is there ---- */

static void set_options(struct check_options *options)
{
    unsigned bits = take_byte();

    options->deep = take_bit(&bits);
    options->ipv4 = !take_bit(&bits);
    options->ipv6 = !take_bit(&bits) || !options->ipv4;
    options->wait_us = take_bit(&bits) ? 5 * SECOND : 0;
    options->count = 1 + (bits & 7);
}

static void set_guest(struct fake_guest *guest)
{
    unsigned bits = take_byte() | (unsigned)take_byte() << 8;

    guest->deaf = take_bit(&bits);
    guest->no_arp = take_bit(&bits);
    guest->no_arp_probes = take_bit(&bits);
    guest->no_ndp = take_bit(&bits);
    guest->no_echo = take_bit(&bits);
    guest->rejects = take_bit(&bits);
    guest->bad_checksum = take_bit(&bits);
    guest->queues = take_bit(&bits);
    guest->is_frugal = take_bit(&bits);
    guest->proxies = take_bit(&bits) && !guest->no_arp_probes; /* or nobody could know its own addresses */
    guest->copies = bits & 3;
    guest->loses_each = bits >> 2 & 7;
}

/* Who asks for IPv6 only names no IPv4 address. */
static void give_addresses(struct world *world, unsigned bits)
{
    if (take_bit(&bits) && world->options.ipv4)
        give(world, GUEST_4);
    if (take_bit(&bits) && world->options.ipv6)
        give(world, GUEST_ULA);
    if (take_bit(&bits) && world->options.ipv6)
        give(world, GUEST_LL);
}

/* The nonces are others for each input, so that none can be learnt. */
static uint64_t hash_of(struct span bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < bytes.length; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash | 1;
}

/* A small subnet, and all VLANs were asked in for others already: both searches take thousands of frames
 * otherwise, and a hundred times as long. */
static void narrow(struct world *world)
{
    static unsigned none;

    world->tag_searches_left = &none;
    for (size_t i = 0; i < world->facts.address_count; i++)
        if (world->own[i].address.family == IP_V4)
            world->own[i].prefix_length = 28;
}

static void make_world(struct world *world)
{
    static void (*const worlds[])(struct world *) = {world_tap, world_bare, world_bridge, world_bare_bridge};
    uint64_t seed = hash_of(input);
    unsigned bits = take_byte();

    worlds[bits & 3](world);
    world->random_state = seed;
    if (seed % WIDE_EACH != 1)
        narrow(world);
    set_options(&world->options);
    give_addresses(world, bits >> 2);
    set_guest(&world->guest);
}

/* ---- what must hold ---- */

static void judge(const struct world *world, bool was_deaf)
{
    const struct verdict *verdict = &world->verdict;

    require(world->target.address_count <= TARGET_ADDRESSES_MAX, "too many addresses");
    require(verdict->status != STATUS_FAULT || verdict->finding_count > 0, "a fault without a finding");
    require(verdict->status != STATUS_UNKNOWN || verdict->unknown.count > 0, "unknown, but not why");
    require(world->ended_us < OBSERVED_US, "too late");
    for (size_t i = 0; i < verdict->check_count; i++)
        require(verdict->checks[i].received <= verdict->checks[i].sent, "more answers than questions");
    require(!was_deaf || verdict->status != STATUS_HEALTHY, "deaf, and healthy");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world;

    if (size < 8 || size > SIZE_MAX_READ)
        return -1;
    input = span_of(data, size);
    make_world(&world);
    bool is_deaf = world.guest.deaf;
    world_at(&world, WORLD_START_US + 1, happens);
    world_run(&world);
    judge(&world, is_deaf && world.guest.replies == 0);
    world_end(&world);
    return 0;
}

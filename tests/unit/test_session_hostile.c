/* A million frames that a guest may send to confuse a session: no crash, bounded memory, an end, and never a
 * wrong answer. The same ones in every run. */
#include "check.h"

#include "fake_session.h"

enum {
    FRAMES_DEAF = 5000,  /* in a session with a guest that answers nothing */
    FRAMES_ALIVE = 2500, /* in one with a guest that answers everything */
    SESSIONS_DEAF = 150, /* some end early: their own frames seem to go round */
    SESSIONS_ALIVE = 450,
    AT_ONCE = 50,
    RECORDED_MAX = 256,
};

/* A correct conversation: what the guest said in another session, with other ids and nonces. */
static struct writer recorded[RECORDED_MAX];
static size_t recorded_count;
static unsigned frames_left, frames_sent, every_us;

static void record(struct world *w, struct writer *frame)
{
    (void)w;
    if (recorded_count < RECORDED_MAX)
        recorded[recorded_count++] = *frame;
}

static int record_conversation(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    give(&w, GUEST_4);
    give(&w, GUEST_ULA);
    give(&w, GUEST_LL);
    w.random_state = 1;
    w.guest.tamper = record;
    world_run(&w);
    world_end(&w);
    world_bare(&w); /* and one in which it asks */
    w.random_state = 2;
    w.guest.tamper = record;
    world_run(&w);
    for (size_t i = 0; i < w.sent_count && recorded_count < RECORDED_MAX; i++)
        if (w.sent[i].length <= sizeof w.sent[i].bytes) {
            recorded[recorded_count].length = w.sent[i].length;
            memcpy(recorded[recorded_count++].bytes, w.sent[i].bytes, w.sent[i].length);
        }
    world_end(&w);
    return recorded_count < 20;
}

static void deliver(struct world *w, struct writer *frame)
{
    struct event event = {.frame = *frame};
    frames_sent++;
    frame_comes_in(w, &event);
}

static struct writer noise(void)
{
    struct writer w = {.length = world_chance(120)};
    for (size_t i = 0; i < w.length; i++)
        w.bytes[i] = (uint8_t)world_chance(256);
    return w;
}

static void flip(struct writer *w, uint32_t bits)
{
    for (; bits > 0 && w->length > 0; bits--)
        w->bytes[world_chance((uint32_t)w->length)] ^= (uint8_t)(1u << world_chance(8));
}

static void put_checksums_right(struct writer *w)
{
    if (w->length >= 58 && w->bytes[12] == 0x08 && w->bytes[13] == 0x00) {
        icmpv4_end(w, 34);
        ipv4_end(w, 14);
    } else if (w->length >= 58 && w->bytes[12] == 0x86) {
        ipv6_end(w, 14);
        icmpv6_end(w, 14, 54);
    }
}

/* From a guest that may say whatever it likes, but does not have our nonces. */
static struct writer anything(void)
{
    struct writer w = recorded[world_chance((uint32_t)recorded_count)];

    switch (world_chance(6)) {
    case 0:
        return noise();
    case 1:
        w.length = world_chance((uint32_t)w.length);
        break;
    case 2:
        break; /* replayed */
    case 3:
        flip(&w, 1 + world_chance(8));
        break;
    default:
        flip(&w, 1 + world_chance(3));
        put_checksums_right(&w);
    }
    return w;
}

static void says_anything(struct world *w, const struct event *event)
{
    (void)event;
    for (unsigned i = 0; i < AT_ONCE && frames_left > 0; i++, frames_left--) {
        struct writer frame = anything();
        deliver(w, &frame);
    }
    if (frames_left > 0)
        world_at(w, w->now_us + every_us, says_anything);
}

static void test_deaf_guest_is_never_healthy(void **state)
{
    (void)state;
    for (unsigned session = 0; session < SESSIONS_DEAF; session++) {
        struct world w;
        (session % 4 < 2 ? world_tap : session % 4 == 2 ? world_bare : world_bare_bridge)(&w);
        w.random_state += UINT64_C(0x9e3779b97f4a7c15) * (session + 3);
        w.guest.deaf = true;
        if (session % 2 == 0) {
            give(&w, GUEST_4);
            give(&w, GUEST_ULA);
        }
        frames_left = FRAMES_DEAF;
        every_us = 10 * MS;
        world_at(&w, WORLD_START_US + 1, says_anything);
        world_run(&w);
        assert_int_not_equal(w.verdict.status, STATUS_HEALTHY);
        assert_true(w.ended_us < 8 * SECOND);
        for (size_t i = 0; i < w.verdict.check_count; i++) {
            const struct check_result *check = &w.verdict.checks[i];
            bool echo = strncmp(check->name, "icmp", 4) == 0;
            assert_true(check->received <= check->sent);
            if (echo && (check->received > 0 || check->duplicates > 0))
                fail_msg("session %u: %s was answered", session, check->name);
        }
        world_end(&w);
    }
}

/* ---- a guest that answers, and sends rubbish as well ---- */

static struct writer last_reply; /* a true echo reply of this session */

static void keep(struct world *w, struct writer *frame)
{
    (void)w;
    bool v4 = frame->bytes[12] == 0x08 && frame->bytes[13] == 0x00 && frame->bytes[34] == 0;
    if (v4 || (frame->bytes[12] == 0x86 && frame->bytes[54] == 129))
        last_reply = *frame;
}

/* Nothing that claims an address, or that is an answer. */
static struct writer rubbish(void)
{
    struct writer w;

    switch (world_chance(5)) {
    case 0:
        w = noise();
        break;
    case 1: /* too short for an answer, whatever it is */
        w = recorded[world_chance((uint32_t)recorded_count)];
        w.length = world_chance(42);
        break;
    case 2: /* one bit of the part that the checksums cover */
        w = last_reply;
        if (w.length > 54 && w.bytes[12] == 0x86)
            w.bytes[54 + world_chance((uint32_t)w.length - 54)] ^= (uint8_t)(1u << world_chance(8));
        else
            w.length = 0;
        break;
    case 3: /* another id, sequence or payload */
        w = last_reply;
        if (w.length >= 58) {
            size_t icmp = w.bytes[12] == 0x86 ? 54 : 34;
            w.bytes[icmp + 4 + world_chance((uint32_t)(w.length - icmp - 4))] ^=
                (uint8_t)(1u << world_chance(8));
            put_checksums_right(&w);
        }
        break;
    default: /* ARP of another kind */
        w = arp_frame(3 + world_chance(1000), mac(TAP_MAC), mac(GUEST_MAC), VID_NONE, ip(GUEST_4),
                      mac(TAP_MAC), ip(HOST_4));
    }
    if (w.length > 0)
        w.bytes[0] &= 0xfe; /* to everybody it would be a storm, and that would be true */
    return w;
}

static void sends_rubbish(struct world *w, const struct event *event)
{
    (void)event;
    for (unsigned i = 0; i < AT_ONCE && frames_left > 0; i++, frames_left--) {
        struct writer frame = rubbish();
        deliver(w, &frame);
    }
    if (frames_left > 0)
        world_at(w, w->now_us + every_us, sends_rubbish);
}

static void test_healthy_guest_stays_healthy(void **state)
{
    (void)state;
    for (unsigned session = 0; session < SESSIONS_ALIVE; session++) {
        struct world w;
        (session % 2 ? world_tap : world_bridge)(&w);
        w.random_state += UINT64_C(0x9e3779b97f4a7c15) * (session + 3);
        give(&w, GUEST_4);
        give(&w, GUEST_ULA);
        give(&w, GUEST_LL);
        w.guest.tamper = keep;
        last_reply = (struct writer){.length = 0};
        frames_left = FRAMES_ALIVE;
        every_us = 2 * MS;
        world_at(&w, WORLD_START_US + 1, sends_rubbish);
        world_run(&w);
        if (report_verdict_status(&w.verdict) != EXIT_HEALTHY)
            fail_msg("session %u: exit %d \"%s\"", session, report_verdict_status(&w.verdict),
                     findings_text(&w.verdict));
        world_end(&w);
    }
}

static void floods(struct world *w, const struct event *event)
{
    struct writer frame = arp_frame(1, mac("ff:ff:ff:ff:ff:ff"), mac(GUEST_MAC), VID_NONE, ip(GUEST_4),
                                    mac("00:00:00:00:00:00"), ip("10.9.0.77"));
    (void)event;
    for (unsigned i = 0; i < AT_ONCE; i++)
        deliver(w, &frame);
    if (!w->is_done)
        world_at(w, w->now_us + MS, floods);
}

/* What is lost in its flood is not asked for by the second, as that of a guest which limits its answers. */
static void test_nobody_waits_for_a_flooder(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    give(&w, GUEST_4);
    w.guest.lose_from = 4;
    w.guest.lose_to = 1000;
    world_at(&w, WORLD_START_US + 1, floods);
    world_run(&w);
    if (strstr(findings_text(&w.verdict), "broadcast-storm") == NULL)
        fail_msg("found %s", findings_text(&w.verdict));
    if (w.ended_us > 3 * (uint64_t)SECOND)
        fail_msg("it took %.1f s", (double)w.ended_us / SECOND);
    world_end(&w);
}

static void test_that_was_a_million(void **state)
{
    (void)state;
    assert_true(frames_sent >= 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deaf_guest_is_never_healthy),
        cmocka_unit_test(test_healthy_guest_stays_healthy),
        cmocka_unit_test(test_nobody_waits_for_a_flooder),
        cmocka_unit_test(test_that_was_a_million),
    };
    return cmocka_run_group_tests(tests, record_conversation, NULL);
}

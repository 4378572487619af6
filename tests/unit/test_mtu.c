/* Large packets beside small ones: what is asked, when it ends, and which sizes are found. */
#include "fake_session.h"

enum { BRIDGE = VANTAGE_BIT(AT_BRIDGE), TAP = VANTAGE_BIT(AT_TAP), HOST = VANTAGE_BIT(AT_HOST) };

/* The host's stack is there, and its small pings are answered. */
static void deep(struct world *w, const char *address)
{
    world_bridge(w);
    give(w, address);
    w->options.deep = true;
    w->links[0].mtu = w->links[1].mtu = 1500;
    w->stack =
        (struct fake_stack){.is_there = true, .requests = BRIDGE | TAP, .replies = TAP | BRIDGE | HOST};
}

static const struct mtu_observation *mtu_of(const struct world *w)
{
    for (size_t i = 0; i < w->seen.count; i++)
        if (w->seen.items[i].kind == OBSERVED_MTU)
            return &w->seen.items[i].mtu;
    return NULL;
}

static bool says(const struct world *w, const char *words)
{
    size_t count = w->verdict.finding_count;

    return count > 0 && strstr(w->verdict.findings[count - 1].summary, words) != NULL;
}

/* The guest of fake_guest.h takes all of IPv6 for its link, which is found as well. */
static const struct {
    const char *address, *healthy, *faulty;
} families[] = {{GUEST_4, "", "mtu-blackhole"},
                {GUEST_ULA, "prefix-mismatch", "prefix-mismatch mtu-blackhole"}};

/* One large one each way, and no time. */
static void test_healthy(void **state)
{
    struct world w;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        deep(&w, families[i].address);
        world_run(&w);
        assert_string_equal(findings_text(&w.verdict), families[i].healthy);
        assert_non_null(mtu_of(&w));
        assert_int_equal(mtu_of(&w)->of[MTU_ECHO].large_sent, 1);
        assert_int_equal(mtu_of(&w)->of[MTU_PADDED].large_sent, 0);
        assert_int_equal(mtu_of(&w)->of[MTU_HOST].large_answered, 1);
        world_end(&w);
    }
}

/* Without a wish nobody asks, nor where nothing larger than a small one can be sent. */
static void test_not_asked(void **state)
{
    struct world w;
    (void)state;
    deep(&w, GUEST_4);
    w.options.deep = false;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_null(mtu_of(&w));
    world_end(&w);
    deep(&w, GUEST_4);
    w.links[0].mtu = 40;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_null(mtu_of(&w));
    world_end(&w);
}

/* To the byte, in either family. */
static void test_behind_the_tap(void **state)
{
    struct world w;
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (unsigned most = 1300; most < 1500; most += 99) {
            deep(&w, families[i].address);
            w.guest.frame_max = ETHERNET_HEADER_SIZE + most;
            w.stack.packet_max = most;
            w.stack.large_requests = BRIDGE | TAP;
            world_run(&w);
            assert_outcome(&w, 1, families[i].faulty);
            assert_int_equal(mtu_of(&w)->passes, most);
            assert_true(says(&w, "are lost behind tap0, and the MTU is 1500"));
            world_end(&w);
        }
}

static void test_before_the_tap(void **state)
{
    static const struct {
        unsigned requests, replies;
        const char *words;
    } rows[] = {
        {BRIDGE, 0, "packets to 10.9.0.2 of more than 1400 bytes are lost between br0 and tap0"},
        {0, 0, "packets to 10.9.0.2 of more than 1400 bytes are lost between the host's stack and br0"},
        {BRIDGE | TAP, TAP, "packets from 10.9.0.2 of more than 1400 bytes are lost between tap0 and br0"},
        {BRIDGE | TAP, TAP | BRIDGE,
         "packets from 10.9.0.2 of more than 1400 bytes are lost between br0 and the host's stack"},
    };
    struct world w;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        deep(&w, GUEST_4);
        w.stack.packet_max = 1400;
        w.stack.large_requests = rows[i].requests;
        w.stack.large_replies = rows[i].replies;
        world_run(&w);
        assert_outcome(&w, 1, "mtu-blackhole");
        if (!says(&w, rows[i].words))
            fail_msg("%s", w.verdict.findings[0].summary);
        world_end(&w);
    }
}

/* It gets frames of that size; whether its answers are lost nobody knows. */
static void test_large_pings_are_not_liked(void **state)
{
    struct world w;
    (void)state;
    deep(&w, GUEST_4);
    w.guest.echo_max = 100;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(mtu_of(&w)->of[MTU_SPLIT].large_sent, 3);
    assert_int_equal(mtu_of(&w)->tails, 0);
    bool is_noted = false;
    for (size_t i = 0; i < w.verdict.notes.count; i++)
        is_noted |= strstr(w.verdict.notes.items[i], "gets frames of 1500 bytes") != NULL;
    assert_true(is_noted);
    world_end(&w);
}

/* It gets and answers them, as the rests of larger answers show; but nothing that large comes from it. */
static void test_answers_are_lost(void **state)
{
    struct world w;
    (void)state;
    for (unsigned most = 1300; most < 1500; most += 99) {
        deep(&w, GUEST_4);
        w.guest.sends_max = ETHERNET_HEADER_SIZE + most;
        w.stack.packet_max = most;
        w.stack.large_requests = BRIDGE | TAP;
        world_run(&w);
        assert_outcome(&w, 1, "mtu-blackhole");
        assert_true(says(&w, "packets from 10.9.0.2 of more than "));
        assert_int_equal(mtu_of(&w)->passes, most);
        assert_int_equal(mtu_of(&w)->tails, 3);
        world_end(&w);
    }
}

/* Fragments of ours are too large for a smaller MTU: then nobody knows. */
static void test_answers_are_lost_where_nothing_can_be_split(void **state)
{
    struct world w;
    (void)state;
    deep(&w, GUEST_4);
    w.links[0].mtu = w.links[1].mtu = 1400;
    w.guest.sends_max = ETHERNET_HEADER_SIZE + 1300;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(mtu_of(&w)->of[MTU_SPLIT].large, 0);
    world_end(&w);
}

/* One in two, in three, in four of its replies is lost, or more than some a second: the small ones, too. */
static void test_losses(void **state)
{
    struct world w;
    (void)state;
    for (unsigned each = 2; each <= 4; each++) {
        deep(&w, GUEST_4);
        w.guest.loses_each = each;
        world_run(&w);
        assert_non_null(strstr(findings_text(&w.verdict), "packet-loss"));
        assert_null(strstr(findings_text(&w.verdict), "mtu-blackhole"));
        world_end(&w);
    }
}

static void becomes_slow(struct world *w, const struct event *event)
{
    (void)event;
    w->guest.delay_us = 700 * MS;
}

/* In the search answers are so late that each is taken for lost at first. */
static void test_late(void **state)
{
    struct world w;
    (void)state;
    deep(&w, GUEST_4);
    w.guest.frame_max = ETHERNET_HEADER_SIZE + 1300;
    w.stack.packet_max = 1300;
    w.stack.large_requests = BRIDGE | TAP;
    world_at(&w, WORLD_START_US + 3 * SECOND, becomes_slow);
    world_run(&w);
    assert_outcome(&w, 1, "mtu-blackhole");
    assert_int_equal(mtu_of(&w)->passes, 1300);
    world_end(&w);
}

/* Where the host does not reach the guest it is a part of the diagnosis; only on the tap, as the host's own
 * are lost anyway. */
static void test_diagnosis(void **state)
{
    struct world w;
    (void)state;
    deep(&w, GUEST_4);
    w.options.deep = false;
    w.stack.replies = TAP | BRIDGE;
    world_run(&w);
    assert_outcome(&w, 4, "host-filter");
    assert_int_equal(mtu_of(&w)->of[MTU_ECHO].large_answered, 1);
    assert_int_equal(mtu_of(&w)->of[MTU_HOST].large, 0);
    world_end(&w);
    deep(&w, GUEST_4);
    w.options.deep = false;
    w.stack.replies = TAP | BRIDGE;
    w.guest.frame_max = ETHERNET_HEADER_SIZE + 1300;
    world_run(&w);
    assert_outcome(&w, 4, "host-filter mtu-blackhole");
    world_end(&w);
}

/* Without an address of the host's only what is behind the tap is asked. */
static void test_pure_switching(void **state)
{
    struct world w;
    (void)state;
    world_bare_bridge(&w);
    give(&w, GUEST_4);
    w.options.deep = true;
    w.links[0].mtu = w.links[1].mtu = 1500;
    w.guest.frame_max = 1314;
    world_run(&w);
    assert_outcome(&w, 1, "mtu-blackhole");
    assert_int_equal(mtu_of(&w)->of[MTU_HOST].large, 0);
    assert_int_equal(mtu_of(&w)->passes, 1300);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_not_asked),
        cmocka_unit_test(test_behind_the_tap),
        cmocka_unit_test(test_before_the_tap),
        cmocka_unit_test(test_large_pings_are_not_liked),
        cmocka_unit_test(test_answers_are_lost),
        cmocka_unit_test(test_answers_are_lost_where_nothing_can_be_split),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_diagnosis),
        cmocka_unit_test(test_pure_switching),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The host's own ping, which its stack sends: when it is sent, how often, and what is made of where it was
 * seen. */
#include "probe.h"

#include "fake_session.h"

enum { BRIDGE = VANTAGE_BIT(AT_BRIDGE), TAP = VANTAGE_BIT(AT_TAP), HOST = VANTAGE_BIT(AT_HOST) };

static void host_pings(struct world *w, unsigned requests, unsigned replies)
{
    world_bridge(w);
    give(w, GUEST_4);
    w->stack = (struct fake_stack){.is_there = true, .requests = requests, .replies = replies};
}

static const struct stack_observation *stack_of(const struct world *w, const char *address)
{
    for (size_t i = 0; i < w->seen.count; i++)
        if (w->seen.items[i].kind == OBSERVED_STACK && ip_equal(w->seen.items[i].address, ip(address)))
            return &w->seen.items[i].stack;
    return NULL;
}

/* One request each, and no time. */
static void test_healthy(void **state)
{
    struct world w, without;
    (void)state;
    world_bridge(&without);
    give(&without, GUEST_4);
    world_run(&without);

    host_pings(&w, BRIDGE | TAP, TAP | BRIDGE | HOST);
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(w.stack.sent, 1);
    assert_int_equal(stack_of(&w, GUEST_4)->rtt_us, 300);
    assert_true(w.ended_us <= without.ended_us + MS);
    assert_null(stack_of(&without, GUEST_4));
    world_end(&without);
    world_end(&w);
}

static void test_no_path(void **state)
{
    struct world w;
    (void)state;
    host_pings(&w, 0, 0);
    w.options.no_path = true;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(w.stack.sent, 0);
    world_end(&w);
}

/* Where the host has no address, it has nothing to ping from. */
static void test_pure_switching(void **state)
{
    struct world w;
    (void)state;
    world_bare_bridge(&w);
    give(&w, GUEST_4);
    w.stack.is_there = true;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(w.stack.sent, 0);
    world_end(&w);
}

static void test_where_it_is_lost(void **state)
{
    static const struct {
        unsigned requests, replies;
        int send_error, exit_status;
        const char *findings, *words;
    } rows[] = {
        {0, 0, 0, 4, "host-filter", "the echo request is lost between the host's stack and br0"},
        {0, 0, EPERM, 4, "host-filter", "the echo request is lost between the host's stack and br0"},
        {0, 0, EAGAIN, 5, "", NULL}, /* we could not send it: nobody dropped it */
        {0, 0, ENOBUFS, 5, "", NULL},
        {BRIDGE, 0, 0, 4, "host-filter", "the echo request is lost between br0 and tap0"},
        {BRIDGE | TAP, TAP, 0, 4, "host-filter", "the reply is lost between tap0 and br0"},
        {BRIDGE | TAP, TAP | BRIDGE, 0, 4, "host-filter",
         "the reply is lost between br0 and the host's stack"},
        {BRIDGE | TAP, 0, 0, 5, "", NULL}, /* the guest does not want to */
    };
    struct world w;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        host_pings(&w, rows[i].requests, rows[i].replies);
        w.stack.send_error = rows[i].send_error;
        world_run(&w);
        assert_outcome(&w, rows[i].exit_status, rows[i].findings);
        if (rows[i].words != NULL)
            assert_non_null(strstr(w.verdict.findings[0].summary, rows[i].words));
        world_end(&w);
    }
}

/* The source that it was to be told went away meanwhile: it chooses itself then. */
static void test_source_went_away(void **state)
{
    struct world w;
    (void)state;
    world_bridge(&w);
    give(&w, GUEST_ULA);
    w.stack = (struct fake_stack){
        .is_there = true, .has_lost_source = true, .requests = BRIDGE | TAP, .replies = TAP | BRIDGE | HOST};
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(w.stack.sent, 1);
    world_end(&w);
}

/* The kernel drops what is for a neighbour that it has no room for: no filter does. */
static void test_no_room_for_neighbours(void **state)
{
    static const struct {
        unsigned requests;
        bool refused;
        int exit_status;
        const char *findings;
    } rows[] = {{0, true, 5, ""}, {0, false, 4, "host-filter"}, {BRIDGE, true, 4, "host-filter"}};
    struct world w;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        host_pings(&w, rows[i].requests, 0);
        w.neighbour_was_refused = rows[i].refused;
        world_run(&w);
        assert_outcome(&w, rows[i].exit_status, rows[i].findings);
        if (rows[i].exit_status == 5)
            assert_non_null(strstr(w.verdict.unknown.items[0], "net.ipv4.neigh.default.gc_thresh3"));
        world_end(&w);
    }
}

/* What the guest answers to another MAC may come to the host, or not. */
static void test_reply_elsewhere(void **state)
{
    struct world w;
    (void)state;
    for (int arrives = 0; arrives <= 1; arrives++) {
        host_pings(&w, BRIDGE | TAP, TAP | (arrives ? HOST : 0));
        w.stack.has_wrong_entry = true;
        world_run(&w);
        assert_outcome(&w, arrives ? 0 : 3, arrives ? "" : "reply-elsewhere");
        assert_true(mac_equal(stack_of(&w, GUEST_4)->asked_by, mac(BRIDGE_MAC)));
        assert_true(mac_equal(stack_of(&w, GUEST_4)->answered_to, mac(WRONG_MAC)));
        world_end(&w);
    }
}

/* Some of them may be lost: only all of them mean something. */
static void test_some_are_lost(void **state)
{
    struct world w;
    (void)state;
    for (unsigned until = 2; until <= 5; until++) {
        host_pings(&w, BRIDGE | TAP, TAP | BRIDGE | HOST);
        w.stack.silent_until = until;
        world_run(&w);
        if (until <= 4)
            assert_outcome(&w, 0, "");
        else
            assert_outcome(&w, 4, "host-filter");
        world_end(&w);
    }
}

/* A guest that comes up while it is waited for was not there when the first was sent. */
static void test_guest_comes_later(void **state)
{
    struct world w;
    (void)state;
    host_pings(&w, BRIDGE | TAP, TAP | BRIDGE | HOST);
    w.options.wait_us = 20 * SECOND;
    w.guest.up_us = WORLD_START_US + 5 * SECOND;
    w.stack.silent_until = 2;
    world_run(&w);
    assert_outcome(&w, 0, "");
    world_end(&w);
}

/* Of a guest that is silent on its tap the host's ping says nothing. */
static void test_silent_guest(void **state)
{
    struct world w;
    (void)state;
    host_pings(&w, BRIDGE | TAP, 0);
    w.guest.deaf = true;
    world_run(&w);
    assert_outcome(&w, 3, "arp-no-reply");
    assert_int_equal(w.stack.sent, 1);
    world_end(&w);
}

static void test_no_socket(void **state)
{
    struct world w;
    (void)state;
    host_pings(&w, 0, 0);
    w.stack.is_there = false;
    world_run(&w);
    assert_outcome(&w, 0, "");
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_no_path),
        cmocka_unit_test(test_pure_switching),
        cmocka_unit_test(test_where_it_is_lost),
        cmocka_unit_test(test_no_room_for_neighbours),
        cmocka_unit_test(test_source_went_away),
        cmocka_unit_test(test_some_are_lost),
        cmocka_unit_test(test_guest_comes_later),
        cmocka_unit_test(test_silent_guest),
        cmocka_unit_test(test_no_socket),
        cmocka_unit_test(test_reply_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

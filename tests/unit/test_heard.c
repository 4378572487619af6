/* What is said unasked, from start to verdict: signs of life, DHCP. */
#include "dhcp_exchange.h"

#include "dhcp_frames.h"
#include "fake_session.h"

static void asks(struct world *w, uint64_t after_us, enum dhcp_type type)
{
    struct writer frame = dhcp_frame((struct dhcp_text){.type = type, .requested = GUEST_4});
    comes_in(w, WORLD_START_US + after_us, &frame);
}

static void answers(struct world *w, uint64_t after_us, enum dhcp_type type, const char *server)
{
    struct writer frame =
        dhcp_frame((struct dhcp_text){.type = type, .your_address = GUEST_4, .server = server});
    goes_out(w, WORLD_START_US + after_us, &frame);
}

/* A guest whose address is known, and which has a link-local one only. */
static void world_without_ipv4(struct world *w)
{
    world_tap(w);
    w->guest.address_count = 0;
    add_guest_address(w, GUEST_LL);
    give(w, GUEST_4);
}

static void gets_address(struct world *w, const struct event *event)
{
    (void)event;
    add_guest_address(w, GUEST_4);
}

/* ---- DHCP ---- */

/* Who has an address is not waited for, whatever is said. */
static void test_healthy_guest_is_not_waited_for(void **state)
{
    (void)state;
    for (unsigned given = 0; given < 2; given++) {
        struct world w;
        world_tap(&w);
        if (given)
            give(&w, GUEST_4);
        asks(&w, 5 * MS, DHCP_REQUEST);
        answers(&w, 6 * MS, DHCP_ACK, HOST_4);
        asks(&w, 20 * MS, DHCP_DISCOVER);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_true(w.ended_us < 300 * MS);
        world_end(&w);
    }
}

/* The next question is waited for, and its answer; not longer. */
static void test_no_offer(void **state)
{
    static const uint64_t asked_us[] = {50 * MS, 900 * MS, 2 * SECOND, 5 * SECOND};
    (void)state;
    for (size_t i = 0; i < sizeof asked_us / sizeof asked_us[0]; i++) {
        struct world w;
        world_without_ipv4(&w);
        asks(&w, asked_us[i], DHCP_DISCOVER);
        world_run(&w);
        assert_outcome(&w, EXIT_L3, "dhcp-no-offer");
        uint64_t least_us = asked_us[i] + DHCP_OFFER_US;
        if (w.ended_us < least_us || w.ended_us > least_us + 100 * MS)
            fail_msg("asked after %.3f s, it ended after %.3f s", (double)asked_us[i] / 1e6,
                     (double)w.ended_us / 1e6);
        world_end(&w);
    }
}

/* A guest that never asks is not waited for for ever, and one that is not there not at all. */
static void test_no_question(void **state)
{
    struct world w;
    (void)state;

    world_without_ipv4(&w);
    world_run(&w);
    assert_outcome(&w, EXIT_L3, "address-not-assigned");
    assert_true(w.ended_us > 4 * SECOND && w.ended_us < 7 * SECOND);
    world_end(&w);

    world_without_ipv4(&w);
    w.guest.deaf = true;
    world_run(&w);
    assert_outcome(&w, EXIT_L2, "arp-no-reply");
    assert_true(w.ended_us < 3 * SECOND);
    world_end(&w);
}

/* Deaf it may be, but it is there; on a bridge it is known to have been there a while ago, and then waited
 * for. */
static void test_only_dhcp_is_heard(void **state)
{
    (void)state;
    for (unsigned learned = 0; learned < 2; learned++) {
        struct world w;
        world_bridge(&w);
        give(&w, GUEST_4);
        w.guest.deaf = true;
        if (learned)
            w.fdb[w.facts.fdb_count++] = (struct fdb_facts){.port = TAP_INDEX, .mac = w.guest.mac};
        asks(&w, learned ? 3 * SECOND : 200 * MS, DHCP_DISCOVER);
        world_run(&w);
        assert_outcome(&w, EXIT_L3, "dhcp-no-offer");
        world_end(&w);
    }
}

/* It speaks IPv6 as well, which nobody wants to know. */
static void test_other_family_is_heard(void **state)
{
    struct world w;
    (void)state;

    world_without_ipv4(&w);
    w.options.ipv6 = false;
    asks(&w, 200 * MS, DHCP_DISCOVER);
    struct writer frame = solicitation_frame(w.guest.mac, VID_NONE, ip(GUEST_LL), ip("fe80::9"));
    comes_in(&w, WORLD_START_US + 10 * MS, &frame);
    world_run(&w);
    assert_outcome(&w, EXIT_L3, "dhcp-no-offer");
    world_end(&w);
}

static void test_offers_that_are_not_taken(void **state)
{
    struct world w;
    (void)state;

    world_without_ipv4(&w);
    asks(&w, 2 * SECOND, DHCP_DISCOVER);
    answers(&w, 2 * SECOND + MS, DHCP_OFFER, HOST_4);
    asks(&w, 5 * SECOND, DHCP_DISCOVER);
    world_run(&w);
    assert_outcome(&w, EXIT_L3, "dhcp-refused");
    assert_true(w.ended_us < 5100 * MS);
    world_end(&w);
}

/* Whatever else is being asked just then. */
static void test_offers_at_any_moment(void **state)
{
    enum { PERIOD_MS = 3000 };
    (void)state;
    for (unsigned first_ms = 50; first_ms < PERIOD_MS; first_ms += 50) {
        struct world w;
        world_bridge(&w);
        w.guest.address_count = 0;
        add_guest_address(&w, GUEST_LL);
        give(&w, GUEST_4);
        for (unsigned i = 0; i < 3; i++) {
            asks(&w, (first_ms + i * PERIOD_MS) * MS, DHCP_DISCOVER);
            answers(&w, (first_ms + i * PERIOD_MS + 1) * MS, DHCP_OFFER, HOST_4);
        }
        world_run(&w);
        assert_outcome(&w, EXIT_L3, "dhcp-refused");
        world_end(&w);
    }
}

static void test_refusal(void **state)
{
    struct world w;
    (void)state;

    world_without_ipv4(&w);
    asks(&w, 2 * SECOND, DHCP_REQUEST);
    answers(&w, 2 * SECOND + MS, DHCP_NAK, HOST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_L3, "dhcp-refused");
    world_end(&w);
}

/* Two servers are a warning, also beside a guest that is healthy. */
static void test_two_servers(void **state)
{
    struct world w;
    (void)state;

    world_tap(&w);
    give(&w, GUEST_4);
    asks(&w, 1 * MS, DHCP_DISCOVER);
    answers(&w, 2 * MS, DHCP_OFFER, HOST_4);
    answers(&w, 3 * MS, DHCP_OFFER, "10.9.0.254");
    world_run(&w);
    assert_outcome(&w, EXIT_WARNING, "dhcp-two-servers");
    world_end(&w);
}

/* A guest that is given an address while it is checked takes a while to use it. */
static void test_granted_meanwhile(void **state)
{
    static const uint64_t used_after_us[] = {MS, 2 * SECOND};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        world_without_ipv4(&w);
        asks(&w, 2 * SECOND, DHCP_DISCOVER);
        answers(&w, 2 * SECOND + MS, DHCP_OFFER, HOST_4);
        asks(&w, 2 * SECOND + 2 * MS, DHCP_REQUEST);
        answers(&w, 2 * SECOND + 3 * MS, DHCP_ACK, HOST_4);
        world_at(&w, WORLD_START_US + 2 * SECOND + 3 * MS + used_after_us[i], gets_address);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_true(w.ended_us < 2700 * MS + used_after_us[i]);
        world_end(&w);
    }

    struct world patient; /* the time-out is not what it has to use it */
    world_without_ipv4(&patient);
    patient.options.timeout_us = 5 * SECOND;
    asks(&patient, 100 * MS, DHCP_REQUEST);
    answers(&patient, 101 * MS, DHCP_ACK, HOST_4);
    world_at(&patient, WORLD_START_US + 2 * SECOND, gets_address);
    world_run(&patient);
    assert_outcome(&patient, EXIT_HEALTHY, "");
    world_end(&patient);

    struct world w; /* it never does */
    world_without_ipv4(&w);
    asks(&w, 100 * MS, DHCP_REQUEST);
    answers(&w, 101 * MS, DHCP_ACK, HOST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_L3, "address-not-assigned");
    assert_true(w.ended_us < 7 * SECOND);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy_guest_is_not_waited_for),
        cmocka_unit_test(test_no_offer),
        cmocka_unit_test(test_no_question),
        cmocka_unit_test(test_only_dhcp_is_heard),
        cmocka_unit_test(test_offers_that_are_not_taken),
        cmocka_unit_test(test_offers_at_any_moment),
        cmocka_unit_test(test_other_family_is_heard),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_two_servers),
        cmocka_unit_test(test_granted_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

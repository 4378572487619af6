/* What host and guest ask for each other: when we ask in the host's name, and when its kernel is made to. */
#include "probe.h"

#include "fake_session.h"

static void host_asks(struct world *w)
{
    world_bridge(w);
    give(w, GUEST_4);
    w->stack =
        (struct fake_stack){.is_there = true,
                            .requests = VANTAGE_BIT(AT_BRIDGE) | VANTAGE_BIT(AT_TAP),
                            .replies = VANTAGE_BIT(AT_TAP) | VANTAGE_BIT(AT_BRIDGE) | VANTAGE_BIT(AT_HOST)};
    w->questions.are_heard = true;
}

static const struct resolve_observation *resolve_of(const struct world *w)
{
    for (size_t i = 0; i < w->seen.count; i++)
        if (w->seen.items[i].kind == OBSERVED_RESOLVE)
            return &w->seen.items[i].resolve;
    fail_msg("it was not looked at");
    return NULL;
}

static void is_known(struct world *w)
{
    w->questions.host_knows = true;
    w->neighbours[0] =
        (struct neighbour_facts){.ifindex = BRIDGE_INDEX, .address = ip(GUEST_4), .mac = mac(GUEST_MAC)};
    w->facts.neighbour_count = 1;
}

/* It takes no time, and asks for nobody else. */
static void test_healthy(void **state)
{
    struct world w, without;
    (void)state;
    host_asks(&without);
    without.questions.are_heard = false;
    world_run(&without);
    for (int known = 0; known <= 1; known++) {
        host_asks(&w);
        if (known)
            is_known(&w);
        world_run(&w);
        assert_outcome(&w, 0, "");
        assert_true(w.ended_us <= without.ended_us + MS);
        assert_int_equal(resolve_of(&w)->by_host.times, !known);
        assert_int_equal(resolve_of(&w)->sent, 0);
        assert_int_equal(resolve_of(&w)->strangers, 0);
        world_end(&w);
    }
    world_end(&without);
}

static void test_where_it_is_lost(void **state)
{
    static const struct {
        struct fake_questions questions;
        unsigned sent, strangers;
        const char *words;
    } rows[] = {
        {{.are_lost = true}, 3, 0, "the host's ARP request is lost between br0 and tap0"},
        {{.are_lost = true, .host_knows = true}, 3, 0, "the host's ARP request is lost between br0 and tap0"},
        {{.answers_are_lost = true}, 3, 0, "the guest's ARP reply is lost between tap0 and br0"},
        {{.host_is_mute = true}, 0, 3, "the host's ARP request is lost between the host's stack and br0"},
    };
    struct world w;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        host_asks(&w);
        w.questions = rows[i].questions;
        w.questions.are_heard = true;
        if (rows[i].questions.host_knows)
            is_known(&w);
        world_run(&w);
        assert_outcome(&w, 4, "host-filter");
        assert_int_equal(resolve_of(&w)->sent, rows[i].sent);
        assert_int_equal(resolve_of(&w)->strangers, rows[i].strangers);
        assert_non_null(strstr(w.verdict.findings[0].summary, rows[i].words));
        world_end(&w);
    }
}

/* Whom somebody wrote down nobody has to ask for; and who is not there does not answer. */
static void test_says_nothing(void **state)
{
    struct world w;
    (void)state;
    host_asks(&w);
    is_known(&w);
    w.neighbours[0].permanent = true;
    w.questions.are_lost = true;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(resolve_of(&w)->sent, 0);
    world_end(&w);

    host_asks(&w);
    w.guest.deaf = true;
    world_run(&w);
    assert_outcome(&w, 3, "arp-no-reply");
    assert_false(resolve_of(&w)->concluded);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_where_it_is_lost),
        cmocka_unit_test(test_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

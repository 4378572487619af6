/* In whose name it is asked. */
#include "fake_session.h"

static struct ip_addr solicits_from(const struct world *w)
{
    for (size_t i = 0; i < w->sent_count; i++)
        if (w->sent[i].frame.kind == FRAME_NEIGHBOUR_SOLICITATION)
            return w->sent[i].frame.ip.source;
    fail_msg("no solicitation was sent");
    return (struct ip_addr){0};
}

/* Of two in one subnet that one which is not deprecated, as the host would; a deprecated one where there is
 * no other. */
static void test_own_address_that_is_deprecated(void **state)
{
    struct world w;
    (void)state;
    for (unsigned others = 0; others < 2; others++) {
        world_bare(&w);
        add_own(&w, TAP_INDEX, "fd00:9::9", 64);
        w.own[w.facts.address_count - 1].deprecated = true;
        if (others > 0)
            add_own(&w, TAP_INDEX, HOST_ULA, 64);
        give(&w, GUEST_ULA);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_ip(solicits_from(&w), others > 0 ? HOST_ULA : "fd00:9::9");
        world_end(&w);
    }
}

/* Linux answers for others only whoever says who it is, and after up to 0.8 s. */
static void test_proxy(void **state)
{
    struct world w;
    (void)state;

    world_bridge(&w);
    w.options.deep = true;
    w.guest.proxies = w.guest.no_arp_probes = true;
    w.guest.proxy_delay_us = 800 * MS;
    give(&w, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_WARNING, "proxy-arp");
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_address_that_is_deprecated),
        cmocka_unit_test(test_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

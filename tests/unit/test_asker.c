/* In whose name it is asked who has an address. What is answered to nobody, the host's kernel believes
 * too, though it may come from a card of the guest's by which that takes nothing; what is answered to the
 * host, its kernel would have got as well. */
#include "fake_session.h"

static void knows(struct world *w, bool permanent)
{
    w->neighbours[0] = (struct neighbour_facts){.ifindex = BRIDGE_INDEX,
                                                .address = ip(GUEST_4),
                                                .mac = mac(GUEST_MAC),
                                                .confirmed = true,
                                                .permanent = permanent};
    w->facts.neighbour_count = 1;
    w->fdb[0] = (struct fdb_facts){.port = TAP_INDEX, .mac = mac(GUEST_MAC)};
    w->facts.fdb_count = 1;
}

/* How many questions there were, in nobody's name or the host's. */
static unsigned asked_at(const struct world *w, enum vantage at, bool by_name)
{
    unsigned count = 0;

    for (size_t i = 0; i < w->sent_count; i++)
        count += w->sent[i].at == at && w->sent[i].frame.kind == FRAME_ARP &&
                 ip_equal(w->sent[i].frame.arp.target, ip(GUEST_4)) &&
                 ip_is_unspecified(w->sent[i].frame.arp.sender) != by_name;
    return count;
}

static void run_bridged(struct world *w)
{
    give(w, GUEST_4);
    world_run(w);
    assert_outcome(w, EXIT_HEALTHY, "");
}

/* The kernel would take whatever is answered. */
static void test_host_has_no_entry(void **state)
{
    struct world w;
    (void)state;

    world_bridge(&w);
    run_bridged(&w);
    assert_int_equal(asked_at(&w, AT_TAP, false), 0);
    assert_int_equal(asked_at(&w, AT_BRIDGE, false), 0);
    assert_int_equal(asked_at(&w, AT_BRIDGE, true), 1);
    world_end(&w);
}

/* On this very tap the same card answers both; elsewhere another one might. */
static void test_host_knows_the_guest(void **state)
{
    struct world w;
    (void)state;

    world_bridge(&w);
    knows(&w, false);
    run_bridged(&w);
    assert_int_equal(asked_at(&w, AT_TAP, true), 0);
    assert_int_equal(asked_at(&w, AT_BRIDGE, false), 0);
    assert_int_equal(asked_at(&w, AT_BRIDGE, true), 1);
    world_end(&w);
}

/* It takes nothing into that entry, and asks nobody; so the guest does not learn from it where the host is,
 * and may not from us. */
static void test_entry_was_written(void **state)
{
    struct world w;
    (void)state;

    world_bridge(&w);
    knows(&w, true);
    run_bridged(&w);
    assert_int_equal(asked_at(&w, AT_TAP, true) + asked_at(&w, AT_BRIDGE, true), 0);
    assert_int_equal(asked_at(&w, AT_BRIDGE, false), 1);
    world_end(&w);
}

/* Who does not answer what is sent to it may not have found the host: it is not to learn where that is before
 * all else is done. */
static void test_guest_has_not_found_the_host(void **state)
{
    struct world w;
    (void)state;

    world_bridge(&w);
    knows(&w, false);
    give(&w, GUEST_4);
    w.guest.no_echo = true;
    world_run(&w);
    for (size_t i = 0; i < w.sent_count; i++)
        if (w.sent[i].at == AT_BRIDGE && w.sent[i].frame.kind == FRAME_ARP &&
            !ip_is_unspecified(w.sent[i].frame.arp.sender))
            assert_true(w.sent[i].time_us > WORLD_START_US + 1000 * MS);
    assert_int_equal(asked_at(&w, AT_BRIDGE, false), 0);
    assert_true(asked_at(&w, AT_BRIDGE, true) > 0);
    world_end(&w);
}

/* Some answer nobody but who asks in nobody's name, as where the reverse path filter takes nothing from the
 * host: the check is to find that the guest is there. */
static void only_nameless(struct world *w, struct writer *frame)
{
    (void)w;
    if (ethertype_of(frame) == 0x0806 && frame->bytes[41] != 0)
        frame->length = 0;
}

static void test_answers_nobody_only(void **state)
{
    struct world w;
    (void)state;

    world_bridge(&w);
    give(&w, GUEST_4);
    w.guest.tamper = only_nameless;
    world_run(&w);
    assert_null(strstr(findings_text(&w.verdict), "arp-no-reply"));
    assert_null(strstr(findings_text(&w.verdict), "packet-loss"));
    world_end(&w);
}

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
        cmocka_unit_test(test_host_has_no_entry),
        cmocka_unit_test(test_host_knows_the_guest),
        cmocka_unit_test(test_entry_was_written),
        cmocka_unit_test(test_guest_has_not_found_the_host),
        cmocka_unit_test(test_answers_nobody_only),
        cmocka_unit_test(test_own_address_that_is_deprecated),
        cmocka_unit_test(test_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

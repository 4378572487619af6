/* The addresses that probes are sent from: whose they are, and what becomes of borrowed ones. What leaves is
 * checked by the link of fake_world.h. */
#include "probe.h"

#include "fake_session.h"

/* The state of the only source of a family in the end; fails if there are several. */
static enum source_state source_of(const struct world *w, enum ip_family family, struct ip_addr *ret_address)
{
    const struct observation *found = NULL;
    for (size_t i = 0; i < w->seen.count; i++) {
        const struct observation *seen = &w->seen.items[i];
        if (seen->kind != OBSERVED_SOURCE || seen->address.family != family)
            continue;
        assert_true(found == NULL || ip_equal(found->address, seen->address));
        found = seen;
    }
    assert_non_null(found);
    *ret_address = found->address;
    return found->source;
}

static struct ip_addr echo_source(const struct world *w, size_t number)
{
    for (size_t i = 0; i < w->sent_count; i++) {
        const struct frame *frame = &w->sent[i].frame;
        if (frame->kind == FRAME_ECHO_REQUEST && !ip_is_multicast(frame->ip.destination) && number-- == 0)
            return frame->ip.source;
    }
    fail_msg("no such echo request was sent");
    return (struct ip_addr){0};
}

/* When an ARP reply for a borrowed address left, since the start. */
static uint64_t answered_at(const struct world *w)
{
    for (size_t i = 0; i < w->sent_count; i++)
        if (w->sent[i].frame.kind == FRAME_ARP && w->sent[i].frame.arp.operation == ARP_REPLY)
            return w->sent[i].time_us - WORLD_START_US;
    fail_msg("no ARP reply was sent");
    return 0;
}

/* ---- ours ---- */

static void test_own_address(void **state)
{
    struct world w;
    struct ip_addr source;
    (void)state;
    for (unsigned bridge = 0; bridge < 2; bridge++) {
        (bridge ? world_bridge : world_tap)(&w);
        give(&w, GUEST_4);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_int_equal(source_of(&w, IP_V4, &source), SOURCE_OURS);
        assert_ip(source, HOST_4);
        for (size_t i = 0; i < w.sent_count; i++)
            assert_true(w.sent[i].frame.kind != FRAME_ARP || w.sent[i].frame.arp.operation == ARP_REQUEST);
        world_end(&w);
    }
}

/* The host has an address in another subnet only, or has the very address of the guest. */
static void test_own_address_that_does_not_serve(void **state)
{
    static const char *const own[] = {"10.8.0.1", GUEST_4};
    struct world w;
    struct ip_addr source;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        world_bare(&w);
        add_own(&w, TAP_INDEX, own[i], i == 0 ? 24 : 32);
        give(&w, GUEST_4);
        world_run(&w);
        assert_int_equal(source_of(&w, IP_V4, &source), SOURCE_BORROWED);
        assert_true(ip_in_prefix(source, ip(GUEST_4), 29));
        world_end(&w);
    }
}

/* ---- borrowed ---- */

static void test_borrowed_on_a_tap(void **state)
{
    struct world w;
    struct ip_addr source;
    (void)state;
    world_bare(&w);
    give(&w, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_int_equal(source_of(&w, IP_V4, &source), SOURCE_BORROWED);
    assert_true(ip_in_prefix(source, ip(GUEST_4), 29) && !ip_equal(source, ip(GUEST_4)));
    assert_in_range(answered_at(&w), 310 * MS, 312 * MS); /* first it is known that nobody has it */
    assert_true(observation_exists(&w.seen, OBSERVED_QUESTION, source, &w.guest.mac));
    world_end(&w);
}

/* Never the gateway's, the host's, a neighbour's, or another target address; never the ends of a /29. */
static void test_what_is_never_borrowed(void **state)
{
    struct world w;
    struct ip_addr source;
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        world_bare(&w);
        w.random_state += UINT64_C(0x9e3779b97f4a7c15) * seed;
        add_own(&w, UPLINK_INDEX, "10.9.0.3", 32);
        w.neighbours[w.facts.neighbour_count++] =
            (struct neighbour_facts){.ifindex = UPLINK_INDEX, .address = ip("10.9.0.4")};
        w.host_gateway = ip("10.9.0.5");
        give(&w, GUEST_4);
        world_run(&w);
        assert_int_equal(source_of(&w, IP_V4, &source), SOURCE_BORROWED);
        assert_ip(source, "10.9.0.6");
        world_end(&w);
    }
}

static void test_nothing_left_to_borrow(void **state)
{
    static struct neighbour_facts neighbours[256];
    struct world w;
    (void)state;
    world_bare(&w);
    for (uint32_t i = 1; i < 256; i++)
        neighbours[w.facts.neighbour_count++] =
            (struct neighbour_facts){.ifindex = UPLINK_INDEX, .address = ip_v4(0x0a090000 + i)};
    w.facts.neighbours = neighbours;
    give(&w, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_UNKNOWN, "");
    assert_int_equal(check_named(&w, "arp", GUEST_4)->status, CHECK_PASS);
    assert_int_equal(check_named(&w, "icmp", GUEST_4)->status, CHECK_UNKNOWN);
    world_end(&w);
}

/* The guest has one of the candidates: it says so before it answers for its address, so nothing is ever sent
 * from that one. */
static void test_candidate_that_the_guest_has(void **state)
{
    struct world w;
    struct ip_addr source;
    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        world_bare(&w);
        w.random_state += UINT64_C(0x9e3779b97f4a7c15) * seed;
        add_guest_address(&w, "10.9.0.4");
        give(&w, GUEST_4);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        for (size_t i = 0; i < w.seen.count; i++)
            if (w.seen.items[i].kind == OBSERVED_SOURCE && w.seen.items[i].source == SOURCE_BORROWED)
                assert_false(ip_equal(source = w.seen.items[i].address, ip("10.9.0.4")));
        world_end(&w);
    }
}

/* ---- on a bridge ---- */

/* Other machines on the bridge have the first candidates, and say so late: their place in the guest's tables
 * is never taken. */
static void test_candidates_that_others_have(void **state)
{
    static const uint64_t answer_us[] = {MS, 5 * MS, 20 * MS, 40 * MS, 100 * MS, 200 * MS};
    struct world w;
    (void)state;
    for (size_t late = 0; late < sizeof answer_us / sizeof answer_us[0]; late++) {
        world_bare_bridge(&w);
        w.others_answer_us = answer_us[late];
        add_other(&w, "10.9.0.3", "52:54:00:00:00:03");
        add_other(&w, "10.9.0.4", "52:54:00:00:00:04");
        add_other(&w, "10.9.0.5", "52:54:00:00:00:05");
        give(&w, GUEST_4);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_int_equal(check_named(&w, "icmp", GUEST_4)->received, 3);
        for (size_t i = 0; i < w.seen.count; i++) {
            const struct observation *seen = &w.seen.items[i];
            if (seen->kind == OBSERVED_SOURCE && seen->source == SOURCE_BORROWED &&
                seen->address.family == IP_V4)
                assert_ip(seen->address, "10.9.0.6");
            for (size_t j = 0; j < w.other_count; j++) /* whose it is: not the guest's */
                if (seen->kind == OBSERVED_CLAIM && ip_equal(seen->address, w.others[j].address))
                    assert_true(mac_equal(seen->mac, w.others[j].mac));
        }
        world_end(&w);
    }
}

/* Without a way to ask the bridge nobody knows who has an address. */
static void test_nothing_is_borrowed_without_the_bridge(void **state)
{
    struct world w;
    (void)state;
    world_bare_bridge(&w);
    w.bridge_cannot_be_opened = true;
    give(&w, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_UNKNOWN, "");
    assert_int_equal(count_sent(&w, FRAME_ECHO_REQUEST), 0);
    world_end(&w);
}

/* The same one in each check: no trail of them in the guest's tables. */
static void test_same_source_each_time(void **state)
{
    struct ip_addr first[2];
    (void)state;
    for (unsigned check = 0; check < 40; check++) {
        struct world w;
        world_bare(&w);
        w.random_state += UINT64_C(0x9e3779b97f4a7c15) * check;
        give(&w, GUEST_4);
        give(&w, GUEST_ULA);
        world_run(&w);
        for (unsigned v6 = 0; v6 < 2; v6++) {
            struct ip_addr source;
            assert_int_equal(source_of(&w, v6 ? IP_V6 : IP_V4, &source), SOURCE_BORROWED);
            if (check == 0)
                first[v6] = source;
            assert_true(ip_equal(source, first[v6]));
        }
        world_end(&w);
    }
}

/* With machines all around the guest it takes one that is further away. */
static void test_all_near_candidates_are_taken(void **state)
{
    struct world w;
    (void)state;
    world_bare_bridge(&w);
    for (uint32_t i = 3; i < 7; i++) {
        w.others[w.other_count].address = ip_v4(0x0a090000 + i);
        w.others[w.other_count++].mac = (struct mac_addr){{0x52, 0x54, 0, 0, 0, (uint8_t)i}};
    }
    give(&w, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_ip(echo_source(&w, 0), "10.9.0.253");
    world_end(&w);
}

/* ---- -S ---- */

static void test_given_source(void **state)
{
    struct world w;
    struct ip_addr source;
    (void)state;
    world_tap(&w);
    give(&w, GUEST_4);
    w.options.source_ipv4 = ip("10.9.0.200");
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_int_equal(source_of(&w, IP_V4, &source), SOURCE_BORROWED);
    assert_ip(echo_source(&w, 0), "10.9.0.200");
    assert_in_range(answered_at(&w), 310 * MS, 312 * MS);
    world_end(&w);
}

static void test_given_source_that_is_ours(void **state)
{
    struct world w;
    struct ip_addr source;
    (void)state;
    world_tap(&w);
    add_own(&w, UPLINK_INDEX, "192.168.7.7", 24);
    w.guest.gateway = ip(HOST_4);
    give(&w, GUEST_4);
    w.options.source_ipv4 = ip("192.168.7.7");
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_int_equal(source_of(&w, IP_V4, &source), SOURCE_OURS);
    assert_ip(echo_source(&w, 2), "192.168.7.7");
    world_end(&w);
}

/* Never answered for where somebody has it: the guest, or another machine on the bridge. */
static void test_given_source_that_is_taken(void **state)
{
    struct world w;
    (void)state;
    for (unsigned others = 0; others < 2; others++) {
        world_bare_bridge(&w);
        if (others)
            add_other(&w, "10.9.0.200", "52:54:00:00:00:c8");
        else
            add_guest_address(&w, "10.9.0.200");
        give(&w, GUEST_4);
        w.options.source_ipv4 = ip("10.9.0.200");
        world_run(&w);
        assert_outcome(&w, EXIT_UNKNOWN, "");
        for (size_t i = 0; i < w.sent_count; i++)
            assert_true(w.sent[i].frame.kind != FRAME_ARP || w.sent[i].frame.arp.operation == ARP_REQUEST);
        world_end(&w);
    }
}

static void test_given_source_ipv6(void **state)
{
    struct world w;
    struct ip_addr source;
    (void)state;
    world_bare(&w);
    give(&w, GUEST_ULA);
    w.options.source_ipv6 = ip("fd00:9::77");
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_int_equal(source_of(&w, IP_V6, &source), SOURCE_BORROWED);
    assert_ip(echo_source(&w, 0), "fd00:9::77");
    world_end(&w);
}

static void test_given_source_ipv6_that_is_taken(void **state)
{
    struct world w;
    (void)state;
    world_bare(&w);
    add_guest_address(&w, "fd00:9::77");
    give(&w, GUEST_ULA);
    w.options.source_ipv6 = ip("fd00:9::77");
    world_run(&w);
    assert_string_equal(findings_text(&w.verdict), "");
    assert_int_equal(report_verdict_status(&w.verdict), EXIT_UNKNOWN);
    assert_int_equal(count_sent(&w, FRAME_NEIGHBOUR_ADVERTISEMENT), 0);
    world_end(&w);
}

/* ---- what the guest thinks of the source ---- */

/* A guest that takes the borrowed source for a remote one asks for its gateway: that is no fault of it. */
static void test_guest_that_asks_for_its_gateway(void **state)
{
    struct world w;
    (void)state;
    world_bare(&w);
    w.guest.prefix_length = 32;
    w.guest.gateway = ip("10.9.0.1");
    give(&w, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_UNKNOWN, "");
    assert_non_null(check_named(&w, "icmp", GUEST_4)->note);
    world_end(&w);
}

static void solicits_our_source(struct world *w, const struct event *event)
{
    struct ip_addr source = w->sent[0].frame.ip.source;
    struct writer frame = solicitation_frame(
        w->guest.mac, VID_NONE,
        event->address.family == IP_V6 ? event->address : (struct ip_addr){.family = IP_V6}, source);
    comes_in(w, w->now_us, &frame);
}

/* The guest asks who has our link-local source: we answer. It does so to take it for itself (RFC 4862 5.4.3):
 * we do not. */
static void test_solicitation_for_our_source(void **state)
{
    struct world w;
    (void)state;
    for (unsigned itself = 0; itself < 2; itself++) {
        world_bare(&w);
        give(&w, GUEST_ULA);
        struct event *event = world_at(&w, WORLD_START_US + 10 * MS, solicits_our_source);
        if (!itself)
            event->address = ip(GUEST_LL);
        world_run(&w);
        assert_int_equal(count_sent(&w, FRAME_NEIGHBOUR_ADVERTISEMENT), itself ? 0 : 1);
        world_end(&w);
    }
}

/* What we sent comes back, as from a reflecting hub: that is no claim of the guest's. */
static void reflects(struct world *w, const struct event *event)
{
    size_t until = w->sent_count;
    for (size_t i = event->frame.length; i < until; i++) {
        struct writer copy = {.length = w->sent[i].length};
        if (copy.length > sizeof w->sent[i].bytes)
            continue;
        memcpy(copy.bytes, w->sent[i].bytes, copy.length);
        comes_in(w, w->now_us, &copy);
    }
    if (w->now_us < WORLD_START_US + 50 * MS)
        world_at(w, w->now_us + 100, reflects)->frame.length = until;
}

static void test_own_frames_that_come_back(void **state)
{
    struct world w;
    (void)state;
    for (unsigned given = 0; given < 2; given++)
        for (unsigned bridge = 0; bridge < 2; bridge++) {
            (bridge ? world_bare_bridge : world_bare)(&w);
            if (given) {
                give(&w, GUEST_4);
                give(&w, GUEST_ULA);
            }
            world_at(&w, WORLD_START_US + 100, reflects);
            world_run(&w);
            assert_outcome(&w, EXIT_L2, "frame-reflection");
            for (size_t i = 0; i < w.seen.count; i++) {
                const struct observation *seen = &w.seen.items[i];
                assert_true(seen->kind != OBSERVED_CLAIM || mac_equal(seen->mac, w.guest.mac));
                assert_true(seen->kind != OBSERVED_SOURCE || seen->source != SOURCE_TAKEN);
            }
            for (size_t i = 0; i < w.target.address_count; i++)
                assert_true(guest_has(&w.guest, w.target.addresses[i].address));
            world_end(&w);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_address),
        cmocka_unit_test(test_own_address_that_does_not_serve),
        cmocka_unit_test(test_borrowed_on_a_tap),
        cmocka_unit_test(test_what_is_never_borrowed),
        cmocka_unit_test(test_nothing_left_to_borrow),
        cmocka_unit_test(test_candidate_that_the_guest_has),
        cmocka_unit_test(test_nothing_is_borrowed_without_the_bridge),
        cmocka_unit_test(test_same_source_each_time),
        cmocka_unit_test(test_candidates_that_others_have),
        cmocka_unit_test(test_all_near_candidates_are_taken),
        cmocka_unit_test(test_given_source),
        cmocka_unit_test(test_given_source_that_is_ours),
        cmocka_unit_test(test_given_source_that_is_taken),
        cmocka_unit_test(test_given_source_ipv6),
        cmocka_unit_test(test_given_source_ipv6_that_is_taken),
        cmocka_unit_test(test_guest_that_asks_for_its_gateway),
        cmocka_unit_test(test_solicitation_for_our_source),
        cmocka_unit_test(test_own_frames_that_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* One target from start to verdict, in virtual time, against a scripted guest. */
#include "check.h"

#include "fake_session.h"

#include <errno.h>

/* ---- one row: what is wrong with the guest, and what must come out ---- */

struct guest_case {
    const char *name;
    void (*world)(struct world *world);
    const char *given[3];
    void (*change)(struct world *world);
    int exit_status;
    const char *findings;
    uint64_t ends_before_us;
};

static void is_deaf(struct world *w)
{
    w->guest.deaf = true;
}
static void ignores_echo(struct world *w)
{
    w->guest.no_echo = true;
}
static void only_confirms(struct world *w)
{
    w->guest.no_echo = w->guest.confirms = true;
}
static void rejects_echo(struct world *w)
{
    w->guest.rejects = true;
}
static void ignores_ipv6(struct world *w)
{
    w->guest.no_ndp = w->guest.no_all_nodes = true;
    w->guest.address_count = 1;
}
static void ignores_arp_probes(struct world *w)
{
    w->guest.no_arp_probes = true;
}
static void ignores_arp(struct world *w)
{
    w->guest.no_arp = true;
}
static void ignores_arp_but_speaks(struct world *w)
{
    w->guest.no_arp = true;
    guest_announces(w, 30 * MS, "10.9.0.77");
}
static void has_nothing(struct world *w)
{
    w->guest.address_count = 0;
}
static void copies_replies(struct world *w)
{
    w->guest.copies = 1;
}
static void copies_60_ms_later(struct world *w)
{
    w->guest.copies = 1;
    w->guest.copy_after_us = 60 * MS;
}
static void copies_ever_later(struct world *w)
{
    copies_60_ms_later(w);
    w->guest.copies_later_us = 30 * MS;
}
static void copies_after_the_linger(struct world *w)
{
    copies_60_ms_later(w);
    w->guest.copy_after_us = 150 * MS;
}
static void is_40_ms_away(struct world *w)
{
    w->guest.delay_us = 40 * MS;
}
static void is_900_ms_away(struct world *w)
{
    w->guest.delay_us = 900 * MS;
    w->guest.no_echo = true;
}
static void is_2400_ms_away(struct world *w)
{
    w->guest.delay_us = 2400 * MS;
}
static void uses_vlan_7(struct world *w)
{
    w->guest.hear_vid = w->guest.speak_vid = 7;
    w->options.vlan = 7;
}
static void replies_in_vlan_7(struct world *w)
{
    w->guest.speak_vid = 7;
}
static void vlan_0_is_untagged(struct world *w)
{
    w->options.vlan = VLAN_UNTAGGED;
}
static void priority_tagged(struct world *w)
{
    w->guest.speak_vid = 0;
}
static void loses_one(struct world *w)
{
    w->guest.lose_from = w->guest.lose_to = 3;
}
/* Among what is lost are its questions for whom its replies are for. */
static void loses_questions(struct world *w)
{
    w->guest.loses_each = 2;
    w->guest.asks_in_vain_until_us = WORLD_START_US + 2200 * MS;
}
static void loses_each_second(struct world *w)
{
    w->guest.loses_each = 2;
}
static void asks_once(struct world *w)
{
    w->options.count = 1;
}
static void asks_once_deaf(struct world *w)
{
    w->options.count = 1;
    w->guest.deaf = true;
}
static void asks_1000_times(struct world *w)
{
    w->options.count = 1000;
    w->options.interval_us = 1000;
}
static void only_ipv4(struct world *w)
{
    w->options.ipv6 = false;
}
static void only_ipv6(struct world *w)
{
    w->options.ipv4 = false;
}
static void wrong_mac(struct world *w)
{
    w->target.has_mac = true;
    w->target.mac = mac("52:54:00:00:00:99");
}
static void right_mac(struct world *w)
{
    w->target.has_mac = true;
    w->target.mac = mac(GUEST_MAC);
}
static void has_tap_mac(struct world *w)
{
    w->guest.mac = mac(TAP_MAC);
}
static void no_linger(struct world *w)
{
    w->options.linger_us = 0;
}

static const struct guest_case CASES[] = {
    {"healthy, IPv4", world_tap, {GUEST_4}, NULL, 0, "", 110 * MS},
    {"healthy, IPv6", world_tap, {GUEST_ULA}, NULL, 0, "", 110 * MS},
    {"healthy, link-local", world_tap, {GUEST_LL}, NULL, 0, "", 110 * MS},
    {"healthy, all three", world_tap, {GUEST_4, GUEST_ULA, GUEST_LL}, NULL, 0, "", 110 * MS},
    {"healthy, none given", world_tap, {NULL}, NULL, 0, "", 260 * MS},
    {"healthy, no linger", world_tap, {GUEST_4, GUEST_ULA}, no_linger, 0, "", 10 * MS},
    {"healthy, bridge port", world_bridge, {GUEST_4, GUEST_ULA}, NULL, 0, "", 110 * MS},
    {"healthy, bridge port, none given", world_bridge, {NULL}, NULL, 0, "", 260 * MS},
    {"healthy, no address of ours", world_bare, {GUEST_4, GUEST_ULA}, NULL, 0, "", 420 * MS},
    {"healthy, bridge without address", world_bare_bridge, {GUEST_4, GUEST_ULA}, NULL, 0, "", 420 * MS},
    {"healthy, IPv4 only", world_tap, {GUEST_4}, only_ipv4, 0, "", 110 * MS},
    {"healthy, IPv6 only", world_tap, {NULL}, only_ipv6, 0, "", 260 * MS},
    {"healthy, expected MAC", world_tap, {GUEST_4, GUEST_ULA}, right_mac, 0, "", 110 * MS},
    {"healthy, 40 ms away", world_tap, {GUEST_4, GUEST_ULA}, is_40_ms_away, 0, "", 400 * MS},
    {"healthy, in VLAN 7 as asked for", world_tap, {GUEST_4, GUEST_ULA}, uses_vlan_7, 0, "", 420 * MS},
    {"healthy, untagged as asked for", world_tap, {GUEST_4, GUEST_ULA}, vlan_0_is_untagged, 0, "", 110 * MS},
    {"healthy, with priority tags", world_tap, {GUEST_4, GUEST_ULA}, priority_tagged, 0, "", 110 * MS},
    {"healthy, one probe each", world_tap, {GUEST_4, GUEST_ULA}, asks_once, 0, "", 110 * MS},
    {"healthy, 1000 probes each", world_tap, {GUEST_4}, asks_1000_times, 0, "", 2 * SECOND},
    {"healthy, ARP probes ignored", world_tap, {GUEST_4}, ignores_arp_probes, 0, "", 150 * MS},
    {"deaf", world_tap, {GUEST_4, GUEST_ULA}, is_deaf, 3, "arp-no-reply ndp-no-reply", 3500 * MS},
    {"deaf, one probe each", world_tap, {GUEST_4}, asks_once_deaf, 3, "arp-no-reply", 3500 * MS},
    {"deaf, bridge without address", world_bare_bridge, {GUEST_4}, is_deaf, 3, "arp-no-reply", 3500 * MS},
    {"deaf, none given", world_tap, {NULL}, is_deaf, 5, "", 3500 * MS},
    {"not there at all",
     world_tap,
     {GUEST_4, GUEST_ULA},
     has_nothing,
     3,
     "arp-no-reply ndp-no-reply",
     3500 * MS},
    {"ARP ignored, echo answered",
     world_tap,
     {GUEST_4},
     ignores_arp_but_speaks,
     3,
     "arp-no-reply",
     3500 * MS},
    {"ARP ignored, but the MAC is known",
     world_tap,
     {GUEST_4, GUEST_LL},
     ignores_arp,
     3,
     "arp-no-reply",
     3500 * MS},
    {"echo ignored", world_tap, {GUEST_4}, ignores_echo, 2, "icmp-no-reply", 4500 * MS},
    {"echo ignored, IPv6", world_tap, {GUEST_ULA}, ignores_echo, 2, "icmpv6-no-reply", 4500 * MS},
    {"echo ignored, confirms", world_tap, {GUEST_ULA}, only_confirms, 2, "icmpv6-no-reply", 4500 * MS},
    {"echo ignored, no address of ours", world_bare, {GUEST_4}, ignores_echo, 5, "", 4500 * MS},
    {"echo rejected",
     world_tap,
     {GUEST_4, GUEST_ULA},
     rejects_echo,
     2,
     "icmp-rejected icmp-rejected",
     3500 * MS},
    {"IPv6 deaf", world_tap, {GUEST_4, GUEST_ULA}, ignores_ipv6, 2, "ipv6-off", 3500 * MS},
    {"another address", world_tap, {"10.9.0.9"}, NULL, 2, "address-not-assigned", 3500 * MS},
    {"another address, IPv6", world_tap, {"fd00:9::9"}, NULL, 2, "address-not-assigned", 3500 * MS},
    {"another MAC", world_tap, {GUEST_4}, wrong_mac, 3, "unexpected-mac", 110 * MS},
    {"the tap's own MAC", world_tap, {GUEST_4}, has_tap_mac, 3, "host-mac", 110 * MS},
    {"copies", world_tap, {GUEST_4}, copies_replies, 3, "dup-reply-copied", 900 * MS},
    {"copies, IPv6", world_tap, {GUEST_ULA}, copies_replies, 3, "dup-unexplained", 900 * MS},
    {"copies in the linger", world_tap, {GUEST_4}, copies_60_ms_later, 3, "dup-reply-copied", 900 * MS},
    {"copies ever later", world_tap, {GUEST_4}, copies_ever_later, 3, "dup-reply-copied", 1500 * MS},
    {"copies after the linger", world_tap, {GUEST_4}, copies_after_the_linger, 0, "", 110 * MS},
    {"one reply lost", world_tap, {GUEST_4}, loses_one, 0, "", 3500 * MS},
    {"each second", world_tap, {GUEST_4}, loses_each_second, 1, "packet-loss packet-loss", 10 * SECOND},
    {"its questions lost", world_bare, {GUEST_4}, loses_questions, 1, "packet-loss packet-loss", 12 * SECOND},
    {"slow but in time", world_tap, {GUEST_4}, is_900_ms_away, 2, "icmp-no-reply", 8500 * MS},
    {"too slow", world_tap, {GUEST_4}, is_2400_ms_away, 3, "arp-no-reply", 3500 * MS},
    {"replies in a VLAN", world_tap, {GUEST_4}, replies_in_vlan_7, 3, "vlan-tag-mismatch", 3500 * MS},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct guest_case *row = &CASES[i];
        struct world w;
        row->world(&w);
        for (size_t j = 0; j < 3 && row->given[j] != NULL; j++)
            give(&w, row->given[j]);
        if (row->change != NULL)
            row->change(&w);
        world_run(&w);
        int exit_status = report_verdict_status(&w.verdict);
        if (exit_status != row->exit_status || strcmp(findings_text(&w.verdict), row->findings) != 0 ||
            w.ended_us > row->ends_before_us) {
            print_seen(&w);
            fail_msg("%s: exit %d \"%s\" after %.3f s, not %d \"%s\" before %.3f s", row->name, exit_status,
                     findings_text(&w.verdict), (double)w.ended_us / 1e6, row->exit_status, row->findings,
                     (double)row->ends_before_us / 1e6);
        }
        world_end(&w);
    }
}

/* ---- what makes silence prove nothing ---- */

static void test_send_failures_prove_nothing(void **state)
{
    static const int errors[] = {ENOBUFS, ENETDOWN, EPERM};
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        for (unsigned deaf = 0; deaf < 2; deaf++)
            for (unsigned first = 1; first <= 20; first++) {
                struct world w;
                world_tap(&w);
                give(&w, GUEST_4);
                give(&w, GUEST_ULA);
                w.guest.deaf = deaf;
                w.send_error = errors[i];
                w.send_from = first;
                w.send_until = deaf ? UINT32_MAX : first;
                world_run(&w);
                if (!deaf || first == 1)
                    assert_string_equal(findings_text(&w.verdict), "");
                if (deaf && first == 1)
                    assert_int_equal(report_verdict_status(&w.verdict), EXIT_UNKNOWN);
                world_end(&w);
            }
}

static void test_lost_captures_prove_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (unsigned deaf = 0; deaf < 2; deaf++) {
            struct world w;
            world_tap(&w);
            give(&w, GUEST_4);
            w.guest.deaf = deaf;
            *(i == 0 ? &w.lost : &w.passed_over) = 17;
            world_run(&w);
            assert_outcome(&w, deaf ? EXIT_UNKNOWN : EXIT_HEALTHY, "");
            char *notes = text_list_join(&w.verdict.notes);
            assert_non_null(strstr(notes, "the capture lost 17 frames"));
            free(notes);
            world_end(&w);
        }
}

static void stops(struct world *w, const struct event *event)
{
    if (event->address.family == IP_V4)
        check_lost_vantage(w->check, AT_TAP, ENETDOWN, w->now_us);
    else
        check_interrupt(w->check, w->now_us);
}

/* At whatever moment: a report of what was seen so far, and no fault made up from what was cut off. */
static void test_stopped_in_the_middle(void **state)
{
    (void)state;
    for (unsigned deaf = 0; deaf < 2; deaf++)
        for (unsigned lost = 0; lost < 2; lost++)
            for (uint64_t after_us = 0; after_us < 100 * MS; after_us += 1 + after_us / 3) {
                struct world w;
                world_tap(&w);
                give(&w, GUEST_4);
                give(&w, GUEST_ULA);
                w.guest.deaf = deaf;
                world_at(&w, WORLD_START_US + after_us, stops)->address = ip(lost ? GUEST_4 : GUEST_ULA);
                world_run(&w);
                assert_int_equal(w.ended_us, after_us);
                assert_outcome(&w, EXIT_UNKNOWN, "");
                assert_int_equal(w.verdict.check_count, 4);
                world_end(&w);
            }
}

/* ---- -w: waiting for a guest that boots ---- */

struct wait_case {
    const char *given[2];
    bool bridge, queues, no_echo, knows_mac;
};

static const struct wait_case WAIT_CASES[] = {
    {.given = {GUEST_4}},
    {.given = {GUEST_4, GUEST_ULA}},
    {.given = {GUEST_4, GUEST_ULA}, .bridge = true},
    {.given = {GUEST_4, GUEST_ULA}, .knows_mac = true},
    {.given = {GUEST_4, GUEST_ULA}, .queues = true},
    {.given = {GUEST_4, GUEST_ULA}, .queues = true, .knows_mac = true},
    {.given = {NULL}},
    {.given = {GUEST_4, GUEST_ULA}, .queues = true, .no_echo = true},
};

static void test_guest_that_comes_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WAIT_CASES / sizeof WAIT_CASES[0]; i++)
        for (uint64_t up_us = 9990 * MS; up_us < 10010 * MS; up_us += 1700) {
            const struct wait_case *row = &WAIT_CASES[i];
            struct world w;
            (row->bridge ? world_bridge : world_tap)(&w);
            for (size_t j = 0; j < 2 && row->given[j] != NULL; j++)
                give(&w, row->given[j]);
            w.options.wait_us = 30 * SECOND;
            w.guest.up_us = WORLD_START_US + up_us;
            w.guest.queues = row->queues;
            w.guest.no_echo = row->no_echo;
            w.target.has_mac = row->knows_mac;
            w.target.mac = w.guest.mac;
            world_run(&w);
            if (row->no_echo) {
                assert_outcome(&w, EXIT_L3, "icmp-no-reply icmpv6-no-reply");
            } else {
                assert_outcome(&w, EXIT_HEALTHY, "");
                uint64_t last_us = w.options.linger_us + (row->given[0] == NULL ? 450 * MS : 100 * MS);
                if (w.ended_us > up_us + last_us)
                    fail_msg("case %zu: up after %.3f s, noticed after %.3f s", i, (double)up_us / 1e6,
                             (double)w.ended_us / 1e6);
            }
            world_end(&w);
        }
}

static void test_guest_that_never_comes_up(void **state)
{
    static const uint64_t patiences_us[] = {30 * SECOND, 1500 * MS, SECOND + 1};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (unsigned elsewhere = 0; elsewhere < 2; elsewhere++) {
            struct world w;
            world_tap(&w);
            give(&w, "10.9.0.9");
            w.options.wait_us = patiences_us[i];
            w.guest.deaf = !elsewhere;
            world_run(&w);
            assert_outcome(&w, elsewhere ? EXIT_L3 : EXIT_L2,
                           elsewhere ? "address-not-assigned" : "arp-no-reply");
            if (w.ended_us > patiences_us[i] + (i == 0 ? 0 : 1500 * MS))
                fail_msg("patience %.1f s, ended after %.3f s", (double)patiences_us[i] / 1e6,
                         (double)w.ended_us / 1e6);
            world_end(&w);
        }
}

/* It answers ARP, and there is no time left for more. */
static void test_guest_that_comes_up_too_late(void **state)
{
    (void)state;
    for (uint64_t delay_us = 5 * MS; delay_us < 200 * MS; delay_us += 5 * MS) {
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        w.options.wait_us = 3 * SECOND;
        w.guest.up_us = WORLD_START_US + 3 * SECOND - 110 * MS;
        w.guest.delay_us = delay_us;
        world_run(&w);
        if (strstr(findings_text(&w.verdict), "icmp-no-reply") != NULL)
            fail_msg("answers after %.3f s: %s", (double)delay_us / 1e6, findings_text(&w.verdict));
        world_end(&w);
    }
}

/* What was observed of a frame bears its number, also where others were handed in since. */
static void test_findings_name_their_frames(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    give(&w, GUEST_4);
    rejects_echo(&w);
    world_run(&w);
    assert_string_equal(findings_text(&w.verdict), "icmp-rejected");
    assert_int_equal(w.verdict.findings[0].frame_count, 1);
    assert_in_range(w.verdict.findings[0].frames[0], 1, w.frames);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_send_failures_prove_nothing),
        cmocka_unit_test(test_lost_captures_prove_nothing),
        cmocka_unit_test(test_stopped_in_the_middle),
        cmocka_unit_test(test_guest_that_comes_up),
        cmocka_unit_test(test_guest_that_never_comes_up),
        cmocka_unit_test(test_guest_that_comes_up_too_late),
        cmocka_unit_test(test_findings_name_their_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

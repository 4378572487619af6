/* The rules of layer 2. */
#include "verdict.h"

#include "cases_l2.h"

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof L2_CASES / sizeof L2_CASES[0]; i++)
        run_case(&L2_CASES[i]);
}

static void test_bridge_mac(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    put_on_bridge(&s);
    s.target.addresses[0].route.ifindex = s.target.addresses[1].route.ifindex = SCENE_BRIDGE;
    claim_is_from(&s, "fe:00:00:00:00:01");
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "host-mac");
    assert_non_null(strstr(finding_in(&s, FINDING_HOST_MAC)->evidence.items[0], "br0"));
    scene_end(&s);
}

static void test_all_zero_mac(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    claim_is_from(&s, "00:00:00:00:00:00");
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "invalid-mac");
    scene_end(&s);
}

/* Copies of answers to ARP prove nothing while echo is answered once; where echo says nothing, they do. */
static void test_arp_copies(void **state)
{
    static const struct {
        unsigned echo_received, echo_duplicates;
        const char *findings;
    } rows[] = {{3, 0, ""}, {3, 3, "dup-unexplained"}, {0, 0, "dup-unexplained icmp-no-reply"}};
    struct scene s;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene_start(&s);
        check_in(&s, PROBE_ARP, SCENE_4)->duplicates = 2;
        check_in(&s, PROBE_ICMP, SCENE_4)->received = rows[i].echo_received;
        check_in(&s, PROBE_ICMP, SCENE_4)->duplicates = rows[i].echo_duplicates;
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), rows[i].findings);
        scene_end(&s);
    }
}

/* Where probes get lost, few that are not answered may be lost as well; many cannot. */
static void test_loss_is_no_silence(void **state)
{
    static const struct {
        unsigned arp_received, echoes;
        const char *findings;
        int exit_status;
    } rows[] = {{3, 3, "icmp-no-reply", EXIT_L3},
                {2, 3, "packet-loss", EXIT_UNKNOWN},
                {2, 13, "packet-loss icmp-no-reply", EXIT_L3}};
    struct scene s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene_start(&s);
        is_deaf_about(&s, SCENE_6);
        s.target.address_count = s.target.given_count = 1;
        s.seen.count = 3; /* only what is about the first address */
        check_in(&s, PROBE_ARP, SCENE_4)->received = rows[i].arp_received;
        check_in(&s, PROBE_ICMP, SCENE_4)->received = 0;
        check_in(&s, PROBE_ICMP, SCENE_4)->sent = rows[i].echoes;
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), rows[i].findings);
        assert_int_equal(report_verdict_status(&s.verdict), rows[i].exit_status);
        scene_end(&s);
    }
}

/* A guest that answers the echo requests of a later probe loses some, but it does answer. */
static void test_later_echo_was_answered(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    is_silent_about(&s, PROBE_ICMP, SCENE_4);
    see(&s, (struct observation){.kind = OBSERVED_REPLY,
                                 .address = ip(SCENE_4),
                                 .mac = mac(SCENE_MAC),
                                 .reply = {.probe = PROBE_ECHO_AGAIN, .sequence = 1, .rtt_us = 200}});
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "packet-loss");
    assert_int_equal(report_verdict_status(&s.verdict), EXIT_WARNING);
    scene_end(&s);
}

/* Whoever answers on the bridge is not the guest: its MAC says nothing about that of the guest. */
static void test_macs_beyond_the_bridge(void **state)
{
    static const char *const owners[] = {OTHER_MAC, "fe:00:00:00:00:01", "03:00:00:00:00:01"};
    struct scene s;
    (void)state;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        scene_start(&s);
        put_on_bridge(&s);
        all_deaf(&s);
        s.target.has_mac = true;
        s.target.mac = mac(SCENE_MAC);
        see(&s, (struct observation){
                    .kind = OBSERVED_CLAIM, .address = ip(SCENE_4), .mac = mac(owners[i]), .at = AT_BRIDGE});
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), "arp-no-reply ndp-no-reply");
        scene_end(&s);
    }
}

/* What was heard of a guest that does not answer says that the cable is good in one direction. */
static void test_evidence_of_a_deaf_guest(void **state)
{
    struct scene s;
    (void)state;
    for (unsigned heard = 0; heard < 2; heard++) {
        scene_start(&s);
        all_deaf(&s);
        if (heard)
            see(&s, (struct observation){
                        .kind = OBSERVED_HEARD, .address = ip("10.9.0.9"), .mac = mac(SCENE_MAC)});
        scene_judge(&s);
        const struct finding *finding = finding_in(&s, FINDING_ARP_NO_REPLY);
        assert_non_null(finding);
        assert_non_null(strstr(finding->evidence.items[1], heard ? "can send" : "nothing that it said"));
        scene_end(&s);
    }
}

/* An answer after the time-out is none, but worth telling. */
static void test_evidence_of_a_slow_guest(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    all_deaf(&s);
    see(&s, (struct observation){.kind = OBSERVED_REPLY,
                                 .address = ip(SCENE_4),
                                 .mac = mac(SCENE_MAC),
                                 .reply = {.probe = PROBE_ARP, .sequence = 1, .rtt_us = 1200000}});
    scene_judge(&s);
    const struct finding *finding = finding_in(&s, FINDING_ARP_NO_REPLY);
    assert_non_null(finding);
    assert_non_null(strstr(finding->evidence.items[1], "too late, after 1.2 s"));
    scene_end(&s);
}

/* A storm of frames that came before is a loop if the guest's frames come by two ports, or its answers many
 * times; by itself it may be a program. Without a storm, as far as it could be read, the other port is
 * another machine. */
static void test_loop_in_a_storm(void **state)
{
    static const struct {
        uint64_t broadcasts, during_us;
        bool by_two_ports, is_read;
        unsigned copies;
        const char *findings;
    } rows[] = {{20000, 100000, false, true, 0, "broadcast-storm"},
                {20000, 100000, true, true, 0, "l2-loop"},
                {20000, 100000, false, true, 30, "l2-loop"},
                {20000, 100000, false, true, 2, "broadcast-storm dup-unexplained"},
                {40, 100000, true, true, 0, "duplicate-mac"},
                {20000, 9000000, true, true, 0, "duplicate-mac"},
                {20000, 9000000, true, false, 0, "l2-loop"},
                {40, 9000000, true, false, 0, "duplicate-mac"}};
    struct scene s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene_start(&s);
        put_on_bridge(&s);
        see_broadcasts(&s, rows[i].broadcasts, rows[i].during_us);
        if (!rows[i].is_read)
            see_flood(&s);
        check_in(&s, PROBE_ICMP, SCENE_4)->duplicates = 3 * rows[i].copies;
        see(&s, (struct observation){.kind = OBSERVED_LEARNED, .mac = mac(SCENE_MAC), .port = SCENE_TAP});
        if (rows[i].by_two_ports)
            see(&s,
                (struct observation){.kind = OBSERVED_LEARNED, .mac = mac(SCENE_MAC), .port = SCENE_BRIDGE});
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), rows[i].findings);
        scene_end(&s);
    }
}

/* The other one spoke before the bridge's table was looked at, which had to learn from the guest what came
 * in. */
static void test_learned_before_the_look(void **state)
{
    struct scene s;
    (void)state;
    for (unsigned row = 0; row < 3; row++) {
        scene_start(&s);
        put_on_bridge(&s);
        s.links[0].learns = row != 1;
        see(&s, (struct observation){.kind = OBSERVED_CLAIM,
                                     .address = ip(SCENE_4),
                                     .mac = mac(row == 2 ? "52:54:00:00:00:99" : SCENE_MAC),
                                     .time_us = 1000,
                                     .at = AT_BRIDGE});
        see(&s, (struct observation){
                    .kind = OBSERVED_LEARNED, .mac = mac(SCENE_MAC), .time_us = 2000, .port = SCENE_BRIDGE});
        scene_judge(&s);
        assert_int_equal(finding_in(&s, FINDING_DUPLICATE_MAC) != NULL, row == 0);
        scene_end(&s);
    }
}

/* Taken out of its bridge during the check: what that bridge had learned says nothing any more. */
static void test_bridge_that_is_gone(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    put_on_bridge(&s);
    see_broadcasts(&s, 20000, 100000);
    see(&s, (struct observation){.kind = OBSERVED_LEARNED, .mac = mac(SCENE_MAC), .port = SCENE_TAP});
    see(&s, (struct observation){.kind = OBSERVED_LEARNED, .mac = mac(SCENE_MAC), .port = SCENE_BRIDGE});
    s.target.bridge = NULL;
    scene_judge(&s);
    assert_null(finding_in(&s, FINDING_L2_LOOP));
    assert_null(finding_in(&s, FINDING_DUPLICATE_MAC));
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_bridge_mac),
        cmocka_unit_test(test_learned_before_the_look),
        cmocka_unit_test(test_all_zero_mac),
        cmocka_unit_test(test_arp_copies),
        cmocka_unit_test(test_loss_is_no_silence),
        cmocka_unit_test(test_later_echo_was_answered),
        cmocka_unit_test(test_macs_beyond_the_bridge),
        cmocka_unit_test(test_evidence_of_a_deaf_guest),
        cmocka_unit_test(test_evidence_of_a_slow_guest),
        cmocka_unit_test(test_loop_in_a_storm),
        cmocka_unit_test(test_bridge_that_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

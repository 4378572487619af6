/* The rules of layer 3. */
#include "verdict.h"

#include "cases_guest.h"
#include "cases_need.h"

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof L3_CASES / sizeof L3_CASES[0]; i++)
        run_case(&L3_CASES[i]);
    for (size_t i = 0; i < sizeof NEED_CASES / sizeof NEED_CASES[0]; i++)
        run_case(&NEED_CASES[i]);
    for (size_t i = 0; i < sizeof GUEST_CASES / sizeof GUEST_CASES[0]; i++)
        run_case(&GUEST_CASES[i]);
}

static void far_gateway_is_missing(struct scene *s)
{
    asks_far(s, "10.9.0.254", 3);
}

/* As long as the host is reached they are warnings. */
static void test_what_only_others_suffer_from(void **state)
{
    static const struct {
        void (*shows)(struct scene *scene);
        const char *findings;
    } rows[] = {{prefix_is_shorter, "prefix-mismatch"}, {far_gateway_is_missing, "no-gateway"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct scene s;
        scene_start(&s);
        rows[i].shows(&s);
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), rows[i].findings);
        assert_int_equal(s.verdict.status, STATUS_WARNING);
        scene_end(&s);
    }
}

/* An echo that is ignored is no fault of layer 2, silence of layer 2 none of layer 3. */
static void test_layers_are_kept_apart(void **state)
{
    struct scene s;
    (void)state;
    for (unsigned deaf = 0; deaf < 2; deaf++) {
        scene_start(&s);
        if (deaf) {
            is_deaf_about(&s, SCENE_4);
            is_deaf_about(&s, SCENE_6);
        } else {
            no_echo_4(&s);
            no_echo_6(&s);
        }
        scene_judge(&s);
        assert_int_equal(s.verdict.layer, deaf ? LAYER_L2 : LAYER_L3);
        assert_int_equal(report_verdict_status(&s.verdict), deaf ? EXIT_L2 : EXIT_L3);
        for (size_t i = 0; i < s.verdict.finding_count; i++)
            assert_int_equal(FINDINGS[s.verdict.findings[i].id].layer, deaf ? LAYER_L2 : LAYER_L3);
        scene_end(&s);
    }
}

/* The other addresses are the evidence, by name. */
static void test_address_not_assigned_names_the_others(void **state)
{
    struct scene s;
    bool named = false;
    (void)state;
    scene_start(&s);
    has_another_address(&s);
    scene_judge(&s);
    const struct finding *finding = finding_in(&s, FINDING_ADDRESS_NOT_ASSIGNED);
    for (size_t i = 0; i < finding->evidence.count; i++)
        named |= strstr(finding->evidence.items[i], "10.9.0.77") != NULL;
    assert_true(named);
    scene_end(&s);
}

/* The echo was answered without ARP: it does have the address. */
static void test_address_without_arp_is_assigned(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    is_silent_about(&s, PROBE_ARP, SCENE_4);
    forget(&s, OBSERVED_CLAIM, SCENE_4);
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "arp-no-reply");
    scene_end(&s);
}

/* It speaks in the name of the address: then it has it, and is only deaf. */
static void test_address_that_is_heard_is_assigned(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    is_deaf_about(&s, SCENE_4);
    see_claim(&s, "10.9.0.77", SCENE_MAC);
    see(&s, (struct observation){.kind = OBSERVED_HEARD, .address = ip(SCENE_4), .mac = mac(SCENE_MAC)});
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "arp-no-reply");
    scene_end(&s);
}

/* Whoever rejects echo requests for an address that nobody has is there: that is one fault, not two. */
static void test_rejection_by_another_address(void **state)
{
    struct scene s;
    (void)state;
    for (unsigned by_itself = 0; by_itself < 2; by_itself++) {
        scene_start(&s);
        is_deaf_about(&s, SCENE_4);
        is_deaf_about(&s, SCENE_6);
        see_rejection(&s);
        s.seen.items[s.seen.count - 1].error.sender = ip(by_itself ? SCENE_4 : "10.9.0.77");
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict),
                            by_itself ? "arp-no-reply ndp-no-reply" : "ndp-no-reply address-not-assigned");
        scene_end(&s);
    }
}

/* Of two others on the bridge that have the address the guest has no part. */
static void test_conflict_of_others(void **state)
{
    struct scene s;
    (void)state;
    for (unsigned guest_too = 0; guest_too < 2; guest_too++) {
        scene_start(&s);
        put_on_bridge(&s);
        if (!guest_too) {
            is_deaf_about(&s, SCENE_4);
            see_claim(&s, "10.9.0.77", SCENE_MAC);
        }
        for (unsigned i = 0; i < 2; i++)
            see(&s, (struct observation){.kind = OBSERVED_CLAIM,
                                         .address = ip(SCENE_4),
                                         .mac = mac(i ? OTHER_MAC : "52:54:00:99:99:98"),
                                         .at = AT_BRIDGE});
        s.target.addresses[0].route.ifindex = s.target.addresses[1].route.ifindex = SCENE_BRIDGE;
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict),
                            guest_too ? "address-conflict" : "address-not-assigned");
        scene_end(&s);
    }
}

static void test_wrong_subnet_by_route(void **state)
{
    static const struct {
        enum route_kind kind;
        int ifindex;
        bool wrong;
    } rows[] = {{ROUTE_ON_LINK, SCENE_TAP, false},
                {ROUTE_GATEWAY, SCENE_TAP, false},
                {ROUTE_GATEWAY, SCENE_UPLINK, true},
                {ROUTE_ON_LINK, SCENE_UPLINK, true},
                {ROUTE_NONE, 0, true},
                {ROUTE_REJECTED, 0, false}};
    struct scene s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene_start(&s);
        off_every_subnet(&s);
        s.target.addresses[0].route = (struct route_facts){.kind = rows[i].kind, .ifindex = rows[i].ifindex};
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), rows[i].wrong ? "wrong-subnet" : "");
        scene_end(&s);
    }
}

/* Nothing to compare with, or no claim: nothing to say. */
static void test_wrong_subnet_needs_subnet_and_claim(void **state)
{
    struct scene s;
    (void)state;
    for (unsigned row = 0; row < 3; row++) {
        scene_start(&s);
        off_every_subnet(&s);
        if (row == 0)
            s.own[0].ifindex = SCENE_UPLINK;
        else if (row == 1)
            s.links[0].kind = LINK_VETH;
        else
            forget(&s, OBSERVED_CLAIM, SCENE_4);
        scene_judge(&s);
        assert_null(finding_in(&s, FINDING_WRONG_SUBNET));
        scene_end(&s);
    }
}

static void test_documentation_prefixes(void **state)
{
    static const char *const addresses[] = {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1",
                                            "3fff::1"};
    static const char *const rfcs[] = {"5737", "5737", "5737", "3849", "9637"};
    struct scene s;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        scene_start(&s);
        s.target.addresses[0].address = ip(addresses[i]);
        scene_judge(&s);
        assert_int_equal(report_verdict_status(&s.verdict), EXIT_WARNING);
        assert_non_null(strstr(finding_in(&s, FINDING_DOCUMENTATION_ADDRESS)->evidence.items[0], rfcs[i]));
        scene_end(&s);
    }
}

static void copies_of_many(struct scene *s)
{
    check_in(s, PROBE_ICMP, SCENE_4)->duplicates = 9;
    for (unsigned i = 0; i < 12; i++)
        see(s, (struct observation){.kind = OBSERVED_REPLY,
                                    .address = ip(SCENE_4),
                                    .mac = mac(SCENE_MAC),
                                    .frame = 7 + i,
                                    .reply = {.probe = PROBE_ICMP, .sequence = 1 + i / 4, .copy = i % 4}});
}

/* Those of the frames that prove it: some, each once, in their order; without numbers none. */
static void test_conflict_names_its_frames(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    two_claim(&s);
    scene_judge(&s);
    assert_int_equal(finding_in(&s, FINDING_ADDRESS_CONFLICT)->frame_count, 0);
    scene_end(&s);

    scene_start(&s);
    for (unsigned i = 0; i < 12; i++)
        see(&s, (struct observation){.kind = OBSERVED_CLAIM,
                                     .address = ip(SCENE_4),
                                     .mac = mac(OTHER_MAC),
                                     .frame = 40 - i / 2 * 3});
    scene_judge(&s);
    const struct finding *finding = finding_in(&s, FINDING_ADDRESS_CONFLICT);
    assert_in_range(finding->frame_count, 4, FINDING_FRAMES_MAX);
    for (size_t i = 0; i < finding->frame_count; i++)
        assert_int_equal(finding->frames[i], 40 - 3 * (finding->frame_count - 1 - i));
    scene_end(&s);

    scene_start(&s);
    copies_of_many(&s);
    scene_judge(&s);
    finding = finding_in(&s, FINDING_DUP_UNEXPLAINED);
    assert_int_equal(finding->frame_count, FINDING_FRAMES_MAX);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_what_only_others_suffer_from),
        cmocka_unit_test(test_layers_are_kept_apart),
        cmocka_unit_test(test_address_not_assigned_names_the_others),
        cmocka_unit_test(test_address_without_arp_is_assigned),
        cmocka_unit_test(test_address_that_is_heard_is_assigned),
        cmocka_unit_test(test_rejection_by_another_address),
        cmocka_unit_test(test_conflict_of_others),
        cmocka_unit_test(test_wrong_subnet_by_route),
        cmocka_unit_test(test_wrong_subnet_needs_subnet_and_claim),
        cmocka_unit_test(test_documentation_prefixes),
        cmocka_unit_test(test_conflict_names_its_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

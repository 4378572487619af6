/* What a verdict adds up to; that every finding has words and a case. */
#include "verdict.h"

#include "cases_host.h"
#include "cases_path.h"
#include "cases_reply.h"
#include "cases_l2.h"
#include "cases_guest.h"
#include "cases_need.h"

#include "probe.h"

#include <ctype.h>

/* ---- the table of findings ---- */

static bool is_kebab_case(const char *name)
{
    if (!islower((unsigned char)*name))
        return false;
    for (const char *c = name; *c != '\0'; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) &&
            (*c != '-' || c[1] == '-' || c[1] == '\0'))
            return false;
    return true;
}

static void test_every_finding_has_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        const struct finding_row *row = &FINDINGS[i];
        const char *const words[] = {row->summary, row->meaning, row->proof, row->fix};
        if (!is_kebab_case(row->name))
            fail_msg("\"%s\" is no kebab-case name", row->name);
        for (size_t j = 0; j < 4; j++)
            if (words[j] == NULL || strlen(words[j]) < 10)
                fail_msg("%s lacks words", row->name);
        assert_ptr_equal(finding_named(row->name), row); /* so it is unique */
        assert_true(row->layer > LAYER_NONE && row->layer <= LAYER_HOST);
        assert_true(row->severity <= SEVERITY_ERROR);
        assert_true(i == 0 || row->layer <= FINDINGS[i - 1].layer); /* lowest layer first */
    }
    assert_null(finding_named(""));
    assert_null(finding_named("arp-no-repl"));
}

/* Whether `from` hides `to`, or one that does so, and so on. */
static bool leads_to(enum finding_id from, enum finding_id to, bool visited[FINDING_COUNT])
{
    if (visited[from])
        return false;
    visited[from] = true;
    for (const enum finding_id *next = FINDINGS[from].hides; next != NULL && *next != FINDING_COUNT; next++)
        if (*next == to || leads_to(*next, to, visited))
            return true;
    return false;
}

/* Those that hide each other, in a circle of whatever length, would all vanish. */
static void test_hiding_has_no_circle(void **state)
{
    (void)state;
    for (enum finding_id id = 0; id < FINDING_COUNT; id++) {
        bool visited[FINDING_COUNT] = {false};
        if (leads_to(id, id, visited))
            fail_msg("%s hides itself by way of others", FINDINGS[id].name);
    }
}

/* What a fault hides weighs no more than the fault itself, so that the exit status stays what it is. */
static void test_hiding_keeps_the_severity(void **state)
{
    (void)state;
    for (enum finding_id id = 0; id < FINDING_COUNT; id++)
        for (const enum finding_id *hidden = FINDINGS[id].hides; hidden && *hidden != FINDING_COUNT; hidden++)
            if (FINDINGS[*hidden].severity > FINDINGS[id].severity)
                fail_msg("%s hides %s, which is worse", FINDINGS[id].name, FINDINGS[*hidden].name);
}

/* The others are sent in each check; and the search begins by itself. */
static void test_only_diagnosing_probes_are_asked_for(void **state)
{
    (void)state;
    for (enum finding_id id = 0; id < FINDING_COUNT; id++)
        for (const enum probe_id *asked = FINDINGS[id].asks; asked && *asked != PROBE_COUNT; asked++) {
            bool diagnosing = false;
            for (const struct probe_class *const *class = PROBES; *class != NULL; class ++)
                diagnosing |=
                    (*class)->id == *asked && ((*class)->starts & (STARTS_WHEN_ASKED | STARTS_LAST));
            if (!diagnosing)
                fail_msg("%s asks for %s", FINDINGS[id].name, probe_name(*asked));
        }
}

/* Only what the host knows by itself makes probing pointless, and a fault it must be: a check that ends
 * without a question is not healthy. */
static void test_only_faults_of_the_host_end_the_check(void **state)
{
    (void)state;
    for (enum finding_id id = 0; id < FINDING_COUNT; id++)
        if (FINDINGS[id].course == ENDS_CHECK)
            assert_true(FINDINGS[id].layer == LAYER_HOST && FINDINGS[id].severity == SEVERITY_ERROR);
}

static void test_every_finding_has_a_case(void **state)
{
    static const struct {
        const struct finding_case *rows;
        size_t count;
        enum layer layer;
        const char *file;
    } tables[] = {
        {HOST_CASES, sizeof HOST_CASES / sizeof HOST_CASES[0], LAYER_HOST, "tests/unit/cases_host.h"},
        {PATH_CASES, sizeof PATH_CASES / sizeof PATH_CASES[0], LAYER_HOST, "tests/unit/cases_path.h"},
        {REPLY_CASES, sizeof REPLY_CASES / sizeof REPLY_CASES[0], LAYER_L2, "tests/unit/cases_reply.h"},
        {L2_CASES, sizeof L2_CASES / sizeof L2_CASES[0], LAYER_L2, "tests/unit/cases_l2.h"},
        {L3_CASES, sizeof L3_CASES / sizeof L3_CASES[0], LAYER_L3, "tests/unit/cases_l3.h"},
        {NEED_CASES, sizeof NEED_CASES / sizeof NEED_CASES[0], LAYER_L3, "tests/unit/cases_need.h"},
        {GUEST_CASES, sizeof GUEST_CASES / sizeof GUEST_CASES[0], LAYER_L3, "tests/unit/cases_guest.h"},
    };
    unsigned cases[FINDING_COUNT] = {[FINDING_VM_ON_TWO_HOSTS] = 1 /* of documents: test_fleet.c */},
             missing = 0;
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (size_t i = 0; i < tables[t].count; i++) {
            cases[tables[t].rows[i].id]++;
            assert_int_equal(FINDINGS[tables[t].rows[i].id].layer, tables[t].layer);
        }
    for (size_t i = 0; i < FINDING_COUNT; i++)
        for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
            if (cases[i] == 0 && FINDINGS[i].layer == tables[t].layer) {
                print_error("the finding %s has no case: add a row to %s\n", FINDINGS[i].name,
                            tables[t].file);
                missing++;
            }
    assert_int_equal(missing, 0);
}

/* ---- the sum ---- */

static void add_unknown(struct scene *s)
{
    check_in(s, PROBE_ICMPV6, SCENE_6)->received = 0;
    check_in(s, PROBE_ICMPV6, SCENE_6)->concluded = false;
}

static void add_warning(struct scene *s)
{
    one_lost(s);
}

static void add_l3_fault(struct scene *s)
{
    see_claim(s, SCENE_6, OTHER_MAC);
}

static void add_l2_fault(struct scene *s)
{
    has_unexpected_mac(s);
    s->target.mac = mac("52:54:00:00:00:01");
}

/* A fault wins over "could not tell", which wins over a warning, which wins over healthy; the lowest layer
 * decides. */
static void test_precedence(void **state)
{
    static void (*const add[])(struct scene *) = {add_warning, add_unknown, add_l3_fault, add_l2_fault};
    static const int exits[] = {EXIT_WARNING, EXIT_UNKNOWN, EXIT_L3, EXIT_L2};
    (void)state;
    for (unsigned set = 0; set < 16; set++) {
        struct scene s;
        int expected = EXIT_HEALTHY;
        scene_start(&s);
        for (unsigned i = 0; i < 4; i++)
            if (set >> i & 1) {
                add[i](&s);
                expected = exits[i];
            }
        scene_judge(&s);
        if (report_verdict_status(&s.verdict) != expected)
            fail_msg("set %u: exit %d, not %d \"%s\"", set, report_verdict_status(&s.verdict), expected,
                     findings_text(&s.verdict));
        if (s.verdict.status == STATUS_HEALTHY || s.verdict.status == STATUS_UNKNOWN)
            assert_int_equal(s.verdict.layer, LAYER_NONE);
        scene_end(&s);
    }
}

/* Whatever is left out of account is shown; the sum is that of the others. */
static void test_ignored_findings(void **state)
{
    static const struct {
        enum finding_id ignored[2];
        int exit_status;
    } rows[] = {
        {{FINDING_PACKET_LOSS, FINDING_COUNT}, EXIT_L3},
        {{FINDING_ADDRESS_CONFLICT, FINDING_COUNT}, EXIT_WARNING},
        {{FINDING_ADDRESS_CONFLICT, FINDING_PACKET_LOSS}, EXIT_HEALTHY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene s;
        scene_start(&s);
        add_warning(&s);
        add_l3_fault(&s);
        for (size_t j = 0; j < 2 && rows[i].ignored[j] != FINDING_COUNT; j++)
            s.options.ignored[rows[i].ignored[j]] = true;
        scene_judge(&s);
        assert_string_equal(findings_text(&s.verdict), "packet-loss address-conflict");
        assert_int_equal(report_verdict_status(&s.verdict), rows[i].exit_status);
        for (size_t j = 0; j < s.verdict.finding_count; j++)
            assert_int_equal(s.verdict.findings[j].ignored, s.options.ignored[s.verdict.findings[j].id]);
        scene_end(&s);
    }
}

static void test_healthy(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    scene_judge(&s);
    assert_int_equal(s.verdict.status, STATUS_HEALTHY);
    assert_string_equal(findings_text(&s.verdict), "");
    assert_int_equal(s.verdict.check_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(s.verdict.checks[i].status, CHECK_PASS);
    assert_int_equal(s.verdict.address_count, 2);
    assert_mac(s.verdict.addresses[0].mac, SCENE_MAC);
    assert_int_equal(s.verdict.unknown.count, 0);
    scene_end(&s);
}

/* Nothing asked and nothing found is not healthy. */
static void test_nobody_found(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    s.seen.count = s.target.given_count = s.target.address_count = 0;
    scene_judge(&s);
    assert_int_equal(report_verdict_status(&s.verdict), EXIT_UNKNOWN);
    assert_int_equal(s.verdict.unknown.count, 1);
    scene_end(&s);
}

/* A family of which nothing was found is named, not counted as healthy; one that was not wanted is not. */
static void test_family_that_was_not_found(void **state)
{
    struct scene s;
    (void)state;
    for (unsigned wanted = 0; wanted < 2; wanted++) {
        scene_start(&s);
        s.target.given_count = 0;
        s.target.address_count = 1;
        s.options.ipv6 = wanted;
        scene_judge(&s);
        assert_int_equal(s.verdict.status, STATUS_HEALTHY);
        assert_int_equal(s.verdict.check_count, wanted ? 3 : 2);
        if (wanted)
            assert_int_equal(s.verdict.checks[2].status, CHECK_SKIP);
        scene_end(&s);
    }
}

/* The specific one hides the generic one of its address, not of another. */
static void test_hiding_is_about_one_address(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    add_checked(&s, "10.9.0.3");
    is_silent_about(&s, PROBE_ICMP, "10.9.0.3");
    rejected(&s);
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "icmp-rejected icmp-no-reply");
    scene_end(&s);
}

/* What the user leaves out of account explains nothing away. */
static void test_ignored_cause(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    paused(&s);
    s.options.ignored[FINDING_VM_NOT_READING] = true;
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "vm-not-reading arp-no-reply ndp-no-reply");
    assert_int_equal(report_verdict_status(&s.verdict), EXIT_L2);
    scene_end(&s);
}

static void any_guest(struct scene *s)
{
    (void)s;
}

/* Probes that could not be sent, or had no time, leave no doubt where a fault is proved that says why. */
static void test_proven_cause_leaves_no_doubt(void **state)
{
    static const struct {
        void (*cause)(struct scene *scene);
        size_t doubts;
        int exit_status;
    } rows[] = {{any_guest, 4, EXIT_UNKNOWN},
                {paused, 0, EXIT_HOST},
                {frames_go_round, 0, EXIT_L2},
                {answers_in_vlan, 2, EXIT_L2}}; /* of SCENE_4; the other address may be another matter */
    struct scene s;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene_start(&s);
        rows[i].cause(&s);
        is_silent_about(&s, PROBE_ICMP, SCENE_4);
        is_silent_about(&s, PROBE_ICMPV6, SCENE_6);
        check_in(&s, PROBE_ARP, SCENE_4)->send_failures = 3;
        check_in(&s, PROBE_ARP, SCENE_4)->received = 0;
        check_in(&s, PROBE_NDP, SCENE_6)->send_failures = 3;
        check_in(&s, PROBE_NDP, SCENE_6)->received = 0;
        check_in(&s, PROBE_ICMP, SCENE_4)->concluded = false;
        check_in(&s, PROBE_ICMPV6, SCENE_6)->concluded = false;
        scene_judge(&s);
        assert_int_equal(s.verdict.unknown.count, rows[i].doubts);
        assert_int_equal(report_verdict_status(&s.verdict), rows[i].exit_status);
        scene_end(&s);
    }
}

/* ---- what the checks say ---- */

static void test_check_status(void **state)
{
    static const struct {
        const char *name;
        struct check_observation outcome;
        enum check_status status;
        bool note;
    } rows[] = {
        {"answered", {.sent = 3, .received = 3, .concluded = true}, CHECK_PASS, false},
        {"silent", {.sent = 3, .concluded = true}, CHECK_FAIL, false},
        {"some lost", {.sent = 3, .received = 2, .concluded = true}, CHECK_WARN, false},
        {"copies", {.sent = 3, .received = 3, .duplicates = 1, .concluded = true}, CHECK_FAIL, false},
        {"stopped", {.sent = 2, .received = 1}, CHECK_UNKNOWN, true},
        {"stopped before the first", {.sent = 0}, CHECK_UNKNOWN, true},
        {"could not send",
         {.sent = 3, .send_failures = 3, .send_error = ENOBUFS, .concluded = true},
         CHECK_UNKNOWN,
         true},
        {"one could not be sent",
         {.sent = 3, .received = 2, .send_failures = 1, .send_error = ENOBUFS, .concluded = true},
         CHECK_UNKNOWN,
         true},
        {"no source", {.no_source = true}, CHECK_UNKNOWN, true},
        {"no MAC", {.no_mac = true}, CHECK_UNKNOWN, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene s;
        scene_start(&s);
        struct check_observation *outcome = check_in(&s, PROBE_ICMP, SCENE_4);
        *outcome = rows[i].outcome;
        outcome->probe = PROBE_ICMP;
        scene_judge(&s);
        bool found = false;
        for (size_t j = 0; j < s.verdict.check_count; j++) {
            const struct check_result *check = &s.verdict.checks[j];
            if (strcmp(check->name, "icmp") != 0)
                continue;
            found = true;
            if (check->status != rows[i].status || (check->note != NULL) != rows[i].note)
                fail_msg("%s: %s, %s", rows[i].name, check_status_name(check->status),
                         check->note ? check->note : "no note");
        }
        assert_true(found);
        scene_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_finding_has_its_words),
        cmocka_unit_test(test_hiding_has_no_circle),
        cmocka_unit_test(test_hiding_keeps_the_severity),
        cmocka_unit_test(test_only_diagnosing_probes_are_asked_for),
        cmocka_unit_test(test_only_faults_of_the_host_end_the_check),
        cmocka_unit_test(test_every_finding_has_a_case),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_ignored_findings),
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_nobody_found),
        cmocka_unit_test(test_family_that_was_not_found),
        cmocka_unit_test(test_hiding_is_about_one_address),
        cmocka_unit_test(test_ignored_cause),
        cmocka_unit_test(test_proven_cause_leaves_no_doubt),
        cmocka_unit_test(test_check_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

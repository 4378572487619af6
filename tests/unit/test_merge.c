/* Merging documents: which count, what is kept of them, and texts that are none. */
#include "merged.h"

/* ---- one host more than once ---- */

static void test_newest_counts(void **state)
{
    const struct host looks[] = {
        {HOST_A, .machines = {{"a", "u1", "10.9.0.2", NULL, ONE}, {"b", "u2", "10.9.0.3", NULL, TWO}}},
        {HOST_A, .started_us = NOON - SECOND, .machines = {{"a", "u1", "10.9.0.7", NULL, ONE}}},
        {HOST_A, .machines = {{"a", "u1", "10.9.0.2", NULL, ONE}, {"b", "u2", "10.9.0.3", NULL, TWO}}},
        {HOST_A, .netns = "blue", .machines = {{"c", "u3", "10.9.0.4", NULL, "52:54:00:00:00:03"}}}};
    struct merged merged = merge_hosts(looks, 4);
    (void)state;

    assert_int_equal(merged.report.merged.documents, 4);
    assert_int_equal(merged.report.merged.hosts, 2);
    assert_int_equal(merged.report.merged.targets, 3);
    assert_int_equal(merged.report.target_count, 3);
    assert_string_equal(merged.report.targets[0].place, "hv1:tap0");
    assert_string_equal(merged.report.targets[0].interface, "tap0");
    assert_string_equal(merged.report.targets[2].place, "hv1:tap0");
    assert_int_equal(report_exit_status(&merged.report), EXIT_HEALTHY);
    for (size_t i = 0; i < merged.report.target_count; i++)
        assert_false(ip_equal(merged.report.targets[i].verdict.addresses[0].address, ip("10.9.0.7")));
    merged_free(&merged);
}

/* What is found in a document stays found, and --ignore holds for it, too. */
static void test_findings_stay(void **state)
{
    struct report report =
        report_of_host(&(struct host){HOST_A, .machines = {{"a", "u1", "10.9.0.2", NULL, ONE}}});
    struct check_options options = {0};
    (void)state;

    struct finding *finding =
        add_finding(&report.targets[0], FINDING_ICMP_NO_REPLY, "10.9.0.2", "no echo", "allow it");
    text_list_addf(&finding->evidence, "3 requests");
    add_check(&report.targets[0], "icmp", "10.9.0.2", CHECK_FAIL, 0);
    add_hop(&report.targets[0], "tap", "tap0", PASSING_SEEN, PASSING_LOST);
    verdict_conclude(&report.targets[0].verdict);
    char *text = render(&report, "json", &(struct report_style){0});
    for (size_t piece = 1; piece < 100; piece += 7) {
        struct merged merged = merge_text(text, piece, &options);
        const struct verdict *verdict = &merged.report.targets[0].verdict;
        assert_int_equal(report_exit_status(&merged.report), piece < 50 ? EXIT_L3 : EXIT_HEALTHY);
        assert_string_equal(verdict->findings[0].summary, "no echo");
        assert_string_equal(verdict->findings[0].fix, "allow it");
        assert_string_equal(verdict->findings[0].evidence.items[0], "3 requests");
        assert_int_equal(verdict->checks[0].sent, 3);
        assert_int_equal(verdict->path.hops[0].reply, PASSING_LOST);
        merged_free(&merged);
        options.ignored[FINDING_ICMP_NO_REPLY] = piece + 7 >= 50;
    }
    free(text);
    report_free(&report);
}

/* Of very many targets the healthy ones are counted, and still compared. */
static void test_many_targets(void **state)
{
    struct report report = report_of_host(&(struct host){HOST_A});
    (void)state;

    for (uint32_t i = 0; i < 10050; i++) {
        char address[32], of[32];
        snprintf(address, sizeof address, "10.%u.%u.1", i >> 8 & 255, i & 255);
        snprintf(of, sizeof of, "52:54:01:00:%02x:%02x", i >> 8 & 255, i & 255);
        add_machine(&report, &(struct host){.name = "hv1"}, &(struct machine){"vm", NULL, address, NULL, of},
                    i);
    }
    char *many = render(&report, "json", &(struct report_style){0});
    char *other = document_of(
        &(struct host){HOST_B, .machines = {{"b", "u2", "10.99.0.3", NULL, "52:54:01:00:27:10"}}});
    char *all = text_format("%s%s", many, other);
    struct merged merged = merge_text(all, 65536, &OPTIONS);
    char *found = findings_of(&merged.report);

    assert_string_equal(found, "duplicate-mac duplicate-mac");
    assert_int_equal(merged.report.merged.targets, 10051);
    assert_int_equal(merged.report.target_count, 2);
    assert_string_equal(merged.report.targets[0].interface, "tap10000");
    assert_int_equal(report_exit_status(&merged.report), EXIT_WARNING);
    free(found);
    merged_free(&merged);
    free(all);
    free(other);
    free(many);
    report_free(&report);
}

/* ---- documents that are none ---- */

#define FRONT "{\"schema\": 1, \"command\": \"check\", \"started\": \"2026-11-22T09:00:00.123456Z\", "

static void test_flaws(void **state)
{
    static const struct {
        const char *text, *reason;
        size_t targets;
    } cases[] = {
        {"", NULL, 0},
        {"{}", "no document of vmnetcheck", 0},
        {"[1, 2]", "no document of vmnetcheck", 0},
        {"7", "no document of vmnetcheck", 0},
        {"<html>", "no JSON", 0},
        {FRONT "\"targets\": [{\"interface\": \"tap0\"}", "cut off; 1 of its targets were read", 1},
        {FRONT "\"targets\": [{\"interface\": \"tap0\"}, {", "cut off; 1 of its targets were read", 1},
        {FRONT "\"targets\": [{\"interface\": \"tap0\"}, ?", "no JSON; 1 of its targets were read", 1},
        {FRONT "\"targets\": [{}], \"error\": \"no memory\"}", "ended before its end: no memory", 1},
        {FRONT "\"host\": {}}", "no document of vmnetcheck", 0},
        {"{\"schema\": 2, \"command\": \"check\", \"started\": \"2026-11-22T09:00:00.1Z\", \"targets\": "
         "[{}]}",
         "later version", 0},
        {"{\"schema\": 1, \"command\": \"list\", \"started\": \"2026-11-22T09:00:00.1Z\", \"taps\": []}",
         "none of check", 0},
        {"{\"schema\": 1, \"command\": \"merge\", \"started\": \"2026-11-22T09:00:00.1Z\", \"targets\": []}",
         "none of check", 0},
        {FRONT "\"targets\": [{\"findings\": [{\"name\": \"from-the-future\", \"severity\": \"error\"}]}]}",
         NULL, 1},
        {FRONT "\"targets\": [{\"status\": \"fault\"}]}", NULL, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct merged merged = merge_text(cases[i].text, 7, &OPTIONS);
        assert_int_equal(report_exit_status(&merged.report), EXIT_UNKNOWN);
        assert_int_equal(merged.report.target_count, cases[i].targets);
        if (cases[i].reason != NULL && strstr(merged.report.failure, cases[i].reason) == NULL)
            fail_msg("%s: %s", cases[i].text, merged.report.failure);
        merged_free(&merged);
    }
}

/* Fields of another kind, twice, or too long; nothing of it is taken for what it is not. */
static void test_hostile(void **state)
{
    static const char *const odd[] = {
        "\"interface\": 7, \"vm\": [], \"segment\": 7, \"addresses\": {}",
        "\"vm\": {\"name\": \"a\"}, \"vm\": {\"name\": \"b\", \"pid\": -1}, \"vm\": {\"pid\": "
        "99999999999999999999}",
        "\"addresses\": [{\"address\": \"10.0.0.300\"}, {\"address\": \"::1\", \"mac\": \"no\"}, 7, [[]], "
        "{}]",
        "\"segment\": {\"subnets\": [\"10.0.0.0/99\", \"10.0.0.0\", \"/\", 7], \"gateways\": [{}, {\"mac\": "
        "7}, {}, {}]}",
        "\"checks\": [{\"name\": \"none\"}, {\"name\": \"arp\", \"sent\": 1.5, \"rtt_us\": {\"min\": "
        "\"x\"}}]",
        "\"path\": [{\"hop\": \"tap\"}, {\"hop\": \"moon\", \"interface\": \"x\"}, {\"interface\": \"x\"}]",
        "\"findings\": [{}, {\"name\": \"arp-no-reply\", \"evidence\": 7, \"address\": 7, \"severity\": "
        "\"bad\"}]",
        "\"interface\": \"\\u0000\\u001b[2J\\u202e<script>\"",
        "\"findings\": [{\"name\": \"arp-no-reply\", \"name\": \"icmp-no-reply\"}], \"findings\": "
        "[{\"name\": 1}]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char *text = text_format(FRONT "\"host\": {\"name\": 7}, \"targets\": [{%s}]}", odd[i]);
        struct merged merged = merge_text(text, 1, &OPTIONS);
        assert_null(merged.report.failure);
        assert_int_equal(merged.report.target_count, 1);
        for (size_t f = 0; REPORT_FORMATS[f] != NULL; f++)
            free(render(&merged.report, REPORT_FORMATS[f]->name, &(struct report_style){0}));
        merged_free(&merged);
        free(text);
    }
}

static void test_limits(void **state)
{
    char *deep = memory_new(1, 4000), *flood = memory_new(1, (4 << 20) + 2);
    (void)state;

    memset(deep, '[', 3999);
    memset(flood, 'x', 4 << 20);
    flood[0] = '"';
    struct merged merged = merge_text(deep, 100, &OPTIONS);
    assert_non_null(strstr(merged.report.failure, "nested too deeply"));
    merged_free(&merged);
    merged = merge_text(flood, 65536, &OPTIONS);
    assert_non_null(strstr(merged.report.failure, "too long"));
    merged_free(&merged);
    free(deep);
    free(flood);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newest_counts), cmocka_unit_test(test_findings_stay),
        cmocka_unit_test(test_many_targets),  cmocka_unit_test(test_flaws),
        cmocka_unit_test(test_hostile),       cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

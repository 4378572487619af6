/* What must hold for any report: the exit status, and that nothing of a guest's drives the terminal or breaks
 * the JSON. */
#include "report_maker.h"

#include <jansson.h>

/* From the mildest to the worst. */
static const struct {
    enum verdict_status status;
    enum layer layer;
    int exit_status;
} SEVERITIES[] = {
    {STATUS_HEALTHY, LAYER_NONE, 0}, {STATUS_WARNING, LAYER_HOST, 1}, {STATUS_UNKNOWN, LAYER_NONE, 5},
    {STATUS_FAULT, LAYER_L3, 2},     {STATUS_FAULT, LAYER_L2, 3},     {STATUS_FAULT, LAYER_HOST, 4},
};

enum { SEVERITY_COUNT = sizeof SEVERITIES / sizeof SEVERITIES[0] };

static void test_exit_precedence(void **state)
{
    (void)state;
    for (size_t first = 0; first < SEVERITY_COUNT; first++)
        for (size_t second = 0; second < SEVERITY_COUNT; second++) {
            size_t worst = first > second ? first : second;
            struct report report = new_report(0);
            add_target(&report, "tap0", SEVERITIES[first].status, SEVERITIES[first].layer);
            add_target(&report, "tap1", SEVERITIES[second].status, SEVERITIES[second].layer);
            assert_int_equal(report_verdict_status(&report.targets[0].verdict),
                             SEVERITIES[first].exit_status);
            assert_int_equal(report_exit_status(&report), SEVERITIES[worst].exit_status);
            assert_int_equal(report_status(&report), SEVERITIES[worst].status);
            report_free(&report);
        }
}

/* What is less than what shall fail exits 0; the status stays what it is. */
static void test_fail_on(void **state)
{
    (void)state;
    for (enum verdict_status fail_on = STATUS_WARNING; fail_on <= STATUS_FAULT; fail_on++)
        for (size_t i = 0; i < SEVERITY_COUNT; i++) {
            struct report report = new_report(0);
            report.fail_on = fail_on;
            add_target(&report, "tap0", SEVERITIES[i].status, SEVERITIES[i].layer);
            assert_int_equal(report_exit_status(&report),
                             SEVERITIES[i].status < fail_on ? 0 : SEVERITIES[i].exit_status);
            assert_int_equal(report_status(&report), SEVERITIES[i].status);
            report.failure = text_format("no memory");
            report.failure_exit = EXIT_OS;
            assert_int_equal(report_exit_status(&report), EXIT_OS);
            report_free(&report);
        }
}

/* What broke off is not the whole, whatever was found until then: status and exit say the same. */
static void test_failure_decides_exit(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        struct report report = new_report(0);
        add_target(&report, "tap0", SEVERITIES[i].status, SEVERITIES[i].layer);
        report.failure = text_format("no memory");
        report.failure_exit = EXIT_OS;
        assert_int_equal(report_exit_status(&report), EXIT_OS);
        assert_int_equal(report_status(&report), STATUS_UNKNOWN);
        report_free(&report);
    }
}

/* What could not be told is one answer among others: a fault wins, a warning does not. */
static void test_doubt_is_ranked(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        bool is_fault = SEVERITIES[i].status == STATUS_FAULT;
        struct report report = new_report(0);
        add_target(&report, "tap0", SEVERITIES[i].status, SEVERITIES[i].layer);
        report.failure = text_format("only the first 1024 VMs were looked at");
        report.failure_exit = EXIT_UNKNOWN;
        assert_int_equal(report_exit_status(&report), is_fault ? SEVERITIES[i].exit_status : EXIT_UNKNOWN);
        assert_int_equal(report_status(&report), is_fault ? STATUS_FAULT : STATUS_UNKNOWN);
        report_free(&report);
    }
}

/* No byte of `text` is a control character, but for the ends of lines. */
static void assert_harmless(const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0'; s++)
        if ((*s < 0x20 && *s != '\n') || *s == 0x7f || (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0))
            fail_msg("control character 0x%02x in: %s", *s, text);
}

static char *random_text(unsigned *seed)
{
    size_t length = (size_t)rand_r(seed) % 200;
    char *text = memory_new(length + 1, 1);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)(rand_r(seed) % 255 + 1);
    return text;
}

static void test_random_strings(void **state)
{
    unsigned seed = 1;
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        struct report report = new_report(0);
        char *name = random_text(&seed), *other = random_text(&seed);
        struct target_report *t = add_target(&report, name, STATUS_FAULT, LAYER_L2);
        text_list_add(&add_finding(t, FINDING_ARP_NO_REPLY, "", other, name)->evidence, random_text(&seed));
        add_check(t, "arp", "10.9.0.2", CHECK_FAIL, 0)->note = random_text(&seed);
        text_list_add(&t->verdict.unknown, random_text(&seed));
        text_list_add(&t->verdict.notes, random_text(&seed));
        t->bridge = random_text(&seed);
        report.failure = random_text(&seed);

        for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++) {
            char *text = render(&report, REPORT_FORMATS[i]->name, &(struct report_style){.verbose = true});
            assert_harmless(text);
            free(text);
        }
        char *json = render(&report, "json", &(struct report_style){0});
        json_t *document = json_loads(json, 0, NULL);
        assert_non_null(document);
        json_decref(document);
        free(json);
        free(name);
        free(other);
        report_free(&report);
    }
}

/* Whatever a guest calls itself, its page and its suite have no elements or attributes of it. */
static void test_markup_of_guests(void **state)
{
    static const char text[] = "\"'><script>alert(1)</script><img src=x onerror=a>&lt;\u202e]]>";
    static const char *const formats[] = {"html", "junit"};
    (void)state;
    struct report report = new_report(0);
    free(report.host.name);
    report.host.name = text_format("%s", text);
    report.failure = text_format("%s", text);
    for (int i = 0; i < 2; i++) {
        struct target_report *target = add_target(&report, text, STATUS_FAULT, LAYER_L3);
        add_vm(target);
        free(target->vm.name);
        target->vm.name = text_format("%s", text);
        target->file = text_format("%s", text);
        add_hop(target, "host", text, PASSING_SEEN, PASSING_LOST);
        target->verdict.path.broken_after = 1;
        add_skip(target, "arp", "10.9.0.2", text);
        text_list_addf(&add_finding(target, FINDING_ARP_NO_REPLY, "10.9.0.2", text, text)->evidence, "%s",
                       text);
        text_list_addf(&target->verdict.unknown, "%s", text);
        text_list_addf(&target->verdict.notes, "%s", text);
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char *page = render(&report, formats[i], &(struct report_style){.verbose = true});
        assert_non_null(strstr(page, "&lt;script&gt;"));
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "<img"));
        assert_null(strstr(page, "\"'>"));
        assert_null(strstr(page, "\u202e"));
        free(page);
    }
    report_free(&report);
}

static void test_ten_thousand_targets(void **state)
{
    enum { TARGETS = 10000 };
    struct report report = new_report(0);
    (void)state;
    for (unsigned i = 0; i < TARGETS; i++)
        add_check(add_target(&report, "tap0", STATUS_HEALTHY, LAYER_NONE), "arp", "10.9.0.2", CHECK_PASS, 3);
    char *text = render(&report, "json", &(struct report_style){0});
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    assert_int_equal(json_array_size(json_object_get(document, "targets")), TARGETS);
    json_decref(document);
    free(text);
    report_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_precedence),  cmocka_unit_test(test_failure_decides_exit),
        cmocka_unit_test(test_doubt_is_ranked),  cmocka_unit_test(test_fail_on),
        cmocka_unit_test(test_random_strings),   cmocka_unit_test(test_ten_thousand_targets),
        cmocka_unit_test(test_markup_of_guests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

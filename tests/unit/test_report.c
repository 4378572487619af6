/* Reports: whole outputs against golden files.
 *
 * UPDATE_GOLDEN=1 rewrites the golden files; look at the difference before you keep it. */
#include "page.h"
#include "report_cases.h"

#include <errno.h>
#include <jansson.h>

#ifndef GOLDEN_FOLDER
#define GOLDEN_FOLDER "tests/unit/golden/report" /* `make check` runs in the top folder */
#endif

static const struct {
    const char *name;
    void (*make)(struct report *report);
    int exit_status;
} CASES[] = {
    {"healthy", make_healthy, EXIT_HEALTHY},
    {"known-vm", make_known_vm, EXIT_HEALTHY},
    {"waited", make_waited, EXIT_HEALTHY},
    {"waited-in-vain", make_waited_in_vain, EXIT_HOST},
    {"tap-down", make_tap_down, EXIT_HOST},
    {"host-filter", make_host_filter, EXIT_HOST},
    {"arp-no-reply", make_arp_no_reply, EXIT_L2},
    {"icmp-no-reply", make_icmp_no_reply, EXIT_L3},
    {"several-faults", make_several_faults, EXIT_L2},
    {"warning", make_warning, EXIT_WARNING},
    {"unknown", make_unknown, EXIT_UNKNOWN},
    {"hostile", make_hostile, EXIT_OS},
    {"three", make_three, EXIT_L3},
    {"sixty", make_sixty, EXIT_HOST},
    {"many", make_many, EXIT_HOST},
    {"long-lists", make_long_lists, EXIT_L2},
    {"unconnected", make_unconnected, EXIT_HOST},
    {"failed-halfway", make_failed_halfway, EXIT_OS},
    {"failed-at-once", make_failed_at_once, EXIT_NO_PERMISSION},
    {"nothing", make_nothing, EXIT_UNKNOWN},
    {"merged", make_merged, EXIT_L2},
};

enum { CASE_COUNT = sizeof CASES / sizeof CASES[0] };

/* Each golden file is CASE.SUFFIX. */
static const struct {
    const char *suffix, *format;
    struct report_style style;
} VARIANTS[] = {
    {"txt", "text", {.color = false}},        {"40.txt", "text", {.width = 40}},
    {"120.txt", "text", {.width = 120}},      {"verbose.txt", "text", {.verbose = true}},
    {"color.txt", "text", {.color = true}},   {"ascii.txt", "text", {.ascii = true}},
    {"json", "json", {.color = false}},       {"jsonl", "jsonl", {.color = false}},
    {"junit.xml", "junit", {.color = false}}, {"tap", "tap13", {.color = false}},
    {"nagios", "nagios", {.color = false}},   {"prom", "prometheus", {.color = false}},
    {"html", "html", {.color = false}},
};

enum { VARIANT_COUNT = sizeof VARIANTS / sizeof VARIANTS[0] };

/* The whole file; "" if there is none. */
static char *read_file(const char *path)
{
    char *text = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "r");
    if (file) {
        if (getdelim(&text, &capacity, '\0', file) < 0) {
            free(text);
            text = NULL;
        }
        fclose(file);
    }
    return text ? text : text_format("%s", "");
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Fails with the first line in which the two differ. */
static void assert_same_lines(const char *path, const char *expected, const char *actual)
{
    for (unsigned line = 1;; line++) {
        size_t e = strcspn(expected, "\n"), a = strcspn(actual, "\n");
        if (e != a || memcmp(expected, actual, e) != 0 || expected[e] != actual[a])
            fail_msg("%s:%u differs (UPDATE_GOLDEN=1 rewrites it)\n- %.*s\n+ %.*s", path, line, (int)e,
                     expected, (int)a, actual);
        if (expected[e] == '\0')
            return;
        expected += e + 1;
        actual += a + 1;
    }
}

/* What stands between the two, each time. */
static void blank_between(char *text, const char *before, char behind)
{
    for (char *begin = text; (begin = strstr(begin, before)) != NULL;) {
        begin += strlen(before);
        const char *end = strchr(begin, behind);
        memmove(begin, end, strlen(end) + 1);
    }
}

/* It changes with every commit. */
static void blank_version(char *text)
{
    blank_between(text, "\"version\": \"", '"');
    blank_between(text, "\"version\":\"", '"');
    blank_between(text, ", by version ", '<');
}

static void assert_golden(const char *name, const char *suffix, const char *actual)
{
    char *path = text_format("%s/%s.%s", GOLDEN_FOLDER, name, suffix);
    const char *update = getenv("UPDATE_GOLDEN");

    if (update && strcmp(update, "1") == 0) {
        write_file(path, actual);
    } else {
        char *expected = read_file(path);
        assert_same_lines(path, expected, actual);
        free(expected);
    }
    free(path);
}

/* ---- tests ---- */

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct report report;
        CASES[i].make(&report);
        for (size_t v = 0; v < VARIANT_COUNT; v++) {
            char *text = render(&report, VARIANTS[v].format, &VARIANTS[v].style);
            blank_version(text);
            assert_golden(CASES[i].name, VARIANTS[v].suffix, text);
            free(text);
        }
        report_free(&report);
    }
}

static size_t assert_fits(const char *name, const char *text, size_t width)
{
    size_t lines = 0;

    for (const char *line = text; *line != '\0'; lines++) {
        size_t length = strcspn(line, "\n");
        if (page_columns(line, length) > width || (length > 0 && line[length - 1] == ' '))
            fail_msg("%s, %zu columns: \"%.*s\"", name, width, (int)length, line);
        line += length + 1;
    }
    return lines;
}

/* Every line fits its width, and a host with sixty interfaces fits a screen. */
static void test_widths(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++)
        for (size_t width = 40; width <= 120; width += 40) {
            struct report report;
            CASES[i].make(&report);
            char *text = render(&report, "text", &(struct report_style){.width = width});
            size_t lines = assert_fits(CASES[i].name, text, width);
            if (strcmp(CASES[i].name, "sixty") == 0)
                assert_true(lines <= 50);
            free(text);
            report_free(&report);
        }
}

static void test_exit_of_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct report report;
        CASES[i].make(&report);
        char *text = render(&report, "json", &(struct report_style){0});
        json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(document);
        assert_int_equal(report_exit_status(&report), CASES[i].exit_status);
        assert_int_equal(json_integer_value(json_object_get(document, "exit")), CASES[i].exit_status);
        assert_int_equal(json_is_string(json_object_get(document, "error")), report.failure != NULL);
        json_decref(document);
        free(text);
        report_free(&report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_exit_of_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

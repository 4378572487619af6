/* JUnit XML, as Jenkins and GitLab read it: a suite for each target. */
#include "cases.h"
#include "formats.h"
#include "markup.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

struct suite_counts {
    size_t tests, failures, errors, skipped;
};

static void put_time(FILE *out, uint64_t us)
{
    fprintf(out, " time=\"%.3f\"", (double)us / 1e6);
}

/* Elements of a case that has more to say. */
static void put_outcome(FILE *out, const struct report_case *one)
{
    static const char *const elements[] = {
        [CASE_PASSED] = "system-out",
        [CASE_SKIPPED] = "skipped",
        [CASE_FAILED] = "failure",
        [CASE_UNKNOWN] = "error",
    };
    const char *element = elements[one->outcome];

    fprintf(out, "      <%s", element);
    if (one->outcome != CASE_PASSED) {
        markup_attribute(out, "message", one->message != NULL ? one->message : "");
        markup_attribute(out, "type", one->kind);
    }
    fputc('>', out);
    if (one->outcome == CASE_PASSED && one->message != NULL)
        markup_text(out, one->message);
    for (size_t i = 0; i < one->details.count; i++) {
        fputc('\n', out);
        markup_text(out, one->details.items[i]);
    }
    fprintf(out, "</%s>\n", element);
}

static void put_case(FILE *out, const char *group, const struct report_case *one)
{
    bool plain = one->outcome == CASE_PASSED && one->message == NULL && one->details.count == 0;

    fputs("    <testcase", out);
    markup_attribute(out, "classname", group);
    markup_attribute(out, "name", one->name);
    put_time(out, one->time_us);
    fputs(plain ? "/>\n" : ">\n", out);
    if (plain)
        return;
    put_outcome(out, one);
    fputs("    </testcase>\n", out);
}

static void count_cases(const struct report_cases *cases, struct suite_counts *counts)
{
    for (size_t i = 0; i < cases->count; i++) {
        counts->tests++;
        counts->skipped += cases->items[i].outcome == CASE_SKIPPED;
        counts->failures += cases->items[i].outcome == CASE_FAILED;
        counts->errors += cases->items[i].outcome == CASE_UNKNOWN;
    }
}

static void put_counts(FILE *out, const struct suite_counts *counts)
{
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", counts->tests, counts->failures,
            counts->errors);
}

static void put_suite(FILE *out, const struct report *report, const struct target_report *target)
{
    struct report_cases cases = cases_of(report, target);
    struct suite_counts counts = {0};
    char *time = words_of_time(report->started_us);

    count_cases(&cases, &counts);
    if (cases.count > 0) {
        fputs("  <testsuite", out);
        markup_attribute(out, "name", cases_group(target));
        put_counts(out, &counts);
        fprintf(out, " skipped=\"%zu\"", counts.skipped);
        put_time(out, target != NULL ? target->elapsed_us : report->elapsed_us);
        markup_attribute(out, "timestamp", time);
        fputs(">\n", out);
        for (size_t i = 0; i < cases.count; i++)
            put_case(out, cases_group(target), &cases.items[i]);
        fputs("  </testsuite>\n", out);
    }
    free(time);
    cases_free(&cases);
}

static void count_all(const struct report *report, struct suite_counts *counts)
{
    for (size_t i = 0; i <= report->target_count; i++) {
        struct report_cases cases = cases_of(report, i < report->target_count ? &report->targets[i] : NULL);
        count_cases(&cases, counts);
        cases_free(&cases);
    }
}

static void junit_report(FILE *out, const struct report *report, const struct report_style *style)
{
    struct suite_counts counts = {0};
    (void)style;

    count_all(report, &counts);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
    markup_attribute(out, "name", "vmnetcheck");
    put_counts(out, &counts);
    put_time(out, report->elapsed_us);
    fputs(">\n", out);
    for (size_t i = 0; i < report->target_count; i++)
        put_suite(out, report, &report->targets[i]);
    put_suite(out, report, NULL);
    fputs("</testsuites>\n", out);
}

const struct report_format FORMAT_junit = {
    .name = "junit",
    .about = "JUnit XML, for Jenkins and GitLab",
    .report = junit_report,
};

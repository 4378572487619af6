/* A report as cases that pass or fail, for the formats of test runners. */
#include "cases.h"
#include "grow.h"
#include "words.h"

#include <stdlib.h>

/* The case is good until the next one is added. */
static struct report_case *add_case(struct report_cases *cases, char *owned_name, enum case_outcome outcome)
{
    cases->items = grow(cases->items, &cases->count, sizeof *cases->items);
    struct report_case *added = &cases->items[cases->count - 1];
    added->name = owned_name;
    added->outcome = outcome;
    return added;
}

/* With --fail-on or --ignore a target may be good enough although it is not healthy. */
static bool is_good_enough(const struct report *report, const struct verdict *verdict)
{
    return verdict->status == STATUS_HEALTHY || verdict->status < report->fail_on;
}

static void add_finding(struct text_list *details, const struct finding *finding)
{
    char ip[IP_TEXT_SIZE];
    bool about_address = finding->address.family != IP_NONE;

    text_list_addf(details, "%s%s%s%s: %s", FINDINGS[finding->id].name, about_address ? " " : "",
                   about_address ? ip_format(finding->address, ip) : "", finding->ignored ? " (ignored)" : "",
                   finding->summary);
    for (size_t i = 0; i < finding->evidence.count; i++)
        text_list_addf(details, "  %s", finding->evidence.items[i]);
    if (finding->fix != NULL)
        text_list_addf(details, "  fix: %s", finding->fix);
}

static void add_verdict(struct report_cases *cases, const struct report *report,
                        const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    enum case_outcome outcome = is_good_enough(report, verdict)     ? CASE_PASSED
                                : verdict->status == STATUS_UNKNOWN ? CASE_UNKNOWN
                                                                    : CASE_FAILED;
    struct report_case *added = add_case(cases, text_format("verdict"), outcome);
    char *names = words_of_deciding(verdict);

    added->time_us = target->elapsed_us;
    if (verdict->status != STATUS_HEALTHY)
        added->message = text_format("%s%s%s", words_of_status(verdict), *names != '\0' ? ": " : "", names);
    added->kind = *names != '\0' ? names : text_format("%s", verdict_status_name(verdict->status));
    if (*names == '\0')
        free(names);
    for (size_t i = 0; i < verdict->finding_count; i++)
        add_finding(&added->details, &verdict->findings[i]);
    for (size_t i = 0; i < verdict->unknown.count; i++)
        text_list_addf(&added->details, "could not tell: %s", verdict->unknown.items[i]);
}

static void add_check(struct report_cases *cases, const struct check_result *check, bool counts)
{
    static const enum case_outcome outcomes[] = {
        [CHECK_PASS] = CASE_PASSED,     [CHECK_SKIP] = CASE_SKIPPED, [CHECK_WARN] = CASE_PASSED,
        [CHECK_UNKNOWN] = CASE_UNKNOWN, [CHECK_FAIL] = CASE_FAILED,
    };
    char ip[IP_TEXT_SIZE];
    enum case_outcome outcome = outcomes[check->status];
    bool about_address = check->address.family != IP_NONE;
    struct report_case *added = add_case(cases,
                                         text_format("%s%s%s", check->name, about_address ? " " : "",
                                                     about_address ? ip_format(check->address, ip) : ""),
                                         !counts && outcome > CASE_SKIPPED ? CASE_SKIPPED : outcome);

    if (check->has_rtt)
        added->time_us = check->rtt_avg_us;
    if (check->status != CHECK_PASS)
        added->message = words_of_check(check, false);
    added->kind = text_format("%s", check_status_name(check->status));
}

static void add_run(struct report_cases *cases, const struct report *report)
{
    if (report->failure == NULL && report_target_count(report) > 0)
        return;
    struct report_case *added = add_case(cases, text_format("run"), CASE_UNKNOWN);
    added->time_us = report->elapsed_us;
    added->message =
        text_format("%s", report->failure != NULL ? report->failure : "there was nothing to check");
    added->kind = text_format("run");
}

struct report_cases cases_of(const struct report *report, const struct target_report *target)
{
    struct report_cases cases = {0};

    if (target == NULL) {
        add_run(&cases, report);
        return cases;
    }
    add_verdict(&cases, report, target);
    for (size_t i = 0; i < target->verdict.check_count; i++)
        add_check(&cases, &target->verdict.checks[i], !is_good_enough(report, &target->verdict));
    return cases;
}

void cases_free(struct report_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        free(cases->items[i].name);
        free(cases->items[i].message);
        free(cases->items[i].kind);
        text_list_free(&cases->items[i].details);
    }
    free(cases->items);
    *cases = (struct report_cases){0};
}

const char *cases_group(const struct target_report *target)
{
    return target != NULL ? report_subject(target) : "vmnetcheck";
}

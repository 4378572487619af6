/* A report as cases that pass or fail, for the formats of test runners. */
#ifndef VMNETCHECK_CASES_H
#define VMNETCHECK_CASES_H

#include "report.h"

enum case_outcome { CASE_PASSED, CASE_SKIPPED, CASE_FAILED, CASE_UNKNOWN };

struct report_case {
    char *name; /* the same in every run: "verdict", "arp 10.9.0.2" */
    enum case_outcome outcome;
    char *message; /* one line; NULL: there is nothing to say */
    char *kind;    /* the findings that decide, or the status of the check */
    struct text_list details;
    uint64_t time_us;
};

struct report_cases {
    struct report_case *items;
    size_t count;
};

/* The verdict on a target, which counts as the exit status does, and then its checks. For NULL, the run
 * itself: one case if it broke off or had nothing to check, otherwise none. The caller frees them. */
struct report_cases cases_of(const struct report *report, const struct target_report *target);
void cases_free(struct report_cases *cases);

/* "tap0": the group of cases that belong together; "vmnetcheck" for the run itself. */
const char *cases_group(const struct target_report *target);

#endif

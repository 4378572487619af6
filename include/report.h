/* What a run found, and the formats that show it. No format knows a rule; all get the same typed report. */
#ifndef VMNETCHECK_REPORT_H
#define VMNETCHECK_REPORT_H

#include <stdio.h>
#include <time.h>

#include "verdict.h"

enum {
    EXIT_HEALTHY = 0,
    EXIT_WARNING = 1,
    EXIT_L3 = 2,
    EXIT_L2 = 3,
    EXIT_HOST = 4,
    EXIT_UNKNOWN = 5,
    EXIT_USAGE = 64,
    EXIT_OS = 71,
    EXIT_NO_PERMISSION = 77,
};

/* What is known about the VM; strings are owned, NULL where unknown. */
struct vm_result {
    char *name;
    long pid; /* 0: unknown */
    bool has_mac;
    struct mac_addr mac;
    char *netdev;
    bool has_hub;
    int hub;
};

/* What is known of the VM behind a target. False if nothing is. The caller frees the strings. */
bool vm_result_of(const struct target *target, struct vm_result *ret);

struct target_report {
    char *interface; /* NULL where none is named */
    char *file;      /* that was read instead of checking an interface, or NULL */
    char *bridge;    /* NULL: no port of one */
    bool has_vm;
    struct vm_result vm;
    struct verdict verdict;
    uint64_t elapsed_us; /* from the start of the run to this target's verdict */
    bool waited;         /* -w was given: elapsed_us is how long it took to become healthy, or to give up */
};

struct report {
    const char *command;
    uint64_t started_us; /* of clock_wall() */
    uint64_t elapsed_us;
    struct target_report *targets;
    size_t target_count;
    char *failure; /* why the run ended before its end; NULL: it did not */
    int failure_exit;
};

struct report_style {
    bool color;
    bool verbose;
};

struct report_format {
    const char *name;
    void (*print)(FILE *out, const struct report *report, const struct report_style *style);
};

/* "text" first; ends with a row whose name is NULL. */
extern const struct report_format REPORT_FORMATS[];

/* The exit status of one target's verdict, and of the whole run (CONTRACT: the lowest layer wins; 4 > 3 > 2 >
 * 5 > 1 > 0). */
int verdict_exit_status(const struct verdict *verdict);
int report_exit_status(const struct report *report);
enum verdict_status report_status(const struct report *report);
void report_free(struct report *report); /* leaves it empty */

/* `explain`: one finding, or all of them for NULL rows; as text or as JSON. */
void explain_text(FILE *out, const struct finding_row *row, const struct report_style *style);
void explain_json(FILE *out, const struct finding_row *row);
/* vmnetcheck-findings(7) in mdoc. */
void explain_manual(FILE *out, const char *date);

#endif

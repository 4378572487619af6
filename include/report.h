/* What a run found, and the formats that show it. No format knows a rule; all get the same typed report. */
#ifndef VMNETCHECK_REPORT_H
#define VMNETCHECK_REPORT_H

#include <stdio.h>
#include <time.h>

#include "identity.h"
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
    char *uuid;
    long pid;        /* 0: unknown, and then so is … */
    uid_t uid;       /* … who runs it */
    const char *vmm; /* static: "qemu" */
    bool has_mac;
    struct mac_addr mac;
    char *netdev;
    bool has_hub;
    int hub;
};

/* What is known of the VM behind a target. False if nothing is. */
bool report_vm_of(const struct target *target, struct vm_result *ret);
/* What the start-up of a VM says of it. */
struct vm_result report_vm_of_start_up(const struct vm *vm);
void report_vm_free(struct vm_result *vm); /* leaves it empty */

struct target_report {
    char *interface; /* NULL where none is named */
    char *netns; /* the network namespace that it is in: a name, or the number of a process there; NULL: it
                    has none, or there is no interface */
    char *place; /* "red/tap0", "hv7:tap0", if it is not in the namespace, or not on the host, that the
                    program was started in; NULL: it is */
    const struct host_identity *host; /* that it is on, where the report is on several; NULL: the report's
                                         own. Borrowed */
    uint64_t started_us;              /* when that host began to look at it */
    bool named;                       /* the user named it, or the VM behind it */
    char *file;                       /* that was read instead of checking an interface, or NULL */
    char *bridge;                     /* NULL: no port of one */
    bool has_vm;
    struct vm_result vm;
    struct verdict verdict;
    uint64_t elapsed_us; /* from the start of the run to this target's verdict */
    bool waited;         /* -w was given: elapsed_us is how long it took to become healthy, or to give up */
};

struct netns;

/* Names what a report is about; netns is NULL where that is no interface. */
void report_set_interface(struct target_report *target, const char *interface, const struct netns *netns);
/* Says of each fix where it is to be done, if that is elsewhere. */
void report_place_fixes(struct target_report *target);
/* Of how many documents a report was made; zero: it is none of documents. */
struct merged_counts {
    size_t documents, hosts;
    size_t targets; /* those are counted, too, that are healthy and, as there are so many, not listed */
};

struct report {
    const char *command;
    uint64_t started_us; /* of clock_wall() */
    struct host_identity host;
    uint64_t elapsed_us;
    struct target_report *targets;
    size_t target_count;
    struct merged_counts merged;
    enum verdict_status fail_on; /* what is less is no failure: exit status 0 */
    char *failure;               /* why the run ended before its end; NULL: it did not */
    int failure_exit;
};

struct report_style {
    bool color;
    bool ascii;   /* the terminal shows nothing else */
    size_t width; /* columns; 0: nobody says how many */
    bool verbose;
    const char *columns; /* of `list`, as tap_list_has_columns() takes them; NULL: those that somebody has */
    bool raw, no_headings;
};

struct change;
struct tap_list;

/* A format shows what it has a function for; NULL where it has none. */
struct report_format {
    const char *name;
    const char *about; /* for --help */
    /* Where the format has exit statuses of its own: that of a report, and that of a usage error, which is
     * written in the format as well. NULL: they are those of everybody. */
    int (*exit_status)(const struct report *report);
    int (*usage_error)(FILE *out, const char *reason);
    void (*report)(FILE *out, const struct report *report, const struct report_style *style);
    void (*taps)(FILE *out, const struct tap_list *list, const struct report_style *style);
    void (*explain)(FILE *out, const bool chosen[FINDING_COUNT], const struct report_style *style);
    void (*change)(FILE *out, const struct change *change, const struct report_style *style);
};

/* The first is the default; ends with NULL. */
extern const struct report_format *const REPORT_FORMATS[];

/* What a command has to show. */
enum report_subject { SUBJECT_NONE, SUBJECT_REPORT, SUBJECT_TAPS, SUBJECT_FINDINGS, SUBJECT_CHANGES };

bool format_shows(const struct report_format *format, enum report_subject subject);
/* NULL if there is none of that name. */
const struct report_format *format_named(const char *name);
/* "text, json": those that show this. The caller frees it. */
char *format_names(enum report_subject subject);

/* What a target's part of it is about: an interface, a file, a VM. */
const char *report_subject(const struct target_report *target);
/* The exit status of one target's verdict, and of the whole run (CONTRACT: the lowest layer wins; 4 > 3 > 2 >
 * 5 > 1 > 0). */
int report_verdict_status(const struct verdict *verdict);
int report_exit_status(const struct report *report);
/* Of how many targets it tells, listed or not. */
size_t report_target_count(const struct report *report);
enum verdict_status report_status(const struct report *report);
void report_target_free(struct target_report *target); /* leaves it empty */
void report_free(struct report *report);               /* likewise */

/* vmnetcheck-findings(7) in mdoc. */
void explain_manual(FILE *out, const char *date);

#endif

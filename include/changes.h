/* What has changed between two reports on one target. */
#ifndef VMNETCHECK_CHANGES_H
#define VMNETCHECK_CHANGES_H

#include "report.h"

enum change_kind {
    CHANGE_STATE,   /* none: how it is, at the beginning or as the user wants to know */
    CHANGE_CAME,    /* a target that was not there; how it is */
    CHANGE_WENT,    /* a target that is not there any more, with all that was known of it */
    CHANGE_BEGAN,   /* a finding is there */
    CHANGE_ENDED,   /* it is not any more */
    CHANGE_UNKNOWN, /* not all could be told this time */
    CHANGE_KNOWN,   /* all can be told again */
    CHANGE_VM,      /* another process is behind the target, or none */
};

struct change {
    enum change_kind kind;
    uint64_t time_us;                   /* of clock_wall(), when it was seen */
    const struct target_report *target; /* as it is now; WENT: as it was last */
    const struct finding *finding;      /* BEGAN, ENDED */
    const struct vm_result *before;     /* VM: who it was; its pid is 0 if it was nobody */
    uint64_t lasted_us; /* ENDED, KNOWN: since that began, as far as it was seen; STATE, WENT: since the
                           status is what it is */
};

/* "state", "began", … */
const char *change_name(enum change_kind kind);

/* What is known of a target; zero: nothing yet. */
struct standing {
    bool known;
    struct target_report last;
    uint64_t *since_us; /* of each of its findings: when it was seen first */
    uint64_t status_since_us, unknown_since_us;
};

/* Takes over the report of a check that came to its end at now_us, and tells what it changes. What could not
 * be told is no end of anything: where a report could not tell all, what it does not find stays, but for what
 * the host's facts alone say; and so does what a more specific finding explains now. Nor is it told of a
 * process that could not be seen (looked is false). Findings that the user ignores are no changes. */
void changes_take(struct standing *standing, struct target_report *report, bool looked, uint64_t now_us,
                  void (*tell)(void *context, const struct change *change), void *context);
void changes_forget(struct standing *standing); /* leaves it as nothing */

#endif

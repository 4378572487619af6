/* Checks all targets of one command: facts, links, sessions, verdicts, in one event loop. Once; or, for who
 * stays, again and again, and in between it listens for what may be news. */
#ifndef VMNETCHECK_RUN_H
#define VMNETCHECK_RUN_H

#include "netns.h"
#include "report.h"
#include "vms.h"

struct facts_cache;
struct rights;
struct run;

/* Called now and then when a run takes long: how many of its targets have a verdict, and how many of these a
 * fault. */
typedef void run_progress(size_t done, size_t total, size_t faults);

/* What a run borrows. */
struct run_means {
    const struct netns_list *spaces;
    struct facts_cache *facts; /* of namespace 0; may hold some already */
    const struct rights *rights;
    run_progress *progress; /* NULL: nobody wants to know */
    bool stays;             /* it is to check more than once, whatever comes */
};

/* Options and what the means borrow must live as long as the run. */
struct run *run_open(const struct check_options *options, const struct run_means *means);
/* Checks the targets (their name, network namespace, given addresses and MAC are filled in) and fills
 * *ret_report, whatever happens: what ends it early is in report->failure. The targets and vms must live
 * until run_forget. */
void run_check(struct run *run, struct vms *vms, struct target *targets, size_t target_count,
               struct report *ret_report);
/* Whether the user wants an end. */
bool run_was_interrupted(const struct run *run);
/* Calls told(context, number) for each signal that does not end the program, while it checks or waits. */
void run_on_signal(struct run *run, void (*told)(void *context, int number), void *context);
/* Waits until latest_us (of clock_now()); or, if something became of an interface since the last check began
 * or is heard of its targets that may be news, until earliest_us. 1; 0: a signal came before; or -errno. */
int run_wait(struct run *run, uint64_t earliest_us, uint64_t latest_us);
/* What is known of the targets of the last check is let go, but for the report. */
void run_forget(struct run *run);
void run_close(struct run *run); /* NULL is fine */

#endif

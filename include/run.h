/* Checks all targets of one command: facts, links, sessions, verdicts, in one event loop. */
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
    struct vms *vms;
    struct facts_cache *facts; /* of namespace 0; may hold some already */
    const struct rights *rights;
    run_progress *progress; /* NULL: nobody wants to know */
};

/* Checks the targets (their name, network namespace, given addresses and MAC are filled in) and fills
 * *ret_report, whatever happens: what ends the run early is in report->failure. The targets, options and
 * means must live as long as the run. */
struct run *run_check(const struct check_options *options, struct target *targets, size_t target_count,
                      const struct run_means *means, struct report *ret_report);
void run_close(struct run *run); /* NULL is fine */

#endif

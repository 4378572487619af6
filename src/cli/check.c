/* vmnetcheck check: asks the guests. */
#include "cli.h"
#include "clock.h"
#include "evidence.h"
#include "rights.h"
#include "run.h"
#include "vms.h"

#include <stdlib.h>

static int open_evidence(struct command_line *line, struct report *report)
{
    uint64_t limit = (uint64_t)line->pcap_limit_mib << 20;

    if (line->pcap == NULL ||
        evidence_open(&line->rights->links, line->pcap, limit, &line->check.evidence, &report->failure) == 0)
        return 0;
    report->failure_exit = EXIT_OS;
    return EXIT_OS;
}

/* A file that could not be written does not change the verdict. */
static void close_evidence(struct command_line *line)
{
    char *reason = NULL;

    evidence_close(line->check.evidence, &reason);
    line->check.evidence = NULL;
    if (reason != NULL)
        complain("%s", reason);
    free(reason);
}

static struct run *check_targets(struct command_line *line, struct selection *selection, struct vms *vms,
                                 struct report *report)
{
    const struct run_means means = {.spaces = &line->spaces,
                                    .facts = selection->facts,
                                    .rights = line->rights,
                                    .progress = progress_for(line, selection)};
    struct run *run = run_open(&line->check, &means);

    run_check(run, vms, selection->targets, selection->count, report);
    progress_end();
    return run;
}

int command_check(struct command_line *line)
{
    struct report report = output_begin_report(line, "check");
    struct selection selection = {.options = &line->check, .facts = line->facts};
    uint64_t started_us = clock_now();
    struct run *run = NULL;
    struct vms *vms = vms_start(line->rights, &line->spaces, (pid_t)line->pid); /* beside what follows */
    int status = targets_select(line, vms, &selection, &report);

    if (status == 0)
        status = open_evidence(line, &report);
    if (status == 0)
        run = check_targets(line, &selection, vms, &report);
    if (status == 0 && report.failure == NULL && line->no_spaces.count > 0) {
        report.failure = text_list_join(&line->no_spaces);
        report.failure_exit = EXIT_UNKNOWN;
    }
    report.elapsed_us = clock_now() - started_us;
    if (status != EXIT_USAGE)
        status = output_report(line, &report);
    report_free(&report);
    run_close(run);
    close_evidence(line);
    selection_free(&selection);
    vms_close(vms);
    return status;
}

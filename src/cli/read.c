/* vmnetcheck read: diagnoses what somebody recorded. */
#include "cli.h"
#include "loop.h"
#include "privileges.h"
#include "replay.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* The first signal ends the reading, and what was read is reported: a recording that comes by a pipe ends
 * like this. The second one ends the program. */
static void end_reading_on_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt,
                               .sa_flags = (int)SA_RESETHAND}; /* reads do not go on */

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* FILE [ADDRESS]... */
static int take_operands(const struct command_line *line, struct target *target)
{
    if (line->operand_count == 0)
        return usage_error("which capture file? `-' is the standard input");
    target->name = line->operands[0];
    for (size_t i = 1; i < line->operand_count; i++) {
        const char *operand = line->operands[i];
        struct ip_addr address;
        if (!ip_parse(operand, &address))
            return usage_error("%s is no valid address", operand);
        int status = add_given(target, address, operand, &line->check);
        if (status != 0)
            return status;
    }
    return 0;
}

/* Whoever has privileges by the program's file only must not read others' files by them; root may. */
static FILE *open_unprivileged(const char *name)
{
    bool is_root = getuid() == 0;
    FILE *file;

    if (!is_root)
        privileges_drop(false);
    file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    int error = errno;
    if (is_root)
        privileges_drop(false);
    errno = error;
    return file;
}

static void cannot_tell(struct verdict *verdict, char *owned_reason)
{
    *verdict = (struct verdict){.status = STATUS_UNKNOWN};
    text_list_add(&verdict->unknown, owned_reason);
}

/* Where the recording was made: many machines may speak there, so that one who is heard there need not be the
 * guest. */
static const struct link_facts THE_WIRE = {.name = "the wire",
                                           .kind = LINK_BRIDGE,
                                           .ethernet = true,
                                           .up = true,
                                           .carrier = true,
                                           .port = PORT_NONE};

static void diagnose(const struct check_options *options, struct target *target, struct replay *replay,
                     struct verdict *ret)
{
    static const struct host_facts no_facts;
    struct recording *recording = recording_open(options, target);
    struct observations seen = {0};
    struct text_list notes = {0};
    struct captured captured;
    unsigned long frames = 0;
    char *broken = NULL;

    while (!interrupted && replay_next(replay, &captured, &broken)) {
        recording_frame(recording, replay_recorded_as(replay), (uint32_t)captured.ifindex, captured.bytes,
                        captured.wire_length, captured.time_us);
        frames++;
    }
    recording_end(recording, target, &seen, &notes);
    recording_close(recording);
    verdict_evaluate(&(struct verdict_input){&no_facts, target, options, &seen}, ret);
    observations_free(&seen);
    for (size_t i = 0; i < notes.count; i++)
        text_list_addf(&ret->notes, "%s", notes.items[i]);
    text_list_free(&notes);
    if (interrupted)
        text_list_addf(&ret->notes, "interrupted: what comes after %lu frames was not read", frames);
    else if (broken != NULL)
        text_list_addf(&ret->notes,
                       "the file is damaged or cut off after %lu frames, and what follows was not read: %s",
                       frames, broken);
    free(broken);
}

static void read_recording(const struct check_options *options, struct target *target, struct report *report)
{
    struct replay *replay = NULL;
    struct verdict *verdict = &report->targets[0].verdict;
    char *reason = NULL;
    FILE *file = open_unprivileged(target->name);

    if (file == NULL) {
        report->failure = text_format("%s: %s", target->name, strerror(errno));
        report->failure_exit = EXIT_OS;
        cannot_tell(verdict, text_format("not read"));
        return;
    }
    end_reading_on_signals();
    if (replay_open(file, &replay, &reason))
        diagnose(options, target, replay, verdict);
    else
        cannot_tell(verdict, reason);
    replay_close(replay);
}

int command_read(struct command_line *line)
{
    struct report report = {.command = "read"};
    struct target target = {
        .recorded = true, .link = &THE_WIRE, .has_mac = line->check.has_mac, .mac = line->check.mac};
    uint64_t started_us = clock_now();
    int status = take_operands(line, &target);

    if (status != 0)
        return status;
    clock_gettime(CLOCK_REALTIME, &report.started);
    report.targets = memory_new(1, sizeof *report.targets);
    report.target_count = 1;
    report.targets[0].file = text_format("%s", target.name);
    read_recording(&line->check, &target, &report);
    report.elapsed_us = report.targets[0].elapsed_us = clock_now() - started_us;
    status = print_report(line, &report);
    report_free(&report);
    return status;
}

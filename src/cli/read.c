/* vmnetcheck read: diagnoses what somebody recorded. */
#include "cli.h"
#include "clock.h"
#include "diagnosis.h"
#include "interrupts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FILE [ADDRESS]... */
static int take_operands(const struct command_line *line, struct target *target)
{
    if (line->operand_count == 0)
        return usage_error("which capture file? `-' is the standard input");
    for (size_t i = 1; i < line->operand_count; i++) {
        const char *operand = line->operands[i];
        struct ip_addr address;
        if (!ip_parse(operand, &address))
            return operand_refuse_address(operand);
        int status = operand_add_address(target, address, operand, &line->check);
        if (status != 0)
            return status;
    }
    return 0;
}

static void read_recording(const struct command_line *line, struct target *target, struct report *report)
{
    struct verdict *verdict = &report->targets[0].verdict;
    FILE *file = input_open(line, target->name);

    if (file == NULL) {
        report->failure = text_format("%s: %s", target->name, strerror(errno));
        report->failure_exit = EXIT_OS;
        verdict->status = STATUS_UNKNOWN;
        text_list_addf(&verdict->unknown, "not read");
        return;
    }
    int enough = interrupts_open();
    diagnosis_of_capture(file, &line->check, target, enough, verdict);
    if (enough >= 0)
        close(enough);
}

int command_read(struct command_line *line)
{
    struct target target = {
        .name = line->operands[0], .has_mac = line->check.has_mac, .mac = line->check.mac};
    uint64_t started_us = clock_now();
    int status = take_operands(line, &target);

    if (status != 0)
        return status;
    struct report report = output_begin_report(line, "read");
    report.targets = memory_new(1, sizeof *report.targets);
    report.target_count = 1;
    report.targets[0].file = text_format("%s", target.name);
    read_recording(line, &target, &report);
    report.elapsed_us = report.targets[0].elapsed_us = clock_now() - started_us;
    status = output_report(line, &report);
    report_free(&report);
    return status;
}

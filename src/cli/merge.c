/* vmnetcheck merge: makes one document of those of several hosts. */
#include "cli.h"
#include "clock.h"
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_failure(struct report *report, char *owned)
{
    struct text_list both = {0};

    if (report->failure != NULL)
        text_list_add(&both, report->failure);
    text_list_add(&both, owned);
    report->failure = text_list_join(&both);
    report->failure_exit = EXIT_OS;
}

static void read_file(const struct command_line *line, const char *name, struct merge *merge,
                      struct report *report)
{
    static unsigned char buffer[1 << 16];
    FILE *file = input_open(line, name);
    size_t got = 0;

    if (file == NULL) {
        add_failure(report, text_format("%s: %s", name, strerror(errno)));
        return;
    }
    merge_begin_file(merge, name);
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0 && merge_read(merge, buffer, got))
        ;
    if (ferror(file))
        add_failure(report, text_format("%s: %s", name, strerror(errno)));
    merge_end_file(merge);
    if (file != stdin)
        fclose(file);
}

int command_merge(struct command_line *line)
{
    uint64_t started_us = clock_now();

    if (line->operand_count == 0)
        return usage_error("which documents? `-' is the standard input");
    struct report report = output_begin_report(line, "merge");
    struct merge *merge = merge_new(&line->check);
    line->all = true; /* no single target was asked for */
    for (size_t i = 0; i < line->operand_count; i++)
        read_file(line, line->operands[i], merge, &report);
    merge_report(merge, &report);
    report.elapsed_us = clock_now() - started_us;
    int status = output_report(line, &report);
    report_free(&report);
    merge_free(merge);
    return status;
}

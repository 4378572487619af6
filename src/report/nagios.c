/* Output of a monitoring plugin, for Nagios and Icinga: one line, performance data, exit statuses of its own.
 * https://nagios-plugins.org/doc/guidelines.html */
#include "formats.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

enum { SUBJECTS_SHOWN = 8 }; /* the line is read on a pager */

/* What exits 0 is in order: --fail-on says so. */
static int nagios_status(const struct report *report)
{
    static const int by_status[] = {
        [STATUS_HEALTHY] = NAGIOS_OK,
        [STATUS_WARNING] = NAGIOS_WARNING,
        [STATUS_UNKNOWN] = NAGIOS_UNKNOWN,
        [STATUS_FAULT] = NAGIOS_CRITICAL,
    };
    return report_exit_status(report) == EXIT_HEALTHY ? NAGIOS_OK : by_status[report_status(report)];
}

/* '|' would begin the performance data. */
static void put_text(FILE *out, const char *text)
{
    char *escaped = text_escape(text, strlen(text));

    for (const char *c = escaped; *c != '\0'; c++)
        if (*c == '|')
            fputs("\\x7c", out);
        else
            fputc(*c, out);
    free(escaped);
}

static void put_status(FILE *out, int status)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

    fprintf(out, "VMNETCHECK %s - ", names[status]);
}

static char *target_text(const struct target_report *target)
{
    char *names = words_of_deciding(&target->verdict);
    char *text = text_format("%s %s%s%s", report_subject(target), words_of_status(&target->verdict),
                             *names != '\0' ? ": " : "", names);

    free(names);
    return text;
}

/* Of several targets, those that are not healthy. */
static char *targets_text(const struct report *report)
{
    struct text_list parts = {0};
    size_t left_out = 0;

    for (size_t i = 0; i < report->target_count; i++) {
        const struct target_report *target = &report->targets[i];
        if (report_target_count(report) > 1 && target->verdict.status == STATUS_HEALTHY)
            continue;
        if (parts.count < SUBJECTS_SHOWN)
            text_list_add(&parts, target_text(target));
        else
            left_out++;
    }
    if (left_out > 0)
        text_list_addf(&parts, "and %zu more", left_out);
    if (parts.count == 0 && report_target_count(report) > 0)
        text_list_addf(&parts, "all of %zu healthy", report_target_count(report));
    if (report->failure != NULL || report_target_count(report) == 0)
        text_list_addf(&parts, "%s",
                       report->failure != NULL ? report->failure : "there was nothing to check");
    return text_list_join_by(&parts, "; ");
}

static void put_performance(FILE *out, const struct report *report)
{
    size_t counts[STATUS_FAULT + 1] = {0};
    struct figures all = {0};

    for (size_t i = 0; i < report->target_count; i++) {
        struct figures figures = words_figures(&report->targets[i].verdict);
        counts[report->targets[i].verdict.status]++;
        all.sent += figures.sent;
        all.received += figures.received;
        all.duplicates += figures.duplicates;
        all.has_rtt |= figures.has_rtt;
        all.rtt_us = figures.rtt_us > all.rtt_us ? figures.rtt_us : all.rtt_us;
    }
    fprintf(out, " | 'targets'=%zu;;;0 'faulty'=%zu;;;0 'warnings'=%zu;;;0 'unknown'=%zu;;;0",
            report_target_count(report), counts[STATUS_FAULT], counts[STATUS_WARNING],
            counts[STATUS_UNKNOWN]);
    fprintf(out, " 'time'=%.3fs;;;0", (double)report->elapsed_us / 1e6);
    if (all.sent > 0)
        fprintf(out, " 'loss'=%.1f%%;;;0;100 'duplicates'=%llu;;;0",
                100.0 * (double)(all.sent - all.received) / (double)all.sent,
                (unsigned long long)all.duplicates);
    if (all.has_rtt)
        fprintf(out, " 'rtt'=%.6fs;;;0", (double)all.rtt_us / 1e6);
}

static void nagios_report(FILE *out, const struct report *report, const struct report_style *style)
{
    char *text = targets_text(report);
    (void)style;

    put_status(out, nagios_status(report));
    put_text(out, text);
    put_performance(out, report);
    fputc('\n', out);
    free(text);
}

static int nagios_usage_error(FILE *out, const char *reason)
{
    put_status(out, NAGIOS_UNKNOWN);
    put_text(out, reason);
    fputc('\n', out);
    return NAGIOS_UNKNOWN;
}

const struct report_format FORMAT_nagios = {
    .name = "nagios",
    .about = "a monitoring plugin's line, exit status 0 to 3",
    .exit_status = nagios_status,
    .usage_error = nagios_usage_error,
    .report = nagios_report,
};

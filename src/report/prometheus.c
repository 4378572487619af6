/* Metrics for the textfile collector of Prometheus' node_exporter: few series, for there may be many targets
 * on many hosts. https://prometheus.io/docs/instrumenting/exposition_formats/ */
#include "formats.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* A metric, and how the samples of one target are written; each sample is a whole line. */
struct metric {
    const char *name, *help;
    void (*put)(FILE *out, const char *name, const char *labels, const struct target_report *target);
};

/* NAME="VALUE". */
static void add_label(struct text_list *labels, const char *name, const char *value)
{
    char *escaped = text_escape(value, strlen(value)), *quoted = memory_new(2 * strlen(escaped) + 1, 1);
    char *to = quoted;

    for (const char *c = escaped; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            *to++ = '\\';
        *to++ = *c;
    }
    text_list_addf(labels, "%s=\"%s\"", name, quoted);
    free(quoted);
    free(escaped);
}

/* What tells a target from the others. Where no interface needs to exist, two may be named alike. */
static char *labels_of(const struct report *report, size_t index)
{
    const struct target_report *target = &report->targets[index];
    struct text_list labels = {0};

    if (target->host != NULL)
        add_label(&labels, "host", target->host->name != NULL ? target->host->name : "");
    add_label(&labels, "interface", target->interface != NULL ? target->interface : "");
    if (target->place != NULL && target->netns != NULL)
        add_label(&labels, "netns", target->netns);
    add_label(&labels, "vm", target->vm.name != NULL ? target->vm.name : "");
    if (strcmp(report->command, "check") != 0)
        text_list_addf(&labels, "number=\"%zu\"", index + 1);
    return text_list_join(&labels);
}

static void put_status(FILE *out, const char *name, const char *labels, const struct target_report *target)
{
    fprintf(out, "%s{%s} %d\n", name, labels, report_verdict_status(&target->verdict));
}

/* One sample for each name: how many addresses have it, or the target itself. */
static void put_findings(FILE *out, const char *name, const char *labels, const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    size_t counts[FINDING_COUNT] = {0};
    enum severity severities[FINDING_COUNT] = {SEVERITY_INFO};

    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *finding = &verdict->findings[i];
        if (finding->ignored)
            continue;
        counts[finding->id]++;
        if (finding_severity(finding) > severities[finding->id])
            severities[finding->id] = finding_severity(finding);
    }
    for (size_t id = 0; id < FINDING_COUNT; id++)
        if (counts[id] > 0)
            fprintf(out, "%s{%s, finding=\"%s\", severity=\"%s\", layer=\"%s\"} %zu\n", name, labels,
                    FINDINGS[id].name, finding_severity_name(severities[id]),
                    finding_layer_name(FINDINGS[id].layer), counts[id]);
}

static void put_rtt(FILE *out, const char *name, const char *labels, const struct target_report *target)
{
    struct figures figures = words_figures(&target->verdict);

    if (figures.has_rtt)
        fprintf(out, "%s{%s} %.6f\n", name, labels, (double)figures.rtt_us / 1e6);
}

static void put_loss(FILE *out, const char *name, const char *labels, const struct target_report *target)
{
    struct figures figures = words_figures(&target->verdict);

    if (figures.sent > 0)
        fprintf(out, "%s{%s} %.4f\n", name, labels,
                (double)(figures.sent - figures.received) / (double)figures.sent);
}

static void put_duplicates(FILE *out, const char *name, const char *labels,
                           const struct target_report *target)
{
    struct figures figures = words_figures(&target->verdict);

    if (figures.sent > 0)
        fprintf(out, "%s{%s} %llu\n", name, labels, (unsigned long long)figures.duplicates);
}

static void put_mac(FILE *out, const char *name, const char *labels, const struct target_report *target)
{
    struct mac_addr mac;
    char text[MAC_TEXT_SIZE];

    if (words_guest_mac(target, &mac))
        fprintf(out, "%s{%s, mac=\"%s\"} 1\n", name, labels, mac_format(mac, text));
}

static void put_addresses(FILE *out, const char *name, const char *labels, const struct target_report *target)
{
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < target->verdict.address_count; i++)
        fprintf(out, "%s{%s, address=\"%s\"} 1\n", name, labels,
                ip_format(target->verdict.addresses[i].address, text));
}

static const struct metric METRICS[] = {
    {"vmnetcheck_status",
     "How the network of a VM is: 0 healthy, 1 works with warnings, 2 fault in layer 3, 3 fault in layer 2, "
     "4 "
     "fault on the host, 5 could not tell.",
     put_status},
    {"vmnetcheck_findings", "What was found wrong, and for how many addresses.", put_findings},
    {"vmnetcheck_round_trip_seconds", "Average round-trip time of the echo requests; of the slowest address.",
     put_rtt},
    {"vmnetcheck_loss_ratio", "Probes that were not answered, of those that were sent.", put_loss},
    {"vmnetcheck_duplicate_replies", "Replies that came more than once.", put_duplicates},
    {"vmnetcheck_guest_info", "The MAC address of the VM.", put_mac},
    {"vmnetcheck_guest_address_info", "The addresses of the VM that were checked.", put_addresses},
};

static void put_header(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void put_run(FILE *out, const struct report *report)
{
    put_header(out, "vmnetcheck_run_exit_status", "Exit status of the last run.");
    fprintf(out, "vmnetcheck_run_exit_status %d\n", report_exit_status(report));
    put_header(out, "vmnetcheck_run_duration_seconds", "How long the last run took.");
    fprintf(out, "vmnetcheck_run_duration_seconds %.6f\n", (double)report->elapsed_us / 1e6);
    put_header(out, "vmnetcheck_last_run_timestamp_seconds", "When the last run began.");
    fprintf(out, "vmnetcheck_last_run_timestamp_seconds %.3f\n", (double)report->started_us / 1e6);
}

static void prometheus_report(FILE *out, const struct report *report, const struct report_style *style)
{
    char **labels = memory_new(report->target_count, sizeof *labels);
    (void)style;

    for (size_t i = 0; i < report->target_count; i++)
        labels[i] = labels_of(report, i);
    for (size_t m = 0; m < sizeof METRICS / sizeof METRICS[0]; m++) {
        put_header(out, METRICS[m].name, METRICS[m].help);
        for (size_t i = 0; i < report->target_count; i++)
            METRICS[m].put(out, METRICS[m].name, labels[i], &report->targets[i]);
    }
    put_run(out, report);
    for (size_t i = 0; i < report->target_count; i++)
        free(labels[i]);
    free(labels);
}

const struct report_format FORMAT_prometheus = {
    .name = "prometheus",
    .about = "metrics for node_exporter's textfile collector",
    .report = prometheus_report,
};

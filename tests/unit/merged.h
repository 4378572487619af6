/* Hosts as the documents that they print, and merging them. */
#ifndef VMNETCHECK_TEST_MERGED_H
#define VMNETCHECK_TEST_MERGED_H

#include "merge.h"
#include "report_maker.h"

#include <stdio.h>

static const struct check_options OPTIONS;

/* ---- hosts and their machines, written as documents by the format itself ---- */

/* A host whose taps are all on one bridge. */
struct host {
    const char *name, *netns;
    uint64_t started_us;
    const char *subnet; /* "" : it has no address there */
    const char *gateway_mac;
    bool is_confined, is_unknown; /* unknown: what answers may be anywhere on a bridge */
    struct machine {
        const char *name, *uuid, *address, *other_address, *mac;
    } machines[3];
};

static const uint64_t SECOND = 1000000, NOON = UINT64_C(1795348800000000);

static inline struct mac_addr mac(const char *text)
{
    struct mac_addr parsed = {{0}};

    assert_true(mac_parse(text, &parsed));
    return parsed;
}

static inline void set_segment(struct segment_result *segment, const struct host *host)
{
    if (host->is_unknown)
        return;
    *segment = (struct segment_result){.is_known = true, .is_confined = host->is_confined};
    if (host->subnet == NULL)
        return;
    segment->subnets[segment->subnet_count++] = (struct subnet_result){ip(host->subnet), 24};
    if (host->gateway_mac == NULL)
        return;
    segment->gateways[segment->gateway_count++] =
        (struct gateway_result){.address = ip(host->subnet), .has_mac = true, .mac = mac(host->gateway_mac)};
}

static inline void add_machine_address(struct target_report *target, const char *address, const char *of)
{
    add_address(target, address, ORIGIN_HEARD, true);
    target->verdict.addresses[target->verdict.address_count - 1].mac = mac(of);
}

static inline void add_machine(struct report *report, const struct host *host, const struct machine *machine,
                               size_t number)
{
    char interface[16];

    snprintf(interface, sizeof interface, "tap%zu", number);
    struct target_report *target = add_target(report, interface, STATUS_HEALTHY, LAYER_NONE);
    set_segment(&target->verdict.segment, host);
    add_machine_address(target, machine->address, machine->mac);
    if (machine->other_address != NULL)
        add_machine_address(target, machine->other_address, machine->mac);
    target->has_vm = true;
    target->vm = (struct vm_result){.name = text_format("%s", machine->name), .pid = 7, .vmm = "qemu"};
    if (machine->uuid != NULL)
        target->vm.uuid = text_format("%s", machine->uuid);
}

static inline struct report report_of_host(const struct host *host)
{
    struct report report = new_report(SECOND / 10);

    free(report.host.name);
    report.host.name = text_format("%s", host->name);
    report.host.netns = host->netns != NULL ? text_format("%s", host->netns) : NULL;
    report.started_us = host->started_us != 0 ? host->started_us : NOON;
    for (size_t i = 0; i < 3 && host->machines[i].name != NULL; i++)
        add_machine(&report, host, &host->machines[i], i);
    return report;
}

static inline char *document_of(const struct host *host)
{
    struct report report = report_of_host(host);
    char *text = render(&report, "json", &(struct report_style){0});

    report_free(&report);
    return text;
}

/* ---- merging them ---- */

struct merged {
    struct merge *merge;
    struct report report;
};

/* In pieces of so many bytes. */
static inline void read_text(struct merge *merge, const char *text, size_t piece)
{
    merge_begin_file(merge, "file");
    for (size_t at = 0, length = strlen(text); at < length; at += piece)
        if (!merge_read(merge, (const unsigned char *)text + at, length - at < piece ? length - at : piece))
            break;
    merge_end_file(merge);
}

static inline struct merged merge_text(const char *text, size_t piece, const struct check_options *options)
{
    struct merged merged = {.merge = merge_new(options), .report = new_report(0)};

    merged.report.command = "merge";
    read_text(merged.merge, text, piece);
    merge_report(merged.merge, &merged.report);
    return merged;
}

static inline void merged_free(struct merged *merged)
{
    report_free(&merged->report);
    merge_free(merged->merge);
}

static inline char *documents_of(const struct host *hosts, size_t count)
{
    struct text_list texts = {0};

    for (size_t i = 0; i < count; i++)
        text_list_add(&texts, document_of(&hosts[i]));
    return text_list_join_by(&texts, "\n");
}

static inline struct merged merge_hosts(const struct host *hosts, size_t count)
{
    char *text = documents_of(hosts, count);
    struct merged merged = merge_text(text, 4096, &OPTIONS);

    free(text);
    return merged;
}

/* "duplicate-mac! address-conflict": those of all targets; ! is an error. */
static inline char *findings_of(const struct report *report)
{
    struct text_list names = {0};

    for (size_t i = 0; i < report->target_count; i++) {
        const struct verdict *verdict = &report->targets[i].verdict;
        for (size_t f = 0; f < verdict->finding_count; f++)
            text_list_addf(&names, "%s%s", FINDINGS[verdict->findings[f].id].name,
                           finding_severity(&verdict->findings[f]) == SEVERITY_ERROR ? "!" : "");
    }
    return text_list_join_by(&names, " ");
}

static inline void assert_merge(const char *expected, const struct host *hosts, size_t count)
{
    struct merged merged = merge_hosts(hosts, count);
    char *found = findings_of(&merged.report);

    assert_string_equal(found, expected);
    assert_null(merged.report.failure);
    free(found);
    merged_free(&merged);
}

/* ---- hosts that may be on one segment ---- */

#define ONE  "52:54:00:00:00:01"
#define TWO  "52:54:00:00:00:02"
#define GATE "00:11:22:33:44:55"

/* Two hosts on one segment, each with a machine; what is to be different is written behind it. */
#define HOST_A .name = "hv1", .subnet = "10.9.0.0", .gateway_mac = GATE
#define HOST_B .name = "hv2", .subnet = "10.9.0.0", .gateway_mac = GATE

#endif

/* Makes reports for tests, and renders them. Everything is in the heap, so that report_free() frees it. */
#ifndef VMNETCHECK_TEST_REPORT_MAKER_H
#define VMNETCHECK_TEST_REPORT_MAKER_H

#include "report.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
/* after the headers that it needs */
#include <cmocka.h>

static const struct mac_addr GUEST = {{0x52, 0x54, 0x00, 0x12, 0x04, 0x11}};

static inline struct report new_report(uint64_t elapsed_us)
{
    return (struct report){
        .command = "check",
        .started_us = UINT64_C(1795338000123456),
        .host = {.name = text_format("hv7"), .boot_id = text_format("0c7ae1a5-8a0a-4a7b-9a55-5f0a3e1d2b4c")},
        .elapsed_us = elapsed_us,
    };
}

/* The result is good until the next target is added. */
static inline struct target_report *add_target(struct report *report, const char *interface,
                                               enum verdict_status status, enum layer layer)
{
    report->targets = memory_resize(report->targets, report->target_count + 1, sizeof *report->targets);
    struct target_report *target = &report->targets[report->target_count++];
    *target = (struct target_report){
        .interface = interface ? text_format("%s", interface) : NULL,
        .verdict = {.status = status, .layer = layer},
        .elapsed_us = report->elapsed_us,
    };
    return target;
}

static inline struct ip_addr ip(const char *text)
{
    struct ip_addr address = {0};
    if (*text != '\0')
        assert_true(ip_parse(text, &address));
    return address;
}

static inline void add_address(struct target_report *target, const char *address, enum address_origin origin,
                               bool has_mac)
{
    struct verdict *v = &target->verdict;
    v->addresses = memory_resize(v->addresses, v->address_count + 1, sizeof *v->addresses);
    v->addresses[v->address_count++] =
        (struct address_result){.address = ip(address), .origin = origin, .has_mac = has_mac, .mac = GUEST};
}

static inline void add_hop(struct target_report *target, const char *hop, const char *interface,
                           enum passing request, enum passing reply)
{
    struct path_result *path = &target->verdict.path;
    path->hops = memory_resize(path->hops, path->count + 1, sizeof *path->hops);
    path->hops[path->count++] = (struct hop_result){
        .hop = hop, .interface = text_format("%s", interface), .request = request, .reply = reply};
}

static inline struct check_result *add_check(struct target_report *target, const char *name,
                                             const char *address, enum check_status status, unsigned received)
{
    struct verdict *v = &target->verdict;
    v->checks = memory_resize(v->checks, v->check_count + 1, sizeof *v->checks);
    struct check_result *check = &v->checks[v->check_count++];
    *check = (struct check_result){
        .name = name,
        .address = ip(address),
        .status = status,
        .sent = 3,
        .received = received,
        .has_rtt = received > 0,
    };
    if (check->has_rtt) {
        check->rtt_min_us = 210;
        check->rtt_avg_us = 250;
        check->rtt_max_us = 301;
    }
    return check;
}

/* An answer that came at that time, half a millisecond after it was asked for; or a copy or a loss then. */
static inline void add_moment(struct target_report *target, const char *name, const char *address,
                              enum moment_kind kind, uint64_t time_us)
{
    struct verdict *v = &target->verdict;
    v->moments = memory_resize(v->moments, v->moment_count + 1, sizeof *v->moments);
    v->moments[v->moment_count++] = (struct moment_result){.name = name,
                                                           .address = ip(address),
                                                           .kind = kind,
                                                           .time_us = time_us,
                                                           .rtt_us = kind == MOMENT_ANSWER ? 500 : 0,
                                                           .count = 1};
}

/* A check of which nothing was sent. */
static inline void add_skip(struct target_report *target, const char *name, const char *address,
                            const char *note)
{
    struct check_result *check = add_check(target, name, address, CHECK_SKIP, 0);
    check->sent = 0;
    check->note = note ? text_format("%s", note) : NULL;
}

static inline struct finding *add_finding(struct target_report *target, enum finding_id id,
                                          const char *address, const char *summary, const char *fix)
{
    struct verdict *v = &target->verdict;
    v->findings = memory_resize(v->findings, v->finding_count + 1, sizeof *v->findings);
    struct finding *finding = &v->findings[v->finding_count++];
    *finding = (struct finding){
        .id = id,
        .address = ip(address),
        .summary = text_format("%s", summary),
        .fix = fix ? text_format("%s", fix) : NULL,
    };
    return finding;
}

static inline void add_vm(struct target_report *target)
{
    target->has_vm = true;
    target->vm = (struct vm_result){
        .name = text_format("web1"),
        .uuid = text_format("6f1d0d7e-5b1f-4c1a-9e3d-0a1b2c3d4e5f"),
        .pid = 4711,
        .uid = 64055,
        .vmm = "qemu",
        .has_mac = true,
        .mac = GUEST,
        .netdev = text_format("net0"),
        .has_hub = true,
        .hub = 4,
    };
    target->bridge = text_format("br0");
}

/* The report in a format of REPORT_FORMATS; the caller frees it. */
static inline char *render(const struct report *report, const char *format, const struct report_style *style)
{
    static char *text; /* static: gcc 12 warns of a dangling pointer where this is inlined */
    static size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    format_named(format)->report(out, report, style);
    assert_int_equal(fclose(out), 0);
    assert_true(size > 0);
    return text;
}

#endif

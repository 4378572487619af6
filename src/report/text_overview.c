/* What the text says of many targets: a line each, what was found in them, and the sum. */
#include "text_parts.h"
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_WIDTH = 24, GAP = 2, HEALTHY_NAMES = 64, NARROW = 60 /* columns */ };

static const char *short_status(const struct verdict *verdict)
{
    static const char *const by_status[] = {
        [STATUS_HEALTHY] = "healthy", [STATUS_WARNING] = "warning", [STATUS_UNKNOWN] = "UNKNOWN"};
    static const char *const by_layer[] = {[LAYER_NONE] = "FAULT",
                                           [LAYER_L3] = "FAULT l3",
                                           [LAYER_L2] = "FAULT l2",
                                           [LAYER_HOST] = "FAULT host"};

    return verdict->status == STATUS_FAULT ? by_layer[verdict->layer] : by_status[verdict->status];
}

/* ---- a line ---- */

/* The addresses that were checked; those of the link only where there are no others. */
static void add_addresses(struct text_list *parts, const struct verdict *verdict)
{
    struct text_list addresses = {0};
    char ip[IP_TEXT_SIZE];

    for (int link_local = 0; link_local <= 1 && addresses.count == 0; link_local++)
        for (size_t i = 0; i < verdict->address_count; i++)
            if (ip_is_link_local(verdict->addresses[i].address) == link_local)
                text_list_addf(&addresses, "%s", ip_format(verdict->addresses[i].address, ip));
    if (addresses.count > 0)
        text_list_add(parts, text_list_join_by(&addresses, " "));
}

/* "arp-no-reply 10.9.0.2": each name once, with its first address where there is room for it. */
static void add_findings(struct text_list *parts, const struct verdict *verdict, bool brief)
{
    struct text_list names = {0};
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *finding = &verdict->findings[i];
        bool about_address = finding->address.family != IP_NONE && !brief;
        if (i > 0 && finding[-1].id == finding->id)
            continue;
        text_list_addf(&names, "%s%s%s%s", finding->ignored ? "ignored: " : "", FINDINGS[finding->id].name,
                       about_address ? " " : "", about_address ? ip_format(finding->address, ip) : "");
    }
    if (names.count > 0)
        text_list_add(parts, text_list_join(&names));
}

/* What stands behind the status. */
static char *line_text(const struct target_report *target, bool brief)
{
    const struct verdict *verdict = &target->verdict;
    struct figures figures = words_figures(verdict);
    struct text_list parts = {0};

    if (verdict->status == STATUS_HEALTHY)
        add_addresses(&parts, verdict);
    add_findings(&parts, verdict, brief);
    if (verdict->status == STATUS_UNKNOWN && verdict->unknown.count > 0)
        text_list_addf(&parts, "%s", verdict->unknown.items[0]);
    if (verdict->status == STATUS_HEALTHY && figures.has_rtt)
        text_list_add(&parts, words_of_duration(figures.rtt_us));
    return text_list_join_by(&parts, "  ");
}

static bool has_line(const struct target_report *target, bool verbose)
{
    return verbose || target->named || target->verdict.status != STATUS_HEALTHY;
}

struct widths {
    size_t name, status, vm; /* vm 0: no column */
};

/* Where it does not stand in front. */
static const char *vm_of(const struct target_report *target)
{
    return target->vm.name != NULL && target->interface != NULL ? target->vm.name : "";
}

static size_t wider(size_t width, const char *text)
{
    size_t columns = page_columns(text, strlen(text));
    return columns > width && columns <= NAME_MAX_WIDTH ? columns : width;
}

static struct widths widths_of(const struct page *page, const struct report *report, bool verbose)
{
    struct widths widths = {0};

    for (size_t i = 0; i < report->target_count; i++)
        if (has_line(&report->targets[i], verbose)) {
            widths.name = wider(widths.name, report_subject(&report->targets[i]));
            widths.status = wider(widths.status, short_status(&report->targets[i].verdict));
            widths.vm = wider(widths.vm, vm_of(&report->targets[i]));
        }
    widths.vm = widths.vm == 0 || page->width < NARROW ? 0 : widths.vm + GAP;
    return widths;
}

static void print_line(struct page *page, const struct target_report *target, struct widths widths)
{
    char *text = line_text(target, page->width < NARROW && !target->named);

    page_put(page, INK_BOLD, report_subject(target), widths.name + GAP);
    page_put(page, TEXT_STATUS_INKS[target->verdict.status], short_status(&target->verdict),
             widths.status + GAP);
    if (widths.vm > 0)
        page_put(page, INK_PLAIN, vm_of(target), widths.vm);
    page_flow(page, widths.name + widths.status + widths.vm + (size_t)2 * GAP, INK_PLAIN, text);
    page_end_line(page);
    free(text);
}

/* ---- those of which there is nothing to say ---- */

/* Names one after the other that count up: "vnet0..3". */
struct name_run {
    const char *name; /* the first one; NULL: there is none yet */
    size_t stem;      /* what of it stands before its number */
    bool counts;      /* it has one */
    unsigned long long from, to;
};

/* "tap007" does not come after "tap6": its number is no part of a run. */
static struct name_run name_run_of(const char *name)
{
    size_t stem = strlen(name);

    while (stem > 0 && isdigit((unsigned char)name[stem - 1]))
        stem--;
    bool counts = name[stem] != '\0' && (name[stem] != '0' || name[stem + 1] == '\0');
    unsigned long long number = counts ? strtoull(name + stem, NULL, 10) : 0;
    return (struct name_run){name, stem, counts, number, number};
}

static bool goes_on(const struct name_run *run, const struct name_run *next)
{
    return run->counts && next->counts && run->stem == next->stem && next->from == run->to + 1 &&
           memcmp(run->name, next->name, run->stem) == 0;
}

/* Two are not worth the dots. */
static void add_run(struct text_list *names, const struct name_run *run)
{
    if (run->to > run->from + 1)
        text_list_addf(names, "%s..%llu", run->name, run->to);
    else if (run->to > run->from)
        text_list_addf(names, "%s %.*s%llu", run->name, (int)run->stem, run->name, run->to);
    else
        text_list_addf(names, "%s", run->name);
}

/* Those that nobody asked for by name. */
static void print_healthy(struct page *page, const struct report *report)
{
    struct text_list names = {0};
    struct name_run run = {0};
    size_t more = 0;

    for (size_t i = 0; i < report->target_count; i++) {
        struct name_run next = name_run_of(report_subject(&report->targets[i]));
        if (has_line(&report->targets[i], false))
            continue;
        if (run.name != NULL && goes_on(&run, &next)) {
            run.to = next.to;
        } else if (names.count == HEALTHY_NAMES) {
            more++;
        } else {
            if (run.name != NULL)
                add_run(&names, &run);
            run = next;
        }
    }
    if (run.name == NULL)
        return;
    add_run(&names, &run);
    char *list = text_list_join_by(&names, " ");
    char *text = more > 0 ? text_format("%s and %zu more", list, more) : text_format("%s", list);
    page_paragraph(page, 0, INK_GOOD, "healthy: ", text);
    free(list);
    free(text);
}

void text_overview(struct page *page, const struct report *report, bool verbose)
{
    struct widths widths = widths_of(page, report, verbose);

    for (size_t i = 0; i < report->target_count; i++)
        if (has_line(&report->targets[i], verbose))
            print_line(page, &report->targets[i], widths);
    if (!verbose)
        print_healthy(page, report);
}

/* ---- what was found ---- */

/* Of one kind, in targets that have no details of their own. */
struct group {
    const struct finding *first;
    const struct target_report *target; /* where that is */
    size_t targets;
    bool fixes_differ;
};

/* Each row has one. */
static const char *fix_of(const struct finding *finding)
{
    return finding->fix != NULL ? finding->fix : FINDINGS[finding->id].fix;
}

static void add_to_group(struct group *group, const struct finding *finding,
                         const struct target_report *target)
{
    if (group->first == NULL)
        *group = (struct group){.first = finding, .target = target};
    else if (strcmp(fix_of(finding), fix_of(group->first)) != 0)
        group->fixes_differ = true;
}

static void gather(const struct report *report, struct group groups[FINDING_COUNT])
{
    for (size_t i = 0; i < report->target_count; i++) {
        const struct verdict *verdict = &report->targets[i].verdict;
        for (size_t f = 0; f < verdict->finding_count && !report->targets[i].named; f++) {
            const struct finding *finding = &verdict->findings[f];
            struct group *group = &groups[finding->id];
            if (finding->ignored || finding_severity(finding) == SEVERITY_INFO)
                continue;
            add_to_group(group, finding, &report->targets[i]);
            group->targets += f == 0 || finding[-1].id != finding->id;
        }
    }
}

/* Of one of them, with its real names, where each has its own. */
static void print_fix_of_group(struct page *page, const struct group *group)
{
    char *label = group->targets > 1 && group->fixes_differ
                      ? text_format("fix of %s: ", report_subject(group->target))
                      : text_format("fix: ");

    page_paragraph(page, 2, INK_BOLD, label, fix_of(group->first));
    free(label);
}

/* Where one target has it, its own words are the best; otherwise those of the table. */
static void print_group(struct page *page, const struct group *group)
{
    const struct finding_row *row = &FINDINGS[group->first->id];
    bool alone = group->targets == 1;
    char *label =
        alone ? text_format("%s: ", row->name) : text_format("%s (%zu): ", row->name, group->targets);

    page_paragraph(page, 0, TEXT_SEVERITY_INKS[finding_severity(group->first)], label,
                   alone ? group->first->summary : row->summary);
    print_fix_of_group(page, group);
    free(label);
}

void text_groups(struct page *page, const struct report *report)
{
    struct group groups[FINDING_COUNT] = {{0}};
    bool begun = false;

    gather(report, groups);
    for (size_t id = 0; id < FINDING_COUNT; id++) {
        if (groups[id].first == NULL)
            continue;
        if (!begun)
            page_end_line(page);
        begun = true;
        print_group(page, &groups[id]);
    }
}

/* ---- the sum ---- */

void text_summary(struct page *page, const struct report *report)
{
    bool are_vms = strcmp(report->command, "lint") == 0;
    char *took = words_of_duration(report->elapsed_us), *sums = words_of_sums(report);
    char *label =
        text_format("%zu %s in %s: ", report_target_count(report), are_vms ? "VMs" : "interfaces", took);

    page_paragraph(page, 0, INK_BOLD, label, sums);
    free(took);
    free(sums);
    free(label);
}

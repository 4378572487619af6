/* The report for people. */
#include "formats.h"
#include "page.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_LIST = 8 }; /* evidence and notes that are shown without -v */

static const enum ink STATUS_INKS[] = {
    [STATUS_HEALTHY] = INK_GOOD,
    [STATUS_WARNING] = INK_WARN,
    [STATUS_UNKNOWN] = INK_WARN,
    [STATUS_FAULT] = INK_BAD,
};

static const struct {
    const char *word;
    enum ink ink;
} CHECK_MARKS[] = {
    [CHECK_PASS] = {"ok", INK_GOOD},   [CHECK_SKIP] = {"skip", INK_PLAIN}, [CHECK_WARN] = {"warn", INK_WARN},
    [CHECK_UNKNOWN] = {"?", INK_WARN}, [CHECK_FAIL] = {"FAIL", INK_BAD},
};

static const enum ink SEVERITY_INKS[] = {
    [SEVERITY_INFO] = INK_BOLD,
    [SEVERITY_WARNING] = INK_WARN,
    [SEVERITY_ERROR] = INK_BAD,
};

/* What the headline has in parentheses: who it is, and how long it took. */
static char *headline_details(const struct target_report *target)
{
    struct text_list parts = {0};
    struct mac_addr mac;
    char mac_text[MAC_TEXT_SIZE];

    if (target->vm.name && target->interface) /* otherwise it stands in front */
        text_list_addf(&parts, "%s", target->vm.name);
    if (target->file && target->interface)
        text_list_addf(&parts, "%s", target->file);
    if (target->vm.pid != 0)
        text_list_addf(&parts, "pid %ld", target->vm.pid);
    if (guest_mac(target, &mac))
        text_list_addf(&parts, "guest %s", mac_format(mac, mac_text));
    if (!target->waited)
        text_list_add(&parts, duration_text(target->elapsed_us));
    return text_list_join(&parts);
}

static void print_headline(struct page *page, const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    char *took = duration_text(target->elapsed_us), *names = deciding_names(verdict);
    char *details = headline_details(target);
    char *rest = text_format("%s%s%s%s%s%s%s", target->waited ? " after " : "", target->waited ? took : "",
                             *names ? ": " : "", names, *details ? " (" : "", details, *details ? ")" : "");

    page_put(page, INK_BOLD, subject_of(target), 0);
    page_put(page, INK_BOLD, ": ", 0);
    page_put(page, STATUS_INKS[verdict->status], status_words(verdict), 0);
    page_put(page, INK_PLAIN, rest, 0); /* one line, however long: it is what people grep for */
    page_end_line(page);
    free(took);
    free(names);
    free(details);
    free(rest);
}

static void widen(size_t *width, const char *text)
{
    size_t columns = page_columns(text, strlen(text));
    if (columns > *width)
        *width = columns;
}

static void print_checks(struct page *page, const struct verdict *verdict)
{
    enum { INDENT = 2, GAP = 2, MARK = 4 };
    size_t name = 0, address = 0;
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; i < verdict->check_count; i++) {
        widen(&name, verdict->checks[i].name);
        widen(&address, ip_format(verdict->checks[i].address, ip));
    }
    for (size_t i = 0; i < verdict->check_count; i++) {
        const struct check_result *check = &verdict->checks[i];
        char *text = check_text(check);

        page_put(page, INK_PLAIN, "", INDENT);
        page_put(page, CHECK_MARKS[check->status].ink, CHECK_MARKS[check->status].word, MARK + GAP);
        page_put(page, INK_PLAIN, check->name, name + GAP);
        page_put(page, INK_PLAIN, ip_format(check->address, ip), address + GAP);
        page_flow(page, INDENT + MARK + GAP + name + GAP + address + GAP, text);
        page_end_line(page);
        free(text);
    }
}

static void print_list(struct page *page, size_t indent, const char *label, const struct text_list *list,
                       bool all)
{
    size_t shown = all || list->count <= SHORT_LIST ? list->count : SHORT_LIST;

    for (size_t i = 0; i < shown; i++)
        page_paragraph(page, indent, INK_BOLD, label, list->items[i]);
    if (shown < list->count) {
        char *text = text_format("and %zu more (-v shows them)", list->count - shown);
        page_paragraph(page, indent, INK_BOLD, label, text);
        free(text);
    }
}

static void print_finding_title(struct page *page, const struct finding *finding)
{
    const struct finding_row *row = &FINDINGS[finding->id];
    char ip[IP_TEXT_SIZE];
    bool about_address = finding->address.family != IP_NONE;
    enum severity severity = finding_severity(finding);
    bool plain = severity == SEVERITY_ERROR && !finding->ignored;
    char *words =
        plain ? NULL : text_format(" (%s%s)", severity_name(severity), finding->ignored ? ", ignored" : "");
    char *label = text_format("%s%s%s%s: ", row->name, about_address ? " " : "",
                              about_address ? ip_format(finding->address, ip) : "", words ? words : "");

    page_paragraph(page, 2, SEVERITY_INKS[severity], label, finding->summary);
    free(words);
    free(label);
}

/* Whether the finding before says the same of another address: such findings stand together, with their fix
 * at the end. */
static bool continues(const struct verdict *verdict, size_t index)
{
    const struct finding *finding = &verdict->findings[index];

    if (index == 0 || finding[-1].id != finding->id)
        return false;
    return finding->fix && finding[-1].fix && strcmp(finding->fix, finding[-1].fix) == 0;
}

static void print_findings(struct page *page, const struct verdict *verdict, bool verbose)
{
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *finding = &verdict->findings[i];
        bool last = i + 1 == verdict->finding_count || !continues(verdict, i + 1);

        if (!continues(verdict, i))
            page_end_line(page);
        print_finding_title(page, finding);
        print_list(page, 4, "", &finding->evidence, verbose);
        if (finding->fix && last)
            page_paragraph(page, 4, INK_BOLD, "fix: ", finding->fix);
    }
}

/* With -v: what is known about the VM, and the addresses with their MACs. */
static void print_known(struct page *page, const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    if (target->bridge)
        page_paragraph(page, 2, INK_BOLD, "bridge: ", target->bridge);
    if (target->vm.netdev)
        page_paragraph(page, 2, INK_BOLD, "netdev: ", target->vm.netdev);
    if (target->vm.has_hub) {
        char *hub = text_format("%d", target->vm.hub);
        page_paragraph(page, 2, INK_BOLD, "hub: ", hub);
        free(hub);
    }
    for (size_t i = 0; i < verdict->address_count; i++) {
        const struct address_result *a = &verdict->addresses[i];
        char *text =
            text_format("%s, %s%s (%s)", ip_format(a->address, ip), a->has_mac ? "at " : "no MAC known",
                        a->has_mac ? mac_format(a->mac, mac) : "", address_origin_name(a->origin));
        page_paragraph(page, 2, INK_BOLD, "address: ", text);
        free(text);
    }
}

static void print_target(struct page *page, const struct target_report *target, bool verbose)
{
    const struct verdict *verdict = &target->verdict;
    bool with_notes = verdict->notes.count > 0 && (verbose || verdict->status != STATUS_HEALTHY);

    print_headline(page, target);
    if (verbose)
        print_known(page, target);
    print_checks(page, verdict);
    print_findings(page, verdict, verbose);
    if (verdict->unknown.count > 0 || with_notes)
        page_end_line(page);
    print_list(page, 2, "could not tell: ", &verdict->unknown, verbose);
    if (with_notes)
        print_list(page, 2, "note: ", &verdict->notes, verbose);
}

/* "3 interfaces in 1.08 s: 1 faulty, 2 healthy" */
static void print_summary(struct page *page, const struct report *report)
{
    static const char *const words[] = {
        [STATUS_HEALTHY] = "healthy",
        [STATUS_WARNING] = "with warnings",
        [STATUS_UNKNOWN] = "could not be told",
        [STATUS_FAULT] = "faulty",
    };
    size_t counts[STATUS_FAULT + 1] = {0};
    struct text_list parts = {0};

    for (size_t i = 0; i < report->target_count; i++)
        counts[report->targets[i].verdict.status]++;
    for (int status = STATUS_FAULT; status >= STATUS_HEALTHY; status--)
        if (counts[status] > 0)
            text_list_addf(&parts, "%zu %s", counts[status], words[status]);

    char *took = duration_text(report->elapsed_us), *totals = text_list_join(&parts);
    char *label = text_format("%zu interfaces in %s: ", report->target_count, took);
    page_paragraph(page, 0, INK_BOLD, label, totals);
    free(took);
    free(totals);
    free(label);
}

/* Of many targets, the healthy ones are shown with -v only. */
static void text_report(FILE *out, const struct report *report, const struct report_style *style)
{
    struct page page = {.out = out, .width = PAGE_WIDTH, .color = style->color};
    bool many = report->target_count > 1;

    if (many)
        print_summary(&page, report);
    for (size_t i = 0; i < report->target_count; i++) {
        const struct target_report *target = &report->targets[i];
        if (many && !style->verbose && target->verdict.status == STATUS_HEALTHY)
            continue;
        if (many)
            page_end_line(&page);
        print_target(&page, target, style->verbose);
    }
    if (report->target_count == 0 && report->failure == NULL)
        page_paragraph(&page, 0, INK_WARN, "", "COULD NOT TELL: there was nothing to check");
}

const struct report_format FORMAT_text = {
    .name = "text",
    .about = "for people",
    .report = text_report,
    .taps = text_taps,
    .explain = text_explain,
};

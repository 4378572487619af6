/* What the text says of one target. */
#include "text_parts.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_LIST = 8 }; /* evidence and reasons that are shown without -v */

const enum ink TEXT_STATUS_INKS[] = {
    [STATUS_HEALTHY] = INK_GOOD,
    [STATUS_WARNING] = INK_WARN,
    [STATUS_UNKNOWN] = INK_WARN,
    [STATUS_FAULT] = INK_BAD,
};

const enum ink TEXT_SEVERITY_INKS[] = {
    [SEVERITY_INFO] = INK_BOLD,
    [SEVERITY_WARNING] = INK_WARN,
    [SEVERITY_ERROR] = INK_BAD,
};

static const struct {
    const char *word;
    enum ink ink;
} CHECK_MARKS[] = {
    [CHECK_PASS] = {"ok", INK_GOOD},   [CHECK_SKIP] = {"skip", INK_PLAIN}, [CHECK_WARN] = {"warn", INK_WARN},
    [CHECK_UNKNOWN] = {"?", INK_WARN}, [CHECK_FAIL] = {"FAIL", INK_BAD},
};

/* ---- the headline ---- */

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
    if (words_guest_mac(target, &mac))
        text_list_addf(&parts, "guest %s", mac_format(mac, mac_text));
    if (!target->waited && target->elapsed_us > 0)
        text_list_add(&parts, words_of_duration(target->elapsed_us));
    return text_list_join(&parts);
}

/* Why the verdict is what it is: findings, or the first reason for not knowing; "" for the healthy. */
static char *reason_of(const struct verdict *verdict)
{
    if (verdict->status == STATUS_UNKNOWN && verdict->unknown.count > 0)
        return text_format("%s", verdict->unknown.items[0]);
    return words_of_deciding(verdict);
}

static void print_headline(struct page *page, const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    char *took = words_of_duration(target->elapsed_us), *reason = reason_of(verdict);
    char *details = headline_details(target);
    char *rest = text_format("%s%s%s%s%s%s%s", target->waited ? " after " : "", target->waited ? took : "",
                             *reason ? ": " : "", reason, *details ? " (" : "", details, *details ? ")" : "");

    page_flow(page, 2, INK_BOLD, report_subject(target));
    page_put(page, INK_BOLD, ": ", 0);
    page_put(page, TEXT_STATUS_INKS[verdict->status], words_of_status(verdict), 0);
    page_flow(page, 2, INK_PLAIN, rest);
    page_end_line(page);
    free(took);
    free(reason);
    free(details);
    free(rest);
}

/* ---- checks ---- */

static void widen(size_t *width, const char *text)
{
    size_t columns = page_columns(text, strlen(text));
    if (columns > *width)
        *width = columns;
}

static void print_checks(struct page *page, const struct verdict *verdict, bool verbose)
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
        char *text = words_of_check(check, verbose);

        page_put(page, INK_PLAIN, "", INDENT);
        page_put(page, CHECK_MARKS[check->status].ink, CHECK_MARKS[check->status].word, MARK + GAP);
        page_put(page, INK_PLAIN, check->name, name + GAP);
        page_put(page, INK_PLAIN, ip_format(check->address, ip), address + GAP);
        page_flow(page, INDENT + MARK + GAP + name + GAP + address + GAP, INK_PLAIN, text);
        page_end_line(page);
        free(text);
    }
}

/* ---- findings ---- */

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

static void print_title(struct page *page, const struct finding *finding, const char *about,
                        const char *summary)
{
    enum severity severity = finding_severity(finding);
    bool plain = severity == SEVERITY_ERROR && !finding->ignored;
    char *kind =
        plain ? NULL
              : text_format(" (%s%s)", finding_severity_name(severity), finding->ignored ? ", ignored" : "");
    char *label = text_format("%s%s%s%s: ", FINDINGS[finding->id].name, *about != '\0' ? " " : "", about,
                              kind != NULL ? kind : "");

    page_paragraph(page, 2, TEXT_SEVERITY_INKS[severity], label, summary);
    free(kind);
    free(label);
}

/* Whether the second says the same as the first, of another address, and is mended by the same. */
static bool are_alike(const struct finding *first, const struct finding *second)
{
    if (first->id != second->id || first->ignored != second->ignored)
        return false;
    return first->fix != NULL && second->fix != NULL && strcmp(first->fix, second->fix) == 0;
}

/* Where a second person can look. */
static void print_frames(struct page *page, const struct finding *finding)
{
    struct text_list numbers = {0};

    if (finding->frame_count == 0)
        return;
    for (size_t i = 0; i < finding->frame_count; i++)
        text_list_addf(&numbers, "%u", (unsigned)finding->frames[i]);
    char *list = text_list_join(&numbers);
    page_paragraph(page, 4, INK_PLAIN, "frames of the capture file: ", list);
    free(list);
}

static void print_finding(struct page *page, const struct finding *finding, bool verbose)
{
    char ip[IP_TEXT_SIZE];

    print_title(page, finding, finding->address.family != IP_NONE ? ip_format(finding->address, ip) : "",
                finding->summary);
    print_list(page, 4, "", &finding->evidence, verbose);
    print_frames(page, finding);
}

/* Several of a kind that differ in their addresses are one, with all of those and the evidence of the
 * first. */
static void print_group(struct page *page, const struct finding *first, size_t count)
{
    struct text_list addresses = {0};
    char ip[IP_TEXT_SIZE], *about = text_format("(%zu addresses)", count);

    for (size_t i = 0; i < count; i++)
        text_list_addf(&addresses, "%s", ip_format(first[i].address, ip));
    char *list = text_list_join(&addresses);
    print_title(page, first, about, FINDINGS[first->id].summary);
    page_paragraph(page, 4, INK_PLAIN, "", list);
    print_list(page, 4, "", &first->evidence, false);
    free(about);
    free(list);
}

static void print_findings(struct page *page, const struct verdict *verdict, bool verbose)
{
    enum { ALONE = 2 }; /* so many of a kind are shown one by one */

    for (size_t i = 0, count; i < verdict->finding_count; i += count) {
        const struct finding *first = &verdict->findings[i];
        for (count = 1; i + count < verdict->finding_count && are_alike(first, first + count); count++)
            ;
        page_end_line(page);
        if (count > ALONE && !verbose && first->address.family != IP_NONE)
            print_group(page, first, count);
        else
            for (size_t j = 0; j < count; j++)
                print_finding(page, first + j, verbose);
        if (first->fix != NULL)
            page_paragraph(page, 4, INK_BOLD, "fix: ", first->fix);
    }
}

/* ---- the path ---- */

static const char *guest_name(const struct target_report *target)
{
    return target->vm.name != NULL ? target->vm.name : "guest";
}

/* "host 10.9.0.1 — br0 — vnet0 ✗ web1 net0" */
static void print_path(struct page *page, const struct target_report *target)
{
    const struct path_result *path = &target->verdict.path;
    const char *whole = page->ascii ? " - " : " \u2014 ", *broken = page->ascii ? " x " : " \u2717 ";
    char ip[IP_TEXT_SIZE];

    if (path->count == 0)
        return;
    page_put(page, INK_PLAIN, "", 2);
    page_flow(page, 4, INK_PLAIN, "host");
    if (path->host.family != IP_NONE) {
        page_flow(page, 4, INK_PLAIN, " ");
        page_flow(page, 4, INK_PLAIN, ip_format(path->host, ip));
    }
    for (size_t i = 1; i <= path->count; i++) {
        bool breaks = i == path->broken_after;
        page_flow(page, 4, breaks ? INK_BAD : INK_PLAIN, breaks ? broken : whole);
        page_flow(page, 4, INK_PLAIN, i < path->count ? path->hops[i].interface : guest_name(target));
    }
    if (target->vm.netdev != NULL) {
        page_flow(page, 4, INK_PLAIN, " ");
        page_flow(page, 4, INK_PLAIN, target->vm.netdev);
    }
    page_end_line(page);
}

/* ---- what else is known ---- */

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
                        a->has_mac ? mac_format(a->mac, mac) : "", target_origin_name(a->origin));
        page_paragraph(page, 2, INK_BOLD, "address: ", text);
        free(text);
    }
}

/* The first reason stands in the headline. */
static void print_doubts(struct page *page, const struct verdict *verdict, bool verbose)
{
    size_t said = verdict->status == STATUS_UNKNOWN ? 1 : 0;

    if (verdict->unknown.count <= said)
        return;
    struct text_list others = {verdict->unknown.items + said, verdict->unknown.count - said};
    page_end_line(page);
    print_list(page, 2, "could not tell: ", &others, verbose);
}

static void print_notes(struct page *page, const struct text_list *notes, const struct shared_notes *shared)
{
    bool begun = false;

    for (size_t i = 0; i < notes->count; i++) {
        if (shared != NULL && shared_notes_have(shared, notes->items[i]))
            continue;
        if (!begun)
            page_end_line(page);
        begun = true;
        page_paragraph(page, 2, INK_BOLD, "note: ", notes->items[i]);
    }
}

void text_target(struct page *page, const struct target_report *target, const struct shared_notes *shared,
                 bool verbose)
{
    const struct verdict *verdict = &target->verdict;

    print_headline(page, target);
    if (verbose)
        print_known(page, target);
    if (verbose || (verdict->status == STATUS_FAULT && verdict->path.broken_after > 0))
        print_path(page, target);
    print_checks(page, verdict, verbose);
    print_findings(page, verdict, verbose);
    print_doubts(page, verdict, verbose);
    if (verbose)
        print_notes(page, &verdict->notes, shared);
}

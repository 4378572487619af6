/* The report for people. */
#include "formats.h"
#include "text_parts.h"

/* The finding that is the first to ask about; NULL if there is none. */
static const char *first_finding(const struct report *report)
{
    for (size_t i = 0; i < report->target_count; i++) {
        const struct verdict *verdict = &report->targets[i].verdict;
        for (size_t f = 0; f < verdict->finding_count; f++)
            if (!verdict->findings[f].ignored)
                return FINDINGS[verdict->findings[f].id].name;
    }
    return NULL;
}

/* The command that tells more. */
static void print_more(struct page *page, const struct report *report, bool verbose)
{
    const char *name = first_finding(report);
    const char *all = verbose ? "" : ", and with -v all that was seen";

    if (name == NULL)
        return;
    page_flow(page, 2, INK_BOLD, "more: ");
    page_flow(page, 2, INK_PLAIN, "vmnetcheck explain ");
    page_flow(page, 2, INK_PLAIN, name);
    page_flow(page, 2, INK_PLAIN, all);
    page_end_line(page);
}

static bool has_details(const struct target_report *target, bool verbose)
{
    return verbose || (target->named && target->verdict.status != STATUS_HEALTHY);
}

static void print_many(struct page *page, const struct report *report, bool verbose)
{
    struct shared_notes *shared = verbose ? shared_notes_of(report) : NULL;

    text_overview(page, report, verbose);
    for (size_t i = 0; i < report->target_count; i++)
        if (has_details(&report->targets[i], verbose)) {
            page_end_line(page);
            text_target(page, &report->targets[i], shared, verbose);
        }
    if (!verbose)
        text_groups(page, report);
    if (report->target_count > 0)
        page_end_line(page);
    if (shared != NULL)
        shared_notes_print(shared, page);
    shared_notes_free(shared);
    text_summary(page, report);
}

static void text_report(FILE *out, const struct report *report, const struct report_style *style)
{
    struct page page = page_of(out, style);

    if (report_target_count(report) > 1)
        print_many(&page, report, style->verbose);
    else if (report->target_count == 1)
        text_target(&page, report->targets, NULL, style->verbose);
    else if (report->failure == NULL)
        page_paragraph(&page, 0, INK_WARN, "", "COULD NOT TELL: there was nothing to check");
    print_more(&page, report, style->verbose);
}

const struct report_format FORMAT_text = {
    .name = "text",
    .about = "for people",
    .report = text_report,
    .taps = tap_list_text,
    .explain = explain_text,
    .change = change_text,
};

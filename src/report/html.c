/* The report for those who would rather look: one page of HTML that loads and runs nothing. */
#include "formats.h"
#include "html_parts.h"
#include "markup.h"
#include "version.h"
#include "words.h"

#include <stdlib.h>

/* The page may have its own style, and nothing else: whatever got into it would not run. */
static const char SECURITY[] =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

static void put_head(FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
          "<meta http-equiv=\"Content-Security-Policy\"",
          out);
    markup_attribute(out, "content", SECURITY);
    fputs("/>\n<title>vmnetcheck</title>\n<style>\n", out);
    fputs(HTML_STYLE, out);
    fputs("</style>\n</head>\n<body>\n", out);
}

static void put_header(FILE *out, const struct report *report)
{
    char *sums = words_of_sums(report), *time = words_of_time(report->started_us),
         *took = words_of_duration(report->elapsed_us);

    fputs("<header>\n<h1>", out);
    markup_textf(out, "vmnetcheck %s%s%s", report->command, report->host.name != NULL ? " on " : "",
                 report->host.name != NULL ? report->host.name : "");
    fprintf(out, "</h1>\n<p><span class=\"%s\">", html_class_of(report_status(report)));
    markup_element(out, "span", "tone", *sums != '\0' ? sums : "could not tell: there was nothing to check");
    fputs("</span></p>\n<p>", out);
    markup_textf(out, "%s, in %s, by version %s", time, took, VERSION_TEXT);
    fputs("</p>\n", out);
    if (report->failure != NULL) {
        fputs("<p class=\"unknown\"><span class=\"tone\">", out);
        markup_textf(out, "It ended before its end: %s", report->failure);
        fputs("</span></p>\n", out);
    }
    fputs("</header>\n", out);
    free(sums);
    free(time);
    free(took);
}

/* A healthy one of many has no details, unless they are asked for. */
static bool has_details(const struct report *report, const struct target_report *target, bool verbose)
{
    return report->target_count == 1 || verbose || target->named || target->verdict.status != STATUS_HEALTHY;
}

static void put_cell(FILE *out, const struct target_report *target, size_t index, bool is_link)
{
    const struct verdict *verdict = &target->verdict;
    char *names = words_of_deciding(verdict);

    fprintf(out, "<li class=\"%s\">", html_class_of(verdict->status));
    if (is_link)
        fprintf(out, "<a href=\"#target%zu\">", index);
    markup_element(out, "b", NULL, report_subject(target));
    if (target->vm.name != NULL && target->interface != NULL)
        markup_element(out, "span", "soft", target->vm.name);
    markup_element(out, "span", "tone", *names != '\0' ? names : words_of_status(verdict));
    fputs(is_link ? "</a></li>\n" : "</li>\n", out);
    free(names);
}

static void put_grid(FILE *out, const struct report *report, bool verbose)
{
    if (report->target_count == 0)
        fprintf(out, "<p>%s</p>\n",
                report_target_count(report) > 0 ? "There is nothing to tell of any of them."
                                                : "There was nothing to check.");
    if (report->target_count < 2)
        return;
    fputs("<ul class=\"grid\">\n", out);
    for (int status = STATUS_FAULT; status >= STATUS_HEALTHY; status--)
        for (size_t i = 0; i < report->target_count; i++)
            if ((int)report->targets[i].verdict.status == status)
                put_cell(out, &report->targets[i], i, has_details(report, &report->targets[i], verbose));
    fputs("</ul>\n", out);
}

static void html_report(FILE *out, const struct report *report, const struct report_style *style)
{
    put_head(out);
    put_header(out, report);
    fputs("<main>\n", out);
    put_grid(out, report, style->verbose);
    for (size_t i = 0; i < report->target_count; i++)
        if (has_details(report, &report->targets[i], style->verbose))
            html_target(out, &report->targets[i], i);
    fputs("</main>\n<footer>\n<p>What a finding means, how it is proved and how it is mended: "
          "<code>vmnetcheck explain "
          "FINDING</code></p>\n</footer>\n</body>\n</html>\n",
          out);
}

const struct report_format FORMAT_html = {
    .name = "html",
    .about = "a page to look at, in one file without scripts",
    .report = html_report,
};

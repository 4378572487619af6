/* The Test Anything Protocol, version 13: https://testanything.org/tap-version-13-specification.html */
#include "cases.h"
#include "formats.h"

#include <stdlib.h>
#include <string.h>

/* In a description or a reason '#' would begin a directive; a YAML scalar in double quotes ends at the next
 * one (YAML 1.2, 7.3.1). */
static const char IN_WORDS[] = "#\\", IN_QUOTES[] = "\"\\";

static void put(FILE *out, const char *text, const char *special)
{
    char *escaped = text_escape(text, strlen(text));

    for (const char *c = escaped; *c != '\0'; c++) {
        if (*special != '\0' && strchr(special, *c) != NULL)
            fputc('\\', out);
        fputc(*c, out);
    }
    free(escaped);
}

static void put_scalar(FILE *out, const char *label, const char *text)
{
    fprintf(out, "  %s\"", label);
    put(out, text, IN_QUOTES);
    fputs("\"\n", out);
}

static void put_lines(FILE *out, const char *before, const struct text_list *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        fputs(before, out);
        put(out, lines->items[i], "");
        fputc('\n', out);
    }
}

static void put_diagnostics(FILE *out, const struct report_case *one)
{
    fputs("  ---\n", out);
    put_scalar(out, "message: ", one->message);
    put_scalar(out, "severity: ", one->kind);
    if (one->details.count > 0)
        fputs("  data: |\n", out);
    put_lines(out, "    ", &one->details);
    fputs("  ...\n", out);
}

static void put_case(FILE *out, size_t number, const char *group, const struct report_case *one)
{
    bool fails = one->outcome == CASE_FAILED || one->outcome == CASE_UNKNOWN;

    fprintf(out, "%s %zu - ", fails ? "not ok" : "ok", number);
    put(out, group, IN_WORDS);
    fputc(' ', out);
    put(out, one->name, IN_WORDS);
    if (one->outcome == CASE_SKIPPED) {
        fputs(" # SKIP ", out);
        put(out, one->message, IN_WORDS);
    }
    fputc('\n', out);
    if (one->message == NULL)
        put_lines(out, "# ", &one->details);
    else if (one->outcome != CASE_SKIPPED)
        put_diagnostics(out, one);
}

static size_t put_cases(FILE *out, size_t before, const struct report *report,
                        const struct target_report *target)
{
    struct report_cases cases = cases_of(report, target);
    size_t count = cases.count;

    for (size_t i = 0; out != NULL && i < count; i++)
        put_case(out, before + i + 1, cases_group(target), &cases.items[i]);
    cases_free(&cases);
    return before + count;
}

/* How many cases there are; they are written unless out is NULL. */
static size_t put_all(FILE *out, const struct report *report)
{
    size_t count = 0;

    for (size_t i = 0; i < report->target_count; i++)
        count = put_cases(out, count, report, &report->targets[i]);
    return put_cases(out, count, report, NULL);
}

static void tap13_report(FILE *out, const struct report *report, const struct report_style *style)
{
    (void)style;
    fprintf(out, "TAP version 13\n1..%zu\n", put_all(NULL, report));
    put_all(out, report);
}

const struct report_format FORMAT_tap13 = {
    .name = "tap13",
    .about = "the Test Anything Protocol, for prove",
    .report = tap13_report,
};

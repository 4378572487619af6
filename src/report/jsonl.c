/* JSON lines: a document of its own for each target, one a line. */
#include "formats.h"
#include "json_values.h"

#include <stdlib.h>

enum { DUMP_FLAGS = JSON_COMPACT };

static void put_document(FILE *out, const struct report *report)
{
    json_t *document = json_of_header(report), *targets = json_array();

    for (size_t i = 0; i < report->target_count; i++)
        json_array_append_new(targets, json_of_target(&report->targets[i]));
    json_object_set_new(document, "targets", targets);
    json_dumpf(document, out, DUMP_FLAGS);
    fputc('\n', out);
    json_decref(document);
}

/* Why the run broke off stands in a line of its own, without a target: the others say how each target is. */
static void jsonl_report(FILE *out, const struct report *report, const struct report_style *style)
{
    struct report one = *report;
    (void)style;

    json_use_our_memory();
    one.failure = NULL;
    one.target_count = 1;
    for (size_t i = 0; i < report->target_count; i++) {
        one.targets = &report->targets[i];
        put_document(out, &one);
    }
    if (report->failure == NULL && report->target_count > 0)
        return;
    one = *report;
    one.target_count = 0;
    put_document(out, &one);
}

const struct report_format FORMAT_jsonl = {
    .name = "jsonl",
    .about = "a document for each target, one a line",
    .report = jsonl_report,
    .change = change_json,
};

/* JSON documents. */
#include "formats.h"
#include "json_values.h"
#include "tap_list.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

enum { DUMP_FLAGS = JSON_INDENT(2) };
#define TARGET_INDENT "    "

/* A line break of jansson is one between values, never within a string: there it is escaped. */
static void write_indented(FILE *out, const char *text)
{
    const char *line_break;

    for (; (line_break = strchr(text, '\n')) != NULL; text = line_break + 1) {
        fwrite(text, 1, (size_t)(line_break + 1 - text), out);
        fputs(TARGET_INDENT, out);
    }
    fputs(text, out);
}

/* The document is written target by target, so that a run on thousands needs memory for one. */
static void print_targets(FILE *out, const struct report *report)
{
    fputs("  \"targets\": [", out);
    for (size_t i = 0; i < report->target_count; i++) {
        json_t *target = json_of_target(&report->targets[i]);
        char *text = json_dumps(target, DUMP_FLAGS);
        fputs(i > 0 ? ",\n" TARGET_INDENT : "\n" TARGET_INDENT, out);
        write_indented(out, text);
        free(text);
        json_decref(target);
    }
    fputs(report->target_count > 0 ? "\n  ]\n" : "]\n", out);
}

static void json_report(FILE *out, const struct report *report, const struct report_style *style)
{
    (void)style;
    json_use_our_memory();

    json_t *header = json_of_header(report);
    char *text = json_dumps(header, DUMP_FLAGS);
    size_t open_length = strlen(text) - strlen("\n}"); /* the targets follow before it closes */

    fprintf(out, "%.*s,\n", (int)open_length, text);
    print_targets(out, report);
    fputs("}\n", out);
    free(text);
    json_decref(header);
}

static json_t *row_value(const struct finding_row *row)
{
    json_t *hides = json_array();

    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (finding_hides(row, (enum finding_id)i))
            json_array_append_new(hides, json_string(FINDINGS[i].name));
    char *fix = finding_fix_text(row->fix, "VM");
    json_t *value = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:o}", "name", row->name, "severity",
                              finding_severity_name(row->severity), "layer", finding_layer_name(row->layer),
                              "ends_check", row->course == ENDS_CHECK, "summary", row->summary, "meaning",
                              row->meaning, "proof", row->proof, "fix", fix, "hides", hides);
    free(fix);
    return value;
}

static void json_explain(FILE *out, const bool chosen[FINDING_COUNT], const struct report_style *style)
{
    (void)style;
    json_use_our_memory();

    json_t *findings = json_array();
    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (chosen[i])
            json_array_append_new(findings, row_value(&FINDINGS[i]));

    json_t *document = json_pack("{s:i, s:s, s:s, s:o}", "schema", 1, "version", VERSION_TEXT, "command",
                                 "explain", "findings", findings);
    json_dumpf(document, out, DUMP_FLAGS);
    fputc('\n', out);
    json_decref(document);
}

static json_t *tap_value(const struct tap_row *row)
{
    bool has_vm = row->vm.name != NULL || row->vm.pid != 0;

    return json_pack("{s:o, s:o?, s:s, s:o?, s:o, s:o, s:o?, s:I}", "interface", json_of_text(row->interface),
                     "netns", json_of_text(row->netns), "state", row->state, "bridge",
                     json_of_text(row->bridge), "path", json_of_path(&row->path), "addresses",
                     json_of_texts(&row->addresses), "vm", json_of_vm(has_vm, &row->vm), "holders",
                     (json_int_t)row->holders);
}

static void json_taps(FILE *out, const struct tap_list *list, const struct report_style *style)
{
    (void)style;
    json_use_our_memory();

    json_t *taps = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(taps, tap_value(&list->rows[i]));
    json_t *document = json_pack("{s:i, s:s, s:s, s:o, s:o, s:o?, s:o, s:I}", "schema", 1, "version",
                                 VERSION_TEXT, "command", "list", "started", json_of_time(list->started_us),
                                 "host", json_of_host(&list->host), "error", json_of_text(list->failure),
                                 "taps", taps, "unreadable_processes", (json_int_t)list->unreadable);
    json_dumpf(document, out, DUMP_FLAGS);
    fputc('\n', out);
    json_decref(document);
}

const struct report_format FORMAT_json = {
    .name = "json",
    .about = "one document",
    .report = json_report,
    .taps = json_taps,
    .explain = json_explain,
    .change = change_json,
};

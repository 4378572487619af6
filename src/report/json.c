/* JSON documents. */
#include "formats.h"
#include "tap_list.h"
#include "version.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DUMP_FLAGS = JSON_INDENT(2) };
#define TARGET_INDENT "    "

/* With this jansson never fails for want of memory, like everything else here. */
static void *allocate(size_t size)
{
    return memory_resize(NULL, size, 1); /* not zeroed: a report on thousands is made of millions of pieces */
}

static void use_our_memory(void)
{
    json_set_alloc_funcs(allocate, free);
}

/* NULL for NULL; json_pack leaves such a member out with "o*" and makes it null with "o?". Escaped, because
 * jansson refuses what is not UTF-8. */
static json_t *text_value(const char *text)
{
    if (text == NULL)
        return NULL;
    char *escaped = text_escape(text, strlen(text));
    json_t *value = json_string(escaped);
    free(escaped);
    return value;
}

static json_t *number_value(bool known, json_int_t number)
{
    return known ? json_integer(number) : NULL;
}

static json_t *mac_value(bool known, struct mac_addr mac)
{
    char text[MAC_TEXT_SIZE];
    return known ? json_string(mac_format(mac, text)) : NULL;
}

static json_t *ip_value(struct ip_addr address)
{
    char text[IP_TEXT_SIZE];
    return address.family != IP_NONE ? json_string(ip_format(address, text)) : NULL;
}

static json_t *text_array(const struct text_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, text_value(list->items[i]));
    return array;
}

static json_t *vm_value(bool known, const struct vm_result *vm)
{
    if (!known)
        return NULL;
    return json_pack("{s:o*, s:o*, s:o*, s:o*, s:o*}", "name", text_value(vm->name), "pid",
                     number_value(vm->pid != 0, vm->pid), "mac", mac_value(vm->has_mac, vm->mac), "netdev",
                     text_value(vm->netdev), "hub", number_value(vm->has_hub, vm->hub));
}

static json_t *address_array(const struct verdict *verdict)
{
    json_t *array = json_array();

    for (size_t i = 0; i < verdict->address_count; i++) {
        const struct address_result *a = &verdict->addresses[i];
        json_array_append_new(array, json_pack("{s:o*, s:s, s:s, s:o*}", "address", ip_value(a->address),
                                               "family", ip_family_name(a->address.family), "source",
                                               address_origin_name(a->origin), "mac",
                                               mac_value(a->has_mac, a->mac)));
    }
    return array;
}

static json_t *rtt_value(const struct check_result *check)
{
    if (!check->has_rtt)
        return NULL;
    return json_pack("{s:I, s:I, s:I}", "min", (json_int_t)check->rtt_min_us, "avg",
                     (json_int_t)check->rtt_avg_us, "max", (json_int_t)check->rtt_max_us);
}

static json_t *check_array(const struct verdict *verdict)
{
    json_t *array = json_array();

    for (size_t i = 0; i < verdict->check_count; i++) {
        const struct check_result *c = &verdict->checks[i];
        json_array_append_new(
            array, json_pack("{s:s, s:o*, s:s, s:I, s:I, s:I, s:o*, s:o*}", "name", c->name, "address",
                             ip_value(c->address), "status", check_status_name(c->status), "sent",
                             (json_int_t)c->sent, "received", (json_int_t)c->received, "duplicates",
                             (json_int_t)c->duplicates, "rtt_us", rtt_value(c), "note", text_value(c->note)));
    }
    return array;
}

static json_t *finding_array(const struct verdict *verdict)
{
    json_t *array = json_array();

    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *f = &verdict->findings[i];
        const struct finding_row *row = &FINDINGS[f->id];
        json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:b, s:o*, s:o, s:o, s:o*}", "name", row->name, "severity",
                             severity_name(finding_severity(f)), "layer", layer_name(row->layer), "ignored",
                             f->ignored, "address", ip_value(f->address), "summary", text_value(f->summary),
                             "evidence", text_array(&f->evidence), "fix", text_value(f->fix)));
    }
    return array;
}

static json_t *target_value(const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    const char *layer = verdict->layer == LAYER_NONE ? NULL : layer_name(verdict->layer);

    return json_pack("{s:o?, s:o*, s:s, s:s?, s:o*, s:o?, s:I, s:o, s:o, s:o, s:o, s:o}", "interface",
                     text_value(target->interface), "file", text_value(target->file), "status",
                     verdict_status_name(verdict->status), "layer", layer, "vm",
                     vm_value(target->has_vm, &target->vm), "bridge", text_value(target->bridge),
                     "elapsed_us", (json_int_t)target->elapsed_us, "addresses", address_array(verdict),
                     "checks", check_array(verdict), "findings", finding_array(verdict), "unknown",
                     text_array(&verdict->unknown), "notes", text_array(&verdict->notes));
}

/* ISO 8601 in UTC with microseconds. */
static json_t *time_value(uint64_t wall_us)
{
    char seconds[sizeof "2026-11-22T09:00:00" + 16];
    time_t since_1970 = (time_t)(wall_us / 1000000);
    struct tm utc;

    if (gmtime_r(&since_1970, &utc) == NULL ||
        strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        return NULL;
    return json_sprintf("%s.%06uZ", seconds, (unsigned)(wall_us % 1000000));
}

static const char *fail_on_name(enum verdict_status status)
{
    return status == STATUS_FAULT ? "error" : status == STATUS_UNKNOWN ? "unknown" : "warning";
}

static json_t *header_value(const struct report *report)
{
    return json_pack("{s:i, s:s, s:s, s:o*, s:I, s:s, s:s, s:i, s:o*}", "schema", 1, "version",
                     PROGRAM_VERSION, "command", report->command, "started", time_value(report->started_us),
                     "elapsed_us", (json_int_t)report->elapsed_us, "status",
                     verdict_status_name(report_status(report)), "fail_on", fail_on_name(report->fail_on),
                     "exit", report_exit_status(report), "error", text_value(report->failure));
}

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
        json_t *target = target_value(&report->targets[i]);
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
    use_our_memory();

    json_t *header = header_value(report);
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
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:o}", "name", row->name, "severity",
                     severity_name(row->severity), "layer", layer_name(row->layer), "ends_check",
                     row->course == ENDS_CHECK, "summary", row->summary, "meaning", row->meaning, "proof",
                     row->proof, "fix", row->fix, "hides", hides);
}

static void json_explain(FILE *out, const bool chosen[FINDING_COUNT], const struct report_style *style)
{
    (void)style;
    use_our_memory();

    json_t *findings = json_array();
    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (chosen[i])
            json_array_append_new(findings, row_value(&FINDINGS[i]));

    json_t *document = json_pack("{s:i, s:s, s:s, s:o}", "schema", 1, "version", PROGRAM_VERSION, "command",
                                 "explain", "findings", findings);
    json_dumpf(document, out, DUMP_FLAGS);
    fputc('\n', out);
    json_decref(document);
}

static json_t *tap_value(const struct tap_row *row)
{
    bool has_vm = row->vm.name != NULL || row->vm.pid != 0;

    return json_pack("{s:o, s:s, s:o?, s:o, s:o?, s:I}", "interface", text_value(row->interface), "state",
                     row->state, "bridge", text_value(row->bridge), "addresses", text_array(&row->addresses),
                     "vm", vm_value(has_vm, &row->vm), "holders", (json_int_t)row->holders);
}

static void json_taps(FILE *out, const struct tap_list *list, const struct report_style *style)
{
    (void)style;
    json_t *taps = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(taps, tap_value(&list->rows[i]));
    json_t *document =
        json_pack("{s:i, s:s, s:s, s:o, s:I}", "schema", 1, "version", PROGRAM_VERSION, "command", "list",
                  "taps", taps, "unreadable_processes", (json_int_t)list->unreadable);
    json_dumpf(document, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(document);
}

const struct report_format FORMAT_json = {
    .name = "json",
    .about = "one document",
    .report = json_report,
    .taps = json_taps,
    .explain = json_explain,
};

/* A change as a JSON object of one line. */
#include "changes.h"
#include "formats.h"
#include "json_values.h"
#include "version.h"

#include <stdlib.h>

static bool lasts(enum change_kind kind)
{
    return kind == CHANGE_ENDED || kind == CHANGE_KNOWN || kind == CHANGE_STATE || kind == CHANGE_WENT;
}

/* With the whole target where it is not only what changed. */
static bool shows_target(enum change_kind kind)
{
    return kind == CHANGE_STATE || kind == CHANGE_CAME;
}

void change_json(FILE *out, const struct change *change, const struct report_style *style)
{
    const struct target_report *target = change->target;
    bool shows_before = change->kind == CHANGE_VM;

    (void)style;
    json_use_our_memory();
    json_t *object =
        json_pack("{s:i, s:s, s:s, s:o, s:s, s:o?, s:o?, s:s, s:o?, s:o?, s:o?, s:o?, s:o, s:o?}", "schema",
                  1, "version", VERSION_TEXT, "command", "watch", "time", json_of_time(change->time_us),
                  "change", change_name(change->kind), "interface", json_of_text(target->interface), "netns",
                  json_of_text(target->netns), "status", verdict_status_name(target->verdict.status),
                  "finding", change->finding != NULL ? json_of_finding(change->finding) : NULL, "lasted_us",
                  lasts(change->kind) ? json_integer((json_int_t)change->lasted_us) : NULL, "vm",
                  json_of_vm(target->vm.pid != 0, &target->vm), "before",
                  shows_before ? json_of_vm(change->before->pid != 0, change->before) : NULL, "unknown",
                  json_of_texts(&target->verdict.unknown), "target",
                  shows_target(change->kind) ? json_of_target(target) : NULL);
    json_dumpf(object, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(object);
}

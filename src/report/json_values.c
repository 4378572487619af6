/* The parts of a report as JSON values. */
#include "json_values.h"
#include "version.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size)
{
    return memory_resize(NULL, size, 1); /* not zeroed: a report on thousands is made of millions of pieces */
}

void json_use_our_memory(void)
{
    json_set_alloc_funcs(allocate, free);
}

json_t *json_of_text(const char *text)
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

json_t *json_of_texts(const struct text_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, json_of_text(list->items[i]));
    return array;
}

json_t *json_of_vm(bool known, const struct vm_result *vm)
{
    if (!known)
        return NULL;
    return json_pack("{s:o?, s:o?, s:o?, s:o?, s:s?, s:o?, s:o?, s:o?}", "name", json_of_text(vm->name),
                     "uuid", json_of_text(vm->uuid), "pid", number_value(vm->pid != 0, vm->pid), "uid",
                     number_value(vm->pid != 0, vm->uid), "vmm", vm->vmm, "mac",
                     mac_value(vm->has_mac, vm->mac), "netdev", json_of_text(vm->netdev), "hub",
                     number_value(vm->has_hub, vm->hub));
}

/* NULL for none. */
static const char *family_name(struct ip_addr address)
{
    return address.family != IP_NONE ? ip_family_name(address.family) : NULL;
}

static json_t *address_array(const struct verdict *verdict)
{
    json_t *array = json_array();

    for (size_t i = 0; i < verdict->address_count; i++) {
        const struct address_result *a = &verdict->addresses[i];
        json_array_append_new(array,
                              json_pack("{s:o, s:s, s:s, s:o?}", "address", ip_value(a->address), "family",
                                        ip_family_name(a->address.family), "source",
                                        target_origin_name(a->origin), "mac", mac_value(a->has_mac, a->mac)));
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
            array, json_pack("{s:s, s:s?, s:o?, s:s, s:I, s:I, s:I, s:o?, s:o?}", "name", c->name, "family",
                             family_name(c->address), "address", ip_value(c->address), "status",
                             check_status_name(c->status), "sent", (json_int_t)c->sent, "received",
                             (json_int_t)c->received, "duplicates", (json_int_t)c->duplicates, "rtt_us",
                             rtt_value(c), "note", json_of_text(c->note)));
    }
    return array;
}

static json_t *frames_value(const struct finding *finding)
{
    json_t *array = finding->frame_count > 0 ? json_array() : NULL;

    for (size_t i = 0; i < finding->frame_count; i++)
        json_array_append_new(array, json_integer(finding->frames[i]));
    return array;
}

json_t *json_of_finding(const struct finding *finding)
{
    const struct finding_row *row = &FINDINGS[finding->id];

    return json_pack("{s:s, s:s, s:s, s:b, s:o?, s:o, s:o, s:o?, s:o?}", "name", row->name, "severity",
                     finding_severity_name(finding_severity(finding)), "layer",
                     finding_layer_name(row->layer), "ignored", finding->ignored, "address",
                     ip_value(finding->address), "summary", json_of_text(finding->summary), "evidence",
                     json_of_texts(&finding->evidence), "frames", frames_value(finding), "fix",
                     json_of_text(finding->fix));
}

static json_t *finding_array(const struct verdict *verdict)
{
    json_t *array = json_array();

    for (size_t i = 0; i < verdict->finding_count; i++)
        json_array_append_new(array, json_of_finding(&verdict->findings[i]));
    return array;
}

static const char *passing_name(enum passing passing)
{
    return passing == PASSING_SEEN ? "seen" : passing == PASSING_LOST ? "lost" : NULL;
}

json_t *json_of_path(const struct path_result *path)
{
    json_t *array = json_array();

    for (size_t i = 0; i < path->count; i++) {
        const struct hop_result *h = &path->hops[i];
        json_array_append_new(array, json_pack("{s:s, s:o, s:s?, s:s?}", "hop", h->hop, "interface",
                                               json_of_text(h->interface), "request",
                                               passing_name(h->request), "reply", passing_name(h->reply)));
    }
    return array;
}

static json_t *subnet_array(const struct segment_result *segment)
{
    json_t *array = json_array();

    for (size_t i = 0; i < segment->subnet_count; i++) {
        char text[IP_TEXT_SIZE];
        json_array_append_new(array, json_sprintf("%s/%u", ip_format(segment->subnets[i].prefix, text),
                                                  segment->subnets[i].length));
    }
    return array;
}

static json_t *gateway_array(const struct segment_result *segment)
{
    json_t *array = json_array();

    for (size_t i = 0; i < segment->gateway_count; i++) {
        const struct gateway_result *g = &segment->gateways[i];
        json_array_append_new(array, json_pack("{s:o, s:o?}", "address", ip_value(g->address), "mac",
                                               mac_value(g->has_mac, g->mac)));
    }
    return array;
}

static json_t *segment_value(const struct segment_result *segment)
{
    if (!segment->is_known)
        return NULL;
    return json_pack("{s:b, s:o, s:o}", "confined", segment->is_confined, "subnets", subnet_array(segment),
                     "gateways", gateway_array(segment));
}

json_t *json_of_time(uint64_t wall_us)
{
    char *text = words_of_time(wall_us);
    json_t *value = json_string(text);

    free(text);
    return value;
}

json_t *json_of_host(const struct host_identity *host)
{
    return json_pack("{s:o?, s:o?, s:o?, s:o?}", "name", json_of_text(host->name), "machine_id",
                     json_of_text(host->machine_id), "boot_id", json_of_text(host->boot_id), "netns",
                     json_of_text(host->netns));
}

json_t *json_of_target(const struct target_report *target)
{
    const struct verdict *verdict = &target->verdict;
    const char *layer = verdict->layer == LAYER_NONE ? NULL : finding_layer_name(verdict->layer);

    return json_pack(
        "{s:o?, s:o?, s:o?, s:o?, s:o?, s:s, s:s?, s:o?, s:o?, s:o, s:o?, s:I, s:o, s:o, s:o, s:o, s:o}",
        "host", target->host != NULL ? json_of_host(target->host) : NULL, "started",
        target->host != NULL ? json_of_time(target->started_us) : NULL, "interface",
        json_of_text(target->interface), "netns", json_of_text(target->netns), "file",
        json_of_text(target->file), "status", verdict_status_name(verdict->status), "layer", layer, "vm",
        json_of_vm(target->has_vm, &target->vm), "bridge", json_of_text(target->bridge), "path",
        json_of_path(&verdict->path), "segment", segment_value(&verdict->segment), "elapsed_us",
        (json_int_t)target->elapsed_us, "addresses", address_array(verdict), "checks", check_array(verdict),
        "findings", finding_array(verdict), "unknown", json_of_texts(&verdict->unknown), "notes",
        json_of_texts(&verdict->notes));
}

static const char *fail_on_name(enum verdict_status status)
{
    return status == STATUS_FAULT ? "error" : status == STATUS_UNKNOWN ? "unknown" : "warning";
}

static json_t *merged_value(const struct merged_counts *merged)
{
    if (merged->documents == 0)
        return NULL;
    return json_pack("{s:I, s:I, s:I}", "documents", (json_int_t)merged->documents, "hosts",
                     (json_int_t)merged->hosts, "targets", (json_int_t)merged->targets);
}

json_t *json_of_header(const struct report *report)
{
    return json_pack("{s:i, s:s, s:s, s:o, s:o, s:I, s:s, s:s, s:i, s:o?, s:o?}", "schema", 1, "version",
                     VERSION_TEXT, "command", report->command, "started", json_of_time(report->started_us),
                     "host", json_of_host(&report->host), "elapsed_us", (json_int_t)report->elapsed_us,
                     "status", verdict_status_name(report_status(report)), "fail_on",
                     fail_on_name(report->fail_on), "exit", report_exit_status(report), "error",
                     json_of_text(report->failure), "merged", merged_value(&report->merged));
}

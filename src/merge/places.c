/* The places of a document: which is in which, and to what its values belong. */
#include "fields.h"

#include "grow.h"

#include <stdlib.h>

enum { ITEMS_MAX = 256 }; /* of each list of a target: more than any document of ours has */

static void *enter_document(struct parsed *parsed, void *object)
{
    (void)object;
    fields_free(parsed);
    return &parsed->document;
}

static void *enter_host(struct parsed *parsed, void *object)
{
    (void)object;
    host_identity_free(&parsed->document.host);
    return &parsed->document.host;
}

static void *enter_targets(struct parsed *parsed, void *object)
{
    (void)object;
    parsed->document.has_targets = true;
    return parsed;
}

static void *enter_target(struct parsed *parsed, void *object)
{
    (void)object;
    parsed->status = STATUS_HEALTHY;
    parsed->has_no_segment = false;
    return &parsed->target;
}

static void *enter_vm(struct parsed *parsed, void *object)
{
    (void)object;
    report_vm_free(&parsed->target.vm);
    parsed->target.has_vm = true;
    return &parsed->target.vm;
}

static void *enter_segment(struct parsed *parsed, void *object)
{
    struct segment_result *segment = &parsed->target.verdict.segment;
    (void)object;

    *segment = (struct segment_result){.is_known = true};
    return segment;
}

static void *enter_gateway(struct parsed *parsed, void *object)
{
    struct segment_result *segment = object;
    (void)parsed;

    return segment->gateway_count < SEGMENT_GATEWAYS_MAX ? &segment->gateways[segment->gateway_count++]
                                                         : NULL;
}

static void *enter_verdict(struct parsed *parsed, void *object)
{
    (void)object;
    return &parsed->target.verdict;
}

static void *enter_parent(struct parsed *parsed, void *object)
{
    (void)parsed;
    return object;
}

static void *enter_address(struct parsed *parsed, void *object)
{
    struct verdict *verdict = object;
    (void)parsed;

    if (verdict->address_count == TARGET_ADDRESSES_MAX)
        return NULL;
    verdict->addresses = grow(verdict->addresses, &verdict->address_count, sizeof *verdict->addresses);
    return &verdict->addresses[verdict->address_count - 1];
}

static void *enter_check(struct parsed *parsed, void *object)
{
    struct verdict *verdict = object;
    (void)parsed;

    if (verdict->check_count == ITEMS_MAX)
        return NULL;
    verdict->checks = grow(verdict->checks, &verdict->check_count, sizeof *verdict->checks);
    return &verdict->checks[verdict->check_count - 1];
}

static void *enter_rtt(struct parsed *parsed, void *object)
{
    (void)parsed;
    ((struct check_result *)object)->has_rtt = true;
    return object;
}

static void *enter_hop(struct parsed *parsed, void *object)
{
    struct path_result *path = &((struct verdict *)object)->path;
    (void)parsed;

    if (path->count == ITEMS_MAX)
        return NULL;
    path->hops = grow(path->hops, &path->count, sizeof *path->hops);
    return &path->hops[path->count - 1];
}

static void *enter_finding(struct parsed *parsed, void *object)
{
    struct verdict *verdict = object;

    if (verdict->finding_count == ITEMS_MAX)
        return NULL;
    free(parsed->name);
    parsed->name = NULL;
    parsed->severity = SEVERITY_ERROR;
    verdict->findings = grow(verdict->findings, &verdict->finding_count, sizeof *verdict->findings);
    return &verdict->findings[verdict->finding_count - 1];
}

static const struct {
    enum document_place in;
    const char *key; /* "": an element */
    bool is_map;
    enum document_place place;
    void *(*enter)(struct parsed *parsed, void *object); /* NULL: there is no room for it */
} PLACES[] = {
    {PLACE_OUTSIDE, "", true, PLACE_DOCUMENT, enter_document},
    {PLACE_DOCUMENT, "host", true, PLACE_HOST, enter_host},
    {PLACE_DOCUMENT, "targets", false, PLACE_TARGETS, enter_targets},
    {PLACE_TARGETS, "", true, PLACE_TARGET, enter_target},
    {PLACE_TARGET, "vm", true, PLACE_VM, enter_vm},
    {PLACE_TARGET, "segment", true, PLACE_SEGMENT, enter_segment},
    {PLACE_SEGMENT, "subnets", false, PLACE_SUBNETS, enter_parent},
    {PLACE_SEGMENT, "gateways", false, PLACE_GATEWAYS, enter_parent},
    {PLACE_GATEWAYS, "", true, PLACE_GATEWAY, enter_gateway},
    {PLACE_TARGET, "addresses", false, PLACE_ADDRESSES, enter_verdict},
    {PLACE_ADDRESSES, "", true, PLACE_ADDRESS, enter_address},
    {PLACE_TARGET, "checks", false, PLACE_CHECKS, enter_verdict},
    {PLACE_CHECKS, "", true, PLACE_CHECK, enter_check},
    {PLACE_CHECK, "rtt_us", true, PLACE_RTT, enter_rtt},
    {PLACE_TARGET, "path", false, PLACE_PATH, enter_verdict},
    {PLACE_PATH, "", true, PLACE_HOP, enter_hop},
    {PLACE_TARGET, "findings", false, PLACE_FINDINGS, enter_verdict},
    {PLACE_FINDINGS, "", true, PLACE_FINDING, enter_finding},
    {PLACE_FINDING, "evidence", false, PLACE_EVIDENCE, enter_parent},
    {PLACE_TARGET, "unknown", false, PLACE_REASONS, enter_verdict},
    {PLACE_TARGET, "notes", false, PLACE_NOTES, enter_verdict},
};

enum document_place fields_enter(struct parsed *parsed, enum document_place in, const char *key, bool is_map,
                                 void *object, void **ret_object)
{
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++)
        if (PLACES[i].in == in && PLACES[i].is_map == is_map && PLACES[i].key[0] == key[0] &&
            strcmp(PLACES[i].key, key) == 0) {
            *ret_object = PLACES[i].enter(parsed, object);
            return *ret_object != NULL ? PLACES[i].place : PLACE_ELSEWHERE;
        }
    return PLACE_ELSEWHERE;
}

/* ---- what is complete ---- */

static bool is_error(const struct parsed *parsed)
{
    return parsed->severity == SEVERITY_ERROR;
}

/* One that this version does not know counts as something that could not be told. */
static void drop_finding(struct parsed *parsed, struct verdict *verdict, struct finding *finding)
{
    text_list_addf(&verdict->unknown, "its document has a finding that this version does not know: %s%s%s",
                   parsed->name != NULL ? parsed->name : "(without a name)",
                   finding->summary != NULL ? ": " : "", finding->summary != NULL ? finding->summary : "");
    free(finding->summary);
    free(finding->fix);
    text_list_free(&finding->evidence);
    verdict->finding_count--;
}

static void leave_finding(struct parsed *parsed, struct finding *finding)
{
    const struct finding_row *row = parsed->name != NULL ? finding_named(parsed->name) : NULL;

    if (row == NULL) {
        drop_finding(parsed, &parsed->target.verdict, finding);
        return;
    }
    finding->id = (enum finding_id)(row - FINDINGS);
    finding->warning = !is_error(parsed);
    if (finding->summary == NULL)
        finding->summary = text_format("%s", row->summary);
    if (finding->fix == NULL)
        finding->fix = finding_fix_text(row->fix, NULL);
    if (finding->evidence.count == 0)
        text_list_addf(&finding->evidence, "its document says so");
}

static void leave_target(struct parsed *parsed, struct verdict *verdict)
{
    verdict_conclude(verdict);
    if (parsed->status > verdict->status) {
        text_list_addf(&verdict->unknown, "its document says %s, and not why",
                       verdict_status_name(parsed->status));
        verdict_conclude(verdict);
    }
}

void fields_leave(struct parsed *parsed, enum document_place place, void *object)
{
    struct verdict *verdict = &parsed->target.verdict;

    if (place == PLACE_FINDING)
        leave_finding(parsed, object);
    else if (place == PLACE_CHECK && ((struct check_result *)object)->name == NULL)
        free(verdict->checks[--verdict->check_count].note);
    else if (place == PLACE_HOP &&
             (((struct hop_result *)object)->hop == NULL || ((struct hop_result *)object)->interface == NULL))
        free(verdict->path.hops[--verdict->path.count].interface);
    else if (place == PLACE_ADDRESS && ((struct address_result *)object)->address.family == IP_NONE)
        verdict->address_count--;
    else if (place == PLACE_GATEWAY && ((struct gateway_result *)object)->address.family == IP_NONE)
        verdict->segment.gateway_count--;
    else if (place == PLACE_TARGET)
        leave_target(parsed, verdict);
}

bool fields_is_one_machine(const struct parsed *parsed)
{
    const struct target_report *target = &parsed->target;

    return target->verdict.segment.is_known || (!parsed->has_no_segment && target->vm.pid != 0);
}

void fields_free(struct parsed *parsed)
{
    free(parsed->document.command);
    free(parsed->document.error);
    host_identity_free(&parsed->document.host);
    report_target_free(&parsed->target);
    free(parsed->name);
    *parsed = (struct parsed){0};
}

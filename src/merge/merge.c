/* Collects what documents tell of targets, and compares it at the end. */
#include "merge.h"
#include "grow.h"
#include "merge_inside.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct merge *merge_new(const struct check_options *options)
{
    struct merge *merge = memory_new(1, sizeof *merge);

    merge->options = options;
    return merge;
}

static void fail(struct merge *merge, char *owned)
{
    if (merge->failures.count < FAILURES_MAX) {
        text_list_add(&merge->failures, owned);
        return;
    }
    merge->failures_left_out++;
    free(owned);
}

/* ---- a target ---- */

void merge_forget_report(struct merge_member *member)
{
    if (member->report == NULL)
        return;
    report_target_free(member->report);
    free(member->report);
    member->report = NULL;
}

/* The gateway of the same family, if its MAC address is known, or the other one. */
static const struct gateway_result *telling_gateway(const struct segment_result *segment,
                                                    enum ip_family family)
{
    const struct gateway_result *found = NULL;

    for (size_t i = 0; i < segment->gateway_count; i++) {
        const struct gateway_result *gateway = &segment->gateways[i];
        if (gateway->has_mac && fleet_gateway_tells(gateway->mac) &&
            (found == NULL || gateway->address.family == family))
            found = gateway;
    }
    return found;
}

static uint32_t place_of(struct merge *merge, const struct segment_result *segment, struct ip_addr address)
{
    const struct gateway_result *gateway = telling_gateway(segment, address.family);

    for (size_t i = 0; gateway != NULL && i < segment->subnet_count; i++) {
        const struct subnet_result *subnet = &segment->subnets[i];
        if (ip_in_prefix(address, subnet->prefix, subnet->length))
            return registry_place(&merge->registry,
                                  &(struct fleet_place){subnet->prefix, subnet->length, gateway->mac});
    }
    return 0;
}

/* Behind a bridge that leads nowhere, a private address may be that of another VM on each host, as in
 * libvirt's default network; and routers that stand in for each other share theirs. */
static bool is_its_own(const struct segment_result *segment, const struct address_result *address)
{
    return mac_is_virtual_router(address->mac) ||
           (segment->is_confined && (ip_is_private(address->address) || ip_is_link_local(address->address)));
}

/* Whether the same machine has another address of that family in the same place. */
static void note_more(struct merge *merge, size_t first)
{
    struct fleet_sighting *sightings = merge->sightings;

    for (size_t i = first; i < merge->sighting_count; i++)
        for (size_t j = first; j < merge->sighting_count; j++)
            sightings[i].has_more |= i != j && sightings[i].place != 0 &&
                                     sightings[i].place == sightings[j].place &&
                                     mac_equal(sightings[i].mac, sightings[j].mac);
}

/* A link-local address says no more than its MAC address does: any segment may have it. */
static bool is_known(const struct merge *merge, size_t first, const struct address_result *address)
{
    bool found = false;

    for (size_t i = first; i < merge->sighting_count; i++)
        found |= mac_equal(merge->sightings[i].mac, address->mac);
    return found && ip_is_link_local(address->address);
}

static void add_sightings(struct merge *merge, const struct verdict *verdict)
{
    size_t first = merge->sighting_count;

    for (size_t i = 0; i < verdict->address_count; i++) {
        const struct address_result *address = &verdict->addresses[i];
        if (!address->has_mac || is_its_own(&verdict->segment, address) || is_known(merge, first, address))
            continue;
        merge->sightings = grow(merge->sightings, &merge->sighting_count, sizeof *merge->sightings);
        merge->sightings[merge->sighting_count - 1] =
            (struct fleet_sighting){.target = (uint32_t)merge->target_count - 1,
                                    .place = place_of(merge, &verdict->segment, address->address),
                                    .mac = address->mac,
                                    .address = address->address};
    }
    note_more(merge, first);
}

/* That there are too many is found out late: what was kept until then is forgotten. */
static void keep(struct merge *merge, struct merge_member *member, struct target_report *target)
{
    if (merge->target_count == LISTED_MAX + 1)
        for (size_t i = 0; i + 1 < merge->member_count; i++)
            if (merge->members[i].status == STATUS_HEALTHY)
                merge_forget_report(&merge->members[i]);
    if (merge->target_count > LISTED_MAX && member->status == STATUS_HEALTHY) {
        report_target_free(target);
        return;
    }
    member->report = memory_new(1, sizeof *member->report);
    *member->report = *target;
}

static char *copy(const char *text)
{
    return text != NULL ? text_format("%s", text) : NULL;
}

/* "tap0", or "red/tap0" in a network namespace that has a name. Its host is put in front of it when it is
 * known. */
static char *label_of(const struct target_report *target, uint32_t *ret_name_at)
{
    bool has_netns = target->netns != NULL && target->interface != NULL;
    char *label =
        has_netns ? text_format("%s/%s", target->netns, target->interface) : copy(report_subject(target));

    *ret_name_at = has_netns ? (uint32_t)strlen(target->netns) + 1 : 0;
    return label;
}

/* Its host may be named later in the document than its targets. */
static void add_target(void *context, struct target_report *target, bool is_one_machine)
{
    struct merge *merge = context;

    if (merge->target_count == TARGETS_MAX) {
        if (!merge->is_full)
            fail(merge, text_format("%s: more than %d targets are not compared", merge->file, TARGETS_MAX));
        merge->is_full = true;
        report_target_free(target);
        return;
    }
    merge->targets = grow(merge->targets, &merge->target_count, sizeof *merge->targets);
    merge->members = grow(merge->members, &merge->member_count, sizeof *merge->members);
    struct fleet_target *added = &merge->targets[merge->target_count - 1];
    struct merge_member *member = &merge->members[merge->member_count - 1];
    added->label = label_of(target, &member->name_at);
    added->vm = copy(target->vm.name);
    added->is_named = target->vm.vmm != NULL;
    added->uuid = target->vm.pid != 0 ? copy(target->vm.uuid) : NULL;
    added->until_us = target->elapsed_us;
    member->status = target->verdict.status;
    member->document = merge->documents;
    if (is_one_machine)
        add_sightings(merge, &target->verdict);
    keep(merge, member, target);
}

/* ---- a document ---- */

static void forget_target(struct merge *merge, size_t number)
{
    free((char *)merge->targets[number].label);
    free((char *)merge->targets[number].vm);
    free((char *)merge->targets[number].uuid);
    merge_forget_report(&merge->members[number]);
}

static void drop_document(struct merge *merge)
{
    for (size_t i = merge->first_target; i < merge->target_count; i++)
        forget_target(merge, i);
    merge->target_count = merge->member_count = merge->first_target;
    merge->sighting_count = merge->first_sighting;
}

/* "hv7:tap0" */
static void name_host(struct fleet_target *target, struct merge_member *member,
                      const struct host_identity *host)
{
    char *label = text_format("%.*s:%s", HOST_NAME_MAX, host->name != NULL ? host->name : "?", target->label);

    member->netns_at = (uint32_t)(strlen(label) - strlen(target->label));
    member->name_at += member->netns_at;
    free((char *)target->label);
    target->label = label;
}

static void take_document(struct merge *merge, const struct document *document)
{
    uint32_t host = registry_host(&merge->registry, &document->host);

    for (size_t i = merge->first_target; i < merge->target_count; i++) {
        struct fleet_target *target = &merge->targets[i];
        struct merge_member *member = &merge->members[i];
        target->host = host;
        target->from_us = document->started_us;
        target->until_us += document->started_us;
        member->command = document->command[0];
        name_host(target, member, merge->registry.hosts[host]);
    }
    for (size_t i = merge->first_sighting; i < merge->sighting_count; i++)
        merge->sightings[i].time_us = document->started_us;
    if (strcmp(document->command, "check") != 0) /* what was recorded or is only written is nobody there */
        merge->sighting_count = merge->first_sighting;
}

/* NULL: it is one of those that can be merged. */
static const char *why_not(const struct document *document)
{
    static const char *const mergeable[] = {"check", "read", "lint"};

    if (document->schema == 0 || document->command == NULL || document->started_us == 0)
        return "it is no document of vmnetcheck";
    if (document->schema != 1)
        return "it is of a later version: its schema is another one";
    for (size_t i = 0; i < sizeof mergeable / sizeof mergeable[0]; i++)
        if (strcmp(document->command, mergeable[i]) == 0)
            return document->has_targets ? NULL : "it is no document of vmnetcheck";
    return "it is a document of vmnetcheck, but of none of check, read and lint";
}

static void end_document(void *context, const struct document *document, const char *flaw)
{
    struct merge *merge = context;
    const char *refusal = why_not(document);

    if (flaw != NULL && (refusal != NULL || merge->first_target == merge->target_count))
        fail(merge, text_format("%s: %s", merge->file, flaw));
    else if (flaw != NULL)
        fail(merge, text_format("%s: %s; %zu of its targets were read", merge->file, flaw,
                                merge->target_count - merge->first_target));
    else if (refusal != NULL)
        fail(merge, text_format("%s: %s", merge->file, refusal));
    if (refusal != NULL) {
        drop_document(merge);
    } else {
        if (document->error != NULL)
            fail(merge,
                 text_format("%s: the run on %s ended before its end: %s", merge->file,
                             document->host.name != NULL ? document->host.name : "?", document->error));
        take_document(merge, document);
        merge->documents++;
    }
    merge->first_target = merge->target_count;
    merge->first_sighting = merge->sighting_count;
}

void merge_begin_file(struct merge *merge, const char *name)
{
    const struct document_events events = {.context = merge, .target = add_target, .end = end_document};

    merge->file = name;
    merge->reader = document_reader_new(&events);
}

bool merge_read(struct merge *merge, const unsigned char *text, size_t size)
{
    return document_reader_feed(merge->reader, text, size);
}

void merge_end_file(struct merge *merge)
{
    document_reader_end(merge->reader);
    document_reader_free(merge->reader);
    merge->reader = NULL;
}

void merge_free(struct merge *merge)
{
    if (merge == NULL)
        return;
    document_reader_free(merge->reader);
    for (size_t i = 0; i < merge->target_count; i++)
        forget_target(merge, i);
    free(merge->targets);
    free(merge->members);
    free(merge->sightings);
    registry_free(&merge->registry);
    text_list_free(&merge->failures);
    free(merge);
}

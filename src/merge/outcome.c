/* What comes of all that was collected: which of several looks at one target counts, what the hosts show
 * together, and the report. */
#include "merge.h"
#include "merge_inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- the newest look counts ---- */

/* A target by what is compared of it, that sorting need not look for it in four places. */
struct merge_look {
    const struct fleet_target *target;
    const struct merge_member *member;
    uint32_t number;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_subjects(const struct merge_look *a, const struct merge_look *b)
{
    int order = compare_numbers(a->target->host, b->target->host);

    if (order == 0)
        order = compare_numbers((unsigned char)a->member->command, (unsigned char)b->member->command);
    return order != 0 ? order : strcmp(a->target->label, b->target->label);
}

/* Of two at the same time the worse one counts. */
static int compare_looks(const void *a, const void *b)
{
    const struct merge_look *x = a, *y = b;
    int order = compare_subjects(x, y);

    if (order == 0)
        order = compare_numbers(x->target->from_us, y->target->from_us);
    if (order == 0)
        order = compare_numbers(x->member->status, y->member->status);
    return order != 0 ? order : compare_numbers(x->number, y->number);
}

static void forget(struct merge *merge, uint32_t number)
{
    struct fleet_target *target = &merge->targets[number];

    merge->members[number].is_old = true;
    merge_forget_report(&merge->members[number]);
    free((char *)target->uuid);
    target->uuid = NULL;
}

/* What one document has under one name, as lint may, stands together. */
static void forget_old_looks(struct merge *merge)
{
    struct merge_look *looks = memory_new(merge->target_count, sizeof *looks);

    for (size_t i = 0; i < merge->target_count; i++)
        looks[i] = (struct merge_look){&merge->targets[i], &merge->members[i], (uint32_t)i};
    if (merge->target_count > 1)
        qsort(looks, merge->target_count, sizeof *looks, compare_looks);
    for (size_t i = merge->target_count, newest = 0; i-- > 0;) {
        bool is_first = i + 1 == merge->target_count || compare_subjects(&looks[i], &looks[i + 1]) != 0;
        newest = is_first ? i : newest;
        if (looks[i].member->document != looks[newest].member->document)
            forget(merge, looks[i].number);
    }
    free(looks);
}

static void forget_old_sightings(struct merge *merge)
{
    size_t kept = 0;

    for (size_t i = 0; i < merge->sighting_count; i++)
        if (!merge->members[merge->sightings[i].target].is_old)
            merge->sightings[kept++] = merge->sightings[i];
    merge->sighting_count = kept;
}

/* ---- what they show together ---- */

static char *copy(const char *text)
{
    return text != NULL ? text_format("%s", text) : NULL;
}

static char *netns_of(const struct fleet_target *target, const struct merge_member *member)
{
    size_t length = member->name_at - member->netns_at;

    return length > 0 ? text_format("%.*s", (int)length - 1, target->label + member->netns_at) : NULL;
}

/* Of a healthy one of many no more is known than its names. */
static struct target_report *report_of(struct merge *merge, uint32_t number)
{
    const struct fleet_target *target = &merge->targets[number];
    struct merge_member *member = &merge->members[number];

    if (member->report != NULL)
        return member->report;
    member->report = memory_new(1, sizeof *member->report);
    *member->report = (struct target_report){.interface = text_format("%s", target->label + member->name_at),
                                             .netns = netns_of(target, member),
                                             .has_vm = target->vm != NULL || target->uuid != NULL,
                                             .vm = {.name = copy(target->vm), .uuid = copy(target->uuid)},
                                             .elapsed_us = target->until_us - target->from_us};
    return member->report;
}

static struct verdict *verdict_of(void *context, uint32_t target)
{
    struct merge *merge = context;

    merge->members[target].is_found = true;
    return &report_of(merge, target)->verdict;
}

static void compare(struct merge *merge)
{
    const struct fleet fleet = {.options = merge->options,
                                .targets = merge->targets,
                                .target_count = merge->target_count,
                                .places = merge->registry.places,
                                .sightings = merge->sightings,
                                .sighting_count = merge->sighting_count,
                                .verdict_of = verdict_of,
                                .context = merge};

    fleet_compare(&fleet);
}

/* What the user does not want to count does not count in documents either, whatever was said there. */
static void conclude(const struct merge *merge, struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->finding_count; i++)
        verdict->findings[i].ignored |= merge->options->ignored[verdict->findings[i].id];
    verdict_conclude(verdict);
}

/* ---- the report ---- */

static void list_target(struct merge *merge, uint32_t number, struct report *report)
{
    const struct fleet_target *target = &merge->targets[number];
    struct merge_member *member = &merge->members[number];
    struct target_report *listed = &report->targets[report->target_count++];

    *listed = *member->report;
    listed->host = merge->registry.hosts[target->host];
    free(listed->place);
    listed->place = text_format("%s", target->label);
    listed->started_us = target->from_us;
    conclude(merge, &listed->verdict);
    free(member->report);
    member->report = NULL;
}

static void list_targets(struct merge *merge, struct report *report)
{
    size_t listed = 0;

    for (size_t i = 0; i < merge->member_count; i++)
        listed += merge->members[i].report != NULL;
    report->targets = memory_new(listed, sizeof *report->targets);
    for (size_t i = 0; i < merge->member_count; i++)
        if (merge->members[i].report != NULL)
            list_target(merge, (uint32_t)i, report);
}

static void count(const struct merge *merge, struct report *report)
{
    report->merged =
        (struct merged_counts){.documents = merge->documents, .hosts = merge->registry.host_count};
    for (size_t i = 0; i < merge->member_count; i++)
        report->merged.targets += !merge->members[i].is_old;
}

static void report_failures(struct merge *merge, struct report *report)
{
    if (merge->failures_left_out > 0)
        text_list_addf(&merge->failures, "and %zu more", merge->failures_left_out);
    if (merge->failures.count == 0 || report->failure != NULL)
        return;
    report->failure = text_list_join(&merge->failures);
    report->failure_exit = EXIT_UNKNOWN;
}

void merge_report(struct merge *merge, struct report *report)
{
    forget_old_looks(merge);
    forget_old_sightings(merge);
    compare(merge);
    list_targets(merge, report);
    count(merge, report);
    report_failures(merge, report);
}

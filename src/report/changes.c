/* One report beside the one before. */
#include "changes.h"

#include <stdlib.h>
#include <string.h>

const char *change_name(enum change_kind kind)
{
    static const char *const names[] = {
        [CHANGE_STATE] = "state", [CHANGE_CAME] = "came",   [CHANGE_WENT] = "went",
        [CHANGE_BEGAN] = "began", [CHANGE_ENDED] = "ended", [CHANGE_UNKNOWN] = "unknown",
        [CHANGE_KNOWN] = "known", [CHANGE_VM] = "vm",
    };
    return names[kind];
}

/* Whom to tell what is taken over now. */
struct teller {
    struct standing *standing;
    struct target_report *report;
    uint64_t now_us;
    void (*tell)(void *context, const struct change *change);
    void *context;
};

static void say(const struct teller *teller, enum change_kind kind, const struct finding *finding,
                uint64_t since_us)
{
    const struct change change = {.kind = kind,
                                  .target = teller->report,
                                  .finding = finding,
                                  .before = &teller->standing->last.vm,
                                  .lasted_us = teller->now_us - since_us};

    if (finding == NULL || !finding->ignored)
        teller->tell(teller->context, &change);
}

/* ---- findings ---- */

static bool is_same(const struct finding *a, const struct finding *b)
{
    return a->id == b->id && ip_equal(a->address, b->address);
}

/* The place of a finding among those of a verdict that were not taken, its count if it is not there. */
static size_t find(const struct verdict *verdict, const bool *taken, const struct finding *finding)
{
    size_t i = 0;

    while (i < verdict->finding_count && (taken[i] || !is_same(&verdict->findings[i], finding)))
        i++;
    return i;
}

/* What is there now, and since when; taken: those that were there before. */
static uint64_t *match(const struct teller *teller, bool *taken)
{
    const struct verdict *before = &teller->standing->last.verdict, *now = &teller->report->verdict;
    uint64_t *since_us = memory_new(now->finding_count + before->finding_count + 1, sizeof *since_us);

    for (size_t i = 0; i < now->finding_count; i++) {
        size_t place = find(before, taken, &now->findings[i]);
        bool is_old = place < before->finding_count;
        since_us[i] = is_old ? teller->standing->since_us[place] : teller->now_us;
        if (is_old)
            taken[place] = true;
        else if (teller->standing->known)
            say(teller, CHANGE_BEGAN, &now->findings[i], teller->now_us);
    }
    return since_us;
}

/* A finding that was there, and may be still. */
static void keep(struct verdict *verdict, struct finding *finding)
{
    verdict->findings =
        memory_resize(verdict->findings, verdict->finding_count + 1, sizeof *verdict->findings);
    verdict->findings[verdict->finding_count++] = *finding;
    *finding = (struct finding){0};
}

static bool is_hidden(const struct verdict *verdict, enum finding_id generic)
{
    size_t i = 0;

    while (i < verdict->finding_count && !finding_hides(&FINDINGS[verdict->findings[i].id], generic))
        i++;
    return i < verdict->finding_count;
}

/* A finding that a more specific one explains is not shown any more, but no less there. One that ends a check
 * before anything is asked is one of the host's facts, which are always known. */
static bool may_be_there(const struct verdict *now, const struct finding *before)
{
    if (is_hidden(now, before->id))
        return true;
    return now->unknown.count > 0 && FINDINGS[before->id].course != ENDS_CHECK;
}

static void compare_findings(const struct teller *teller)
{
    struct verdict *before = &teller->standing->last.verdict, *now = &teller->report->verdict;
    bool *taken = memory_new(before->finding_count + 1, sizeof *taken);
    uint64_t *since_us = match(teller, taken);

    for (size_t i = 0; i < before->finding_count; i++) {
        uint64_t then_us = teller->standing->since_us[i];
        if (taken[i])
            continue;
        if (!may_be_there(now, &before->findings[i])) {
            say(teller, CHANGE_ENDED, &before->findings[i], then_us);
            continue;
        }
        keep(now, &before->findings[i]);
        since_us[now->finding_count - 1] = then_us;
    }
    free(taken);
    free(teller->standing->since_us);
    teller->standing->since_us = since_us;
}

/* ---- what else there is ---- */

static void compare_knowledge(const struct teller *teller)
{
    struct standing *standing = teller->standing;
    bool was_told = standing->last.verdict.unknown.count == 0;
    bool is_told = teller->report->verdict.unknown.count == 0;

    if (standing->known && was_told && !is_told)
        say(teller, CHANGE_UNKNOWN, NULL, teller->now_us);
    if (standing->known && !was_told && is_told)
        say(teller, CHANGE_KNOWN, NULL, standing->unknown_since_us);
    if (was_told && !is_told)
        standing->unknown_since_us = teller->now_us;
}

/* Who could not be seen is who it was. */
static void compare_vm(const struct teller *teller, bool looked)
{
    struct target_report *before = &teller->standing->last, *now = teller->report;

    if (!looked) {
        report_vm_free(&now->vm);
        now->vm = before->vm;
        now->has_vm = before->has_vm;
        before->vm = (struct vm_result){0};
    } else if (teller->standing->known && now->vm.pid != before->vm.pid) {
        say(teller, CHANGE_VM, NULL, teller->now_us);
    }
}

static void note_status(const struct teller *teller)
{
    struct standing *standing = teller->standing;

    if (!standing->known || standing->last.verdict.status != teller->report->verdict.status)
        standing->status_since_us = teller->now_us;
}

void changes_take(struct standing *standing, struct target_report *report, bool looked, uint64_t now_us,
                  void (*tell)(void *context, const struct change *change), void *context)
{
    const struct teller teller = {standing, report, now_us, tell, context};

    compare_vm(&teller, looked);
    compare_findings(&teller);
    compare_knowledge(&teller);
    note_status(&teller);
    report_target_free(&standing->last);
    standing->last = *report;
    standing->known = true;
    *report = (struct target_report){0};
}

void changes_forget(struct standing *standing)
{
    report_target_free(&standing->last);
    free(standing->since_us);
    *standing = (struct standing){0};
}

/* All targets of one command. */
#include "run.h"
#include "between.h"
#include "clock.h"
#include "facts_cache.h"
#include "listeners.h"
#include "qmp.h"
#include "room.h"
#include "slot.h"
#include "space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BEGUN_AT_ONCE = 4,          /* targets, before the frames and the timers have their turn */
    ASKING_MAX = 64,            /* targets that were begun a short time ago and still wait for answers */
    ASKING_US = 25000,          /* a short time, at least; … */
    ASKING_LATENCIES = 4,       /* … so many times what it takes until a guest is heard, … */
    ASKING_MOST_US = 500000,    /* … at most */
    PAUSE_US = 250,             /* before the next look whether more can be begun */
    ROOM_OF_ONE = 16 << 10,     /* what the check of a healthy guest takes, its report with it */
    TAG_SEARCHES_MAX = 64,      /* at 10 ms of sending each; where more are silent, it is not their tags */
    PROGRESS_FIRST_US = 500000, /* a healthy run is over before anybody wonders */
    PROGRESS_US = 100000,       /* what moves on a screen ten times a second moves */
    SETTLE_US = 200000,         /* news seldom come alone */
};

struct run {
    const struct check_options *options;
    const struct netns_list *namespaces;
    struct report *report;
    struct slot_means means;
    struct space *spaces; /* in the order of the namespaces */
    struct slot *slots;
    size_t slot_count, begun, unfinished, faults;
    size_t settled; /* the first so many need not be waited for before others begin */
    struct timer start_timer, progress_timer;
    run_progress *progress;
    uint64_t started_us;
    bool interrupted;
    struct text_list chains; /* that the targets know of */
    bool stays;
    int error; /* why it could not begin, -errno */
    struct listeners *listeners;
    struct timer wait_timer;
    uint64_t earliest_us; /* that waiting may end at news; 0: nobody waits */
    bool news, waited;
    void (*told)(void *context, int number);
    void *told_context;
};

/* ---- what the slots tell ---- */

/* Takes the reason over; the first one counts. */
static void fail(void *context, int exit_status, char *owned_reason)
{
    struct run *run = context;

    if (run->report->failure != NULL) {
        free(owned_reason);
    } else {
        run->report->failure = owned_reason;
        run->report->failure_exit = exit_status;
    }
    loop_stop(run->means.loop);
}

static void name_report(const struct run *run, struct target_report *report, const struct target *target)
{
    report_set_interface(report, target->name, &run->namespaces->items[target->netns]);
}

/* Copies what is known of the target into the report; the verdict comes when it is there. */
static void slot_finished(void *context, struct slot *slot)
{
    struct run *run = context;
    struct target_report *report = slot->report;

    report->elapsed_us = clock_now() - run->started_us;
    name_report(run, report, slot->target); /* it may have been an alternative name */
    if (slot->target->bridge != NULL)
        report->bridge = text_format("%s", slot->target->bridge->name);
    report->has_vm = report_vm_of(slot->target, &report->vm);
    if (!slot->waits_for_qemu)
        check_take_verdict(slot->check, &report->verdict);
    run->faults += slot->waits_for_qemu || report->verdict.status == STATUS_FAULT;
    if (--run->unfinished == 0)
        loop_stop(run->means.loop);
}

static void interrupted(void *context)
{
    struct run *run = context;

    run->interrupted = true;
    for (size_t i = 0; i < run->begun; i++)
        if (!run->slots[i].finished)
            slot_interrupt(&run->slots[i]);
    loop_stop(run->means.loop);
}

/* Whoever waits does not any longer than it takes until it settles. */
static void news_came(void *context)
{
    struct run *run = context;
    uint64_t soon_us = clock_now() + SETTLE_US;

    run->news = true;
    if (run->earliest_us == 0)
        return;
    if (soon_us < run->earliest_us)
        soon_us = run->earliest_us;
    if (soon_us < run->wait_timer.due_us)
        loop_arm(run->means.loop, &run->wait_timer, soon_us);
}

static uint64_t short_time(const struct run *run)
{
    uint64_t us = run->means.latency_us * ASKING_LATENCIES;

    return us < ASKING_US ? ASKING_US : us > ASKING_MOST_US ? ASKING_MOST_US : us;
}

/* How many were begun a short time ago and still wait for answers. */
static size_t count_asking(struct run *run)
{
    uint64_t now_us = clock_now(), short_us = short_time(run);
    size_t asking = 0;

    for (size_t i = run->settled; i < run->begun; i++) {
        const struct slot *slot = &run->slots[i];
        bool asks = !slot->finished && now_us - slot->begun_us < short_us && check_asks(slot->check);
        asking += asks;
        if (asking == 0)
            run->settled = i + 1;
    }
    return asking;
}

/* Once for all that are there. Where the facts cannot be had nothing is checked anyway. */
static void look_between(struct run *run, struct space *space)
{
    struct target **targets = memory_new(run->slot_count, sizeof *targets);
    const struct host_facts *facts;
    size_t count = 0;

    for (size_t i = 0; i < run->slot_count; i++)
        if (run->slots[i].space == space)
            targets[count++] = run->slots[i].target;
    if (count > 1 && facts_cache_get(space->facts, 0, &facts) == 0) {
        between_find(targets, count, facts, space, &run->chains);
        facts_put(facts);
    }
    free(targets);
    space->is_looked_into = true;
}

/* 0 or -errno. */
static int open_space(struct run *run, struct space *space, const struct target *first)
{
    const struct target *only = run->slot_count == 1 && !run->stays ? first : NULL;
    int error = space_open(space, run->means.loop, only, run->slot_count);

    if (error == 0 && run->stays)
        taps_on_change(space->taps, news_came, run);
    return error;
}

/* Where nobody was yet, its sockets are opened. False once the run has failed. */
static bool begin(struct run *run, struct slot *slot)
{
    int error = open_space(run, slot->space, slot->target);

    if (error == 0 && !slot->space->is_looked_into)
        look_between(run, slot->space);
    if (error == 0)
        slot_begin(slot);
    else
        fail(run, error == -EPERM ? EXIT_NO_PERMISSION : EXIT_OS,
             text_format("beginning with %s: %s",
                         slot->report->place != NULL ? slot->report->place : slot->target->name,
                         strerror(-error)));
    return run->report->failure == NULL;
}

/* Begins as many as the guests before them keep up with, and comes back soon: what is asked all at once waits
 * in the guests' queues and looks like a slow network. Those who are silent hold up nobody. */
static void begin_some(void *context)
{
    struct run *run = context;
    size_t room = ASKING_MAX - count_asking(run);
    size_t until = run->begun + (room < BEGUN_AT_ONCE ? room : BEGUN_AT_ONCE);

    while (run->begun < until && run->begun < run->slot_count && begin(run, &run->slots[run->begun]))
        run->begun++;
    if (run->begun < run->slot_count)
        loop_arm(run->means.loop, &run->start_timer, clock_now() + (room == 0 ? PAUSE_US : 0));
}

static void show_progress(void *context)
{
    struct run *run = context;

    run->progress(run->slot_count - run->unfinished, run->slot_count, run->faults);
    loop_arm(run->means.loop, &run->progress_timer, clock_now() + PROGRESS_US);
}

static void arm_timers(struct run *run)
{
    run->start_timer = (struct timer){.fired = begin_some, .context = run};
    run->progress_timer = (struct timer){.fired = show_progress, .context = run};
    if (run->progress != NULL)
        loop_arm(run->means.loop, &run->progress_timer, run->started_us + PROGRESS_FIRST_US);
}

static void add_slots(struct run *run, struct target *targets, size_t target_count)
{
    run->slots = memory_new(target_count, sizeof *run->slots);
    run->slot_count = run->unfinished = target_count;
    run->begun = run->settled = run->faults = 0;
    run->report->targets = memory_new(target_count, sizeof *run->report->targets);
    run->report->target_count = target_count;
    for (size_t i = 0; i < target_count; i++) {
        struct target_report *report = &run->report->targets[i];
        name_report(run, report, &targets[i]);
        report->waited = run->options->wait_us > 0;
        run->slots[i] = (struct slot){.means = &run->means,
                                      .target = &targets[i],
                                      .report = report,
                                      .space = &run->spaces[targets[i].netns]};
    }
}

/* QEMU is asked last: most faults are named without, and its socket may be slow or busy. All share the time
 * for one. */
static void ask_qemus(struct run *run)
{
    uint64_t until_us = clock_now() + UINT64_C(1000) * QMP_TIMEOUT_MS;

    for (size_t i = 0; i < run->begun; i++) {
        struct slot *slot = &run->slots[i];
        if (!slot->waits_for_qemu)
            continue;
        slot_ask_qemu(slot, until_us, run->interrupted);
        check_take_verdict(slot->check, &slot->report->verdict);
    }
}

/* What several targets show together is judged together. */
static void compare_targets(struct run *run)
{
    struct judged *all = memory_new(run->begun, sizeof *all);
    size_t count = 0;

    for (size_t i = 0; i < run->begun; i++) {
        struct slot *slot = &run->slots[i];
        if (slot->finished && slot->facts != NULL)
            all[count++] = (struct judged){slot->target, slot->facts, run->options, &slot->report->verdict};
    }
    verdict_compare(all, count);
    free(all);
}

static const char *why_unfinished(const struct report *report)
{
    if (report->failure == NULL)
        return "interrupted";
    return report->failure_exit == EXIT_NO_PERMISSION ? "permission is missing" : "the system failed";
}

/* What was not judged when the run failed was not checked: that is no verdict. */
static void mark_unfinished(struct run *run)
{
    for (size_t i = 0; i < run->slot_count; i++) {
        if (run->slots[i].finished)
            continue;
        struct verdict *verdict = &run->slots[i].report->verdict;
        verdict->status = STATUS_UNKNOWN;
        text_list_addf(&verdict->unknown, "not checked: %s", why_unfinished(run->report));
    }
}

static void set_up_spaces(struct run *run, const struct run_means *means)
{
    run->spaces = memory_new(run->namespaces->count, sizeof *run->spaces);
    for (size_t i = 0; i < run->namespaces->count; i++)
        space_begin(&run->spaces[i], (int)i, &run->namespaces->items[i], run->options, means->rights,
                    i == 0 ? means->facts : NULL);
}

static void set_up_means(struct run *run)
{
    run->means = (struct slot_means){.options = run->options,
                                     .builder = builder_open(),
                                     .context = run,
                                     .finished = slot_finished,
                                     .failed = fail};
    run->error = run->means.builder != NULL ? loop_open(&run->means.loop) : -ENOMEM;
}

/* What is of this check only. */
static void begin_check(struct run *run, struct vms *vms)
{
    run->means.alone = run->slot_count == 1;
    run->means.started_us = run->started_us;
    run->means.vms = vms;
    run->means.vms_read_us = 0;
    run->means.tag_searches_left = TAG_SEARCHES_MAX;
    run->news = false;
}

static void check_all(struct run *run)
{
    if (run->slot_count > 1 && !run->stays) /* who stays gives back what it had */
        room_expect(run->slot_count * ROOM_OF_ONE);
    loop_on_interrupt(run->means.loop, interrupted, run);
    arm_timers(run);
    if (run->stays && run->slot_count == 0) /* what comes is news */
        (void)open_space(run, &run->spaces[0], NULL);
    begin_some(run);
    if (run->report->failure == NULL && run->unfinished > 0) {
        int error = loop_run(run->means.loop);
        if (error < 0)
            fail(run, EXIT_OS, text_format("waiting for packets: %s", strerror(-error)));
    }
    ask_qemus(run);
    compare_targets(run);
}

struct run *run_open(const struct check_options *options, const struct run_means *means)
{
    struct run *run = memory_new(1, sizeof *run);

    run->options = options;
    run->namespaces = means->spaces;
    run->progress = means->progress;
    run->stays = means->stays;
    set_up_spaces(run, means);
    set_up_means(run);
    run->listeners = listeners_new(news_came, run);
    return run;
}

void run_check(struct run *run, struct vms *vms, struct target *targets, size_t target_count,
               struct report *ret_report)
{
    run->report = ret_report;
    run->started_us = clock_now();
    listeners_leave(run->listeners);
    add_slots(run, targets, target_count);
    begin_check(run, vms);
    if (run->error == 0) {
        check_all(run);
    } else {
        ret_report->failure = text_format("starting: %s", strerror(-run->error));
        ret_report->failure_exit = EXIT_OS;
    }
    mark_unfinished(run);
    for (size_t i = 0; i < run->slot_count; i++)
        report_place_fixes(run->slots[i].report);
}

void run_forget(struct run *run)
{
    loop_disarm(run->means.loop, &run->start_timer);
    loop_disarm(run->means.loop, &run->progress_timer);
    for (size_t i = 0; i < run->slot_count; i++) {
        if (run->stays)
            listeners_join(run->listeners, run->slots[i].space, run->slots[i].target,
                           &run->slots[i].report->verdict);
        slot_close(&run->slots[i]);
    }
    free(run->slots);
    run->slots = NULL;
    run->slot_count = run->begun = 0;
    for (size_t i = 0; i < run->namespaces->count; i++)
        run->spaces[i].is_looked_into = false;
    text_list_free(&run->chains);
}

/* ---- between two checks ---- */

bool run_was_interrupted(const struct run *run)
{
    return run->interrupted;
}

static void signalled(void *context, int number)
{
    struct run *run = context;

    run->told(run->told_context, number);
    if (run->earliest_us != 0)
        loop_stop(run->means.loop);
}

void run_on_signal(struct run *run, void (*told)(void *context, int number), void *context)
{
    run->told = told;
    run->told_context = context;
    if (run->error == 0)
        loop_on_signal(run->means.loop, signalled, run);
}

static void waited(void *context)
{
    struct run *run = context;

    run->waited = true;
    loop_stop(run->means.loop);
}

int run_wait(struct run *run, uint64_t earliest_us, uint64_t latest_us)
{
    if (run->interrupted || run->error != 0)
        return run->error;
    run->wait_timer = (struct timer){.fired = waited, .context = run};
    run->earliest_us = earliest_us;
    run->waited = false;
    loop_arm(run->means.loop, &run->wait_timer, latest_us);
    if (run->news)
        news_came(run);
    int error = loop_run(run->means.loop);
    loop_disarm(run->means.loop, &run->wait_timer);
    run->earliest_us = 0;
    return error < 0 ? error : run->waited;
}

void run_close(struct run *run)
{
    if (run == NULL)
        return;
    run->stays = false;
    run_forget(run);
    listeners_free(run->listeners);
    for (size_t i = 0; i < run->namespaces->count; i++)
        space_close(&run->spaces[i]);
    loop_close(run->means.loop);
    builder_close(run->means.builder);
    free(run->spaces);
    free(run);
}

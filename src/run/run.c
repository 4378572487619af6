/* All targets of one command. */
#include "run.h"
#include "privileges.h"
#include "slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BEGUN_AT_ONCE = 16,      /* targets, before the frames and the timers have their turn */
    ASKING_MAX = 128,        /* targets that were begun a short time ago and still wait for answers */
    ASKING_US = 25000,       /* a short time, at least; … */
    ASKING_LATENCIES = 4,    /* … so many times what it takes until a guest is heard, … */
    ASKING_MOST_US = 500000, /* … at most */
    PAUSE_US = 250,          /* before the next look whether more can be begun */
    TAG_SEARCHES_MAX = 64,   /* at 10 ms of sending each; where more are silent, it is not their tags */
    PROGRESS_FIRST_US = 500000,
    PROGRESS_US = 100000,
};

static void interrupted(void *context)
{
    struct run *run = context;

    run->interrupted = true;
    for (size_t i = 0; i < run->begun; i++)
        if (!run->slots[i].finished)
            slot_interrupt(&run->slots[i]);
    loop_stop(run->loop);
}

static uint64_t short_time(const struct run *run)
{
    uint64_t us = run->latency_us * ASKING_LATENCIES;

    return us < ASKING_US ? ASKING_US : us > ASKING_MOST_US ? ASKING_MOST_US : us;
}

/* How many were begun a short time ago and still wait for answers. */
static size_t count_asking(struct run *run)
{
    uint64_t now_us = clock_now(), short_us = short_time(run);
    size_t asking = 0;

    for (size_t i = run->settled; i < run->begun; i++) {
        const struct slot *slot = &run->slots[i];
        bool asks =
            slot->session != NULL && now_us - slot->begun_us < short_us && session_asks(slot->session);
        asking += asks;
        if (asking == 0)
            run->settled = i + 1;
    }
    return asking;
}

/* Begins as many as the guests before them keep up with, and comes back soon: what is asked all at once waits
 * in the guests' queues and looks like a slow network. Those who are silent hold up nobody. */
static void begin_some(void *context)
{
    struct run *run = context;
    size_t room = ASKING_MAX - count_asking(run);
    size_t until = run->begun + (room < BEGUN_AT_ONCE ? room : BEGUN_AT_ONCE);

    while (run->begun < until && run->begun < run->slot_count && run->report->failure == NULL)
        slot_begin(&run->slots[run->begun++]);
    if (run->begun < run->slot_count)
        loop_arm(run->loop, &run->start_timer, clock_now() + (room == 0 ? PAUSE_US : 0));
}

static void show_progress(void *context)
{
    struct run *run = context;

    run->progress(run->slot_count - run->unfinished, run->slot_count, run->faults);
    loop_arm(run->loop, &run->progress_timer, clock_now() + PROGRESS_US);
}

static void arm_timers(struct run *run)
{
    run->start_timer = (struct timer){.fired = begin_some, .context = run};
    run->progress_timer = (struct timer){.fired = show_progress, .context = run};
    if (run->progress != NULL)
        loop_arm(run->loop, &run->progress_timer, run->started_us + PROGRESS_FIRST_US);
}

static void add_slots(struct run *run, struct target *targets, size_t target_count)
{
    run->slots = memory_new(target_count, sizeof *run->slots);
    run->slot_count = run->unfinished = target_count;
    run->report->targets = memory_new(target_count, sizeof *run->report->targets);
    run->report->target_count = target_count;
    for (size_t i = 0; i < target_count; i++) {
        struct target_report *report = &run->report->targets[i];
        report->interface = text_format("%s", targets[i].name);
        report->waited = run->options->wait_us > 0;
        run->slots[i] = (struct slot){.run = run, .target = &targets[i], .report = report};
        run->slots[i].timer.context = &run->slots[i];
    }
}

/* QEMU is asked last: most faults are named without, and its socket may be slow or busy. All share the time
 * for one. */
static void ask_qemus(struct run *run)
{
    uint64_t until_us = clock_now() + UINT64_C(1000) * QMP_TIMEOUT_MS;

    for (size_t i = 0; i < run->slot_count; i++)
        slot_ask_qemu(&run->slots[i], until_us);
}

/* What was not judged when the run failed was not checked: that is no verdict. */
static void mark_unfinished(struct run *run)
{
    for (size_t i = 0; i < run->slot_count; i++) {
        if (run->slots[i].finished)
            continue;
        struct verdict *verdict = &run->slots[i].report->verdict;
        verdict->status = STATUS_UNKNOWN;
        text_list_addf(&verdict->unknown, "not checked");
    }
}

struct run *run_check(const struct check_options *options, struct target *targets, size_t target_count,
                      struct vms *vms, run_progress *progress, struct report *ret_report)
{
    struct run *run = memory_new(1, sizeof *run);
    int error;

    run->options = options;
    run->vms = vms;
    run->report = ret_report;
    run->progress = progress;
    run->tag_searches_left = TAG_SEARCHES_MAX;
    run->started_us = clock_now();
    if (options->wait_us > 0)
        run->patience_until_us = run->started_us + options->wait_us;
    ret_report->started_us = clock_wall();
    add_slots(run, targets, target_count);
    run->builder = builder_open();
    error = run->builder != NULL ? loop_open(&run->loop) : -ENOMEM;
    if (error < 0) {
        ret_report->failure = text_format("starting: %s", strerror(-error));
        ret_report->failure_exit = EXIT_OS;
        goto out;
    }
    loop_on_interrupt(run->loop, interrupted, run);
    arm_timers(run);
    begin_some(run);
    if (ret_report->failure == NULL && run->unfinished > 0) {
        privileges_drop(run_may_open_more(run));
        error = loop_run(run->loop);
        if (error < 0)
            run_fail(run, EXIT_OS, text_format("waiting for packets: %s", strerror(-error)));
    }
    ask_qemus(run);
out:
    mark_unfinished(run);
    ret_report->elapsed_us = clock_now() - run->started_us;
    return run;
}

void run_close(struct run *run)
{
    if (run == NULL)
        return;
    for (size_t i = 0; i < run->slot_count; i++) {
        slot_close_bridge(&run->slots[i]);
        session_free(run->slots[i].session);
        slot_close_link(&run->slots[i]);
        snapshot_put(run->slots[i].snapshot);
    }
    snapshot_put(run->snapshot);
    run_close_links(run);
    receivers_free(&run->receivers);
    loop_close(run->loop);
    builder_close(run->builder);
    free(run->slots);
    free(run);
}

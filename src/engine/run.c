#include "run.h"
#include "evidence.h"
#include "loop.h"
#include "privileges.h"
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    RETRY_US = 50000,     /* between two looks at a target that is not healthy yet (-w) */
    FACTS_AGE_US = 25000, /* younger facts are good enough for another target */
    DIAGNOSIS_US = 400000,
    QEMU_PATIENCE_US = 300000,
    FRAMES_AT_ONCE = 256, /* of one link, before the others and the timers have their turn */
};

/* The host's facts at one moment, shared by the targets that were started with them. */
struct snapshot {
    struct host_facts facts;
    uint64_t taken_us;
    unsigned users;
};

struct slot {
    struct run *run;
    struct target *target;
    struct target_report *report;
    struct snapshot *snapshot;
    struct link *link;
    int link_ifindex;
    uint64_t link_lost;  /* of the link's count, before this session */
    struct link *bridge; /* to the target's bridge, while a diagnosis needs it */
    struct session *session;
    struct timer timer;
    bool described; /* what is known of the VM was looked up */
    bool ask_qemu;  /* something is wrong, and QEMU could say more; the session is kept for that */
    bool finished;
};

struct run {
    const struct check_options *options;
    struct report *report;
    struct loop *loop;
    struct builder *builder;
    struct snapshot *snapshot; /* the newest */
    struct vms *vms;
    struct slot *slots;
    size_t slot_count, unfinished;
    uint64_t started_us, patience_until_us;
    bool interrupted;
};

static uint64_t random_bits(void)
{
    uint64_t bits = 0;
    ssize_t got = getrandom(&bits, sizeof bits, 0); /* cannot fail for so few bytes: getrandom(2) */
    (void)got;
    return bits;
}

static void fail(struct run *run, int exit_status, char *owned_reason)
{
    if (run->report->failure != NULL) {
        free(owned_reason);
    } else {
        run->report->failure = owned_reason;
        run->report->failure_exit = exit_status;
    }
    loop_stop(run->loop);
}

/* ---- facts ---- */

static void snapshot_put(struct snapshot *snapshot)
{
    if (snapshot == NULL || --snapshot->users > 0)
        return;
    host_facts_free(&snapshot->facts);
    free(snapshot);
}

static int slot_refresh_facts(struct slot *slot)
{
    struct run *run = slot->run;
    uint64_t now_us = clock_now();

    if (run->snapshot == NULL || now_us - run->snapshot->taken_us > FACTS_AGE_US) {
        struct snapshot *fresh = memory_new(1, sizeof *fresh);
        int error = host_facts_read(&fresh->facts);
        if (error < 0) {
            free(fresh);
            return error;
        }
        fresh->taken_us = now_us;
        fresh->users = 1;
        snapshot_put(run->snapshot);
        run->snapshot = fresh;
    }
    snapshot_put(slot->snapshot);
    slot->snapshot = run->snapshot;
    slot->snapshot->users++;
    slot->target->link = facts_link_named(&slot->snapshot->facts, slot->target->name);
    slot->target->bridge =
        slot->target->link != NULL ? facts_bridge_of(&slot->snapshot->facts, slot->target->link) : NULL;
    return 0;
}

static struct verdict_input verdict_input_of(const struct slot *slot, const struct observations *seen)
{
    return (struct verdict_input){&slot->snapshot->facts, slot->target, slot->run->options, seen};
}

/* ---- the VM ---- */

static void slot_know_vm(struct slot *slot)
{
    if (slot->described)
        return;
    slot->described = true;
    vms_describe(slot->run->vms, slot->target);
}

/* The tap came up, or anew: who holds it now? */
static void slot_forget_vm(struct slot *slot)
{
    if (slot->described)
        vms_restart(slot->run->vms);
    slot->described = false;
}

static bool qemu_may_know(const struct slot *slot, const struct verdict *verdict)
{
    const struct target_vm *known = &slot->target->vm;

    return slot->session != NULL && !slot->run->interrupted && known->vm != NULL &&
           known->vm->qmp_sockets.count > 0 &&
           (verdict->status == STATUS_FAULT || verdict->status == STATUS_UNKNOWN);
}

/* ---- one target ---- */

static void slot_begin(struct slot *slot);

static void slot_close_link(struct slot *slot)
{
    if (slot->link == NULL)
        return;
    loop_unwatch(slot->run->loop, link_descriptor(slot->link));
    link_close(slot->link);
    slot->link = NULL;
}

static void slot_close_bridge(struct slot *slot)
{
    if (slot->bridge == NULL)
        return;
    if (slot->session != NULL)
        session_set_bridge(slot->session, NULL);
    loop_unwatch(slot->run->loop, link_descriptor(slot->bridge));
    link_close(slot->bridge);
    slot->bridge = NULL;
}

static bool may_retry(const struct run *run)
{
    return !run->interrupted && clock_now() < run->patience_until_us;
}

static void slot_retry(void *context)
{
    slot_begin(context);
}

static void slot_try_later(struct slot *slot)
{
    slot->timer.fired = slot_retry;
    loop_arm(slot->run->loop, &slot->timer, clock_now() + RETRY_US);
}

/* Keeps the verdict, or tries once more if the user waits for a better one. Takes the verdict over. */
static void slot_conclude(struct slot *slot, struct verdict *verdict)
{
    struct run *run = slot->run;

    slot_close_bridge(slot);
    loop_disarm(run->loop, &slot->timer);
    bool retry = verdict->status != STATUS_HEALTHY && may_retry(run);
    slot->ask_qemu = !retry && qemu_may_know(slot, verdict);
    if (!slot->ask_qemu) {
        session_free(slot->session);
        slot->session = NULL;
    }
    if (retry) {
        verdict_free(verdict);
        slot_try_later(slot);
        return;
    }
    slot->report->verdict = *verdict;
    slot->report->elapsed_us = clock_now() - run->started_us;
    if (slot->target->bridge != NULL)
        slot->report->bridge = text_format("%s", slot->target->bridge->name);
    slot->report->has_vm = vm_result_of(slot->target, &slot->report->vm);
    slot->finished = true;
    if (--run->unfinished == 0)
        loop_stop(run->loop);
}

static void slot_judge(struct slot *slot, const struct observations *seen)
{
    slot_know_vm(slot);
    struct verdict_input input = verdict_input_of(slot, seen);
    struct verdict verdict;

    verdict_evaluate(&input, &verdict);
    slot_conclude(slot, &verdict);
}

/* The interface went away in the middle of it: how it is now says more than what the probes saw. */
static void slot_link_lost(struct slot *slot, int error)
{
    session_trouble(slot->session, TROUBLE_LINK_LOST, 0, error, clock_now());
    slot_close_link(slot);
}

static void slot_continue(struct slot *slot);
static void slot_bridge_readable(void *context);

static void slot_open_bridge(struct slot *slot)
{
    char *reason = NULL;

    if (link_open_pcap(slot->target->bridge->name, &slot->bridge, &reason) < 0) {
        free(reason); /* then nobody is asked there: what the target itself shows still holds */
        return;
    }
    if (loop_watch(slot->run->loop, link_descriptor(slot->bridge), slot_bridge_readable, slot) < 0) {
        link_close(slot->bridge);
        slot->bridge = NULL;
        return;
    }
    session_set_bridge(slot->session, slot->bridge);
}

/* Judges what was seen; goes on with what could say more, or keeps the verdict. */
static void slot_judge_session(struct slot *slot, uint64_t now_us)
{
    slot_know_vm(slot);
    struct verdict_input input = verdict_input_of(slot, session_finish(slot->session, now_us));
    struct verdict verdict;

    verdict_evaluate(&input, &verdict);
    bool final = verdict.status == STATUS_HEALTHY || !may_retry(slot->run);
    if (final && session_wants_bridge(slot->session, &verdict))
        slot_open_bridge(slot);
    if (final && session_diagnose(slot->session, &verdict, clock_now())) {
        verdict_free(&verdict);
        slot_continue(slot);
        return;
    }
    slot_conclude(slot, &verdict);
}

static void slot_end_session(struct slot *slot)
{
    uint64_t now_us = clock_now();

    if (slot->link != NULL) {
        uint64_t lost = link_lost(slot->link) - slot->link_lost;
        if (lost > 0)
            session_trouble(slot->session, TROUBLE_CAPTURE_LOST, lost, 0, now_us);
        slot->link_lost += lost;
        slot_judge_session(slot, now_us);
        return;
    }
    /* Facts and target change under the session, which is over; its observations stay good. */
    const struct observations *seen = session_finish(slot->session, now_us);
    int error = slot_refresh_facts(slot);
    if (error < 0) {
        fail(slot->run, EXIT_OS, text_format("reading the host's interfaces: %s", strerror(-error)));
        return;
    }
    struct verdict_input input = verdict_input_of(slot, NULL);
    slot_judge(slot, verdict_ends_early(&input) ? NULL : seen);
}

static void slot_continue(struct slot *slot)
{
    if (session_done(slot->session))
        slot_end_session(slot);
    else
        loop_arm(slot->run->loop, &slot->timer, session_due(slot->session));
}

static void slot_time(void *context)
{
    struct slot *slot = context;

    session_timer(slot->session, clock_now());
    slot_continue(slot);
}

/* Captures are stamped with the wall clock; what counts is how long ago that was. */
static uint64_t in_loop_time(uint64_t wall_us, uint64_t now_us)
{
    struct timespec wall;

    clock_gettime(CLOCK_REALTIME, &wall);
    uint64_t wall_now_us = (uint64_t)wall.tv_sec * 1000000 + (uint64_t)wall.tv_nsec / 1000;
    uint64_t age_us = wall_now_us > wall_us ? wall_now_us - wall_us : 0;
    return age_us < now_us ? now_us - age_us : now_us;
}

static void slot_readable(void *context)
{
    struct slot *slot = context;
    struct captured captured;

    for (int i = 0; i < FRAMES_AT_ONCE; i++) {
        int got = link_receive(slot->link, &captured);
        if (got == 0)
            break;
        if (got < 0 && slot->session != NULL)
            slot_link_lost(slot, -got);
        else if (got < 0)
            slot_close_link(slot);
        if (got < 0)
            break;
        uint64_t now_us = clock_now();
        if (slot->session != NULL && !slot->finished)
            session_frame(slot->session, captured.bytes, captured.wire_length, false,
                          in_loop_time(captured.time_us, now_us), now_us);
    }
    if (slot->session != NULL && !slot->finished)
        slot_continue(slot);
}

static void slot_bridge_readable(void *context)
{
    struct slot *slot = context;
    struct captured captured;
    int got = 0;

    for (int i = 0; i < FRAMES_AT_ONCE && (got = link_receive(slot->bridge, &captured)) == 1; i++) {
        uint64_t now_us = clock_now();
        session_frame(slot->session, captured.bytes, captured.wire_length, true,
                      in_loop_time(captured.time_us, now_us), now_us);
    }
    if (got < 0)
        slot_close_bridge(slot);
}

/* 0, or -errno after having failed the run or put off the target. */
static int slot_open_link(struct slot *slot)
{
    struct run *run = slot->run;
    char *reason = NULL;

    if (slot->link != NULL && slot->link_ifindex == slot->target->link->ifindex)
        return 0;
    slot_close_link(slot);
    int error = link_open_pcap(slot->target->link->name, &slot->link, &reason);
    if (error == 0) {
        slot->link = link_with_evidence(slot->link, run->options->evidence);
        slot->link_ifindex = slot->target->link->ifindex;
        slot_forget_vm(slot);
        error = loop_watch(run->loop, link_descriptor(slot->link), slot_readable, slot);
    }
    if (error == -EPERM) {
        free(reason);
        fail(run, EXIT_NO_PERMISSION, privileges_advice());
    } else if (error < 0 && may_retry(run)) {
        free(reason);
        slot_try_later(slot);
    } else if (error < 0) {
        fail(run, EXIT_OS, reason != NULL ? reason : text_format("%s", strerror(-error)));
    }
    return error;
}

static void slot_begin(struct slot *slot)
{
    struct run *run = slot->run;
    int error = slot_refresh_facts(slot);

    if (error < 0) {
        fail(run, EXIT_OS, text_format("reading the host's interfaces: %s", strerror(-error)));
        return;
    }
    struct verdict_input input = verdict_input_of(slot, NULL);
    if (verdict_ends_early(&input)) {
        slot_judge(slot, NULL);
        return;
    }
    if (slot_open_link(slot) < 0)
        return;
    slot->link_lost = link_lost(slot->link);
    if (slot->target->given_count == 0)
        slot_know_vm(slot); /* its start-up may tell addresses */
    slot->session = session_start(
        &(struct session_setup){
            .options = run->options,
            .facts = &slot->snapshot->facts,
            .target = slot->target,
            .link = slot->link,
            .builder = run->builder,
            .patience_until_us = may_retry(run) ? run->patience_until_us : 0,
            .random = random_bits,
            .route = host_route,
        },
        clock_now());
    slot->timer.fired = slot_time;
    slot_continue(slot);
}

/* ---- all targets ---- */

static void interrupted(void *context)
{
    struct run *run = context;

    run->interrupted = true;
    for (size_t i = 0; i < run->slot_count; i++) {
        struct slot *slot = &run->slots[i];
        if (slot->finished)
            continue;
        if (slot->session == NULL) {
            slot_judge(slot, NULL);
            continue;
        }
        session_trouble(slot->session, TROUBLE_INTERRUPTED, 0, 0, clock_now());
        slot_end_session(slot);
    }
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
    uint64_t until_us = clock_now() + QEMU_PATIENCE_US;

    for (size_t i = 0; i < run->slot_count; i++) {
        struct slot *slot = &run->slots[i];
        uint64_t now_us = clock_now();
        if (!slot->ask_qemu || now_us >= until_us)
            continue;
        vms_ask(run->vms, slot->target, (int)((until_us - now_us) / 1000));
        struct verdict_input input = verdict_input_of(slot, session_finish(slot->session, now_us));
        verdict_free(&slot->report->verdict);
        verdict_evaluate(&input, &slot->report->verdict);
    }
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

/* Links are opened later for a tap that is yet to come up, and for asking through a bridge. */
static bool may_open_more(const struct run *run)
{
    for (size_t i = 0; i < run->slot_count; i++)
        if (run->slots[i].target->bridge != NULL)
            return true;
    return run->options->wait_us > 0;
}

struct run *run_check(const struct check_options *options, struct target *targets, size_t target_count,
                      struct vms *vms, struct report *ret_report)
{
    struct run *run = memory_new(1, sizeof *run);
    int error;

    run->options = options;
    run->vms = vms;
    run->report = ret_report;
    run->started_us = clock_now();
    if (options->wait_us > 0) /* the end is for the diagnosis, and the last moment for the report */
        run->patience_until_us = run->started_us + options->wait_us -
                                 (options->wait_us > 2 * DIAGNOSIS_US ? DIAGNOSIS_US : options->wait_us / 2);
    clock_gettime(CLOCK_REALTIME, &ret_report->started);
    add_slots(run, targets, target_count);
    run->builder = builder_open();
    error = run->builder != NULL ? loop_open(&run->loop) : -ENOMEM;
    if (error < 0) {
        ret_report->failure = text_format("starting: %s", strerror(-error));
        ret_report->failure_exit = EXIT_OS;
        goto out;
    }
    loop_on_interrupt(run->loop, interrupted, run);
    for (size_t i = 0; i < target_count && ret_report->failure == NULL; i++)
        slot_begin(&run->slots[i]);
    if (ret_report->failure == NULL && run->unfinished > 0) {
        privileges_drop(may_open_more(run));
        error = loop_run(run->loop);
        if (error < 0)
            fail(run, EXIT_OS, text_format("waiting for packets: %s", strerror(-error)));
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
    loop_close(run->loop);
    builder_close(run->builder);
    free(run->slots);
    free(run);
}

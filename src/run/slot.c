/* One target of a run. */
#include "slot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    BRIDGE_DIAGNOSIS_US = 300000,
    RETRY_US = 50000,     /* between two looks at a target that is not healthy yet (-w) */
    FACTS_AGE_US = 25000, /* younger facts are good enough for another target, … */
    FACTS_COST = 10,      /* … and so are those younger than so many times what reading them takes */
};

static uint64_t random_bits(void)
{
    uint64_t bits = 0;
    ssize_t got = getrandom(&bits, sizeof bits, 0); /* cannot fail for so few bytes: getrandom(2) */
    (void)got;
    return bits;
}

void run_fail(struct run *run, int exit_status, char *owned_reason)
{
    if (run->report->failure != NULL) {
        free(owned_reason);
    } else {
        run->report->failure = owned_reason;
        run->report->failure_exit = exit_status;
    }
    loop_stop(run->loop);
}

bool run_may_retry(const struct run *run)
{
    return !run->interrupted && clock_now() < run->patience_until_us;
}

/* What probes saw is only tried again if there is time for them to wait for their answers: a check that is
 * cut short would call a guest silent that had no time to answer. */
static bool has_time_for_check(const struct run *run)
{
    return run_may_retry(run) && clock_now() + run->options->timeout_us < run->patience_until_us;
}

static bool slot_may_retry(const struct slot *slot)
{
    return slot->session != NULL ? has_time_for_check(slot->run) : run_may_retry(slot->run);
}

/* Until when a session may go on asking a guest that is silent: then the bridge is still to be asked who has
 * its address. */
static uint64_t session_patience(const struct slot *slot)
{
    return slot->run->patience_until_us - (slot->target->bridge != NULL ? BRIDGE_DIAGNOSIS_US : 0);
}

/* ---- facts ---- */

void snapshot_put(struct snapshot *snapshot)
{
    if (snapshot == NULL || --snapshot->users > 0)
        return;
    host_facts_free(&snapshot->facts);
    free(snapshot);
}

static bool is_fresh(const struct snapshot *snapshot, uint64_t now_us, uint64_t not_before_us)
{
    uint64_t limit_us =
        snapshot->cost_us * FACTS_COST > FACTS_AGE_US ? snapshot->cost_us * FACTS_COST : FACTS_AGE_US;

    return snapshot->taken_us >= not_before_us && now_us - snapshot->taken_us <= limit_us;
}

int run_refresh_facts(struct run *run, uint64_t not_before_us)
{
    uint64_t now_us = clock_now();

    if (run->snapshot != NULL && is_fresh(run->snapshot, now_us, not_before_us))
        return 0;
    struct snapshot *fresh = memory_new(1, sizeof *fresh);
    int error = host_facts_read(&fresh->facts);
    if (error < 0) {
        free(fresh);
        run_fail(run, EXIT_OS, text_format("reading the host's interfaces: %s", strerror(-error)));
        return error;
    }
    fresh->taken_us = now_us;
    fresh->cost_us = clock_now() - now_us;
    fresh->users = 1;
    snapshot_put(run->snapshot);
    run->snapshot = fresh;
    return 0;
}

static int slot_refresh_facts(struct slot *slot)
{
    struct run *run = slot->run;
    int error = run_refresh_facts(run, slot->lost_us);

    if (error < 0)
        return error;
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
    return (struct verdict_input){&slot->snapshot->facts, slot->target, slot->run->options, seen,
                                  scope_of_check(slot->target)};
}

/* ---- the VM ---- */

static void slot_know_vm(struct slot *slot)
{
    if (slot->described)
        return;
    slot->described = true;
    vms_describe(slot->run->vms, slot->target);
}

void slot_forget_vm(struct slot *slot)
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

void slot_ask_qemu(struct slot *slot, uint64_t until_us)
{
    uint64_t now_us = clock_now();

    if (!slot->ask_qemu)
        return;
    if (now_us >= until_us) {
        text_list_addf(&slot->report->verdict.notes, "QEMU was not asked how it is: others took the time");
        return;
    }
    vms_ask(slot->run->vms, slot->target, until_us);
    struct verdict_input input = verdict_input_of(slot, session_finish(slot->session, now_us));
    verdict_free(&slot->report->verdict);
    verdict_evaluate(&input, &slot->report->verdict);
}

/* ---- the verdict ---- */

static void slot_retry(void *context)
{
    slot_begin(context);
}

void slot_try_later(struct slot *slot)
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
    bool retry = verdict->status != STATUS_HEALTHY && slot_may_retry(slot);
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
    run->faults += verdict->status == STATUS_FAULT;
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

/* ---- the session ---- */

static void slot_continue(struct slot *slot);

static bool is_checked(const struct target *target, struct ip_addr address)
{
    for (size_t i = 0; i < target->address_count; i++)
        if (ip_equal(target->addresses[i].address, address))
            return true;
    return false;
}

/* The VM became known during the session, and there is something to ask that was not asked. */
static bool tells_more(const struct slot *slot)
{
    const struct target *target = slot->target;
    const struct vm *vm = target->vm.vm;

    for (size_t i = 0; vm != NULL && i < vm->address_count; i++)
        if (!is_checked(target, vm->addresses[i].address))
            return true;
    return target->has_mac && target->address_count == 0;
}

static void slot_begin_anew(struct slot *slot)
{
    session_finish(slot->session, clock_now());
    session_free(slot->session);
    slot->session = NULL;
    slot->timer.fired = slot_retry;
    loop_arm(slot->run->loop, &slot->timer, clock_now());
}

/* The session's own facts stay as they were at its start. */
static void slot_look_again(struct slot *slot, uint64_t now_us)
{
    if (session_wants_facts(slot->session) && run_refresh_facts(slot->run, now_us) == 0)
        session_facts(slot->session, &slot->run->snapshot->facts, now_us);
}

/* Judges what was seen; goes on with what could say more, or keeps the verdict. */
static void slot_judge_session(struct slot *slot, uint64_t now_us)
{
    bool late = slot->target->given_count == 0 && !slot->described;

    slot_know_vm(slot);
    if (late && !slot->run->interrupted && tells_more(slot)) {
        slot_begin_anew(slot);
        return;
    }
    slot_look_again(slot, now_us);
    struct verdict_input input = verdict_input_of(slot, session_finish(slot->session, now_us));
    struct verdict verdict;

    verdict_evaluate(&input, &verdict);
    bool final = verdict.status == STATUS_HEALTHY || !slot_may_retry(slot);
    if (final && session_wants_bridge(slot->session, &verdict))
        slot_open_bridge(slot);
    if (final && session_diagnose(slot->session, &verdict, clock_now())) {
        verdict_free(&verdict);
        slot_continue(slot);
        return;
    }
    slot_conclude(slot, &verdict);
}

static void note_losses(struct slot *slot, uint64_t now_us)
{
    uint64_t lost = link_lost(slot->link) - slot->link_lost;

    if (lost > 0)
        session_trouble(slot->session, TROUBLE_CAPTURE_LOST, lost, 0, now_us);
    if (slot->passed_over > 0)
        session_trouble(slot->session, TROUBLE_FLOOD, slot->passed_over, 0, now_us);
    slot->link_lost += lost;
    slot->passed_over = 0;
}

static void slot_end_session(struct slot *slot)
{
    uint64_t now_us = clock_now();

    if (slot->link != NULL) {
        note_losses(slot, now_us);
        slot_judge_session(slot, now_us);
        return;
    }
    /* Facts and target change under the session, which is over; its observations stay good. */
    const struct observations *seen = session_finish(slot->session, now_us);
    if (slot_refresh_facts(slot) < 0)
        return;
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

    if (!session_done(slot->session))
        session_timer(slot->session, clock_now());
    slot_continue(slot);
}

void slot_lose_link(struct slot *slot, int error)
{
    slot->lost_us = clock_now();
    slot_close_link(slot);
    if (slot->session == NULL || slot->finished)
        return;
    session_trouble(slot->session, TROUBLE_LINK_LOST, 0, error, slot->lost_us);
    loop_arm(slot->run->loop, &slot->timer, slot->lost_us);
}

/* Captures are stamped with the wall clock; what counts is how long ago that was. */
static uint64_t in_loop_time(uint64_t wall_us, uint64_t now_us)
{
    uint64_t wall_now_us = clock_wall();
    uint64_t age_us = wall_now_us > wall_us ? wall_now_us - wall_us : 0;
    return age_us < now_us ? now_us - age_us : now_us;
}

static void note_latency(struct slot *slot, uint64_t now_us)
{
    struct run *run = slot->run;

    if (!slot->heard)
        run->latency_us = (7 * run->latency_us + now_us - slot->begun_us) / 8;
    slot->heard = true;
}

void slot_frame(struct slot *slot, const struct captured *captured, bool via_bridge)
{
    uint64_t now_us = clock_now();

    if (slot->session == NULL || slot->finished)
        return;
    note_latency(slot, now_us);
    session_frame(slot->session, captured->bytes, captured->wire_length, via_bridge,
                  in_loop_time(captured->time_us, now_us), now_us);
    if (session_done(slot->session)) { /* it is judged when the frames in the queue were looked at */
        loop_arm(slot->run->loop, &slot->timer, now_us);
        return;
    }
    slot_look_again(slot, now_us);
    loop_arm(slot->run->loop, &slot->timer, session_due(slot->session));
}

void slot_begin(struct slot *slot)
{
    struct run *run = slot->run;

    slot->begun_us = clock_now();
    slot->heard = false;
    if (slot_refresh_facts(slot) < 0)
        return;
    struct verdict_input input = verdict_input_of(slot, NULL);
    if (verdict_ends_early(&input)) {
        if (!run->interrupted && slot->begun_us < run->patience_until_us)
            slot_try_later(slot);
        else
            slot_judge(slot, NULL);
        return;
    }
    if (slot_open_link(slot) < 0)
        return;
    if (slot->target->given_count == 0 && vms_ready(run->vms))
        slot_know_vm(slot); /* its start-up may tell addresses; but seldom enough not to wait for it */
    slot->link_lost = link_lost(slot->link);
    slot->session = session_start(
        &(struct session_setup){
            .options = run->options,
            .facts = &slot->snapshot->facts,
            .target = slot->target,
            .link = slot->link,
            .builder = run->builder,
            .patience_until_us = has_time_for_check(run) ? session_patience(slot) : 0,
            .tag_searches_left = &run->tag_searches_left,
            .random = random_bits,
            .route = host_route,
        },
        clock_now());
    slot->timer.fired = slot_time;
    slot_continue(slot);
}

void slot_interrupt(struct slot *slot)
{
    if (slot->session == NULL) {
        slot_judge(slot, NULL);
        return;
    }
    session_trouble(slot->session, TROUBLE_INTERRUPTED, 0, 0, clock_now());
    slot_end_session(slot);
}

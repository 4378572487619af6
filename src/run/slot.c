/* One target of a run, between its check and what the check asks for. */
#include "slot.h"
#include "clock.h"
#include "facts.h"
#include "facts_cache.h"
#include "report.h"
#include "space.h"
#include "stack.h"
#include "taps.h"
#include "vms.h"
#include "qmp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- what the check borrows ---- */

static int send_frame(void *context, enum vantage at, const uint8_t *frame, size_t length)
{
    const struct slot *slot = context;

    if (at == AT_HOST)
        return stack_send(slot->space->stack, &slot->of_stack, target_host_link(slot->target)->ifindex, frame,
                          length);
    return slot->at[at] != NULL ? tap_send(slot->at[at], frame, length) : -ENODEV;
}

static uint64_t random_bits(void *context)
{
    const struct slot *slot = context;
    struct random_pool *pool = &slot->means->random;

    if (pool->left == 0) {
        ssize_t got = getrandom(pool->bits, sizeof pool->bits, 0); /* cannot fail for so few bytes */
        (void)got;
        pool->left = RANDOM_POOL_SIZE;
    }
    return pool->bits[--pool->left];
}

static int route_to(void *context, struct ip_addr destination, struct ip_addr source, int ifindex,
                    struct route_facts *ret)
{
    const struct slot *slot = context;

    return host_route(slot->space->netns, destination, source, ifindex, ret);
}

static int route_in(void *context, struct ip_addr destination, struct ip_addr source, int ifindex)
{
    const struct slot *slot = context;

    return host_route_in(slot->space->netns, destination, source, ifindex);
}

static bool neighbour_was_refused(void *context, enum ip_family family)
{
    const struct slot *slot = context;
    return stack_neighbour_was_refused(slot->space->stack, family);
}

static int trace_echo(void *context, const struct trace_question *question)
{
    struct slot *slot = context;
    struct traces *traces = slot->space->traces;

    return question != NULL ? traces_watch(traces, &slot->of_traces, question)
                            : traces_ask(traces, &slot->of_traces);
}

static void print_news(void *context, uint64_t time_us, const char *text)
{
    const struct slot *slot = context;

    char *name = text_escape(slot->target->name, strlen(slot->target->name));

    fprintf(stderr, "%10.6f %s: %s\n", (double)(time_us - slot->means->started_us) / 1e6, name, text);
    free(name);
}

/* ---- frames ---- */

/* Captures are stamped with the wall clock; what counts is how long ago that was. */
static uint64_t in_loop_time(uint64_t wall_us, uint64_t now_us)
{
    uint64_t wall_now_us = clock_wall();
    uint64_t age_us = wall_now_us > wall_us ? wall_now_us - wall_us : 0;

    return age_us < now_us ? now_us - age_us : now_us;
}

static void note_latency(struct slot *slot, uint64_t now_us)
{
    struct slot_means *means = slot->means;

    if (!slot->heard)
        means->latency_us = (7 * means->latency_us + now_us - slot->begun_us) / 8;
    slot->heard = true;
}

static void frame_came(void *context, enum vantage at, const struct captured *captured)
{
    struct slot *slot = context;
    uint64_t now_us = clock_now();

    if (slot->finished)
        return;
    if (captured->direction == DIRECTION_IN)
        note_latency(slot, now_us);
    struct arrival arrival = {
        .at = at,
        .direction = captured->direction,
        .bytes = captured->bytes,
        .wire_length = captured->wire_length,
        .time_us = in_loop_time(captured->time_us, now_us),
        .number = captured->number,
    };
    loop_arm(slot->means->loop, &slot->timer, check_frame(slot->check, &arrival, now_us));
}

static void kernel_told(void *context, const struct trace_answer *answer)
{
    struct slot *slot = context;

    if (!slot->finished)
        loop_arm(slot->means->loop, &slot->timer, check_told(slot->check, answer, clock_now()));
}

static void vantage_lost(void *context, enum vantage at, int error)
{
    struct slot *slot = context;
    uint64_t now_us = clock_now();

    tap_leave(slot->at[at]);
    slot->at[at] = NULL;
    if (slot->finished)
        return;
    check_lost_vantage(slot->check, at, error, now_us);
    loop_arm(slot->means->loop, &slot->timer, now_us);
}

/* ---- what the check wants: each answers it, and is true if the check may go on ---- */

static const struct host_facts *read_facts(struct slot *slot, uint64_t not_before_us)
{
    const struct host_facts *facts;
    int error = facts_cache_get(slot->space->facts, not_before_us, &facts);

    if (error == 0)
        return facts;
    slot->means->failed(slot->means->context, EXIT_OS,
                        text_format("reading the host's interfaces: %s", strerror(-error)));
    return NULL;
}

static bool give_facts(struct slot *slot, uint64_t not_before_us)
{
    const struct host_facts *facts = read_facts(slot, not_before_us);

    if (facts == NULL)
        return false;
    check_facts(slot->check, facts, clock_now());
    facts_put(slot->facts);
    slot->facts = facts;
    return true;
}

static bool give_glance(struct slot *slot, uint64_t not_before_us)
{
    const struct host_facts *facts = read_facts(slot, not_before_us);

    if (facts == NULL)
        return false;
    check_glance(slot->check, facts, clock_now());
    facts_put(facts);
    return true;
}

/* Looks anew if that is due, but not while another look is under way, unless it must: of a thousand taps that
 * come up together, not each is worth one. True if a look that is not too old has begun. */
static bool look_at_vms(struct slot_means *means, const struct check_need *need)
{
    bool old = means->vms_read_us < need->time_us;

    if (old && need->haste != VM_NOW && !vms_ready(means->vms))
        return false;
    if (old) {
        means->vms_read_us = clock_now();
        vms_restart(means->vms);
    }
    return true;
}

static bool give_vm(struct slot *slot, const struct check_need *need)
{
    struct slot_means *means = slot->means;
    bool known = look_at_vms(means, need);

    known &= need->haste == VM_NOW || (need->haste == VM_IF_KNOWN && vms_ready(means->vms));
    if (known)
        vms_describe(means->vms, slot->target);
    check_vm(slot->check, known, clock_now());
    return true;
}

/* One of its families is enough: of the other one it is said when it is to be sent. */
static bool give_stack(struct slot *slot)
{
    slot->of_stack = (struct tap_user){.context = slot, .frame = frame_came};
    slot->stack_lost = stack_lost(slot->space->stack);
    check_vantage(slot->check, AT_HOST, stack_error(slot->space->stack), clock_now());
    return true;
}

static bool give_vantage(struct slot *slot, const struct check_need *need)
{
    const struct tap_user user = {slot, need->hears_out, frame_came, vantage_lost};
    struct tap **tap = &slot->at[need->at];
    int error = 0;

    if (*tap != NULL && tap_ifindex(*tap) != need->ifindex) {
        tap_leave(*tap);
        *tap = NULL;
    }
    free(slot->failure);
    slot->failure = NULL;
    if (*tap == NULL)
        error = taps_join(slot->space->taps, need->at, need->ifindex, need->interface, &user, tap,
                          &slot->failure);
    if (error == -EPERM) {
        slot->means->failed(slot->means->context, EXIT_NO_PERMISSION, slot->failure);
        slot->failure = NULL;
        return false;
    }
    if (error < 0 && slot->failure == NULL)
        slot->failure = text_format("%s: %s", need->interface, strerror(-error));
    check_vantage(slot->check, need->at, error, clock_now());
    return true;
}

static bool give_losses(struct slot *slot)
{
    struct check_losses losses = {0};

    tap_losses(slot->at[AT_TAP], &losses.captured, &losses.passed_over);
    if (slot->of_stack.context != NULL) {
        uint64_t stack = stack_lost(slot->space->stack);
        losses.replies = stack - slot->stack_lost;
        slot->stack_lost = stack;
    }
    check_losses(slot->check, &losses, clock_now());
    return true;
}

static bool finish(struct slot *slot, bool waits_for_qemu)
{
    loop_disarm(slot->means->loop, &slot->timer);
    traces_leave(slot->space->traces, &slot->of_traces);
    slot->finished = true;
    slot->waits_for_qemu = waits_for_qemu;
    slot->means->finished(slot->means->context, slot);
    return false;
}

/* Its socket may be slow or busy. */
static bool give_qemu(struct slot *slot)
{
    uint64_t now_us = clock_now();

    if (slot->means->alone)
        vms_ask(slot->means->vms, slot->target, now_us + UINT64_C(1000) * QMP_TIMEOUT_MS);
    check_qemu(slot->check, slot->means->alone ? NULL : "others would have to wait", clock_now());
    return true;
}

static bool wait_until(struct slot *slot, uint64_t time_us)
{
    loop_arm(slot->means->loop, &slot->timer, time_us);
    return false;
}

static bool fail(struct slot *slot)
{
    slot->means->failed(slot->means->context, EXIT_OS, slot->failure);
    slot->failure = NULL;
    return false;
}

static bool serve(struct slot *slot, const struct check_need *need)
{
    switch (need->kind) {
    case CHECK_WAITS:
        return wait_until(slot, need->time_us);
    case CHECK_WANTS_FACTS:
        return give_facts(slot, need->time_us);
    case CHECK_WANTS_GLANCE:
        return give_glance(slot, need->time_us);
    case CHECK_WANTS_VM:
        return give_vm(slot, need);
    case CHECK_WANTS_VANTAGE:
        return need->at == AT_HOST ? give_stack(slot) : give_vantage(slot, need);
    case CHECK_WANTS_LOSSES:
        return give_losses(slot);
    case CHECK_WANTS_QEMU:
        return need->haste == VM_LATER ? finish(slot, true) : give_qemu(slot);
    case CHECK_FAILED:
        return fail(slot);
    case CHECK_DONE:
        break;
    }
    return finish(slot, false);
}

static void go_on(void *context)
{
    struct slot *slot = context;
    struct check_need need;

    do {
        need = check_next(slot->check, clock_now());
    } while (serve(slot, &need));
}

/* ---- from outside ---- */

void slot_begin(struct slot *slot)
{
    struct slot_means *means = slot->means;
    struct check_means lent = {.context = slot,
                               .builder = means->builder,
                               .tag_searches_left = &means->tag_searches_left,
                               .send = send_frame,
                               .random = random_bits,
                               .route = route_to,
                               .route_in = route_in,
                               .neighbour_was_refused = neighbour_was_refused,
                               .trace = trace_echo,
                               .hears_questions = slot->space->hears_questions,
                               .tell = means->options->debug ? print_news : NULL};

    slot->begun_us = clock_now();
    slot->of_traces = (struct trace_user){.context = slot, .told = kernel_told};
    slot->timer = (struct timer){.fired = go_on, .context = slot};
    slot->check = check_new(&lent, means->options, slot->target, slot->begun_us);
    go_on(slot);
}

void slot_interrupt(struct slot *slot)
{
    check_interrupt(slot->check, clock_now());
    go_on(slot);
}

void slot_ask_qemu(struct slot *slot, uint64_t until_us, bool interrupted)
{
    const char *why_not = interrupted ? "interrupted" : "others took the time";

    if (!slot->waits_for_qemu)
        return;
    if (!interrupted && clock_now() < until_us) {
        vms_ask(slot->means->vms, slot->target, until_us);
        why_not = NULL;
    }
    check_qemu(slot->check, why_not, clock_now());
}

void slot_close(struct slot *slot)
{
    for (enum vantage at = AT_TAP; at < VANTAGE_COUNT; at++)
        tap_leave(slot->at[at]);
    traces_leave(slot->space->traces, &slot->of_traces);
    check_free(slot->check);
    facts_put(slot->facts);
    free(slot->failure);
}

/* A check in the world of fake_world.h, from start to verdict, and what came of it. */
#ifndef VMNETCHECK_FAKE_SESSION_H
#define VMNETCHECK_FAKE_SESSION_H

#include "fake_link.h"
#include "findings_text.h"
#include "report.h"

#include <errno.h>

/* ---- what the guest sends, before it is captured ---- */

static inline unsigned ethertype_of(const struct writer *w)
{
    return (unsigned)(w->bytes[12] << 8 | w->bytes[13]);
}

static inline bool is_echo_reply(const struct writer *w)
{
    return (ethertype_of(w) == 0x0800 && w->bytes[34] == 0) ||
           (ethertype_of(w) == 0x86dd && w->bytes[54] == 129);
}

/* ---- from start to verdict: what the program does for a check, in virtual time ---- */

static inline void world_judged(void *context, const struct observations *seen)
{
    struct world *world = context;

    observations_free(&world->seen);
    for (size_t i = 0; i < seen->count; i++)
        observation_add(&world->seen, &seen->items[i]);
    world->seen.foreign = seen->foreign;
    world->seen.malformed = seen->malformed;
    assert_true(seen->count <= OBSERVATIONS_MAX);
}

enum { TRACE_TAKES_US = 20000 };

static inline void trace_begins(struct world *world, const struct event *event)
{
    (void)event;
    if (world->trace.lets_through)
        world->stack.replies |= VANTAGE_BIT(AT_HOST);
    check_told(world->check, &world->trace.begins, world->now_us);
}

static inline void trace_ends(struct world *world, const struct event *event)
{
    (void)event;
    check_told(world->check, &world->trace.ends, world->now_us);
}

static inline int world_trace(void *context, const struct trace_question *question)
{
    struct world *world = context;
    struct fake_trace *trace = &world->trace;

    if (!trace->is_there)
        return -EPERM;
    if (question != NULL && trace->busy > 0) {
        trace->busy--;
        return -EAGAIN;
    }
    if (question != NULL)
        trace->question = *question;
    *(question != NULL ? &trace->watches : &trace->asks) += 1;
    if (!trace->is_dumb)
        world_at(world, world->now_us + TRACE_TAKES_US, question != NULL ? trace_begins : trace_ends);
    return 0;
}

static inline void world_start(struct world *world)
{
    the_world = world;
    world->builder = builder_open();
    assert_non_null(world->builder);
    world->check = check_new(&(struct check_means){.context = world,
                                                   .builder = world->builder,
                                                   .tag_searches_left = world->tag_searches_left,
                                                   .send = fake_send,
                                                   .random = world_random,
                                                   .route = world_route,
                                                   .route_in = world_route_in,
                                                   .neighbour_was_refused = world_neighbour_was_refused,
                                                   .trace = world_trace,
                                                   .hears_questions = world->questions.are_heard,
                                                   .judged = world_judged},
                             &world->options, &world->target, world->now_us);
}

/* The next event, or that the time has come. */
static inline void world_passes(struct world *world, uint64_t until_us)
{
    struct event *next = next_event(world);

    if (until_us < world->now_us)
        fail_msg("at %llu the check is due at %llu", (unsigned long long)world->now_us,
                 (unsigned long long)until_us);
    if (next == NULL || next->due_us > until_us) {
        world->now_us = until_us;
        return;
    }
    struct event event;
    event_copy(&event, next);
    event_copy(next, &world->events[--world->event_count]);
    if (event.due_us > world->now_us)
        world->now_us = event.due_us;
    event.happen(world, &event);
}

static inline void world_opens(struct world *world, const struct check_need *need)
{
    bool fails = need->at == AT_HOST ? !world->stack.is_there
                                     : need->at == AT_BRIDGE && world->bridge_cannot_be_opened;

    if (need->at != AT_HOST)
        assert_string_equal(need->interface, need->at == AT_TAP ? "tap0" : "br0");
    check_vantage(world->check, need->at, fails ? -EIO : 0, world->now_us);
}

static inline void world_conclude(struct world *world)
{
    world->is_done = true;
    world->ended_us = world->now_us - WORLD_START_US;
    check_take_verdict(world->check, &world->verdict);
}

/* Does one thing that the check asks for; false when it is done. */
static inline bool world_step(struct world *world)
{
    struct check_need need = check_next(world->check, world->now_us);

    switch (need.kind) {
    case CHECK_WAITS:
        world_passes(world, need.time_us);
        break;
    case CHECK_WANTS_FACTS:
        check_facts(world->check, &world->facts, world->now_us);
        break;
    case CHECK_WANTS_GLANCE:
        check_glance(world->check, world->later != NULL ? world->later : &world->facts, world->now_us);
        break;
    case CHECK_WANTS_VM:
        check_vm(world->check, need.haste != VM_LATER, world->now_us);
        break;
    case CHECK_WANTS_VANTAGE:
        world_opens(world, &need);
        break;
    case CHECK_WANTS_LOSSES:
        check_losses(world->check,
                     &(struct check_losses){.captured = world->lost, .passed_over = world->passed_over},
                     world->now_us);
        break;
    case CHECK_WANTS_QEMU:
        check_qemu(world->check, "there is none here", world->now_us);
        break;
    case CHECK_FAILED:
        fail_msg("the check failed");
        break;
    case CHECK_DONE:
        world_conclude(world);
        return false;
    }
    return true;
}

static inline void world_run(struct world *world)
{
    world_start(world);
    for (unsigned steps = 0; world_step(world); steps++)
        assert_true(steps < 5000000);
}

static inline void world_end(struct world *world)
{
    verdict_free(&world->verdict);
    observations_free(&world->seen);
    check_free(world->check);
    builder_close(world->builder);
}

/* ---- what came of it ---- */

static inline void print_seen(const struct world *world)
{
    for (size_t i = 0; i < world->seen.count; i++) {
        const struct observation *seen = &world->seen.items[i];
        char *text = observation_text(seen);
        print_error("%9.3f ms  %s\n", ((double)seen->time_us - (double)WORLD_START_US) / 1e3, text);
        free(text);
    }
}

static inline void assert_outcome(const struct world *world, int exit_status, const char *findings)
{
    if (strcmp(findings_text(&world->verdict), findings) != 0 ||
        report_verdict_status(&world->verdict) != exit_status)
        print_seen(world);
    assert_string_equal(findings_text(&world->verdict), findings);
    assert_int_equal(report_verdict_status(&world->verdict), exit_status);
}

static inline const struct check_result *check_named(const struct world *world, const char *name,
                                                     const char *address)
{
    for (size_t i = 0; i < world->verdict.check_count; i++)
        if (strcmp(world->verdict.checks[i].name, name) == 0 &&
            ip_equal(world->verdict.checks[i].address, ip(address)))
            return &world->verdict.checks[i];
    fail_msg("no check %s of %s", name, address);
    return NULL;
}

static inline unsigned count_sent(const struct world *world, enum frame_kind kind)
{
    unsigned count = 0;
    for (size_t i = 0; i < world->sent_count; i++)
        count += world->sent[i].frame.kind == kind;
    return count;
}

static inline bool is_checked_address(const struct world *world, const char *address,
                                      enum address_origin origin)
{
    for (size_t i = 0; i < world->target.address_count; i++)
        if (ip_equal(world->target.addresses[i].address, ip(address)))
            return world->target.addresses[i].origin == origin;
    return false;
}

#endif

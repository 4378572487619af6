/* A session in the world of fake_world.h, from start to verdict, and what came of it. */
#ifndef VMNETCHECK_FAKE_SESSION_H
#define VMNETCHECK_FAKE_SESSION_H

#include "fake_link.h"
#include "findings_text.h"
#include "report.h"

/* ---- from start to verdict ---- */

static inline void world_start(struct world *world)
{
    the_world = world;
    world->link = link_new(&FAKE_LINK, world);
    world->builder = builder_open();
    assert_non_null(world->builder);
    world->session = session_start(
        &(struct session_setup){
            .options = &world->options,
            .facts = &world->facts,
            .target = &world->target,
            .link = world->link,
            .builder = world->builder,
            .patience_until_us = world->patience_us ? WORLD_START_US + world->patience_us : 0,
            .random = world_random,
            .route = world_route,
        },
        world->now_us);
}

/* Lets one thing happen; false when the session is done. */
static inline bool world_step(struct world *world)
{
    if (session_done(world->session))
        return false;
    uint64_t due_us = session_due(world->session);
    struct event *next = next_event(world);
    if (due_us < world->now_us)
        fail_msg("at %llu the session is due at %llu", (unsigned long long)world->now_us,
                 (unsigned long long)due_us);
    if (next == NULL || next->due_us > due_us) {
        world->now_us = due_us;
        session_timer(world->session, due_us);
        return true;
    }
    struct event event = *next;
    *next = world->events[--world->event_count];
    if (event.due_us > world->now_us)
        world->now_us = event.due_us;
    event.happen(world, &event);
    return true;
}

static inline void world_conclude(struct world *world)
{
    world->ended_us = world->now_us - WORLD_START_US;
    world->seen = session_finish(world->session, world->now_us);
    assert_true(world->seen->count <= OBSERVATIONS_MAX);
    verdict_evaluate(&(struct verdict_input){&world->facts, &world->target, &world->options, world->seen,
                                             scope_of_check(&world->target)},
                     &world->verdict);
}

static inline void world_run(struct world *world)
{
    world_start(world);
    do {
        verdict_free(&world->verdict);
        for (unsigned steps = 0; world_step(world); steps++)
            assert_true(steps < 5000000);
        world_conclude(world);
    } while (session_diagnose(world->session, &world->verdict, world->now_us));
}

static inline void world_end(struct world *world)
{
    verdict_free(&world->verdict);
    session_free(world->session);
    link_close(world->link);
    builder_close(world->builder);
    free(world->events);
    free(world->sent);
}

/* ---- what came of it ---- */

static inline void assert_outcome(const struct world *world, int exit_status, const char *findings)
{
    assert_string_equal(findings_text(&world->verdict), findings);
    assert_int_equal(verdict_exit_status(&world->verdict), exit_status);
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

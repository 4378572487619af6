/* The event loop: timers in their order, descriptors, signals. */
#include "loop.h"
#include "clock.h"

#include "unit.h"

#include <signal.h>
#include <unistd.h>

enum { TIMERS = 500 };

struct world {
    struct loop *loop;
    struct timer timers[TIMERS];
    struct timer *of[TIMERS]; /* which one a context is about */
    unsigned fired_count, wanted;
    uint64_t last_due_us;
};

static struct world world;

static unsigned random_state;

static unsigned chance(unsigned limit)
{
    return (unsigned)rand_r(&random_state) % limit;
}

static void open_world(void)
{
    world = (struct world){0};
    random_state = 7;
    assert_int_equal(loop_open(&world.loop), 0);
}

static void fired(void *context)
{
    struct timer *timer = context;
    assert_int_equal(timer->place, 0);
    assert_true(timer->due_us >= world.last_due_us);
    assert_true(clock_now() >= timer->due_us); /* never early */
    world.last_due_us = timer->due_us;
    if (++world.fired_count == world.wanted)
        loop_stop(world.loop);
}

/* Armed in any order, some anew, some disarmed: the others fire in the order of their time, each once. */
static void test_timers_fire_in_order(void **state)
{
    (void)state;
    open_world();
    uint64_t start_us = clock_now();
    for (unsigned i = 0; i < TIMERS; i++)
        world.timers[i] = (struct timer){.fired = fired, .context = &world.timers[i]};
    for (unsigned i = 0; i < 5 * TIMERS; i++) {
        struct timer *timer = &world.timers[chance(TIMERS)];
        if (chance(3) == 0)
            loop_disarm(world.loop, timer);
        else
            loop_arm(world.loop, timer, start_us + chance(20000));
    }
    for (unsigned i = 0; i < TIMERS; i++)
        world.wanted += world.timers[i].place != 0;
    assert_true(world.wanted > 100);
    assert_int_equal(loop_run(world.loop), 0);
    assert_int_equal(world.fired_count, world.wanted);
    for (unsigned i = 0; i < TIMERS; i++)
        assert_int_equal(world.timers[i].place, 0);
    loop_close(world.loop);
}

static void disarms_all_others(void *context)
{
    (void)context;
    for (unsigned i = 1; i < 10; i++)
        loop_disarm(world.loop, &world.timers[i]);
    loop_disarm(world.loop, &world.timers[0]); /* not armed: fine */
    world.fired_count++;
    loop_arm(world.loop, &world.timers[10], clock_now() + 1000);
}

static void must_not_fire(void *context)
{
    (void)context;
    fail_msg("a disarmed timer fired");
}

static void test_timer_disarmed_by_another(void **state)
{
    (void)state;
    open_world();
    uint64_t due_us = clock_now();
    world.timers[0] = (struct timer){.fired = disarms_all_others};
    for (unsigned i = 1; i < 10; i++)
        world.timers[i] = (struct timer){.fired = must_not_fire};
    world.timers[10] = (struct timer){.fired = fired, .context = &world.timers[10]};
    world.wanted = 2;
    for (unsigned i = 0; i < 10; i++)
        loop_arm(world.loop, &world.timers[i], due_us + i);
    assert_int_equal(loop_run(world.loop), 0);
    assert_int_equal(world.fired_count, 2);
    loop_close(world.loop);
}

/* What is long past, and even time 0, fires at once. */
static void test_timer_in_the_past(void **state)
{
    static const uint64_t dues_us[] = {0, 1, 1000};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        open_world();
        world.timers[0] = (struct timer){.fired = fired, .context = &world.timers[0]};
        world.wanted = 1;
        loop_arm(world.loop, &world.timers[0], dues_us[i]);
        alarm(5); /* rather than to hang for ever */
        assert_int_equal(loop_run(world.loop), 0);
        alarm(0);
        assert_int_equal(world.fired_count, 1);
        loop_close(world.loop);
    }
}

static void stops(void *context)
{
    (void)context;
    loop_stop(world.loop);
}

/* Stopped with timers still armed, and run again. */
static void test_run_again(void **state)
{
    (void)state;
    open_world();
    uint64_t now_us = clock_now();
    world.timers[0] = (struct timer){.fired = stops};
    world.timers[1] = (struct timer){.fired = fired, .context = &world.timers[1]};
    world.wanted = 1;
    loop_arm(world.loop, &world.timers[0], now_us);
    loop_arm(world.loop, &world.timers[1], now_us + 2000);
    assert_int_equal(loop_run(world.loop), 0);
    assert_int_equal(world.fired_count, 0);
    assert_int_equal(loop_run(world.loop), 0);
    assert_int_equal(world.fired_count, 1);
    loop_close(world.loop);
}

/* ---- descriptors ---- */

static int pipes[2][2];

static void reads_and_unwatches_both(void *context)
{
    (void)context;
    world.fired_count++;
    for (unsigned i = 0; i < 2; i++)
        loop_unwatch(world.loop, pipes[i][0]);
    world.timers[0] = (struct timer){.fired = stops};
    loop_arm(world.loop, &world.timers[0], clock_now() + 2000);
}

/* Both are readable at once; the first that is called unwatches both. */
static void test_unwatched_while_events_wait(void **state)
{
    (void)state;
    open_world();
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(pipe(pipes[i]), 0);
        assert_int_equal(write(pipes[i][1], "x", 1), 1);
        assert_int_equal(loop_watch(world.loop, pipes[i][0], reads_and_unwatches_both, NULL), 0);
    }
    assert_int_equal(loop_run(world.loop), 0);
    assert_int_equal(world.fired_count, 1);
    for (unsigned i = 0; i < 2; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
    loop_close(world.loop);
}

static unsigned rewatched;

static void watches_again(void *context)
{
    (void)context;
    loop_unwatch(world.loop, pipes[0][0]);
    if (++rewatched < 1000)
        assert_int_equal(loop_watch(world.loop, pipes[0][0], watches_again, NULL), 0);
    else
        loop_stop(world.loop);
}

static void test_watched_again_and_again(void **state)
{
    (void)state;
    open_world();
    rewatched = 0;
    assert_int_equal(pipe(pipes[0]), 0);
    assert_int_equal(write(pipes[0][1], "x", 1), 1);
    assert_int_equal(loop_watch(world.loop, pipes[0][0], watches_again, NULL), 0);
    assert_int_equal(loop_run(world.loop), 0);
    assert_int_equal(rewatched, 1000);
    close(pipes[0][0]);
    close(pipes[0][1]);
    loop_close(world.loop);
}

static void test_wrong_descriptor(void **state)
{
    (void)state;
    open_world();
    assert_true(loop_watch(world.loop, -1, stops, NULL) < 0);
    loop_unwatch(world.loop, 12345); /* not watched: fine */
    loop_close(world.loop);
    loop_close(NULL);
}

/* ---- signals ---- */

static void interrupted(void *context)
{
    assert_ptr_equal(context, &world);
    world.fired_count++;
    loop_stop(world.loop);
}

static void test_interrupt(void **state)
{
    static const int signals[] = {SIGINT, SIGTERM};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        open_world();
        loop_on_interrupt(world.loop, interrupted, &world);
        raise(signals[i]);
        assert_int_equal(loop_run(world.loop), 0);
        assert_int_equal(world.fired_count, 1);
        loop_close(world.loop);
    }
}

static void test_clock_goes_forward(void **state)
{
    (void)state;
    uint64_t last_us = clock_now();
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t now_us = clock_now();
        assert_true(now_us >= last_us);
        last_us = now_us;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_fire_in_order),
        cmocka_unit_test(test_timer_disarmed_by_another),
        cmocka_unit_test(test_timer_in_the_past),
        cmocka_unit_test(test_run_again),
        cmocka_unit_test(test_unwatched_while_events_wait),
        cmocka_unit_test(test_watched_again_and_again),
        cmocka_unit_test(test_wrong_descriptor),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_clock_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Guests that take one frame after the other: what we send waits in their queue. */
#include "fake_session.h"

/* What the sweep asked of a guest that takes one frame after the other delays its answers by seconds. */
static void test_sweep(void **state)
{
    static const char *const addresses[][2] = {
        {GUEST_4, GUEST_LL}, {"10.9.0.201", GUEST_LL}, {GUEST_4, NULL}, {"10.9.0.20", NULL}};
    (void)state;
    for (uint64_t pace_us = 1 * MS; pace_us <= 15 * MS; pace_us += MS)
        for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
            struct world w;
            world_tap(&w);
            w.guest.address_count = 0;
            w.guest.pace_us = pace_us;
            for (size_t j = 0; j < 2 && addresses[i][j] != NULL; j++)
                add_guest_address(&w, addresses[i][j]);
            world_run(&w);
            assert_outcome(&w, EXIT_HEALTHY, "");
            assert_true(w.sent_count < 600); /* two sweeps at most, no search for tags */
            world_end(&w);
        }
}

/* Some cards have room for few frames, and not all recover from more. */
static void test_little_room(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    w.guest.pace_us = MS / 2;
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_true(w.guest.waiting_us <= 30 * w.guest.pace_us);
    world_end(&w);
}

/* Who is heard and answers nothing is not taken for slow for ever. */
static void test_deaf(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    w.guest.deaf = true;
    guest_announces(&w, MS, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_L2, "arp-no-reply");
    assert_true(w.ended_us < 8000 * MS);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_little_room),
        cmocka_unit_test(test_deaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

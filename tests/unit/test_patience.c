/* Who gets no processor is starved, who asks for none is stuck. */
#include "patience.h"

#include "unit.h"

enum { LIMIT = 700000 };

static void test_left(void **state)
{
    static const struct {
        struct processor_time time;
        uint64_t since_us, left_us;
    } cases[] = {
        {{false, 0, 0}, 0, LIMIT},
        {{false, 5000, 0}, 300000, 400000},
        {{false, 5000, 0}, LIMIT - 1, 1},
        {{false, 5000, 0}, LIMIT, 0}, /* it sleeps: stuck */
        {{false, 0, 0}, 5000000, 0},
        {{false, 5000, 4900000}, 5000000, 600000}, /* it was starved, and slept for a moment */
        {{false, 5000, 4200000}, 5000000, 0},      /* starved first, then stuck */
        {{true, 5000, 100000}, 5000000, 695000},   /* it waits for a processor now: nobody knows how long */
        {{true, 0, 0}, 5000000, LIMIT},
        {{true, LIMIT, 4000000}, 5000000, 0},  /* it computed all the time it was given */
        {{false, 0, 6000000}, 5000000, LIMIT}, /* clocks need not agree */
        {{true, UINT64_MAX, UINT64_MAX}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(patience_left(&cases[i].time, cases[i].since_us, LIMIT), cases[i].left_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Questions and answers, counted alike for a check and for a recording. */
#include "tally.h"

#include "unit.h"

static void test_outcome(void **state)
{
    struct tally tally = {.sent = 3, .duplicates = 2, .bad_checksums = 1};
    struct check_observation outcome = {.concluded = true};

    (void)state;
    tally_outcome(&tally, &outcome);
    assert_int_equal(outcome.received, 0);
    assert_int_equal(outcome.rtt_avg_us, 0);
    tally_answer(&tally, 30);
    tally_answer(&tally, 0); /* answered within a microsecond is answered */
    tally_outcome(&tally, &outcome);
    assert_int_equal(outcome.sent, 3);
    assert_int_equal(outcome.received, 2);
    assert_int_equal(outcome.duplicates, 2);
    assert_int_equal(outcome.bad_checksums, 1);
    assert_int_equal(outcome.rtt_min_us, 0);
    assert_int_equal(outcome.rtt_avg_us, 15);
    assert_int_equal(outcome.rtt_max_us, 30);
    assert_true(outcome.concluded); /* it does not know that */
}

/* What was never answered has no round trip that could be the shortest. */
static void test_add(void **state)
{
    struct tally sum = {0}, answered = {.sent = 1}, silent = {.sent = 4};

    (void)state;
    tally_answer(&answered, 70);
    tally_add(&sum, &silent);
    tally_add(&sum, &answered);
    tally_add(&sum, &silent);
    assert_int_equal(sum.sent, 9);
    assert_int_equal(sum.received, 1);
    assert_int_equal(sum.rtt_min_us, 70);
    assert_int_equal(sum.rtt_max_us, 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome),
        cmocka_unit_test(test_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

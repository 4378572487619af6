/* The time line of a report: what the log says of questions that are in it, from the first of them on. */
#include "scene.h"

static struct observation reply_of(const char *address, unsigned copy, uint64_t time_us, uint64_t rtt_us)
{
    struct observation seen = {.kind = OBSERVED_REPLY, .time_us = time_us};

    assert_true(ip_parse(address, &seen.address));
    seen.reply =
        (struct reply_observation){.probe = PROBE_ICMP, .sequence = 1, .copy = copy, .rtt_us = rtt_us};
    return seen;
}

static void test_moments(void **state)
{
    struct scene s;
    (void)state;

    scene_start(&s);
    check_in(&s, PROBE_ICMP, SCENE_4)->received = 2;
    check_in(&s, PROBE_ICMP, SCENE_4)->lost_us = 5000400;
    see(&s, reply_of(SCENE_4, 0, 5000500, 500));
    see(&s, reply_of(SCENE_4, 1, 5000600, 600));
    see(&s, reply_of("10.9.0.77", 0, 5000001, 1)); /* which was not checked */
    scene_judge(&s);
    const struct moment_result *moments = s.verdict.moments;
    unsigned losses = 0;
    assert_int_equal(s.verdict.moment_count, 3);
    for (size_t i = 0; i < s.verdict.moment_count; i++) {
        static const uint64_t times_us[] = {[MOMENT_ANSWER] = 500, [MOMENT_COPY] = 600, [MOMENT_LOSS] = 400};
        assert_string_equal(moments[i].name, "icmp");
        assert_int_equal(moments[i].time_us, times_us[moments[i].kind]);
        assert_int_equal(moments[i].rtt_us, moments[i].kind == MOMENT_ANSWER ? 500 : 0);
        losses += moments[i].kind == MOMENT_LOSS ? moments[i].count : 0;
    }
    assert_int_equal(losses, 1);
    scene_end(&s);
}

/* Of a flood only the beginning is kept. */
static void test_many_moments(void **state)
{
    struct scene s;
    (void)state;

    scene_start(&s);
    for (unsigned i = 1; i < 5000; i++)
        see(&s, reply_of(SCENE_4, i, 5000000 + i, 0));
    scene_judge(&s);
    assert_in_range(s.verdict.moment_count, 1, 512);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_many_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

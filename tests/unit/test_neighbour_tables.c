/* What the kernel says of its tables of neighbours. */
#include "facts.h"
#include "frames.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The kernel describes a table again in each part of an answer that many interfaces make long. */
static void test_neighbours_refused(void **state)
{
    struct neighbours_refused before, with_many, after;
    (void)state;
    assert_int_equal(host_neighbours_refused(&before), 0);
    assert_int_equal(
        system("for i in $(seq 60); do echo link add many$i group 7 type bridge; done | ip -batch -"), 0);
    assert_int_equal(host_neighbours_refused(&with_many), 0);
    assert_int_equal(system("ip link delete group 7"), 0);
    assert_int_equal(host_neighbours_refused(&after), 0);
    assert_true(before.ipv6 <= with_many.ipv6 && with_many.ipv6 <= after.ipv6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_neighbours_refused)};

    if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
        fputs("skipped: needs root, for a network namespace of its own\n", stderr);
        return EXIT_SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Facts are read once for all who want them at about the same time, and anew for others. */
#include "facts_cache.h"
#include "clock.h"
#include "facts.h"

#include "unit.h"

#include <errno.h>
#include <time.h>

static unsigned reads;
static int result;

/* Takes 10 ms, so that what it read is good enough for 200. */
static int read_slowly(int netns, struct host_facts *ret)
{
    static const struct timespec while_busy = {.tv_nsec = 10000000};

    reads++;
    (void)netns;
    *ret = (struct host_facts){0};
    nanosleep(&while_busy, NULL);
    return result;
}

static void get(struct facts_cache *cache, uint64_t not_before_us, unsigned expected_reads)
{
    const struct host_facts *facts;

    assert_int_equal(facts_cache_get(cache, not_before_us, &facts), 0);
    assert_int_equal(reads, expected_reads);
    facts_put(facts);
}

static void test_when_they_are_read(void **state)
{
    (void)state;
    struct facts_cache *cache = facts_cache_new(0, read_slowly);

    reads = 0;
    get(cache, 0, 1);
    get(cache, 0, 1);
    get(cache, clock_now(), 2);
    facts_cache_forget(cache);
    get(cache, 0, 3);
    facts_cache_forget(cache);
    facts_cache_forget(cache);
    facts_cache_free(cache);
}

static void test_failure(void **state)
{
    (void)state;
    struct facts_cache *cache = facts_cache_new(0, read_slowly);
    const struct host_facts *facts;

    reads = 0;
    result = -EMFILE;
    assert_int_equal(facts_cache_get(cache, 0, &facts), -EMFILE);
    result = 0;
    get(cache, 0, 2);
    facts_cache_free(cache);
}

static void test_put_after_the_end(void **state)
{
    (void)state;
    struct facts_cache *cache = facts_cache_new(0, read_slowly);
    const struct host_facts *facts;

    assert_int_equal(facts_cache_get(cache, 0, &facts), 0);
    facts_cache_free(cache);
    assert_int_equal(facts->link_count, 0);
    facts_put(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when_they_are_read),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_put_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who gets the frames of which interface. */
#include "receivers.h"

#include "unit.h"

/* Only their addresses count. */
static char places[8];

static struct tap *tap_at(size_t i)
{
    return (struct tap *)&places[i];
}

static void check(const struct receivers *receivers, int ifindex, const char *expected)
{
    char seen[16] = "";

    for (size_t i = receivers_first(receivers, ifindex);
         i < receivers->count && receivers->items[i].ifindex == ifindex; i++)
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%d",
                 (int)((char *)receivers->items[i].tap - places));
    /* in any order */
    assert_int_equal(strlen(seen), strlen(expected));
    for (const char *c = expected; *c != '\0'; c++)
        assert_non_null(strchr(seen, *c));
}

static void test_some(void **state)
{
    struct receivers receivers = {0};
    static const int ifindexes[] = {30, 10, 20, 10, 40, 20, 10};
    (void)state;

    check(&receivers, 10, "");
    for (size_t i = 0; i < 7; i++)
        receivers_add(&receivers, ifindexes[i], tap_at(i));
    check(&receivers, 10, "136");
    check(&receivers, 20, "25");
    check(&receivers, 30, "0");
    check(&receivers, 40, "4");
    check(&receivers, 5, "");
    check(&receivers, 25, "");
    check(&receivers, 50, "");

    receivers_remove(&receivers, 10, tap_at(3));
    receivers_remove(&receivers, 10, tap_at(2)); /* is not there */
    receivers_remove(&receivers, 50, tap_at(2));
    check(&receivers, 10, "16");
    check(&receivers, 20, "25");
    receivers_free(&receivers);
    check(&receivers, 10, "");
}

static void test_many(void **state)
{
    enum { MANY = 5000 };
    struct receivers receivers = {0};
    (void)state;

    for (int i = 0; i < MANY; i++)
        receivers_add(&receivers, i * 7919 % MANY, tap_at(0));
    assert_int_equal(receivers.count, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(receivers.items[i].ifindex, i);
    for (int i = 0; i < MANY; i += 2)
        receivers_remove(&receivers, i, tap_at(0));
    for (int i = 0; i < MANY; i++)
        check(&receivers, i, i % 2 ? "0" : "");
    receivers_free(&receivers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_some),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Network namespaces: which is which, what their interfaces are called, where a tap is. */
#include "holders.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static const struct netns_id NOWHERE = {0}, HERE = {1, 2}, THERE = {1, 3};

/* The kernel's word on where a tap is counts more than where its holder lives. */
static void test_where(void **state)
{
    struct held_tap tap = {.netns = NOWHERE};

    (void)state;
    assert_int_equal(holders_tap_where(&tap, HERE, HERE), HELD_PROBABLY_HERE);
    assert_int_equal(holders_tap_where(&tap, NOWHERE, HERE), HELD_PROBABLY_HERE);
    assert_int_equal(holders_tap_where(&tap, THERE, HERE), HELD_ELSEWHERE);
    tap.netns = HERE;
    assert_int_equal(holders_tap_where(&tap, THERE, HERE), HELD_HERE);
    tap.netns = THERE;
    assert_int_equal(holders_tap_where(&tap, HERE, HERE), HELD_ELSEWHERE);
}

/* What is not known is not the same as anything. */
static void test_equal(void **state)
{
    (void)state;
    assert_true(netns_equal(HERE, HERE));
    assert_false(netns_equal(HERE, THERE));
    assert_false(netns_equal(HERE, (struct netns_id){2, 2}));
    assert_false(netns_equal(NOWHERE, NOWHERE));
    assert_false(netns_is_known(NOWHERE));
}

static void assert_place(const struct netns *netns, const char *expected)
{
    char *place = netns_place(netns, "tap0");

    assert_string_equal(place, expected);
    free(place);
}

static void test_place(void **state)
{
    char red[] = "red";

    (void)state;
    assert_place(&(struct netns){.name = red, .elsewhere = true}, "red/tap0");
    assert_place(&(struct netns){.name = red}, "tap0");
    assert_place(&(struct netns){.elsewhere = true}, "tap0");
}

static void test_names(void **state)
{
    static const char *const good[] = {"red", "4711", "cni-0a1b", "a b"};
    static const char *const bad[] = {"", ".", "..", "../red", "a/b", "/run/netns/red"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(netns_is_name(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(netns_is_name(bad[i]));
}

/* Ours is one, by the number of this process, too; what is none is not opened. */
static void test_open(void **state)
{
    struct netns own, by_number, none;
    struct netns_list list = {0};
    char *number = text_format("%ld", (long)getpid());

    (void)state;
    assert_int_equal(netns_open_own(&own), 0);
    assert_int_equal(netns_open(number, &by_number), 0);
    assert_true(netns_equal(own.id, by_number.id));
    assert_string_equal(by_number.name, own.name != NULL ? own.name : number);
    assert_int_equal(netns_open("0", &none), -ENOENT);
    assert_int_equal(netns_open("no-such-name", &none), -ENOENT);
    assert_int_equal(netns_open("99999999999999999999", &none), -ENOENT);
    netns_list_add(&list, own);
    netns_list_add(&list, by_number);
    netns_list_free(&list);
    assert_int_equal(list.count, 0);
    free(number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where), cmocka_unit_test(test_equal), cmocka_unit_test(test_place),
        cmocka_unit_test(test_names), cmocka_unit_test(test_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "facts.h"

#include "unit.h"

/* A bridge with a tap on it, a tap on something that is no bridge, and a tap of a bridge that is not in the
 * list. */
static struct link_facts links[] = {
    {.ifindex = 1, .name = "lo", .loopback = true},
    {.ifindex = 7, .name = "br0", .kind = LINK_BRIDGE},
    {.ifindex = 9, .name = "tap0", .kind = LINK_TAP, .master = 7},
    {.ifindex = 11, .name = "tap1", .kind = LINK_TAP, .master = 1},
    {.ifindex = 12, .name = "tap2", .kind = LINK_TAP, .master = 99},
};

static void test_links(void **state)
{
    (void)state;
    struct host_facts facts = {.links = links, .link_count = 5};

    assert_ptr_equal(facts_link(&facts, 9), &links[2]);
    assert_null(facts_link(&facts, 0));
    assert_null(facts_link(&facts, 2));
    assert_ptr_equal(facts_link_named(&facts, "tap0"), &links[2]);
    assert_null(facts_link_named(&facts, "tap"));
    assert_null(facts_link_named(&facts, "tap00"));
    assert_null(facts_link_named(&facts, ""));
}

static void test_bridge_of(void **state)
{
    (void)state;
    struct host_facts facts = {.links = links, .link_count = 5};

    assert_ptr_equal(facts_bridge_of(&facts, &links[2]), &links[1]);
    assert_null(facts_bridge_of(&facts, &links[1]));
    assert_null(facts_bridge_of(&facts, &links[3]));
    assert_null(facts_bridge_of(&facts, &links[4]));
}

static void test_addresses(void **state)
{
    (void)state;
    struct address_facts addresses[] = {
        {.ifindex = 7, .address = ip("10.9.0.1"), .prefix_length = 24},
        {.ifindex = 7, .address = ip("10.9.0.129"), .prefix_length = 25},
        {.ifindex = 9, .address = ip("10.9.0.1"), .prefix_length = 32},
        {.ifindex = 9, .address = ip("2001:db8::1"), .prefix_length = 65},
    };
    struct host_facts facts = {.addresses = addresses, .address_count = 4};

    assert_ptr_equal(facts_own_address(&facts, 0, ip("10.9.0.1")), &addresses[0]);
    assert_ptr_equal(facts_own_address(&facts, 9, ip("10.9.0.1")), &addresses[2]);
    assert_null(facts_own_address(&facts, 8, ip("10.9.0.1")));
    assert_null(facts_own_address(&facts, 0, ip("10.9.0.2")));
    assert_null(facts_own_address(&facts, 0, (struct ip_addr){0}));

    assert_ptr_equal(facts_subnet_of(&facts, 7, ip("10.9.0.200")), &addresses[0]);
    assert_null(facts_subnet_of(&facts, 7, ip("10.9.1.0")));
    assert_null(facts_subnet_of(&facts, 9, ip("10.9.0.2")));
    assert_ptr_equal(facts_subnet_of(&facts, 9, ip("2001:db8::7fff:ffff:ffff:ffff")), &addresses[3]);
    assert_null(facts_subnet_of(&facts, 9, ip("2001:db8::8000:0:0:0")));
    assert_null(facts_subnet_of(&facts, 0, ip("10.9.0.2")));
}

static void test_freed(void **state)
{
    (void)state;
    struct host_facts facts = {.links = calloc(1, sizeof *facts.links), .link_count = 1};

    host_facts_free(&facts);
    assert_null(facts.links);
    assert_int_equal(facts.link_count, 0);
    host_facts_free(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_bridge_of),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

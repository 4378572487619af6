/* Questions about the host's facts. */
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

/* ---- with indexes everything is as without ---- */

enum { MANY = 300, FEW = 12 }; /* entries, and the values that they have */

static struct host_facts many_facts(void)
{
    struct host_facts many = {
        .link_count = MANY, .address_count = MANY, .neighbour_count = MANY, .fdb_count = MANY};

    many.links = calloc(MANY, sizeof *many.links);
    many.addresses = calloc(MANY, sizeof *many.addresses);
    many.neighbours = calloc(MANY, sizeof *many.neighbours);
    many.fdb = calloc(MANY, sizeof *many.fdb);
    for (int i = 0; i < MANY; i++) {
        many.links[i].ifindex = 1 + i * 7 % MANY;
        snprintf(many.links[i].name, sizeof many.links[i].name, "tap%d", i * 11 % MANY);
        many.addresses[i] = (struct address_facts){.ifindex = 1 + rand() % FEW,
                                                   .address = ip_v4(0x0a090000u + (uint32_t)rand() % FEW),
                                                   .prefix_length = 24};
        many.neighbours[i].ifindex = 1 + rand() % FEW;
        many.neighbours[i].address = ip_v4(0x0a090000u + (uint32_t)rand() % FEW);
        many.fdb[i] = (struct fdb_facts){.port = 1 + rand() % FEW, .local = rand() % 4 == 0};
        many.fdb[i].mac.bytes[5] = (uint8_t)(rand() % FEW);
    }
    return many;
}

static void test_indexes(void **state)
{
    (void)state;
    struct host_facts plain = many_facts(), many = plain;

    host_facts_index(&many);
    for (int i = 0; i < MANY + 2; i++) {
        char name[LINK_NAME_SIZE];
        snprintf(name, sizeof name, "tap%d", i);
        assert_ptr_equal(facts_link(&many, i), facts_link(&plain, i));
        assert_ptr_equal(facts_link_named(&many, name), facts_link_named(&plain, name));
    }
    for (int i = 0; i < FEW + 2; i++) {
        struct ip_addr address = ip_v4(0x0a090000u + (uint32_t)i);
        struct mac_addr learned_mac = {{0, 0, 0, 0, 0, (uint8_t)i}};
        const struct address_facts *own = NULL;
        const struct neighbour_facts *neighbour = NULL;
        const struct fdb_facts *learned = NULL;

        for (int link = 0; link < FEW + 2; link++)
            assert_ptr_equal(facts_own_address(&many, link, address),
                             facts_own_address(&plain, link, address));
        assert_ptr_equal(facts_subnet_of(&many, i, address), facts_subnet_of(&plain, i, address));
        do
            assert_ptr_equal(facts_next_address(&many, i, own), facts_next_address(&plain, i, own));
        while ((own = facts_next_address(&plain, i, own)) != NULL);
        do
            assert_ptr_equal(facts_next_neighbour(&many, i, neighbour),
                             facts_next_neighbour(&plain, i, neighbour));
        while ((neighbour = facts_next_neighbour(&plain, i, neighbour)) != NULL);
        do
            assert_ptr_equal(facts_next_neighbour_at(&many, address, neighbour),
                             facts_next_neighbour_at(&plain, address, neighbour));
        while ((neighbour = facts_next_neighbour_at(&plain, address, neighbour)) != NULL);
        do
            assert_ptr_equal(facts_next_learned(&many, i, learned), facts_next_learned(&plain, i, learned));
        while ((learned = facts_next_learned(&plain, i, learned)) != NULL);
        do
            assert_ptr_equal(facts_next_learned_mac(&many, learned_mac, learned),
                             facts_next_learned_mac(&plain, learned_mac, learned));
        while ((learned = facts_next_learned_mac(&plain, learned_mac, learned)) != NULL);
    }
    host_facts_free(&many);
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
        cmocka_unit_test(test_links),   cmocka_unit_test(test_bridge_of), cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_indexes), cmocka_unit_test(test_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

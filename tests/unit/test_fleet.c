/* What documents of several hosts show together, and networks of several hosts that are healthy. */
#include "merged.h"

static void test_one_mac(void **state)
{
    (void)state;
    const struct host one_segment[] = {{HOST_A, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
                                       {HOST_B, .machines = {{"web2", "u2", "10.9.0.3", NULL, ONE}}}};
    assert_merge("duplicate-mac! duplicate-mac!", one_segment, 2);
    const struct host later[] = {
        {HOST_A, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
        {HOST_B, .started_us = NOON + 90 * SECOND, .machines = {{"web2", "u2", "10.9.0.3", NULL, ONE}}}};
    assert_merge("duplicate-mac duplicate-mac", later, 2);
    const struct host unknown_segment[] = {
        {.name = "hv1", .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
        {.name = "hv2", .machines = {{"web2", "u2", "10.9.0.3", NULL, ONE}}}};
    assert_merge("duplicate-mac duplicate-mac", unknown_segment, 2);
    const struct host other_gateway[] = {{HOST_A, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
                                         {.name = "hv2",
                                          .subnet = "10.9.0.0",
                                          .gateway_mac = TWO,
                                          .machines = {{"web2", "u2", "10.9.0.3", NULL, ONE}}}};
    assert_merge("duplicate-mac duplicate-mac", other_gateway, 2);
    const struct host off_subnet[] = {{HOST_A, .machines = {{"web1", "u1", "10.7.0.2", NULL, ONE}}},
                                      {HOST_B, .machines = {{"web2", "u2", "10.7.0.3", NULL, ONE}}}};
    assert_merge("duplicate-mac duplicate-mac", off_subnet, 2);
}

static void test_one_address(void **state)
{
    (void)state;
    const struct host one_segment[] = {
        {HOST_A, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
        {HOST_B, .started_us = NOON + 5 * SECOND, .machines = {{"web2", "u2", "10.9.0.2", NULL, TWO}}}};
    assert_merge("address-conflict! address-conflict!", one_segment, 2);
    const struct host unknown_segment[] = {
        {.name = "hv1", .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
        {.name = "hv2", .machines = {{"web2", "u2", "10.9.0.2", NULL, TWO}}}};
    assert_merge("address-conflict address-conflict", unknown_segment, 2);
    const struct host handed_over[] = {{HOST_A, .machines = {{"web1", "u1", "10.9.0.2", "10.9.0.100", ONE}}},
                                       {HOST_B, .started_us = NOON + 5 * SECOND,
                                        .machines = {{"web2", "u2", "10.9.0.3", "10.9.0.100", TWO}}}};
    assert_merge("address-conflict address-conflict", handed_over, 2);
    const struct host at_the_same_time[] = {
        {HOST_A, .machines = {{"web1", "u1", "10.9.0.2", "10.9.0.100", ONE}}},
        {HOST_B, .machines = {{"web2", "u2", "10.9.0.3", "10.9.0.100", TWO}}}};
    assert_merge("address-conflict! address-conflict!", at_the_same_time, 2);
    const struct host same_machine_all_over[] = {
        {HOST_A, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
        {HOST_B, .machines = {{"web2", "u2", "10.9.0.2", NULL, ONE}}}};
    assert_merge("duplicate-mac! duplicate-mac!", same_machine_all_over, 2);
}

static void test_one_vm(void **state)
{
    (void)state;
    const struct host moved[] = {
        {HOST_A, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
        {HOST_B, .started_us = NOON + 3 * SECOND, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}}};
    assert_merge("vm-on-two-hosts vm-on-two-hosts", moved, 2);
    const struct host by_name[] = {{HOST_A, .machines = {{"web1", NULL, "10.9.0.2", NULL, ONE}}},
                                   {HOST_B, .machines = {{"web1", NULL, "10.9.0.2", NULL, ONE}}}};
    assert_merge("duplicate-mac duplicate-mac", by_name, 2);
    const struct host third[] = {{HOST_A, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
                                 {HOST_B, .machines = {{"web1", "u1", "10.9.0.2", NULL, ONE}}},
                                 {.name = "hv3",
                                  .subnet = "10.9.0.0",
                                  .gateway_mac = GATE,
                                  .machines = {{"db", "u3", "10.9.0.2", NULL, TWO}}}};
    assert_merge("vm-on-two-hosts vm-on-two-hosts address-conflict! address-conflict!", third, 3);
}

/* Nothing is wrong with any of these. */
static void test_healthy_networks(void **state)
{
    (void)state;
    const struct host plain[] = {{HOST_A, .machines = {{"web1", "u1", "10.9.0.2", "fe80::1", ONE}}},
                                 {HOST_B, .machines = {{"web2", "u2", "10.9.0.3", "fe80::1", TWO}}}};
    assert_merge("", plain, 2);
    const struct host default_networks[] = {{.name = "hv1",
                                             .subnet = "192.168.122.0",
                                             .is_confined = true,
                                             .machines = {{"a", "u1", "192.168.122.2", NULL, ONE}}},
                                            {.name = "hv2",
                                             .subnet = "192.168.122.0",
                                             .is_confined = true,
                                             .machines = {{"b", "u2", "192.168.122.2", NULL, TWO}}},
                                            {.name = "hv3",
                                             .subnet = "192.168.122.0",
                                             .is_confined = true,
                                             .machines = {{"c", "u3", "192.168.122.2", NULL, ONE}}}};
    assert_merge("", default_networks, 3);
    const struct host virtual_routers[] = {
        {HOST_A, .machines = {{"gw1", "u1", "10.9.0.1", NULL, "00:00:5e:00:01:01"}}},
        {HOST_B, .machines = {{"gw2", "u2", "10.9.0.1", NULL, "00:00:5e:00:01:01"}}}};
    assert_merge("", virtual_routers, 2);
    const struct host no_dhcp[] = {{HOST_A, .machines = {{"a", "u1", "169.254.7.7", NULL, ONE}}},
                                   {HOST_B, .machines = {{"b", "u2", "169.254.7.7", NULL, TWO}}}};
    assert_merge("", no_dhcp, 2);
    const struct host two_cards[] = {
        {HOST_A, .machines = {{"a", "u1", "10.9.0.2", NULL, ONE}, {"a", "u1", "10.9.0.2", NULL, TWO}}},
        {HOST_B, .machines = {{"b", "u2", "10.9.0.3", NULL, "52:54:00:00:00:03"}}}};
    assert_merge("", two_cards, 2);
}

/* Two sites with one subnet, and virtual routers of the same number: they need not be one segment. */
static void test_virtual_gateways_prove_nothing(void **state)
{
    static const char *const shared[] = {"00:00:5e:00:01:01", "00:00:0c:07:ac:01", "00:00:0c:9f:f0:01",
                                         "00:07:b4:00:01:01", "ee:ee:ee:ee:ee:ee"};
    (void)state;
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        const struct host sites[] = {{.name = "hv1",
                                      .subnet = "10.9.0.0",
                                      .gateway_mac = shared[i],
                                      .machines = {{"a", "u1", "10.9.0.2", NULL, ONE}}},
                                     {.name = "hv2",
                                      .subnet = "10.9.0.0",
                                      .gateway_mac = shared[i],
                                      .machines = {{"b", "u2", "10.9.0.2", NULL, TWO}}}};
        assert_merge("address-conflict address-conflict", sites, 2);
    }
}

/* A public address is wanted by everybody, and routed to one: behind a confined bridge as well. */
static void test_confined_public_address(void **state)
{
    const struct host routed[] = {{.name = "hv1",
                                   .subnet = "198.51.100.0",
                                   .is_confined = true,
                                   .machines = {{"a", "u1", "198.51.100.2", NULL, ONE}}},
                                  {.name = "hv2",
                                   .subnet = "198.51.100.0",
                                   .is_confined = true,
                                   .machines = {{"b", "u2", "198.51.100.2", NULL, TWO}}}};
    (void)state;
    assert_merge("address-conflict address-conflict", routed, 2);
}

/* Whoever answers behind a bridge may be on another host. */
static void test_many_machines(void **state)
{
    const struct host uplink[] = {
        {HOST_A, .is_unknown = true, .machines = {{"a", "u1", "10.9.0.3", NULL, TWO}}},
        {HOST_B, .machines = {{"b", "u2", "10.9.0.3", NULL, TWO}}}};
    (void)state;
    assert_merge("", uplink, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_mac),
        cmocka_unit_test(test_one_address),
        cmocka_unit_test(test_one_vm),
        cmocka_unit_test(test_healthy_networks),
        cmocka_unit_test(test_virtual_gateways_prove_nothing),
        cmocka_unit_test(test_confined_public_address),
        cmocka_unit_test(test_many_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

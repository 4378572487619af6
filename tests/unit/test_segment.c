/* What tells the segment of a target from those of other hosts: by the ports of its bridge, and the host's
 * routes. */
#include "scene.h"

enum { BR0 = 1, TAP0, VETH_A, VETH_B, BR1, ETH0, LINKS = 6 };

struct wiring {
    struct link_facts links[LINKS];
    struct host_facts facts;
};

/* tap0 is a port of br0, which a veth joins to br1; of that eth0 is a port. */
static void wire(struct wiring *wiring)
{
    static const struct link_facts links[LINKS] = {
        {.ifindex = BR0, .name = "br0", .kind = LINK_BRIDGE},
        {.ifindex = TAP0, .name = "tap0", .kind = LINK_TAP, .master = BR0},
        {.ifindex = VETH_A, .name = "a", .kind = LINK_VETH, .master = BR0, .peer = VETH_B},
        {.ifindex = VETH_B, .name = "b", .kind = LINK_VETH, .master = BR1, .peer = VETH_A},
        {.ifindex = BR1, .name = "br1", .kind = LINK_BRIDGE},
        {.ifindex = ETH0, .name = "eth0", .master = BR1},
    };

    memcpy(wiring->links, links, sizeof links);
    wiring->facts = (struct host_facts){.links = wiring->links, .link_count = LINKS};
}

static bool leads_out(struct wiring *wiring)
{
    host_facts_index(&wiring->facts);
    bool found = wiring->links[BR0 - 1].leads_out;
    wiring->facts.links = NULL; /* which are the wiring's */
    host_facts_free(&wiring->facts);
    wiring->facts = (struct host_facts){.links = wiring->links, .link_count = LINKS};
    return found;
}

static void test_ways_out(void **state)
{
    struct wiring w;
    (void)state;

    wire(&w);
    assert_true(leads_out(&w)); /* by two bridges */
    wire(&w);
    w.links[ETH0 - 1].master = 0;
    assert_false(leads_out(&w));
    wire(&w);
    w.links[ETH0 - 1].kind = LINK_TAP;
    assert_false(leads_out(&w));
    wire(&w);
    w.links[VETH_A - 1].peer = 0; /* in another namespace */
    assert_true(leads_out(&w));
    wire(&w);
    w.links[VETH_B - 1].master = 0; /* the host's own */
    assert_false(leads_out(&w));
    wire(&w);
    w.links[BR1 - 1].kind = LINK_OTHER; /* a switch that is no bridge of the kernel's */
    w.links[ETH0 - 1].master = 0;
    assert_true(leads_out(&w));
    wire(&w);
    w.links[VETH_A - 1].kind = LINK_OTHER; /* a tunnel, a VLAN, … */
    assert_true(leads_out(&w));
}

static void test_subnet_and_gateway(void **state)
{
    struct scene s;
    (void)state;

    scene_start(&s);
    put_on_bridge(&s);
    int bridge = s.target.bridge->ifindex;
    s.facts.far_ipv4 = (struct route_facts){
        .kind = ROUTE_GATEWAY, .ifindex = bridge, .gateway = ip("10.9.0.254"), .source = ip("10.9.0.1")};
    s.facts.far_ipv6 = (struct route_facts){.kind = ROUTE_GATEWAY, .ifindex = 77, .gateway = ip("fe80::1")};
    scene_judge(&s);
    const struct segment_result *segment = &s.verdict.segment;
    assert_true(segment->is_known);
    assert_true(segment->is_confined);
    assert_int_equal(segment->gateway_count, 1);
    assert_true(ip_equal(segment->gateways[0].address, ip("10.9.0.254")));
    assert_false(segment->gateways[0].has_mac);
    assert_in_range(segment->subnet_count, 1, SEGMENT_SUBNETS_MAX);
    for (size_t i = 0; i < segment->subnet_count; i++)
        assert_true(ip_equal(segment->subnets[i].prefix,
                             ip_prefix_of(segment->subnets[i].prefix, segment->subnets[i].length)));
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_out),
        cmocka_unit_test(test_subnet_and_gateway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

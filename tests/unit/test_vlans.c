/* Bridges that filter by VLAN: what the kernel says of their ports, who reaches whom, and what a check makes
 * of that. */
#include "vlans_linux.h"

#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "cases_vlan.h"
#include "fake_session.h"

/* ---- what the kernel says ---- */

enum { PVID = BRIDGE_VLAN_INFO_PVID, UNTAGGED = BRIDGE_VLAN_INFO_UNTAGGED };

/* As net/bridge/br_netlink.c and rtnetlink's own answer for a card in hardware have it. */
static struct nlmsghdr *tell(char *buffer, int ifindex, const struct bridge_vlan_info *vlans, size_t count,
                             bool of_card)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

    message->nlmsg_type = RTM_NEWLINK;
    struct ifinfomsg *header = mnl_nlmsg_put_extra_header(message, sizeof *header);
    *header = (struct ifinfomsg){.ifi_family = AF_BRIDGE, .ifi_index = ifindex};
    mnl_attr_put_strz(message, IFLA_IFNAME, "any");
    struct nlattr *specific = mnl_attr_nest_start(message, IFLA_AF_SPEC);
    if (of_card)
        mnl_attr_put_u16(message, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
    for (size_t i = 0; i < count; i++)
        mnl_attr_put(message, IFLA_BRIDGE_VLAN_INFO, sizeof vlans[i], &vlans[i]);
    mnl_attr_nest_end(message, specific);
    return message;
}

static void test_read(void **state)
{
    static const struct bridge_vlan_info vlans[] = {{UNTAGGED, 1},
                                                    {PVID | UNTAGGED, 321},
                                                    {BRIDGE_VLAN_INFO_RANGE_BEGIN, 400},
                                                    {BRIDGE_VLAN_INFO_RANGE_END, 4094}};
    static const struct vlan_facts expected[] = {
        {7, 1, 1, false, true}, {7, 321, 321, true, true}, {7, 400, 4094, false, false}};
    char buffer[512];
    struct host_facts facts = {0};
    (void)state;

    assert_int_equal(vlans_read_port(tell(buffer, 7, vlans, 4, false), &facts), 0);
    assert_int_equal(vlans_read_port(tell(buffer, 8, vlans, 4, true), &facts), 0);
    assert_int_equal(vlans_read_port(tell(buffer, 9, vlans, 0, false), &facts), 0);
    assert_int_equal(facts.vlan_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct vlan_facts *vlan = &facts.vlans[i];
        assert_int_equal(vlan->ifindex, expected[i].ifindex);
        assert_int_equal(vlan->first, expected[i].first);
        assert_int_equal(vlan->last, expected[i].last);
        assert_int_equal(vlan->pvid, expected[i].pvid);
        assert_int_equal(vlan->untagged, expected[i].untagged);
    }
    assert_int_equal(facts_pvid(&facts, 7), 321);
    assert_int_equal(facts_pvid(&facts, 8), 0);
    assert_true(facts_carries_vlan(&facts, 7, 400) && facts_carries_vlan(&facts, 7, 4094));
    assert_false(facts_carries_vlan(&facts, 7, 399) || facts_carries_vlan(&facts, 7, 0));
    host_facts_free(&facts);
}

/* ---- what a check makes of it ---- */

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof VLAN_CASES / sizeof VLAN_CASES[0]; i++)
        run_case(&VLAN_CASES[i]);
}

enum { VLANS = 4, BRIDGE = VANTAGE_BIT(AT_BRIDGE), TAP = VANTAGE_BIT(AT_TAP), HOST = VANTAGE_BIT(AT_HOST) };

struct network {
    const char *name, *address;
    struct vlan_facts vlans[VLANS];
    bool is_unnamed, ignores, has_router, is_reached;
    int exit_status;
    const char *findings;
};

static void run(const struct network *network)
{
    struct world w;

    world_bridge(&w);
    w.links[1].filters_vlans = !network->ignores;
    w.facts.vlans = (struct vlan_facts *)(uintptr_t)network->vlans;
    w.facts.vlan_count = VLANS;
    if (network->has_router)
        w.host_gateway = ip("10.9.0.254");
    w.guest.address_count = 0;
    add_guest_address(&w, network->address);
    add_guest_address(&w, GUEST_LL);
    if (!network->is_unnamed)
        give(&w, network->address);
    w.stack = (struct fake_stack){.is_there = true,
                                  .requests = network->is_reached ? BRIDGE | TAP : BRIDGE,
                                  .replies = network->is_reached ? TAP | BRIDGE | HOST : 0};
    world_run(&w);
    if (strcmp(findings_text(&w.verdict), network->findings) != 0)
        print_message("%s:\n", network->name);
    assert_outcome(&w, network->exit_status, network->findings);
    world_end(&w);
}

static const struct network networks[] = {
    {.name = "all in the default VLAN",
     .address = GUEST_4,
     .vlans = {{TAP_INDEX, 1, 1, true, true}, {BRIDGE_INDEX, 1, 1, true, true}},
     .is_reached = true},
    {.name = "another's VLAN, and a router joins the two",
     .address = "192.168.20.5",
     .vlans = {{TAP_INDEX, 20, 20, true, true}, {BRIDGE_INDEX, 1, 1, true, true}},
     .has_router = true},
    {.name = "another's VLAN, and none",
     .address = "192.168.20.5",
     .vlans = {{TAP_INDEX, 20, 20, true, true}, {BRIDGE_INDEX, 1, 1, true, true}}},
    {.name = "another's VLAN, where nobody says which address it has",
     .address = "192.168.20.5",
     .vlans = {{TAP_INDEX, 20, 20, true, true}, {BRIDGE_INDEX, 1, 1, true, true}},
     .is_unnamed = true},
    {.name = "another's VLAN, and the host has an address in it",
     .address = "192.168.20.5",
     .vlans = {{TAP_INDEX, 20, 20, true, true},
               {BRIDGE_INDEX, 1, 1, true, true},
               {BRIDGE_INDEX, 20, 20, false, false}}},
    {.name = "a trunk, whose native VLAN is not the host's",
     .address = "192.168.20.5",
     .vlans = {{TAP_INDEX, 20, 20, true, true},
               {TAP_INDEX, 1, 19, false, false},
               {BRIDGE_INDEX, 1, 1, true, true}}},
    {.name = "asymmetric VLANs: the host hears it by one, and speaks to it by another",
     .address = GUEST_4,
     .vlans = {{TAP_INDEX, 20, 20, true, true},
               {TAP_INDEX, 10, 10, false, true},
               {BRIDGE_INDEX, 10, 10, true, true},
               {BRIDGE_INDEX, 20, 20, false, true}},
     .is_reached = true},
    {.name = "a bridge that does not look at tags",
     .address = GUEST_4,
     .vlans = {{TAP_INDEX, 20, 20, true, true}, {BRIDGE_INDEX, 1, 1, true, true}},
     .ignores = true,
     .is_reached = true},
    {.name = "a port without any, and the host has no business there",
     .address = "192.168.20.5",
     .vlans = {{BRIDGE_INDEX, 1, 1, true, true}}},
    {.name = "the host's neighbour, in another VLAN",
     .address = GUEST_4,
     .vlans = {{TAP_INDEX, 321, 321, true, true}, {BRIDGE_INDEX, 1, 1, true, true}},
     .exit_status = EXIT_L2,
     .findings = "vlan-tag-mismatch"},
    {.name = "the host's neighbour of IPv6, at a port without any",
     .address = GUEST_ULA,
     .vlans = {{BRIDGE_INDEX, 1, 1, true, true}},
     .exit_status = EXIT_L2,
     .findings = "vlan-tag-mismatch"},
    {.name = "the guest is heard, and not answered",
     .address = GUEST_4,
     .vlans = {{TAP_INDEX, 20, 20, true, true},
               {BRIDGE_INDEX, 10, 10, true, true},
               {BRIDGE_INDEX, 20, 20, false, true}},
     .exit_status = EXIT_L2,
     .findings = "vlan-tag-mismatch"},
};

static void test_networks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct network network = networks[i];
        network.findings = network.findings != NULL ? network.findings : "";
        run(&network);
    }
}

/* Which of the two has to change, and how. */
static void test_fixes(void **state)
{
    static const struct {
        void (*shows)(struct scene *scene);
        const char *evidence, *fix;
    } rows[] = {
        {port_is_in_another_vlan, "VLANs of tap0 (bridge vlan): 321 (PVID, untagged), 5-7",
         "bridge vlan add dev tap0 vid 1 pvid untagged; or, if the guest is meant to be in VLAN 321: bridge "
         "vlan add dev br0 vid 321 pvid untagged self"},
        {port_takes_nothing_untagged, "VLANs of tap0 (bridge vlan): 5-7, 9 (untagged)",
         "bridge vlan add dev tap0 vid 1 pvid untagged"},
        {host_is_given_tags, "VLANs of tap0 (bridge vlan): 1 (PVID, untagged)",
         "bridge vlan add dev tap0 vid 1 pvid untagged; bridge vlan add dev br0 vid 1 pvid untagged self"},
    };
    struct scene s;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene_start(&s);
        rows[i].shows(&s);
        scene_judge(&s);
        const struct finding *finding = finding_in(&s, FINDING_VLAN_TAG_MISMATCH);
        assert_non_null(finding);
        assert_string_equal(finding->evidence.items[0], rows[i].evidence);
        assert_string_equal(finding->fix, rows[i].fix);
        scene_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_fixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

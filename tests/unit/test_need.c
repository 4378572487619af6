/* What a healthy guest must have where nothing was named: found, proved not to be there, or neither. */
#include "dhcp_frames.h"
#include "fake_session.h"

#define ULA        "fd00:9::1234:5678"
#define FOREIGN    "fd55::2"
#define APIPA      "169.254.7.8"
#define SECOND_MAC "52:54:00:77:77:77"

static void asks_in_vain(struct world *w, const char *client)
{
    struct writer frame = dhcp_frame((struct dhcp_text){.type = DHCP_DISCOVER, .client = client});
    comes_in(w, WORLD_START_US + 500 * MS, &frame);
}

static void link_local(struct world *w)
{
    w->guest.address_count = 0;
    add_guest_address(w, GUEST_LL);
}

static void asks(struct world *w)
{
    link_local(w);
    asks_in_vain(w, GUEST_MAC);
}

static void another_asks(struct world *w)
{
    link_local(w);
    asks_in_vain(w, SECOND_MAC);
}

static void asks_and_is_else_unheard(struct world *w)
{
    w->guest.deaf = true;
    w->fdb[w->facts.fdb_count++] = (struct fdb_facts){.port = TAP_INDEX, .mac = w->guest.mac};
    asks_in_vain(w, GUEST_MAC);
}

static void gave_itself_one(struct world *w)
{
    link_local(w);
    add_guest_address(w, APIPA);
    guest_announces(w, 10 * MS, APIPA);
}

static void gave_itself_one_and_asks(struct world *w)
{
    gave_itself_one(w);
    asks_in_vain(w, GUEST_MAC);
}

static void shares_zeroconf(struct world *w)
{
    gave_itself_one(w);
    w->guest.prefix_length = 0;
    add_own(w, w->target.bridge != NULL ? BRIDGE_INDEX : TAP_INDEX, "169.254.1.1", 16);
}

static void has_both(struct world *w)
{
    gave_itself_one(w);
    w->guest.prefix_length = 0; /* both are on the link */
    add_guest_address(w, GUEST_4);
}

static void ipv6_only(struct world *w)
{
    link_local(w);
    add_guest_address(w, ULA);
    w->guest.is_frugal = true;
}

static void ipv6_only_and_asks(struct world *w)
{
    ipv6_only(w);
    asks_in_vain(w, GUEST_MAC);
}

/* It is heard in another subnet; of its own one it says nothing, or answers all nodes. */
static void heard_as_foreign(struct world *w)
{
    link_local(w);
    add_guest_address(w, FOREIGN);
    struct writer frame = advertisement_frame(mac("33:33:00:00:00:01"), w->guest.mac, VID_NONE, ip(FOREIGN),
                                              ip("ff02::1"), ip(FOREIGN), false);
    comes_in(w, WORLD_START_US + MS, &frame);
    w->guest.no_all_nodes = true;
}

static void foreign_besides(struct world *w)
{
    heard_as_foreign(w);
    add_guest_address(w, ULA);
    w->guest.no_all_nodes = false;
}

static void gets_address(struct world *w, const struct event *event)
{
    (void)event;
    add_guest_address(w, GUEST_4);
}

static void gets_one_later(struct world *w)
{
    link_local(w);
    w->options.wait_us = 20 * SECOND;
    world_at(w, WORLD_START_US + 4 * SECOND, gets_address);
}

static void large_subnet(struct world *w)
{
    w->own[0].prefix_length = 16;
    link_local(w);
}

static const struct need_case {
    const char *name;
    void (*world)(struct world *world);
    void (*guest)(struct world *world);
    unsigned need;
    int status;
    const char *findings;
} CASES[] = {
    {"link-local, no subnet", world_bare, link_local, 0, EXIT_HEALTHY, ""},
    {"link-local, no subnet, asks", world_bare_bridge, asks, 0, EXIT_HEALTHY, ""},
    {"link-local", world_tap, link_local, 0, EXIT_UNKNOWN, ""},
    {"link-local, any", world_bridge, link_local, NEED_ANY, EXIT_HEALTHY, ""},
    {"link-local, large subnet", world_tap, large_subnet, 0, EXIT_UNKNOWN, ""},
    {"asks", world_tap, asks, 0, EXIT_L3, "dhcp-no-offer"},
    {"asks, on a bridge", world_bridge, asks, 0, EXIT_L3, "dhcp-no-offer"},
    {"asks, no subnet, ipv4", world_bare, asks, NEED_IPV4, EXIT_L3, "dhcp-no-offer"},
    {"asks and is else unheard", world_bridge, asks_and_is_else_unheard, 0, EXIT_L3, "dhcp-no-offer"},
    {"another asks", world_tap, another_asks, 0, EXIT_UNKNOWN, ""},
    {"gave itself one", world_tap, gave_itself_one, 0, EXIT_L3, "no-address"},
    {"gave itself one, on a bridge", world_bridge, gave_itself_one, 0, EXIT_L3, "no-address"},
    {"gave itself one, any", world_bridge, gave_itself_one, NEED_ANY, EXIT_HEALTHY, ""},
    {"gave itself one, no subnet", world_bare, gave_itself_one, 0, EXIT_HEALTHY, ""},
    {"gave itself one and asks", world_tap, gave_itself_one_and_asks, 0, EXIT_L3, "dhcp-no-offer"},
    {"zeroconf on both sides", world_tap, shares_zeroconf, 0, EXIT_HEALTHY, ""},
    {"has both", world_bridge, has_both, 0, EXIT_HEALTHY, ""},
    {"IPv6 only", world_tap, ipv6_only, 0, EXIT_HEALTHY, ""},
    {"IPv6 only and asks", world_bridge, ipv6_only_and_asks, 0, EXIT_HEALTHY, ""},
    {"IPv6 only, ipv6", world_tap, ipv6_only, NEED_IPV6, EXIT_HEALTHY, ""},
    {"IPv6 only, ipv4", world_tap, ipv6_only, NEED_IPV4, EXIT_UNKNOWN, ""},
    {"IPv6 only and asks, both", world_tap, ipv6_only_and_asks, NEED_IPV4 | NEED_IPV6, EXIT_L3,
     "dhcp-no-offer"},
    {"heard in a foreign subnet", world_tap, heard_as_foreign, 0, EXIT_UNKNOWN, ""},
    {"foreign besides its own", world_tap, foreign_besides, 0, EXIT_HEALTHY, ""},
    {"gets one later", world_tap, gets_one_later, 0, EXIT_HEALTHY, ""},
};

static void test_need(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct need_case *row = &CASES[i];
        struct world w;
        row->world(&w);
        row->guest(&w);
        w.options.need = row->need;
        world_run(&w);
        if (report_verdict_status(&w.verdict) != row->status ||
            strcmp(findings_text(&w.verdict), row->findings) != 0) {
            print_error("%s\n", row->name);
            assert_outcome(&w, row->status, row->findings);
        }
        world_end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

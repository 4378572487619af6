/* The cases of findings about addresses that the guest lacks. */
#ifndef VMNETCHECK_CASES_NEED_H
#define VMNETCHECK_CASES_NEED_H

#include "cases_l3.h"

/* ---- DHCP: the guest has no address, and says so ---- */

static void see_dhcp(struct scene *s, uint64_t time_us, enum dhcp_type type, const char *address,
                     const char *server)
{
    see(s, (struct observation){.kind = OBSERVED_DHCP,
                                .time_us = time_us,
                                .address = address != NULL ? ip(address) : (struct ip_addr){0},
                                .mac = mac(SCENE_MAC),
                                .dhcp = {.type = (uint8_t)type,
                                         .server = server != NULL ? ip(server) : (struct ip_addr){0},
                                         .sender = mac(server != NULL ? TAP_MAC : SCENE_MAC)}});
}

static void listens_until(struct scene *s, uint64_t time_us)
{
    see(s, (struct observation){.kind = OBSERVED_LISTENED, .time_us = time_us});
}

static void has_no_ipv4(struct scene *s)
{
    is_deaf_about(s, SCENE_4);
    see_dhcp(s, 1000000, DHCP_DISCOVER, NULL, NULL);
}

static void nobody_offers(struct scene *s)
{
    has_no_ipv4(s);
    listens_until(s, 4500000);
}

static void offer_may_come(struct scene *s) /* servers ping an address first */
{
    has_no_ipv4(s);
    listens_until(s, 4400000);
}

static void takes_no_offer(struct scene *s)
{
    has_no_ipv4(s);
    see_dhcp(s, 1100000, DHCP_OFFER, "10.9.0.100", "10.9.0.1");
    see_dhcp(s, 4000000, DHCP_DISCOVER, NULL, NULL);
    listens_until(s, 4500000);
}

static void takes_late_offer(struct scene *s) /* asked for twice, and answered twice */
{
    has_no_ipv4(s);
    see_dhcp(s, 4000000, DHCP_DISCOVER, NULL, NULL);
    see_dhcp(s, 4100000, DHCP_OFFER, "10.9.0.100", "10.9.0.1");
    see_dhcp(s, 4100000, DHCP_OFFER, "10.9.0.100", "10.9.0.1");
    see_dhcp(s, 4200000, DHCP_REQUEST, "10.9.0.100", "10.9.0.1");
    listens_until(s, 4500000);
}

static void two_offer(struct scene *s)
{
    see_dhcp(s, 1000000, DHCP_DISCOVER, NULL, NULL);
    see_dhcp(s, 1100000, DHCP_OFFER, "10.9.0.100", "10.9.0.1");
    see_dhcp(s, 1200000, DHCP_OFFER, "10.9.0.200", "10.9.0.254");
}

static void proxy_offers_too(struct scene *s) /* where to boot from, and no address (PXE) */
{
    see_dhcp(s, 1000000, DHCP_DISCOVER, NULL, NULL);
    see_dhcp(s, 1100000, DHCP_OFFER, "10.9.0.100", "10.9.0.1");
    see_dhcp(s, 1200000, DHCP_OFFER, NULL, "10.9.0.5");
}

/* ---- nothing that is good for anything ---- */

/* Nothing was named, and it is found by what it said. */
static void has_only(struct scene *s, const char *address)
{
    is_deaf_about(s, SCENE_4);
    is_deaf_about(s, SCENE_6);
    s->seen.count = 0;
    s->target.given_count = s->target.address_count = 0;
    add_checked(s, address);
    s->target.given_count = 0;
    s->target.addresses[0].origin = ORIGIN_HEARD;
}

static void see_sweep(struct scene *s, bool too_large)
{
    see(s, (struct observation){.kind = OBSERVED_SEARCH,
                                .search = {.means = SEARCH_SWEEP,
                                           .asked = too_large ? 0 : 253,
                                           .subnet = ip("10.9.0.1"),
                                           .prefix_length = too_large ? 16 : 24,
                                           .too_large = too_large}});
}

static void gave_itself_one(struct scene *s)
{
    has_only(s, "169.254.7.8");
    s->target.addresses[0].route = (struct route_facts){.kind = ROUTE_NONE};
    see_sweep(s, false);
}

static void has_an_alias_in_a_large_subnet(struct scene *s)
{
    has_only(s, "169.254.7.8");
    s->target.addresses[0].route = (struct route_facts){.kind = ROUTE_NONE};
    see_sweep(s, true);
}

static void has_an_alias_beside_an_uplink(struct scene *s)
{
    bridge_with_uplink(s);
    gave_itself_one(s);
}

static void shares_it_with_the_host(struct scene *s)
{
    gave_itself_one(s);
    s->own[2] =
        (struct address_facts){.ifindex = SCENE_TAP, .address = ip("169.254.1.1"), .prefix_length = 16};
    s->facts.address_count = 3;
}

static void has_another_one(struct scene *s)
{
    gave_itself_one(s);
    add_checked(s, SCENE_4);
    s->target.given_count = 0;
}

static void needs_no_other(struct scene *s)
{
    gave_itself_one(s);
    s->options.need = NEED_ANY;
}

static void has_ipv6_besides(struct scene *s)
{
    gave_itself_one(s);
    add_checked(s, SCENE_6);
    s->target.given_count = 0;
}

static void is_link_local_only(struct scene *s)
{
    has_only(s, "fe80::5054:ff:fe12:411");
}

static const struct finding_case NEED_CASES[] = {
    {FINDING_DHCP_NO_OFFER, nobody_offers, "dhcp-no-offer", offer_may_come},
    {FINDING_DHCP_REFUSED, takes_no_offer, "dhcp-refused", takes_late_offer},
    {FINDING_DHCP_TWO_SERVERS, two_offer, "dhcp-two-servers", proxy_offers_too},
    {FINDING_NO_ADDRESS, gave_itself_one, "no-address", shares_it_with_the_host},
    {FINDING_NO_ADDRESS, gave_itself_one, "no-address", has_another_one},
    {FINDING_NO_ADDRESS, gave_itself_one, "no-address", needs_no_other},
    {FINDING_NO_ADDRESS, gave_itself_one, "no-address", has_ipv6_besides},
    {FINDING_NO_ADDRESS, gave_itself_one, "no-address", is_link_local_only},
    {FINDING_NO_ADDRESS, gave_itself_one, "no-address", has_an_alias_in_a_large_subnet},
    {FINDING_NO_ADDRESS, gave_itself_one, "no-address", has_an_alias_beside_an_uplink},
};

#endif

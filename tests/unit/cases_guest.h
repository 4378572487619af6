/* The cases of findings about what the guest thinks of its network: prefix, gateway, routes, IPv6. */
#ifndef VMNETCHECK_CASES_GUEST_H
#define VMNETCHECK_CASES_GUEST_H

#include "cases_l3.h"

/* ---- sources near and far ---- */

static void see_way(struct scene *s, const char *address, struct way_observation way)
{
    see(s, (struct observation){.kind = OBSERVED_WAY, .address = ip(address), .way = way});
}

static void asks_near(struct scene *s, const char *source, unsigned shared, bool asks)
{
    see_way(s, SCENE_4,
            (struct way_observation){.of = WAY_NEAR,
                                     .source = ip(source),
                                     .shared = shared,
                                     .asked = asks ? ip(source) : (struct ip_addr){0}});
}

static void asks_far(struct scene *s, const char *gateway, unsigned times)
{
    see_way(s, SCENE_4,
            (struct way_observation){.of = WAY_FAR,
                                     .source = ip("198.18.5.5"),
                                     .asked = gateway != NULL ? ip(gateway) : (struct ip_addr){0},
                                     .times = times});
}

/* 10.9.0.2/31: the host's 10.9.0.1 differs in bit 31. */
static void prefix_is_longer(struct scene *s)
{
    no_echo_4(s);
    asks_far(s, NULL, 0);
    asks_near(s, "10.9.0.64", 25, false);
    asks_near(s, "10.9.0.1", 30, false);
    asks_near(s, "10.9.0.3", 31, true);
}

static void only_the_host_is_ignored(struct scene *s) /* by its firewall */
{
    no_echo_4(s);
    asks_far(s, NULL, 0);
    asks_near(s, "10.9.0.64", 25, true);
    asks_near(s, "10.9.0.4", 29, true);
}

static void prefix_is_shorter(struct scene *s)
{
    asks_far(s, NULL, 0);
    asks_near(s, "10.9.1.0", 23, true);
    asks_near(s, "10.9.2.0", 22, false);
}

static void prefix_is_shorter_by_proxy(struct scene *s)
{
    asks_far(s, NULL, 0);
    see_way(
        s, SCENE_4,
        (struct way_observation){
            .of = WAY_NEAR, .source = ip("10.9.1.0"), .shared = 23, .asked = ip("10.9.1.0"), .sent = true});
}

static void prefix_is_shorter_on_a_proxy(struct scene *s)
{
    s->links[0].proxy_arp = true;
    prefix_is_shorter(s);
}

static void prefix_is_shorter_beside_others(struct scene *s)
{
    bridge_with_uplink(s);
    s->own[0].address = ip("10.9.0.1");
    s->own[0].prefix_length = 24;
    prefix_is_shorter(s);
}

static void no_one_prefix(struct scene *s) /* a route to one of them */
{
    asks_far(s, NULL, 0);
    asks_near(s, "10.9.1.0", 23, false);
    asks_near(s, "10.9.2.0", 22, true);
}

static void gateway_is_missing(struct scene *s)
{
    no_echo_4(s);
    asks_far(s, "10.9.0.254", 3);
    asks_near(s, "10.9.0.4", 29, false);
}

static void looks_for_somebody(struct scene *s) /* once, as it happened */
{
    no_echo_4(s);
    asks_far(s, "10.9.0.254", 1);
}

static void gateway_is_there(struct scene *s)
{
    see_way(s, SCENE_4, (struct way_observation){.of = WAY_FAR, .source = ip("198.18.5.5"), .sent = true});
}

static void asks_only_for_neighbours(struct scene *s)
{
    off_every_subnet_but_routed(s);
    no_echo_4(s);
    asks_far(s, NULL, 0);
    asks_near(s, "10.9.0.4", 29, true);
}

static void asks_for_nobody(struct scene *s)
{
    off_every_subnet_but_routed(s);
    no_echo_4(s);
    asks_far(s, NULL, 0);
    asks_near(s, "10.9.0.4", 29, false);
}

static void ignores_the_host_s_name(struct scene *s)
{
    no_echo_4(s);
    see_way(s, SCENE_4,
            (struct way_observation){.of = WAY_FAR, .source = ip("198.18.5.5"), .asked_by_name = true});
}

static void answers_the_host_s_name(struct scene *s)
{
    no_echo_4(s);
    see_way(s, SCENE_4,
            (struct way_observation){
                .of = WAY_FAR, .source = ip("198.18.5.5"), .asked_by_name = true, .answered_by_name = true});
}

/* ---- IPv6 ---- */

static void searched_for_ipv6(struct scene *s)
{
    is_deaf_about(s, SCENE_6);
    for (enum search_means means = SEARCH_LINK_LOCAL; means <= SEARCH_ALL_NODES; means++)
        see(s, (struct observation){.kind = OBSERVED_SEARCH, .search = {.means = means, .asked = 1}});
}

static void searched_and_heard(struct scene *s)
{
    searched_for_ipv6(s);
    see(s, (struct observation){.kind = OBSERVED_ALIVE,
                                .mac = mac(SCENE_MAC),
                                .alive = {.kind = FRAME_OTHER, .ethertype = 0x86dd, .family = IP_V6}});
}

static void searched_without_name(struct scene *s)
{
    searched_for_ipv6(s);
    s->target.addresses[1].origin = ORIGIN_NEIGHBOUR;
}

static void searched_for_nobody(struct scene *s) /* IPv4 is as deaf */
{
    searched_for_ipv6(s);
    is_deaf_about(s, SCENE_4);
}

static void see_owner(struct scene *s, const char *owner, bool yields)
{
    put_on_bridge(s);
    is_deaf_about(s, SCENE_6);
    see_claim(s, "fe80::77", SCENE_MAC);
    see(s, (struct observation){.kind = OBSERVED_CLAIM,
                                .address = ip(SCENE_6),
                                .mac = mac(owner),
                                .at = AT_BRIDGE,
                                .yields = yields});
}

static void another_has_it(struct scene *s)
{
    see_owner(s, OTHER_MAC, false);
}

static void proxy_has_it(struct scene *s)
{
    see_owner(s, OTHER_MAC, true);
}

static void virtual_router_has_it(struct scene *s)
{
    see_owner(s, "00:00:5e:00:02:07", false);
}

static void guest_answers_by_the_bridge(struct scene *s) /* what was sent to its tap was lost */
{
    see_owner(s, SCENE_MAC, false);
}

static void another_has_it_and_guest_another(struct scene *s)
{
    another_has_it(s);
    see_claim(s, "fd00:9::3", SCENE_MAC);
}

static void it_asked_whether_anybody_has_it(struct scene *s)
{
    another_has_it_and_guest_another(s);
    see(s, (struct observation){
               .kind = OBSERVED_QUESTION, .address = ip(SCENE_6), .mac = mac(SCENE_MAC), .asker = ip("::")});
}

static void nobody_is_there(struct scene *s)
{
    another_has_it(s);
    is_deaf_about(s, SCENE_4);
    forget(s, OBSERVED_CLAIM, "fe80::77");
}

static void host_has_it(struct scene *s)
{
    is_deaf_about(s, SCENE_6);
    see_claim(s, "fe80::77", SCENE_MAC);
    s->own[1].address = ip(SCENE_6);
}

static void host_has_it_tentatively(struct scene *s)
{
    host_has_it(s);
    s->own[1].tentative = true;
}

/* Of four small echo requests each all were answered, of large ones none. */
static struct mtu_observation *see_mtu(struct scene *s)
{
    see(s, (struct observation){
               .kind = OBSERVED_MTU,
               .address = ip(SCENE_4),
               .mac = mac(SCENE_MAC),
               .mtu = {.of = {{44, 1500, 4, 4, 4, 0}, {44, 1500, 0, 0, 3, 0}, {44, 1500, 4, 4, 4, 0}},
                       .heard = VANTAGE_BIT(AT_HOST) | VANTAGE_BIT(AT_TAP),
                       .requests = VANTAGE_BIT(AT_TAP),
                       .concluded = true,
                       .searched = MTU_PADDED,
                       .passes = 1400}});
    return &s->seen.items[s->seen.count - 1].mtu;
}

static void large_ones_are_lost(struct scene *s)
{
    see_mtu(s);
}

static void guest_dislikes_large_pings(struct scene *s)
{
    see_mtu(s)->of[MTU_PADDED].large_answered = 3;
}

static void small_ones_are_lost_as_well(struct scene *s)
{
    see_mtu(s)->of[MTU_ECHO].small_answered = 3;
}

static void one_large_one_is_answered(struct scene *s)
{
    see_mtu(s)->of[MTU_ECHO].large_answered = 1;
}

static void somebody_says_so(struct scene *s)
{
    see_mtu(s)->is_told = true;
}

static void large_ones_are_stopped_early(struct scene *s)
{
    see_mtu(s)->concluded = false;
}

/* Ours are answered; those of the host's stack do not come to the tap. */
static void large_ones_are_lost_before(struct scene *s)
{
    struct mtu_observation *mtu = see_mtu(s);

    mtu->of[MTU_ECHO].large_answered = 4;
    mtu->of[MTU_PADDED].large_answered = 3;
    mtu->requests = 0;
    mtu->searched = MTU_HOST;
}

static void reply_is_lost_before(struct scene *s)
{
    large_ones_are_lost_before(s);
    s->seen.items[s->seen.count - 1].mtu.requests = VANTAGE_BIT(AT_TAP);
    s->seen.items[s->seen.count - 1].mtu.replies = VANTAGE_BIT(AT_TAP);
}

/* Frames of that size do come to the guest, and of its answers to larger ones the rests come. */
static void answers_are_lost(struct scene *s)
{
    struct mtu_observation *mtu = see_mtu(s);

    mtu->of[MTU_PADDED].large_answered = 3;
    mtu->of[MTU_SPLIT].large = 1600;
    mtu->of[MTU_SPLIT].large_sent = 3;
    mtu->tails = 3;
    mtu->searched = MTU_ECHO;
}

static void one_rest_is_missing(struct scene *s)
{
    answers_are_lost(s);
    s->seen.items[s->seen.count - 1].mtu.tails = 2;
}

static void one_split_one_is_answered(struct scene *s)
{
    answers_are_lost(s);
    s->seen.items[s->seen.count - 1].mtu.of[MTU_SPLIT].large_answered = 1;
}

/* The guest got it, and did not answer it. */
static void large_ones_of_the_host_come_to_the_guest(struct scene *s)
{
    large_ones_are_lost_before(s);
    s->seen.items[s->seen.count - 1].mtu.requests = VANTAGE_BIT(AT_TAP);
}

static const struct finding_case GUEST_CASES[] = {
    {FINDING_DAD_FAILED, another_has_it, "dad-failed", proxy_has_it},
    {FINDING_DAD_FAILED, another_has_it, "dad-failed", virtual_router_has_it},
    {FINDING_DAD_FAILED, another_has_it, "dad-failed", guest_answers_by_the_bridge},
    {FINDING_DAD_FAILED, another_has_it, "dad-failed", nobody_is_there},
    {FINDING_DAD_FAILED, it_asked_whether_anybody_has_it, "dad-failed", another_has_it_and_guest_another},
    {FINDING_DAD_FAILED, host_has_it, "dad-failed", host_has_it_tentatively},
    {FINDING_IPV6_OFF, searched_for_ipv6, "ipv6-off", ipv6_has_none},
    {FINDING_IPV6_OFF, searched_for_ipv6, "ipv6-off", searched_and_heard},
    {FINDING_IPV6_OFF, searched_for_ipv6, "ipv6-off", searched_without_name},
    {FINDING_IPV6_OFF, searched_for_ipv6, "ipv6-off", searched_for_nobody},
    {FINDING_PREFIX_MISMATCH, prefix_is_longer, "prefix-mismatch", only_the_host_is_ignored},
    {FINDING_PREFIX_MISMATCH, prefix_is_longer, "prefix-mismatch", prefix_is_shorter_by_proxy},
    {FINDING_PREFIX_MISMATCH, prefix_is_longer, "prefix-mismatch", prefix_is_shorter_on_a_proxy},
    {FINDING_PREFIX_MISMATCH, prefix_is_longer, "prefix-mismatch", prefix_is_shorter_beside_others},
    {FINDING_PREFIX_MISMATCH, prefix_is_longer, "prefix-mismatch", no_one_prefix},
    {FINDING_NO_GATEWAY, gateway_is_missing, "no-gateway", looks_for_somebody},
    {FINDING_NO_GATEWAY, gateway_is_missing, "no-gateway", gateway_is_there},
    {FINDING_NO_RETURN_ROUTE, asks_only_for_neighbours, "no-return-route", asks_for_nobody},
    {FINDING_NO_RETURN_ROUTE, ignores_the_host_s_name, "no-return-route", answers_the_host_s_name},
    {FINDING_MTU_BLACKHOLE, large_ones_are_lost, "mtu-blackhole", guest_dislikes_large_pings},
    {FINDING_MTU_BLACKHOLE, large_ones_are_lost, "mtu-blackhole", small_ones_are_lost_as_well},
    {FINDING_MTU_BLACKHOLE, large_ones_are_lost, "mtu-blackhole", one_large_one_is_answered},
    {FINDING_MTU_BLACKHOLE, large_ones_are_lost, "mtu-blackhole", somebody_says_so},
    {FINDING_MTU_BLACKHOLE, large_ones_are_lost, "mtu-blackhole", large_ones_are_stopped_early},
    {FINDING_MTU_BLACKHOLE, answers_are_lost, "mtu-blackhole", one_rest_is_missing},
    {FINDING_MTU_BLACKHOLE, answers_are_lost, "mtu-blackhole", one_split_one_is_answered},
    {FINDING_MTU_BLACKHOLE, large_ones_are_lost_before, "mtu-blackhole",
     large_ones_of_the_host_come_to_the_guest},
    {FINDING_MTU_BLACKHOLE, reply_is_lost_before, "mtu-blackhole", large_ones_of_the_host_come_to_the_guest},
};

#endif

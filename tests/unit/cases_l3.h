/* The cases of findings of layer 3. */
#ifndef VMNETCHECK_CASES_L3_H
#define VMNETCHECK_CASES_L3_H

#include "scene.h"

static void proxies(struct scene *s)
{
    see(s, (struct observation){.kind = OBSERVED_PROXY, .address = ip("198.18.5.5"), .mac = mac(SCENE_MAC)});
}

static void answers_for_itself(struct scene *s)
{
    see_claim(s, "10.9.0.44", SCENE_MAC);
}

static void two_claim(struct scene *s)
{
    see_claim(s, SCENE_4, OTHER_MAC);
}

static void two_claim_ipv6(struct scene *s)
{
    see_claim(s, SCENE_6, OTHER_MAC);
}

/* It is an anycast address, or the other one a proxy. */
static void other_one_yields(struct scene *s)
{
    two_claim_ipv6(s);
    s->seen.items[s->seen.count - 1].yields = true;
}

/* Both were asked in turn; what counted the IP ids of their answers went on by `step` between the two. */
static void both_answered(struct scene *s, unsigned step)
{
    see_claim(s, SCENE_4, OTHER_MAC);
    for (unsigned i = 0; i < 6; i++) {
        struct mac_addr owner = mac(i % 2 ? OTHER_MAC : SCENE_MAC);
        see(s, (struct observation){.kind = OBSERVED_REPLY,
                                    .address = ip(SCENE_4),
                                    .mac = owner,
                                    .reply = {.probe = PROBE_CLAIMANTS,
                                              .sequence = i + 1,
                                              .to = owner,
                                              .has_ip_id = true,
                                              .ip_id = 4096 + i / 2 * 2 + i % 2 * step}});
    }
}

static void one_counter(struct scene *s)
{
    both_answered(s, 1);
}

static void two_counters_at_one_place(struct scene *s)
{
    both_answered(s, 0);
}

/* Whichever was asked, one card sends all the replies; or each its own. */
static void one_is_asked_of_two(struct scene *s, const char *replier)
{
    see_claim(s, SCENE_4, OTHER_MAC);
    see(s, (struct observation){.kind = OBSERVED_REPLY,
                                .address = ip(SCENE_4),
                                .mac = mac(SCENE_MAC),
                                .reply = {.probe = PROBE_ICMP, .sequence = 1, .to = mac(SCENE_MAC)}});
    see(s, (struct observation){.kind = OBSERVED_REPLY,
                                .address = ip(SCENE_4),
                                .mac = mac(replier),
                                .reply = {.probe = PROBE_CLAIMANTS, .sequence = 1, .to = mac(OTHER_MAC)}});
}

static void each_replies(struct scene *s)
{
    one_is_asked_of_two(s, OTHER_MAC);
}

static void one_card_replies(struct scene *s)
{
    one_is_asked_of_two(s, SCENE_MAC);
}

static void answers_a_name(struct scene *s, const char *who)
{
    see(s, (struct observation){.kind = OBSERVED_REPLY,
                                .address = ip(SCENE_4),
                                .mac = mac(who),
                                .reply = {.probe = PROBE_NAMED, .sequence = 1}});
}

static void both_answer_a_name(struct scene *s)
{
    see_claim(s, SCENE_4, OTHER_MAC);
    answers_a_name(s, SCENE_MAC);
    answers_a_name(s, OTHER_MAC);
}

/* Its reverse path filter takes nothing from there. */
static void other_only_answers_nobody(struct scene *s)
{
    see_claim(s, SCENE_4, OTHER_MAC);
    answers_a_name(s, SCENE_MAC);
}

static void one_claims_twice(struct scene *s)
{
    see_claim(s, SCENE_4, SCENE_MAC);
}

static void has_another_address(struct scene *s)
{
    is_deaf_about(s, SCENE_4);
    is_deaf_about(s, SCENE_6);
    see_claim(s, "10.9.0.77", SCENE_MAC);
    see_claim(s, "fe80::77", SCENE_MAC);
}

static void ipv6_has_none(struct scene *s) /* IPv4 alone does not prove that it has IPv6 */
{
    is_deaf_about(s, SCENE_6);
}

/* The host has the address on another interface, which is up. */
static void host_has_it_on_uplink(struct scene *s)
{
    s->links[1] =
        (struct link_facts){.ifindex = SCENE_UPLINK, .name = "eth0", .kind = LINK_OTHER, .up = true};
    s->facts.link_count = 2;
    s->own[2] = (struct address_facts){.ifindex = SCENE_UPLINK, .address = ip(SCENE_4), .prefix_length = 24};
    s->facts.address_count = 3;
    s->target.addresses[0].route = (struct route_facts){.kind = ROUTE_LOCAL};
}

static void uplink_is_down(struct scene *s)
{
    host_has_it_on_uplink(s);
    s->links[1].up = false;
}

static void host_answers_for_its_interface_only(struct scene *s)
{
    host_has_it_on_uplink(s);
    s->links[0].arp_ignore = 1;
}

/* The tap, or its bridge, is in one VRF, and the interface with the same address in another one. */
static void uplink_is_in_another_vrf(struct scene *s)
{
    host_has_it_on_uplink(s);
    s->links[2] = (struct link_facts){.ifindex = 21, .name = "red", .kind = LINK_VRF, .up = true};
    s->links[3] = (struct link_facts){.ifindex = 22, .name = "blue", .kind = LINK_VRF, .up = true};
    s->facts.link_count = 4;
    s->links[0].master = 21;
    s->links[1].master = 22;
}

static void uplink_is_in_the_same_vrf(struct scene *s)
{
    uplink_is_in_another_vrf(s);
    s->links[1].master = 21;
}

static void uplink_is_in_a_vrf(struct scene *s)
{
    uplink_is_in_another_vrf(s);
    s->links[0].master = 0;
}

static void host_has_ipv6_on_uplink(struct scene *s) /* Linux answers solicitations on that interface only */
{
    host_has_it_on_uplink(s);
    s->own[2].address = ip(SCENE_6);
}

static void route_leads_elsewhere(struct scene *s)
{
    s->target.addresses[0].route = (struct route_facts){.kind = ROUTE_GATEWAY, .ifindex = SCENE_UPLINK};
}

static void off_every_subnet(struct scene *s)
{
    route_leads_elsewhere(s);
    s->own[0].address = ip("10.8.0.1");
}

/* It was heard to use another subnet besides the host's. */
static void speaks_as_others_subnet(struct scene *s)
{
    add_checked(s, "10.8.0.2");
    s->target.given_count = 0;
    s->target.addresses[s->target.address_count - 1].origin = ORIGIN_HEARD;
    s->target.addresses[s->target.address_count - 1].route = (struct route_facts){.kind = ROUTE_NONE};
}

static void off_every_subnet_but_routed(struct scene *s)
{
    off_every_subnet(s);
    s->target.addresses[0].route = (struct route_facts){.kind = ROUTE_ON_LINK, .ifindex = SCENE_TAP};
}

static void off_every_subnet_and_rejected(struct scene *s)
{
    off_every_subnet(s);
    s->target.addresses[0].route = (struct route_facts){.kind = ROUTE_REJECTED};
}

static void kernel_did_not_say(struct scene *s)
{
    off_every_subnet(s);
    s->target.addresses[0].route = (struct route_facts){.kind = ROUTE_UNKNOWN};
}

static void bridge_with_uplink(struct scene *s)
{
    put_on_bridge(s);
    off_every_subnet(s);
    s->links[2] = (struct link_facts){
        .ifindex = SCENE_UPLINK, .name = "eth0", .kind = LINK_OTHER, .master = SCENE_BRIDGE};
    s->facts.link_count = 3;
}

static void see_rejection(struct scene *s)
{
    see(s, (struct observation){.kind = OBSERVED_ICMP_ERROR,
                                .address = ip(SCENE_4),
                                .mac = mac(SCENE_MAC),
                                .error = {.type = 3, .code = 13, .sender = ip(SCENE_4)}});
}

static void rejected(struct scene *s)
{
    is_silent_about(s, PROBE_ICMP, SCENE_4);
    see_rejection(s);
}

/* It has another address, which nobody named either, and which is answered. */
static void one_found_is_not_to_be_pinged(struct scene *s)
{
    add_checked(s, "10.9.0.3");
    s->target.given_count = 0;
    for (size_t i = 0; i < s->target.address_count; i++)
        s->target.addresses[i].origin = ORIGIN_SWEEP;
    is_silent_about(s, PROBE_ICMP, SCENE_4);
}

static void one_configured_is_not_answered(struct scene *s)
{
    one_found_is_not_to_be_pinged(s);
    s->target.addresses[0].origin = ORIGIN_CONFIGURED;
}

static void another_machine_is_answered(struct scene *s)
{
    one_found_is_not_to_be_pinged(s);
    for (size_t i = 0; i < s->seen.count; i++)
        if (ip_equal(s->seen.items[i].address, ip("10.9.0.3")))
            s->seen.items[i].mac = mac(OTHER_MAC);
}

static void rejected_by_one_found(struct scene *s)
{
    one_found_is_not_to_be_pinged(s);
    see_rejection(s);
}

static void wrong_checksums(struct scene *s)
{
    is_silent_about(s, PROBE_ICMP, SCENE_4);
    check_in(s, PROBE_ICMP, SCENE_4)->bad_checksums = 3;
}

static void damaged_copy(struct scene *s)
{
    check_in(s, PROBE_ICMP, SCENE_4)->bad_checksums = 1;
}

static void no_echo_4(struct scene *s)
{
    is_silent_about(s, PROBE_ICMP, SCENE_4);
}

/* The kernel may not have told the guest where its answer is to go. */
static void host_has_no_room_for_neighbours(struct scene *s)
{
    no_echo_4(s);
    see(s, (struct observation){.kind = OBSERVED_STACK,
                                .address = ip(SCENE_4),
                                .stack = {.sent = 4, .no_room = true, .source = ip("10.9.0.1")}});
}

static void no_echo_6(struct scene *s)
{
    is_silent_about(s, PROBE_ICMPV6, SCENE_6);
}

/* Nobody named its addresses. Whatever it is asked from, it lets no echo in, … */
static void found_ipv6_is_not_to_be_pinged(struct scene *s)
{
    s->target.given_count = 0;
    for (size_t i = 0; i < s->target.address_count; i++)
        s->target.addresses[i].origin = ORIGIN_ALL_NODES;
    no_echo_6(s);
}

/* … or those to its link-local address, with its other family or alone. */
static void answers_as_link_local(struct scene *s)
{
    add_checked(s, "fe80::1");
    found_ipv6_is_not_to_be_pinged(s);
}

static void answers_as_link_local_only(struct scene *s)
{
    answers_as_link_local(s);
    no_echo_4(s);
    s->target.addresses[0].origin = ORIGIN_CONFIGURED;
}

static void asks_its_gateway(struct scene *s)
{
    no_echo_4(s);
    check_in(s, PROBE_ICMP, SCENE_4)->source = ip("10.9.0.5");
    see(s,
        (struct observation){.kind = OBSERVED_SOURCE, .address = ip("10.9.0.5"), .source = SOURCE_BORROWED});
    see(s, (struct observation){.kind = OBSERVED_QUESTION,
                                .address = ip("10.9.0.254"),
                                .mac = mac(SCENE_MAC),
                                .asker = ip(SCENE_4)});
}

static void lost_captures(struct scene *s)
{
    no_echo_6(s);
    see(s, (struct observation){.kind = OBSERVED_TROUBLE,
                                .trouble = {.kind = TROUBLE_CAPTURE_LOST, .count = 1}});
}

static void documentation(struct scene *s)
{
    s->target.addresses[0].address = ip("192.0.2.7");
}

static void next_to_documentation(struct scene *s)
{
    s->target.addresses[0].address = ip("192.0.3.7");
}

static const struct finding_case L3_CASES[] = {
    {FINDING_PROXY_ARP, proxies, "proxy-arp", answers_for_itself},
    {FINDING_ADDRESS_CONFLICT, two_claim, "address-conflict", one_claims_twice},
    {FINDING_ADDRESS_CONFLICT, two_claim_ipv6, "address-conflict", other_one_yields},
    {FINDING_ADDRESS_CONFLICT, two_counters_at_one_place, "address-conflict", one_counter},
    {FINDING_ADDRESS_CONFLICT, each_replies, "address-conflict", one_card_replies},
    {FINDING_ADDRESS_CONFLICT, both_answer_a_name, "address-conflict", other_only_answers_nobody},
    {FINDING_ADDRESS_CONFLICT, host_has_it_on_uplink, "address-conflict", uplink_is_down},
    {FINDING_ADDRESS_CONFLICT, host_has_it_on_uplink, "address-conflict",
     host_answers_for_its_interface_only},
    {FINDING_ADDRESS_CONFLICT, host_has_it_on_uplink, "address-conflict", host_has_ipv6_on_uplink},
    {FINDING_ADDRESS_CONFLICT, uplink_is_in_the_same_vrf, "address-conflict", uplink_is_in_another_vrf},
    {FINDING_ADDRESS_CONFLICT, uplink_is_in_the_same_vrf, "address-conflict", uplink_is_in_a_vrf},
    {FINDING_ADDRESS_NOT_ASSIGNED, has_another_address, "address-not-assigned address-not-assigned",
     ipv6_has_none},
    {FINDING_WRONG_SUBNET, off_every_subnet, "wrong-subnet", bridge_with_uplink},
    {FINDING_WRONG_SUBNET, off_every_subnet, "wrong-subnet", route_leads_elsewhere},
    {FINDING_WRONG_SUBNET, off_every_subnet, "wrong-subnet", speaks_as_others_subnet},
    {FINDING_WRONG_SUBNET, off_every_subnet, "wrong-subnet", off_every_subnet_but_routed},
    {FINDING_WRONG_SUBNET, off_every_subnet, "wrong-subnet", off_every_subnet_and_rejected},
    {FINDING_WRONG_SUBNET, off_every_subnet, "wrong-subnet", kernel_did_not_say},
    {FINDING_ICMP_REJECTED, rejected, "icmp-rejected", see_rejection},
    {FINDING_ICMP_REJECTED, rejected, "icmp-rejected", rejected_by_one_found},
    {FINDING_BAD_CHECKSUM, wrong_checksums, "bad-checksum", damaged_copy},
    {FINDING_ICMP_NO_REPLY, no_echo_4, "icmp-no-reply", asks_its_gateway},
    {FINDING_ICMP_NO_REPLY, no_echo_4, "icmp-no-reply", host_has_no_room_for_neighbours},
    {FINDING_ICMP_NO_REPLY, one_configured_is_not_answered, "icmp-no-reply", one_found_is_not_to_be_pinged},
    {FINDING_ICMP_NO_REPLY, another_machine_is_answered, "icmp-no-reply", one_found_is_not_to_be_pinged},
    {FINDING_ICMPV6_NO_REPLY, no_echo_6, "icmpv6-no-reply", lost_captures},
    {FINDING_ICMPV6_NO_REPLY, found_ipv6_is_not_to_be_pinged, "icmpv6-no-reply", answers_as_link_local},
    {FINDING_ICMPV6_NO_REPLY, found_ipv6_is_not_to_be_pinged, "icmpv6-no-reply", answers_as_link_local_only},
    {FINDING_DOCUMENTATION_ADDRESS, documentation, "documentation-address", next_to_documentation},
};

#endif

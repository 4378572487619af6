/* The cases of findings on the path between the host's stack and the guest. */
#ifndef VMNETCHECK_CASES_PATH_H
#define VMNETCHECK_CASES_PATH_H

#include "scene.h"

#include <errno.h>

enum { ON_HOST = VANTAGE_BIT(AT_HOST), ON_BRIDGE = VANTAGE_BIT(AT_BRIDGE), ON_TAP = VANTAGE_BIT(AT_TAP) };

/* The host's own ping of an address, on a bridge: where request and reply were seen. */
static inline struct observation *see_stack(struct scene *s, const char *address, unsigned requests,
                                            unsigned replies)
{
    put_on_bridge(s);
    for (size_t i = 0; i < s->target.address_count; i++)
        s->target.addresses[i].route.ifindex = SCENE_BRIDGE;
    see(s, (struct observation){.kind = OBSERVED_STACK,
                                .address = ip(address),
                                .mac = mac(SCENE_MAC),
                                .at = AT_BRIDGE,
                                .stack = {.sent = 4,
                                          .received = (replies & ON_HOST) != 0,
                                          .heard = ON_HOST | ON_BRIDGE | ON_TAP,
                                          .requests = requests,
                                          .replies = replies,
                                          .concluded = true,
                                          .source = ip("10.9.0.1")}});
    return &s->seen.items[s->seen.count - 1];
}

static inline void is_routed(struct scene *s, enum route_kind kind, int ifindex)
{
    s->target.addresses[0].route = (struct route_facts){.kind = kind, .ifindex = ifindex};
}

static void reply_is_lost_at_the_socket(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, ON_TAP | ON_BRIDGE);
}

static void reply_is_lost_on_the_bridge(struct scene *s)
{
    see_stack(s, SCENE_6, ON_HOST | ON_BRIDGE | ON_TAP, ON_TAP);
}

static void filter_refuses(struct scene *s)
{
    reply_is_lost_at_the_socket(s);
    s->target.addresses[0].way_in_error = EINVAL;
}

/* The guest asked who the host is, and was not heard. */
static void filter_refuses_and_guest_is_silent(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, 0);
    s->target.addresses[0].way_in_error = EINVAL;
}

static void filter_refuses_but_guest_is_reached(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, ON_TAP | ON_BRIDGE | ON_HOST);
    s->target.addresses[0].way_in_error = EINVAL;
}

/* It came no further than to where the filter does not see it. */
static void filter_refuses_what_does_not_come(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, ON_TAP);
    s->target.addresses[0].way_in_error = EINVAL;
}

static void filter_was_not_asked(struct scene *s)
{
    reply_is_lost_at_the_socket(s);
    s->target.addresses[0].way_in_error = ENOBUFS;
}

static void request_is_lost_on_the_bridge(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE, 0);
}

static void request_goes_to_a_twin(struct scene *s)
{
    request_is_lost_on_the_bridge(s);
    see(s, (struct observation){.kind = OBSERVED_LEARNED, .mac = mac(SCENE_MAC), .port = SCENE_TAP});
    see(s, (struct observation){.kind = OBSERVED_LEARNED, .mac = mac(SCENE_MAC), .port = SCENE_BRIDGE});
}

static void request_is_refused(struct scene *s)
{
    see_stack(s, SCENE_4, 0, 0)->stack.send_error = EPERM;
}

static void host_reaches_guest(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, ON_TAP | ON_BRIDGE | ON_HOST);
}

/* It may be a limit of the guest's, or its firewall: not the host's. */
static void guest_is_silent_to_host(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, 0);
}

static void guest_is_silent_to_everybody(struct scene *s)
{
    request_is_lost_on_the_bridge(s);
    is_silent_about(s, PROBE_ICMP, SCENE_4);
}

static void capture_lost_some(struct scene *s)
{
    request_is_lost_on_the_bridge(s);
    see(s, (struct observation){.kind = OBSERVED_TROUBLE,
                                .trouble = {.kind = TROUBLE_CAPTURE_LOST, .count = 3}});
}

static void socket_lost_some(struct scene *s)
{
    reply_is_lost_at_the_socket(s);
    see(s, (struct observation){.kind = OBSERVED_TROUBLE, .trouble = {.kind = TROUBLE_REPLIES_LOST}});
}

static void check_is_cut_short(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE, 0)->stack.concluded = false;
}

static void a_route_wins(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST, 0);
    is_routed(s, ROUTE_GATEWAY, SCENE_UPLINK);
}

static void a_route_wins_and_guest_is_silent(struct scene *s)
{
    a_route_wins(s);
    is_silent_about(s, PROBE_ICMP, SCENE_4);
    check_in(s, PROBE_ICMP, SCENE_4)->source = ip("10.9.0.1");
    see(s, (struct observation){.kind = OBSERVED_SOURCE, .address = ip("10.9.0.1"), .source = SOURCE_OURS});
}

/* With arp_filter the host does not answer who asks for it where it would not send. */
static void a_route_wins_and_guest_asks_in_vain(struct scene *s)
{
    a_route_wins_and_guest_is_silent(s);
    see(s, (struct observation){.kind = OBSERVED_QUESTION,
                                .address = ip("10.9.0.1"),
                                .mac = mac(SCENE_MAC),
                                .asker = ip(SCENE_4)});
}

static void a_route_rejects(struct scene *s)
{
    see_stack(s, SCENE_4, 0, 0)->stack.send_error = EACCES;
    is_routed(s, ROUTE_REJECTED, 0);
}

/* A ping that is answered judges. */
static void a_route_wins_that_leads_there(struct scene *s)
{
    host_reaches_guest(s);
    is_routed(s, ROUTE_GATEWAY, SCENE_UPLINK);
}

static void route_is_not_known(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST, 0);
    is_routed(s, ROUTE_UNKNOWN, 0);
}

/* Neither is the host's address on the tap's path, nor does anybody answer where it is. */
static void tap_is_in_no_bridge(struct scene *s)
{
    a_route_wins(s);
    s->links[0].master = 0;
    s->target.bridge = NULL;
    is_routed(s, ROUTE_ON_LINK, SCENE_BRIDGE);
}

static void bridge_is_down(struct scene *s)
{
    request_is_lost_on_the_bridge(s);
    s->links[1].up = false;
    s->links[0].port = PORT_DISABLED;
}

static void port_is(struct scene *s, enum port_state state)
{
    request_is_lost_on_the_bridge(s);
    s->links[0].port = state;
    s->links[0].port_timer_us = 3000000;
    s->links[1].forward_delay_us = 15000000;
}

static void port_listens(struct scene *s)
{
    port_is(s, PORT_LISTENING);
}

static void port_forwards(struct scene *s)
{
    port_is(s, PORT_FORWARDING);
}

/* It began to forward meanwhile, or there is another way. */
static void port_blocks_but_host_reaches_guest(struct scene *s)
{
    host_reaches_guest(s);
    s->links[0].port = PORT_BLOCKING;
}

static void port_of_a_switch_is_disabled(struct scene *s)
{
    put_on_bridge(s);
    s->links[0].port = PORT_DISABLED;
}

static void port_of_a_switch_blocks(struct scene *s)
{
    put_on_bridge(s);
    s->links[0].port = PORT_BLOCKING;
}

static void port_is_locked(struct scene *s)
{
    reply_is_lost_on_the_bridge(s);
    s->links[0].locked = true;
}

static void locked_port_lets_guest_in(struct scene *s)
{
    reply_is_lost_at_the_socket(s);
    s->links[0].locked = true;
}

static void address_is_on_the_tap(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_TAP, ON_TAP);
    s->own[0].ifindex = SCENE_TAP;
    is_routed(s, ROUTE_ON_LINK, SCENE_TAP);
}

static void address_is_on_the_bridge(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_TAP, ON_TAP);
}

static void entry_is_wrong(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, 0)->mac = mac(OTHER_MAC);
}

static void entry_is_another_right_one(struct scene *s)
{
    entry_is_wrong(s);
    see_claim(s, SCENE_4, OTHER_MAC);
}

/* What host and guest ask each other, beside the host's own ping. */
static inline struct resolve_observation *see_resolve(struct scene *s, struct asking by_host,
                                                      struct asking by_guest)
{
    see(s, (struct observation){.kind = OBSERVED_RESOLVE,
                                .address = ip(SCENE_4),
                                .at = AT_BRIDGE,
                                .resolve = {.heard = ON_HOST | ON_BRIDGE | ON_TAP,
                                            .by_host = by_host,
                                            .by_guest = by_guest,
                                            .sent = 3,
                                            .concluded = true,
                                            .own = ip("10.9.0.1")}});
    return &s->seen.items[s->seen.count - 1].resolve;
}

static const struct asking NOBODY = {0};

/* It is reached all the same, since the guest asked. */
static void question_of_host_is_lost(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s,
                (struct asking){
                    .times = 1, .questions = ON_BRIDGE, .answers = ON_TAP | ON_BRIDGE, .given = 3, .got = 3},
                NOBODY);
}

static void bridge_answers_itself(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s, (struct asking){.times = 1, .questions = ON_BRIDGE, .answers = ON_BRIDGE, .got = 1},
                NOBODY);
}

static void answer_of_guest_is_lost(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s, (struct asking){.questions = ON_BRIDGE | ON_TAP, .answers = ON_TAP, .given = 3}, NOBODY);
}

static void guest_answers_no_question(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s, (struct asking){.questions = ON_BRIDGE | ON_TAP}, NOBODY);
}

static void see_all_asked(struct scene *s)
{
    see(s, (struct observation){.kind = OBSERVED_ENTRY, .address = ip(SCENE_4)});
    see_resolve(
        s,
        (struct asking){
            .times = 3, .questions = ON_BRIDGE | ON_TAP, .answers = ON_TAP | ON_BRIDGE, .given = 3, .got = 3},
        NOBODY);
}

static void host_takes_no_answer(struct scene *s)
{
    see_stack(s, SCENE_4, ON_HOST, 0);
    see_all_asked(s);
}

static void host_takes_the_answer(struct scene *s)
{
    host_reaches_guest(s);
    see_all_asked(s);
}

static struct resolve_observation *host_asks_nobody(struct scene *s)
{
    host_reaches_guest(s);
    struct resolve_observation *seen = see_resolve(
        s,
        (struct asking){.questions = ON_TAP | ON_BRIDGE, .answers = ON_TAP | ON_BRIDGE, .given = 1, .got = 1},
        NOBODY);
    seen->strangers = 3;
    return seen;
}

static void host_is_mute(struct scene *s)
{
    host_asks_nobody(s);
}

static void host_asks_for_strangers(struct scene *s)
{
    host_asks_nobody(s)->asked_for_stranger = true;
}

static void host_cannot_be_asked_for(struct scene *s)
{
    struct resolve_observation *seen = host_asks_nobody(s);

    *seen = (struct resolve_observation){.heard = seen->heard,
                                         .sent = 3,
                                         .send_failures = 3,
                                         .send_error = ENOBUFS,
                                         .concluded = true,
                                         .own = seen->own};
}

static void one_question_cannot_be_sent(struct scene *s)
{
    host_cannot_be_asked_for(s);
    s->seen.items[s->seen.count - 1].resolve.send_failures = 1;
}

static void guest_asks_in_vain(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s, NOBODY, (struct asking){.times = 3, .questions = ON_TAP | ON_BRIDGE});
}

static void guest_asks_once(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s, NOBODY, (struct asking){.times = 1, .questions = ON_TAP | ON_BRIDGE});
}

/* Nor does the kernel answer for whom it has no room. */
static void guest_asks_host_without_room(struct scene *s)
{
    see_stack(s, SCENE_4, 0, 0)->stack.no_room = true;
    s->seen.items[s->seen.count - 1].stack.concluded = false;
    see_resolve(s, NOBODY, (struct asking){.times = 3, .questions = ON_TAP | ON_BRIDGE});
}

static void guest_is_answered(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s, NOBODY,
                (struct asking){.times = 3, .questions = ON_TAP | ON_BRIDGE, .answers = ON_BRIDGE | ON_TAP});
}

static void answer_of_host_is_lost(struct scene *s)
{
    host_reaches_guest(s);
    see_resolve(s, NOBODY,
                (struct asking){.times = 3, .questions = ON_TAP | ON_BRIDGE, .answers = ON_BRIDGE});
}

static const struct finding_case PATH_CASES[] = {
    {FINDING_BRIDGE_DOWN, bridge_is_down, "bridge-down", port_forwards},
    {FINDING_BRIDGE_PORT_BLOCKED, port_listens, "bridge-port-blocked", port_forwards},
    {FINDING_BRIDGE_PORT_BLOCKED, port_listens, "bridge-port-blocked", port_blocks_but_host_reaches_guest},
    {FINDING_BRIDGE_PORT_BLOCKED, port_of_a_switch_is_disabled, "bridge-port-blocked",
     port_of_a_switch_blocks},
    {FINDING_BRIDGE_PORT_BLOCKED, port_is_locked, "bridge-port-blocked", locked_port_lets_guest_in},
    {FINDING_ADDRESS_ON_BRIDGE_PORT, address_is_on_the_tap, "address-on-bridge-port",
     address_is_on_the_bridge},
    {FINDING_ROUTE_ELSEWHERE, tap_is_in_no_bridge, "route-elsewhere", host_reaches_guest},
    {FINDING_ROUTE_ELSEWHERE, a_route_wins, "route-elsewhere", a_route_wins_that_leads_there},
    {FINDING_ROUTE_ELSEWHERE, a_route_wins_and_guest_asks_in_vain, "route-elsewhere",
     a_route_wins_and_guest_is_silent},
    {FINDING_ROUTE_ELSEWHERE, a_route_rejects, "route-elsewhere", route_is_not_known},
    {FINDING_STALE_NEIGHBOUR, entry_is_wrong, "stale-neighbour", entry_is_another_right_one},
    {FINDING_REVERSE_PATH_FILTER, filter_refuses, "reverse-path-filter", filter_was_not_asked},
    {FINDING_REVERSE_PATH_FILTER, filter_refuses, "reverse-path-filter", filter_refuses_what_does_not_come},
    {FINDING_REVERSE_PATH_FILTER, filter_refuses_and_guest_is_silent, "reverse-path-filter",
     filter_refuses_but_guest_is_reached},
    {FINDING_HOST_FILTER, reply_is_lost_at_the_socket, "host-filter", host_reaches_guest},
    {FINDING_HOST_FILTER, reply_is_lost_at_the_socket, "host-filter", socket_lost_some},
    {FINDING_HOST_FILTER, reply_is_lost_on_the_bridge, "host-filter", guest_is_silent_to_host},
    {FINDING_HOST_FILTER, request_is_lost_on_the_bridge, "host-filter", guest_is_silent_to_everybody},
    {FINDING_HOST_FILTER, request_is_lost_on_the_bridge, "host-filter", capture_lost_some},
    {FINDING_HOST_FILTER, request_is_lost_on_the_bridge, "host-filter", request_goes_to_a_twin},
    {FINDING_HOST_FILTER, request_is_refused, "host-filter", check_is_cut_short},
    {FINDING_HOST_FILTER, question_of_host_is_lost, "host-filter", bridge_answers_itself},
    {FINDING_HOST_FILTER, answer_of_guest_is_lost, "host-filter", guest_answers_no_question},
    {FINDING_HOST_FILTER, host_takes_no_answer, "host-filter", host_takes_the_answer},
    {FINDING_HOST_FILTER, host_is_mute, "host-filter", host_asks_for_strangers},
    {FINDING_HOST_FILTER, host_cannot_be_asked_for, "host-filter", one_question_cannot_be_sent},
    {FINDING_HOST_FILTER, guest_asks_in_vain, "host-filter", guest_asks_once},
    {FINDING_HOST_FILTER, guest_asks_in_vain, "host-filter", guest_asks_host_without_room},
    {FINDING_HOST_FILTER, answer_of_host_is_lost, "host-filter", guest_is_answered},
};

#endif

/* The bridge of the tap and its ports: down, not forwarding, with an address that belongs to the bridge. */
#include "passage.h"

#include <errno.h>
#include <string.h>

static void bridge_down(struct judgement *judgement, enum finding_id id)
{
    const struct path *path = &judgement->input->target->path;

    for (size_t hop = 1; hop < path->count; hop++) {
        const struct link_facts *bridge = path->hops[hop];
        if (bridge->kind != LINK_BRIDGE || bridge->up)
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "the bridge %s is down", bridge->name);
        finding_add_evidence(finding, "the kernel's flags of %s (ifindex %d) lack UP", bridge->name,
                             bridge->ifindex);
        finding_set_fix(finding, "ip link set dev %s up", bridge->name);
    }
}

/* ---- ports that do not forward ---- */

static bool is_reached(const struct judgement *judgement)
{
    const struct observation *stack = NULL;

    while ((stack = judgement_next(judgement, stack, OBSERVED_STACK, (struct ip_addr){0})) != NULL)
        if (stack->stack.received > 0)
            return true;
    return false;
}

/* The reply came in by the locked port and went no further. */
static bool is_locked_out(const struct judgement *judgement, const struct link_facts *port)
{
    struct passage passage;

    return port->locked && passage_next_lost(judgement, NULL, &passage) && passage.lost == LOST_REPLY &&
           passage.places[passage.after].link == port;
}

/* Of a bridge that only switches, a port that blocks may be what STP is for: there is another way. */
static bool is_blocked(const struct judgement *judgement, const struct link_facts *port)
{
    struct passage passage;

    if (port->port == PORT_NONE || !port->carrier)
        return false;
    if (port->port == PORT_FORWARDING)
        return is_locked_out(judgement, port);
    return port->port != PORT_BLOCKING || passage_next_lost(judgement, NULL, &passage);
}

/* Until it forwards; 0: that is not known. */
static double wait_seconds(const struct link_facts *port, const struct link_facts *bridge)
{
    uint64_t wait_us = port->port == PORT_LISTENING  ? port->port_timer_us + bridge->forward_delay_us
                       : port->port == PORT_LEARNING ? port->port_timer_us
                                                     : 0;
    return (double)wait_us / 1e6;
}

static void say_locked(const struct judgement *judgement, struct finding *finding,
                       const struct link_facts *port)
{
    const struct observation *guest = claim_next(judgement, NULL, (struct ip_addr){0});
    char mac[MAC_TEXT_SIZE];

    finding_add_evidence(finding, "%s is locked: it takes no frame from a MAC address without an entry there",
                         port->name);
    if (guest != NULL)
        finding_set_fix(finding,
                        "bridge fdb add %s dev %s master static; or bridge link set dev %s locked off",
                        mac_format(guest->mac, mac), port->name, port->name);
    else
        finding_set_fix(finding, "bridge link set dev %s locked off", port->name);
}

static void say_state(struct finding *finding, const struct link_facts *port, const struct link_facts *bridge)
{
    static const char *const states[] = {"disabled", "listening", "learning", "forwarding", "blocking"};
    double seconds = wait_seconds(port, bridge);

    finding_add_evidence(finding, "the port %s of %s is %s", port->name, bridge->name, states[port->port]);
    if (seconds > 0) {
        finding_add_evidence(finding, "STP lets it forward in %.0f s", seconds);
        finding_set_fix(finding,
                        "wait %.0f s; and for the next time: ip link set dev %s type bridge forward_delay 0",
                        seconds, bridge->name);
    } else {
        finding_set_fix(finding, "bridge link set dev %s state 3; with STP, look for the second path",
                        port->name);
    }
}

static void bridge_port_blocked(struct judgement *judgement, enum finding_id id)
{
    const struct path *path = &judgement->input->target->path;

    for (size_t hop = 0; hop < path->count && !is_reached(judgement); hop++) {
        const struct link_facts *port = path->hops[hop];
        const struct link_facts *bridge = facts_bridge_of(judgement->input->facts, port);
        if (bridge == NULL || !bridge->up || !is_blocked(judgement, port))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "the port %s of the bridge %s does not forward", port->name, bridge->name);
        if (port->port == PORT_FORWARDING)
            say_locked(judgement, finding, port);
        else
            say_state(finding, port, bridge);
    }
}

/* ---- an address on a port ---- */

/* By which the host would send, as it has a subnet there; NULL: it is no port, or that is not so. */
static const struct address_facts *address_on_port(const struct judgement *judgement, struct ip_addr address)
{
    const struct verdict_input *input = judgement->input;

    for (size_t i = 0; i < input->target->address_count; i++) {
        const struct target_address *own = &input->target->addresses[i];
        const struct link_facts *port = facts_link(input->facts, own->route.ifindex);
        if (ip_equal(own->address, address) && own->route.kind == ROUTE_ON_LINK && port != NULL &&
            facts_bridge_of(input->facts, port) != NULL)
            return facts_subnet_of(input->facts, port->ifindex, address);
    }
    return NULL;
}

static void address_on_bridge_port(struct judgement *judgement, enum finding_id id)
{
    const struct host_facts *facts = judgement->input->facts;
    const struct observation *stack = NULL;
    char ip[IP_TEXT_SIZE], own_ip[IP_TEXT_SIZE];

    if (silence_may_be_of_capture(judgement))
        return;
    while ((stack = judgement_next(judgement, stack, OBSERVED_STACK, (struct ip_addr){0})) != NULL) {
        struct passage passage = passage_of(judgement, stack);
        const struct address_facts *own = address_on_port(judgement, stack->address);
        if (own == NULL || passage.lost == LOST_NOTHING)
            continue;
        const struct link_facts *port = facts_link(facts, own->ifindex);
        const char *bridge = facts_bridge_of(facts, port)->name;
        struct finding *finding = finding_add(judgement, id, stack->address);
        ip_format(own->address, own_ip);
        finding_summarize(finding, "the host's %s/%u is on %s, which is a port of %s", own_ip,
                          own->prefix_length, port->name, bridge);
        finding_add_evidence(finding, "the host's route to %s: by way of %s", ip_format(stack->address, ip),
                             port->name);
        passage_add_evidence(finding, &passage);
        finding_set_fix(finding, "ip address del %s/%u dev %s; ip address add %s/%u dev %s", own_ip,
                        own->prefix_length, port->name, own_ip, own->prefix_length, bridge);
    }
}

/* ---- what it forwards ---- */

static bool is_reached_by(const struct judgement *judgement, enum ip_family family)
{
    const struct target *target = judgement->input->target;

    for (size_t i = 0; i < target->address_count; i++)
        if (target->addresses[i].address.family == family &&
            judgement_echo_answered(judgement, target->addresses[i].address))
            return true;
    return false;
}

static void say_dropped(struct finding *finding, const char *bridge, enum ip_family family, const char *chain)
{
    finding_add_evidence(
        finding,
        "%s between ports of %s is handed to the packet filter (br_netfilter), and the chain %s has "
        "the policy drop, and no rule that might accept it",
        family == IP_V4 ? "IPv4" : "IPv6", bridge, chain);
    finding_set_fix(
        finding,
        "nft insert rule %s iifname %s oifname %s accept; or, if no bridge is to be filtered: sysctl -w "
        "net.bridge.bridge-nf-call-%s=0",
        chain, bridge, bridge, family == IP_V4 ? "iptables" : "ip6tables");
}

/* Isolated ones are not meant to reach each other. */
static bool are_isolated(const struct target *target)
{
    const struct target *other = target->between.other;

    return target->link->isolated && other->link != NULL && other->link->isolated;
}

static void bridge_filter(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct target_between *between = &target->between;
    bool is_v4 = between->chain_v4 != NULL && is_reached_by(judgement, IP_V4),
         is_v6 = between->chain_v6 != NULL && is_reached_by(judgement, IP_V6);

    /* Tagged frames are not handed over (bridge-nf-filter-vlan-tagged). */
    if (between->other == NULL || target->bridge == NULL || judgement->input->options->vlan > 0 ||
        are_isolated(target) || (!is_v4 && !is_v6))
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "the host's packet filter drops what %s forwards between %s and %s",
                      target->bridge->name, target->link->name, between->other->name);
    if (is_v6)
        say_dropped(finding, target->bridge->name, IP_V6, between->chain_v6);
    if (is_v4)
        say_dropped(finding, target->bridge->name, IP_V4, between->chain_v4);
    finding_add_evidence(finding, "inferred: no packet between the two was looked for");
}

void bridge_add_notes(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;
    int error = target->between.error;

    if (error != 0 && target->bridge != NULL)
        text_list_addf(
            &judgement->verdict->notes,
            "whether the host's packet filter drops what %s forwards was not told: %s", target->bridge->name,
            error == ENOPROTOOPT
                ? "iptables-legacy has a filter table, whose rules are not read (iptables-legacy-save)"
                : strerror(error));
}

const struct rule BRIDGE_RULES[] = {
    {FINDING_BRIDGE_DOWN, bridge_down},
    {FINDING_BRIDGE_PORT_BLOCKED, bridge_port_blocked},
    {FINDING_ADDRESS_ON_BRIDGE_PORT, address_on_bridge_port},
    {FINDING_BRIDGE_FILTER, bridge_filter},
    {FINDING_COUNT, NULL},
};

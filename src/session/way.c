/* The host's own ways to an address of a target, and from there: its routes, rules and choice of a source. */
#include "way.h"

#include <errno.h>

enum { SOURCES_ASKED_MAX = 4 /* of the host's addresses on a link: few have routes of their own */ };

static struct route_facts ask_route(const struct session_setup *setup, struct ip_addr address,
                                    struct ip_addr source)
{
    int scope = ip_is_link_local(address) ? target_host_link(setup->target)->ifindex : 0;
    struct route_facts route;

    if (setup->means->route(setup->means->context, address, source, scope, &route) < 0)
        route = (struct route_facts){.kind = ROUTE_UNKNOWN};
    return route;
}

/* The only address of that link that the host would talk from; IP_NONE if it has none or several. */
static struct ip_addr only_ipv6_on(const struct host_facts *facts, int ifindex)
{
    const struct address_facts *own = NULL;
    struct ip_addr only = {0};

    while ((own = facts_next_address(facts, ifindex, own)) != NULL) {
        if (own->address.family != IP_V6 || ip_is_link_local(own->address) || own->tentative ||
            own->deprecated)
            continue;
        if (only.family != IP_NONE)
            return (struct ip_addr){0};
        only = own->address;
    }
    return only;
}

/* Which source address it would choose, the kernel does not say of an IPv6 route. It prefers that of the
 * interface by which it sends (RFC 6724 5, rule 5); where there is one only, there is no choice. */
static struct ip_addr source_on(const struct session_setup *setup, struct ip_addr address,
                                const struct route_facts *route)
{
    bool is_way = route->kind == ROUTE_ON_LINK || route->kind == ROUTE_GATEWAY;

    return address.family == IP_V6 && !ip_is_link_local(address) && route->source.family == IP_NONE && is_way
               ? only_ipv6_on(setup->facts, route->ifindex)
               : route->source;
}

static bool may_have_source_rules(const struct host_facts *facts, enum ip_family family)
{
    return family == IP_V4 ? !facts->no_source_rules_v4 : !facts->no_source_rules_v6;
}

static bool is_same_way(const struct route_facts *a, const struct route_facts *b)
{
    return a->kind == b->kind && a->ifindex == b->ifindex && ip_equal(a->gateway, b->gateway);
}

/* Where the way without a source is another one, rules on sources may yet lead there from an address that the
 * host has there. */
static bool find_way_from_own(const struct session_setup *setup, struct ip_addr address,
                              struct route_facts *ret)
{
    const struct target *target = setup->target;
    const struct address_facts *own = NULL;

    for (unsigned asked = 0; asked < SOURCES_ASKED_MAX;) {
        own = facts_next_address(setup->facts, target_host_link(target)->ifindex, own);
        if (own == NULL)
            break;
        if (own->address.family != address.family || ip_is_link_local(own->address))
            continue;
        *ret = ask_route(setup, address, own->address);
        ret->needs_source = own->address;
        if (target_is_on_route(target, ret))
            return true;
        asked++;
    }
    return false;
}

/* What the host says first has no source before its route is chosen. What it answers has one, and rules on
 * sources may lead that elsewhere: then nothing that the guest begins is ever answered. Told its source, the
 * kernel need not look at every address of the host, where no such rule leads elsewhere. */
static struct route_facts way_from_source(const struct session_setup *setup, struct ip_addr address,
                                          struct route_facts route)
{
    struct ip_addr source = source_on(setup, address, &route);

    if (source.family != IP_NONE && !ip_is_link_local(address) &&
        may_have_source_rules(setup->facts, address.family)) {
        struct route_facts of_answers = ask_route(setup, address, source);
        if (of_answers.kind != ROUTE_UNKNOWN && target_is_on_route(setup->target, &route) &&
            !target_is_on_route(setup->target, &of_answers)) {
            of_answers.source = of_answers.needs_source = source;
            return of_answers;
        }
        if (address.family == IP_V6 && !is_same_way(&route, &of_answers))
            source = route.source;
    }
    route.source = source;
    return route;
}

struct route_facts way_out(const struct session_setup *setup, struct ip_addr address)
{
    struct route_facts route = ask_route(setup, address, (struct ip_addr){0}), from_own;

    if (!target_is_on_route(setup->target, &route) && !ip_is_link_local(address) &&
        find_way_from_own(setup, address, &from_own))
        return from_own;
    return way_from_source(setup, address, route);
}

/* In a VRF another link's setting is in force than that of the one where the packet came in. */
int way_in_error(const struct session_setup *setup, struct ip_addr address, const struct route_facts *out)
{
    const struct link_facts *host_link = target_host_link(setup->target);

    if (address.family != IP_V4 || out->source.family != IP_V4 || host_link->rp_filter != RP_FILTER_STRICT ||
        facts_vrf_of(setup->facts, host_link) != NULL)
        return 0;
    return -setup->means->route_in(setup->means->context, out->source, address, host_link->ifindex);
}

/* Questions about a target. */
#include "target.h"

const struct link_facts *target_host_link(const struct target *target)
{
    return path_end(&target->path);
}

enum vantage target_vantage_of(const struct target *target, size_t hop)
{
    _Static_assert(AT_PORT + PATH_HOPS_MAX == VANTAGE_COUNT, "a vantage for each hop");

    if (hop == 0)
        return AT_TAP;
    return target->path.hops[hop] == target->bridge ? AT_BRIDGE : (enum vantage)(AT_PORT + hop);
}

const struct link_facts *target_interface_at(const struct target *target, enum vantage at)
{
    if (at == AT_HOST)
        return target_host_link(target);
    for (size_t hop = 0; hop < target->path.count; hop++)
        if (target_vantage_of(target, hop) == at)
            return target->path.hops[hop];
    return NULL;
}

bool target_is_on_route(const struct target *target, const struct route_facts *route)
{
    return (route->kind == ROUTE_ON_LINK || route->kind == ROUTE_GATEWAY) &&
           path_has(&target->path, route->ifindex);
}

const struct target_address *target_address_of(const struct target *target, struct ip_addr address)
{
    for (size_t i = 0; i < target->address_count; i++)
        if (ip_equal(target->addresses[i].address, address))
            return &target->addresses[i];
    return NULL;
}

struct ip_addr target_next_hop(const struct target *target, struct ip_addr address)
{
    const struct target_address *known = target_address_of(target, address);

    return known != NULL && known->route.kind == ROUTE_GATEWAY &&
                   known->route.gateway.family == address.family && target_is_on_route(target, &known->route)
               ? known->route.gateway
               : address;
}

bool target_checks(const struct target *target, struct ip_addr address)
{
    return target_address_of(target, address) != NULL;
}

const char *target_origin_name(enum address_origin origin)
{
    static const char *const names[] = {"given",      "configured", "heard", "neighbour-table",
                                        "link-local", "all-nodes",  "sweep"};
    return names[origin];
}

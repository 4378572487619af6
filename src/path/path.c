/* The way from a target to the host, by the tables of interfaces. */
#include "path.h"

const struct link_facts *path_end(const struct path *path)
{
    return path->count > 0 ? path->hops[path->count - 1] : NULL;
}

bool path_has(const struct path *path, int ifindex)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->hops[i]->ifindex == ifindex)
            return true;
    return false;
}

bool path_is_settling(const struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->hops[i]->settling)
            return true;
    return false;
}

bool path_has_mac(const struct path *path, struct mac_addr mac)
{
    for (size_t i = 0; i < path->count; i++)
        if (mac_equal(path->hops[i]->mac, mac))
            return true;
    return false;
}

static bool add_hop(struct path *path, const struct link_facts *link)
{
    if (link == NULL || path->count == PATH_HOPS_MAX || path_has(path, link->ifindex))
        return false;
    path->hops[path->count++] = link;
    return true;
}

static bool reaches_host(const struct host_facts *facts, const struct path *path)
{
    return facts_next_routable(facts, path_end(path)->ifindex, NULL) != NULL;
}

static bool leave_bridge(const struct host_facts *facts, struct path *path);

/* From a port of a bridge onto that bridge, and on. True if the host has an address there. */
static bool enter_bridge(const struct host_facts *facts, struct path *path)
{
    if (reaches_host(facts, path) && path->count > 1)
        return true;
    return add_hop(path, facts_bridge_of(facts, path_end(path))) &&
           (reaches_host(facts, path) || leave_bridge(facts, path));
}

/* By a veth of the bridge to its other end. What leads nowhere is taken back. */
static bool leave_bridge(const struct host_facts *facts, struct path *path)
{
    int bridge = path_end(path)->ifindex;
    size_t count = path->count;

    for (size_t i = 0; i < facts->link_count; i++) {
        const struct link_facts *port = &facts->links[i];
        if (port->master != bridge || port->kind != LINK_VETH || port->peer == 0)
            continue;
        if (add_hop(path, port) && add_hop(path, facts_link(facts, port->peer)) && enter_bridge(facts, path))
            return true;
        path->count = count;
    }
    return false;
}

void path_find(const struct host_facts *facts, const struct link_facts *target, struct path *ret)
{
    struct path path = {0};

    if (add_hop(&path, target))
        enter_bridge(facts, &path);
    *ret = path;
}

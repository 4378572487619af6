/* By the kernel's tables, not by what the worker says of them. */
#include "interfaces.h"

#include "path.h"

#include <stdint.h>

/* Ports of one bridge have the rest of their path in common. */
static void add_path(const struct host_facts *facts, const struct link_facts *link, int *last_bridge,
                     void (*add)(void *context, int ifindex), void *context)
{
    struct path path;

    add(context, link->ifindex);
    if (link->master == 0 || link->master == *last_bridge)
        return;
    *last_bridge = link->master;
    add(context, link->master);
    path_find(facts, link, &path);
    for (size_t i = 0; i < path.count; i++)
        add(context, path.hops[i]->ifindex);
}

void interfaces_granted(const struct grants *grants, const struct host_facts *facts,
                        void (*add)(void *context, int ifindex), void *context)
{
    int last_bridge = 0;

    for (size_t i = 0; grants->all_taps && i < facts->link_count; i++)
        if (facts->links[i].kind == LINK_TAP || facts->links[i].kind == LINK_MACVTAP)
            add_path(facts, &facts->links[i], &last_bridge, add, context);
    for (size_t i = 0; i < grants->interface_count; i++) {
        const struct link_facts *link = facts_link_named(facts, grants->interfaces[i]);
        if (link != NULL)
            add_path(facts, link, &last_bridge, add, context);
    }
}

/* Addresses are among the names of the command line. */
size_t interfaces_most(const struct grants *grants)
{
    struct ip_addr address;
    size_t named = 0;

    for (size_t i = 0; i < grants->interface_count; i++)
        named += !ip_parse(grants->interfaces[i], &address);
    /* Each with its bridge, and what is on its path: the hops have the interface itself among them. */
    return grants->all_taps ? SIZE_MAX : named * grants->spaces->count * (1 + PATH_HOPS_MAX);
}

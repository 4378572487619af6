#include "facts.h"

#include <stdlib.h>
#include <string.h>

const struct link_facts *facts_link(const struct host_facts *facts, int ifindex)
{
    for (size_t i = 0; i < facts->link_count; i++)
        if (facts->links[i].ifindex == ifindex)
            return &facts->links[i];
    return NULL;
}

const struct link_facts *facts_link_named(const struct host_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->link_count; i++)
        if (strcmp(facts->links[i].name, name) == 0)
            return &facts->links[i];
    return NULL;
}

const struct link_facts *facts_bridge_of(const struct host_facts *facts, const struct link_facts *link)
{
    const struct link_facts *master = link->master ? facts_link(facts, link->master) : NULL;
    return master != NULL && master->kind == LINK_BRIDGE ? master : NULL;
}

const struct address_facts *facts_own_address(const struct host_facts *facts, int ifindex,
                                              struct ip_addr address)
{
    for (size_t i = 0; i < facts->address_count; i++) {
        const struct address_facts *own = &facts->addresses[i];
        if ((ifindex == 0 || own->ifindex == ifindex) && ip_equal(own->address, address))
            return own;
    }
    return NULL;
}

const struct address_facts *facts_subnet_of(const struct host_facts *facts, int ifindex,
                                            struct ip_addr address)
{
    for (size_t i = 0; i < facts->address_count; i++) {
        const struct address_facts *own = &facts->addresses[i];
        if (own->ifindex == ifindex && ip_in_prefix(address, own->address, own->prefix_length))
            return own;
    }
    return NULL;
}

void host_facts_free(struct host_facts *facts)
{
    free(facts->links);
    free(facts->addresses);
    free(facts->neighbours);
    free(facts->fdb);
    *facts = (struct host_facts){0};
}

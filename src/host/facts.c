/* Questions about what the kernel said, by index: links, addresses, neighbours, what a bridge has learned. */
#include "facts.h"
#include "hash.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MASTERS_MAX = 8 }; /* of a link, one above another; the kernel's limit: MAX_NEST_DEV */

/* ---- indexes ---- */

static uint32_t hash_name(const char *name)
{
    return hash_bytes(name, strlen(name));
}

static uint32_t hash_address(struct ip_addr address)
{
    return hash_bytes(address.bytes, sizeof address.bytes);
}

static uint32_t ifindex_of_link(const void *entry)
{
    return (uint32_t)((const struct link_facts *)entry)->ifindex;
}

static uint32_t name_of_link(const void *entry)
{
    return hash_name(((const struct link_facts *)entry)->name);
}

static uint32_t name_of_alias(const void *entry)
{
    return hash_name(((const struct alias_facts *)entry)->name);
}

static uint32_t ifindex_of_address(const void *entry)
{
    return (uint32_t)((const struct address_facts *)entry)->ifindex;
}

static uint32_t address_of_address(const void *entry)
{
    return hash_address(((const struct address_facts *)entry)->address);
}

static uint32_t ifindex_of_neighbour(const void *entry)
{
    return (uint32_t)((const struct neighbour_facts *)entry)->ifindex;
}

static uint32_t address_of_neighbour(const void *entry)
{
    return hash_address(((const struct neighbour_facts *)entry)->address);
}

static uint32_t port_of_fdb(const void *entry)
{
    return (uint32_t)((const struct fdb_facts *)entry)->port;
}

static uint32_t ifindex_of_vlan(const void *entry)
{
    return (uint32_t)((const struct vlan_facts *)entry)->ifindex;
}

static uint32_t mac_of_fdb(const void *entry)
{
    return hash_bytes(((const struct fdb_facts *)entry)->mac.bytes, sizeof(struct mac_addr));
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static struct facts_index index_of(const void *table, size_t count, size_t size,
                                   uint32_t (*key)(const void *entry))
{
    struct facts_index index = {.entries = memory_new(count, sizeof(uint64_t)), .count = count};

    for (size_t i = 0; i < count; i++)
        index.entries[i] = (uint64_t)key((const char *)table + i * size) << 32 | i;
    qsort(index.entries, count, sizeof(uint64_t), compare);
    return index;
}

/* What comes in by a veth whose other end is here goes on there: to another bridge, or to the host itself.
 * One whose other end is in another namespace leads to whatever that is joined to. */
static bool port_leads_out(const struct host_facts *facts, const struct link_facts *port)
{
    const struct link_facts *peer = port->kind == LINK_VETH ? facts_link(facts, port->peer) : NULL;

    if (port->kind == LINK_TAP)
        return false;
    if (peer == NULL)
        return true;
    const struct link_facts *master = facts_link(facts, peer->master);
    return master != NULL && (master->kind != LINK_BRIDGE || master->leads_out);
}

/* A chain of bridges takes one round for each; nobody has seen a longer one than a path can be. */
static void find_ways_out(struct host_facts *facts)
{
    enum { ROUNDS_MAX = 8 };
    bool found = true;

    for (int round = 0; found && round < ROUNDS_MAX; round++) {
        found = false;
        for (size_t i = 0; i < facts->link_count; i++) {
            const struct link_facts *port = &facts->links[i];
            const struct link_facts *bridge = facts_link(facts, port->master);
            if (bridge == NULL || bridge->leads_out || !port_leads_out(facts, port))
                continue;
            facts->links[bridge - facts->links].leads_out = found = true;
        }
    }
}

void host_facts_index(struct host_facts *facts)
{
    size_t link = sizeof *facts->links, address = sizeof *facts->addresses,
           neighbour = sizeof *facts->neighbours;

    facts->links_by_ifindex = index_of(facts->links, facts->link_count, link, ifindex_of_link);
    facts->links_by_name = index_of(facts->links, facts->link_count, link, name_of_link);
    facts->aliases_by_name =
        index_of(facts->aliases, facts->alias_count, sizeof *facts->aliases, name_of_alias);
    facts->addresses_by_ifindex =
        index_of(facts->addresses, facts->address_count, address, ifindex_of_address);
    facts->addresses_by_address =
        index_of(facts->addresses, facts->address_count, address, address_of_address);
    facts->neighbours_by_ifindex =
        index_of(facts->neighbours, facts->neighbour_count, neighbour, ifindex_of_neighbour);
    facts->neighbours_by_address =
        index_of(facts->neighbours, facts->neighbour_count, neighbour, address_of_neighbour);
    facts->fdb_by_port = index_of(facts->fdb, facts->fdb_count, sizeof *facts->fdb, port_of_fdb);
    facts->fdb_by_mac = index_of(facts->fdb, facts->fdb_count, sizeof *facts->fdb, mac_of_fdb);
    facts->vlans_by_ifindex =
        index_of(facts->vlans, facts->vlan_count, sizeof *facts->vlans, ifindex_of_vlan);
    find_ways_out(facts);
}

/* The first place in a table, from `from` on, whose entry may have the key; `count` if there is none. */
static size_t next_place(const struct facts_index *index, size_t count, uint32_t key, size_t from)
{
    uint64_t least = (uint64_t)key << 32 | from;
    size_t low = 0, high = index->count;

    if (index->entries == NULL)
        return from;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->entries[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < index->count && index->entries[low] >> 32 == key;
    return found ? (uint32_t)index->entries[low] : count;
}

/* ---- look-ups ---- */

const struct link_facts *facts_link(const struct host_facts *facts, int ifindex)
{
    uint32_t key = (uint32_t)ifindex;

    for (size_t i = 0;
         (i = next_place(&facts->links_by_ifindex, facts->link_count, key, i)) < facts->link_count; i++)
        if (facts->links[i].ifindex == ifindex)
            return &facts->links[i];
    return NULL;
}

static const struct link_facts *link_of_alias(const struct host_facts *facts, const char *name)
{
    const struct facts_index *index = &facts->aliases_by_name;
    uint32_t key = hash_name(name);

    for (size_t i = 0; (i = next_place(index, facts->alias_count, key, i)) < facts->alias_count; i++)
        if (strcmp(facts->aliases[i].name, name) == 0)
            return facts_link(facts, facts->aliases[i].ifindex);
    return NULL;
}

const struct link_facts *facts_link_named(const struct host_facts *facts, const char *name)
{
    uint32_t key = hash_name(name);

    for (size_t i = 0; (i = next_place(&facts->links_by_name, facts->link_count, key, i)) < facts->link_count;
         i++)
        if (strcmp(facts->links[i].name, name) == 0)
            return &facts->links[i];
    return link_of_alias(facts, name);
}

const struct link_facts *facts_vrf_of(const struct host_facts *facts, const struct link_facts *link)
{
    for (unsigned depth = 0; link != NULL && depth < MASTERS_MAX; depth++) {
        if (link->kind == LINK_VRF)
            return link;
        link = link->master ? facts_link(facts, link->master) : NULL;
    }
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
    const struct address_facts *own = NULL;

    while ((own = facts_next_address_at(facts, address, own)) != NULL)
        if (ifindex == 0 || own->ifindex == ifindex)
            return own;
    return NULL;
}

const struct address_facts *facts_next_address_at(const struct host_facts *facts, struct ip_addr address,
                                                  const struct address_facts *after)
{
    const struct facts_index *index = &facts->addresses_by_address;
    size_t i = after == NULL ? 0 : (size_t)(after - facts->addresses) + 1;

    for (; (i = next_place(index, facts->address_count, hash_address(address), i)) < facts->address_count;
         i++)
        if (ip_equal(facts->addresses[i].address, address))
            return &facts->addresses[i];
    return NULL;
}

const struct address_facts *facts_next_address(const struct host_facts *facts, int ifindex,
                                               const struct address_facts *after)
{
    const struct facts_index *index = &facts->addresses_by_ifindex;
    size_t i = after == NULL ? 0 : (size_t)(after - facts->addresses) + 1;

    for (; (i = next_place(index, facts->address_count, (uint32_t)ifindex, i)) < facts->address_count; i++)
        if (facts->addresses[i].ifindex == ifindex)
            return &facts->addresses[i];
    return NULL;
}

const struct address_facts *facts_subnet_of(const struct host_facts *facts, int ifindex,
                                            struct ip_addr address)
{
    const struct address_facts *own = NULL;

    while ((own = facts_next_address(facts, ifindex, own)) != NULL)
        if (ip_in_prefix(address, own->address, own->prefix_length))
            return own;
    return NULL;
}

const struct address_facts *facts_next_routable(const struct host_facts *facts, int ifindex,
                                                const struct address_facts *after)
{
    do
        after = facts_next_address(facts, ifindex, after);
    while (after != NULL && ip_is_link_local(after->address));
    return after;
}

const struct fdb_facts *facts_next_learned(const struct host_facts *facts, int port,
                                           const struct fdb_facts *after)
{
    size_t i = after == NULL ? 0 : (size_t)(after - facts->fdb) + 1;

    for (; (i = next_place(&facts->fdb_by_port, facts->fdb_count, (uint32_t)port, i)) < facts->fdb_count; i++)
        if (facts->fdb[i].port == port && !facts->fdb[i].local)
            return &facts->fdb[i];
    return NULL;
}

const struct neighbour_facts *facts_next_neighbour(const struct host_facts *facts, int ifindex,
                                                   const struct neighbour_facts *after)
{
    const struct facts_index *index = &facts->neighbours_by_ifindex;
    size_t i = after == NULL ? 0 : (size_t)(after - facts->neighbours) + 1;

    for (; (i = next_place(index, facts->neighbour_count, (uint32_t)ifindex, i)) < facts->neighbour_count;
         i++)
        if (facts->neighbours[i].ifindex == ifindex)
            return &facts->neighbours[i];
    return NULL;
}

const struct neighbour_facts *facts_next_neighbour_at(const struct host_facts *facts, struct ip_addr address,
                                                      const struct neighbour_facts *after)
{
    const struct facts_index *index = &facts->neighbours_by_address;
    size_t i = after == NULL ? 0 : (size_t)(after - facts->neighbours) + 1;

    for (; (i = next_place(index, facts->neighbour_count, hash_address(address), i)) < facts->neighbour_count;
         i++)
        if (ip_equal(facts->neighbours[i].address, address))
            return &facts->neighbours[i];
    return NULL;
}

const struct neighbour_facts *facts_neighbour_of(const struct host_facts *facts, int ifindex,
                                                 struct ip_addr address)
{
    const struct neighbour_facts *entry = NULL;

    while ((entry = facts_next_neighbour_at(facts, address, entry)) != NULL && entry->ifindex != ifindex)
        ;
    return entry;
}

const struct neighbour_facts *facts_permanent(const struct host_facts *facts, int ifindex,
                                              struct ip_addr address)
{
    const struct neighbour_facts *entry = facts_neighbour_of(facts, ifindex, address);

    return entry != NULL && entry->permanent ? entry : NULL;
}

const struct fdb_facts *facts_next_learned_mac(const struct host_facts *facts, struct mac_addr mac,
                                               const struct fdb_facts *after)
{
    uint32_t key = hash_bytes(mac.bytes, sizeof mac.bytes);
    size_t i = after == NULL ? 0 : (size_t)(after - facts->fdb) + 1;

    for (; (i = next_place(&facts->fdb_by_mac, facts->fdb_count, key, i)) < facts->fdb_count; i++)
        if (mac_equal(facts->fdb[i].mac, mac) && !facts->fdb[i].local)
            return &facts->fdb[i];
    return NULL;
}

/* ---- VLANs ---- */

const struct vlan_facts *facts_next_vlan(const struct host_facts *facts, int ifindex,
                                         const struct vlan_facts *after)
{
    const struct facts_index *index = &facts->vlans_by_ifindex;
    size_t i = after == NULL ? 0 : (size_t)(after - facts->vlans) + 1;

    for (; (i = next_place(index, facts->vlan_count, (uint32_t)ifindex, i)) < facts->vlan_count; i++)
        if (facts->vlans[i].ifindex == ifindex)
            return &facts->vlans[i];
    return NULL;
}

unsigned facts_pvid(const struct host_facts *facts, int ifindex)
{
    const struct vlan_facts *vlan = NULL;

    while ((vlan = facts_next_vlan(facts, ifindex, vlan)) != NULL)
        if (vlan->pvid)
            return vlan->first;
    return 0;
}

/* NULL: it does not. 0 is no VLAN. */
static const struct vlan_facts *carries(const struct host_facts *facts, int ifindex, unsigned vid)
{
    const struct vlan_facts *vlan = NULL;

    while ((vlan = facts_next_vlan(facts, ifindex, vlan)) != NULL)
        if (vid >= vlan->first && vid <= vlan->last && vid != 0)
            return vlan;
    return NULL;
}

bool facts_carries_vlan(const struct host_facts *facts, int ifindex, unsigned vid)
{
    return carries(facts, ifindex, vid) != NULL;
}

/* What comes in by the one without a tag leaves by the other without one. */
static bool passes_untagged(const struct host_facts *facts, int from, int to)
{
    const struct vlan_facts *vlan = carries(facts, to, facts_pvid(facts, from));

    return vlan != NULL && vlan->untagged;
}

bool facts_port_meets_host(const struct host_facts *facts, const struct link_facts *port)
{
    const struct link_facts *bridge = facts_bridge_of(facts, port);

    if (bridge == NULL || !bridge->filters_vlans)
        return true;
    if (facts_pvid(facts, port->ifindex) == 0)
        return facts_carries_vlan(facts, port->ifindex, facts_pvid(facts, bridge->ifindex));
    return passes_untagged(facts, port->ifindex, bridge->ifindex) &&
           passes_untagged(facts, bridge->ifindex, port->ifindex);
}

void host_facts_free(struct host_facts *facts)
{
    struct facts_index *indexes[] = {
        &facts->links_by_ifindex,      &facts->links_by_name,        &facts->aliases_by_name,
        &facts->addresses_by_ifindex,  &facts->addresses_by_address, &facts->neighbours_by_ifindex,
        &facts->neighbours_by_address, &facts->fdb_by_port,          &facts->fdb_by_mac,
        &facts->vlans_by_ifindex,
    };

    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++)
        free(indexes[i]->entries);
    free(facts->links);
    free(facts->aliases);
    free(facts->addresses);
    free(facts->neighbours);
    free(facts->fdb);
    free(facts->vlans);
    *facts = (struct host_facts){0};
}

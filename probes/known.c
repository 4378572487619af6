/* What the host and the start-up know of the addresses of a guest. */
#include "known.h"
#include "vm.h"

/* On a bridge a neighbour may be anybody's: only those with a MAC that was learned on this port are the
 * guest's. */
static bool is_behind_target(const struct probe_env *env, const struct neighbour_facts *neighbour)
{
    const struct target *target = env->target;
    const struct fdb_facts *learned = NULL;

    if (neighbour->ifindex == target->link->ifindex)
        return true;
    while ((learned = facts_next_learned_mac(env->facts, neighbour->mac, learned)) != NULL)
        if (learned->port == target->link->ifindex)
            return true;
    return target->has_mac && mac_equal(target->mac, neighbour->mac);
}

/* What the VM's start-up says: `ip=` for its kernel, libvirt's <ip>. */
static void tell_configured(const struct probe_env *env, void *context, known_address *take)
{
    const struct vm *vm = env->target->vm.vm;

    for (size_t i = 0; vm != NULL && i < vm->address_count; i++)
        take(context, vm->addresses[i].address, ORIGIN_CONFIGURED);
}

static void tell_neighbours(const struct probe_env *env, int ifindex, void *context, known_address *take)
{
    const struct neighbour_facts *neighbour = NULL;

    while ((neighbour = facts_next_neighbour(env->facts, ifindex, neighbour)) != NULL)
        if (is_behind_target(env, neighbour) && !ip_is_multicast(neighbour->address))
            take(context, neighbour->address, ORIGIN_NEIGHBOUR);
}

static void tell_link_local_of(struct mac_addr mac, void *context, known_address *take)
{
    if (!mac_is_multicast(mac) && !mac_is_zero(mac))
        take(context, ip_link_local_of(mac), ORIGIN_LINK_LOCAL);
}

/* Of those that are learned by the bridge on this port, expected by the user, or heard, though of an address
 * that is checked anyway. */
static void tell_link_locals(const struct probe_env *env, void *context, known_address *take)
{
    const struct fdb_facts *learned = NULL;

    if (env->target->has_mac)
        tell_link_local_of(env->target->mac, context, take);
    if (env->has_guest_mac)
        tell_link_local_of(env->guest_mac, context, take);
    while ((learned = facts_next_learned(env->facts, env->target->link->ifindex, learned)) != NULL)
        tell_link_local_of(learned->mac, context, take);
}

void known_addresses(const struct probe_env *env, void *context, known_address *take)
{
    const struct path *path = &env->target->path;

    tell_configured(env, context, take);
    for (size_t i = 0; i < path->count; i++)
        tell_neighbours(env, path->hops[i]->ifindex, context, take);
    tell_link_locals(env, context, take);
}

/* What speaks against the answers for an address, or against taking silence for one. */
#include "probe.h"

const struct link_facts *doubt_learned_elsewhere(const struct probe_env *env, const struct host_facts *facts,
                                                 struct mac_addr mac)
{
    const struct target *target = env->target;
    const struct fdb_facts *entry = NULL;

    while (target->bridge != NULL && (entry = facts_next_learned_mac(facts, mac, entry)) != NULL) {
        const struct link_facts *port = facts_link(facts, entry->port);
        if (!entry->sticky && port != NULL && port->ifindex != target->link->ifindex &&
            port->master == target->bridge->ifindex)
            return port;
    }
    return NULL;
}

static bool is_neighbour_with_other_mac(const struct probe_env *env, struct ip_addr address)
{
    const struct neighbour_facts *neighbour = NULL;

    while ((neighbour = facts_next_neighbour_at(env->facts, address, neighbour)) != NULL)
        if (neighbour->ifindex == env->target->bridge->ifindex &&
            !observation_exists(env->observations, OBSERVED_CLAIM, address, &neighbour->mac))
            return true;
    return false;
}

bool doubt_of_claim(const struct probe_env *env, struct ip_addr address)
{
    const struct observations *seen = env->observations;

    if (env->target->bridge == NULL || !observation_exists(seen, OBSERVED_CLAIM, address, NULL))
        return false;
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_CLAIM && seen->items[i].at == AT_TAP &&
            ip_equal(seen->items[i].address, address) &&
            doubt_learned_elsewhere(env, env->facts, seen->items[i].mac) != NULL)
            return true;
    return is_neighbour_with_other_mac(env, address);
}

static bool is_echo(enum probe_id probe)
{
    return probe == PROBE_ICMP || probe == PROBE_ICMPV6;
}

bool doubt_may_be_limit(const struct probe *probe)
{
    const struct observations *seen = probe->env->observations;
    enum probe_id this = probe->class->id;

    if (is_echo(this) && !observation_exists(seen, OBSERVED_CLAIM, probe->address, NULL))
        return false;
    for (size_t i = 0; i < seen->count; i++) {
        enum probe_id other = seen->items[i].reply.probe;
        if (seen->items[i].kind == OBSERVED_REPLY && (other == this || (is_echo(other) && is_echo(this))))
            return true; /* the limit may be one for both families */
    }
    return false;
}

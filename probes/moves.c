/* Does the bridge learn a MAC that answers on the target on another port as well? Old entries of its table
 * say so, too; so it is looked at again, after the guest has answered and after the other one was asked. */
#include "probe.h"

enum { MACS_MAX = 4 }; /* that answer on one tap: with more, it is a switch */

static bool is_learned_here(const struct probe_env *env, const struct host_facts *now, struct mac_addr mac)
{
    const struct fdb_facts *entry = NULL;

    while ((entry = facts_next_learned_mac(now, mac, entry)) != NULL)
        if (entry->port == env->target->link->ifindex)
            return true;
    return false;
}

/* Two entries for two VLANs are two networks, in each of which it is at one port. */
static void observe_port(struct probe_env *env, const struct host_facts *now, struct mac_addr mac)
{
    bool here = is_learned_here(env, now, mac);
    const struct link_facts *port = here ? NULL : doubt_learned_elsewhere(env, now, mac);

    if (!here && port == NULL)
        return; /* forgotten */
    observation_add(env->observations,
                    &(struct observation){.kind = OBSERVED_LEARNED,
                                          .time_us = env->now_us,
                                          .mac = mac,
                                          .port = port != NULL ? port->ifindex : env->target->link->ifindex});
}

static void moves_look(struct probe_env *env, const struct host_facts *now)
{
    const struct observations *seen = env->observations;
    size_t count = seen->count; /* without those that are added here */
    struct mac_addr last = {{0}};
    unsigned observed_count = 0;

    for (size_t i = 0; i < count && observed_count < MACS_MAX; i++) {
        struct observation claim = seen->items[i];
        if (claim.kind != OBSERVED_CLAIM || claim.at != AT_TAP || mac_equal(claim.mac, last))
            continue;
        last = claim.mac;
        observed_count++;
        observe_port(env, now, claim.mac);
    }
}

const struct probe_class PROBE_CLASS_MOVES = {
    .id = PROBE_MOVES,
    .doubtful = doubt_of_claim,
    .look = moves_look,
};

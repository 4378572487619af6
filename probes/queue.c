/* What the queue of the tap dropped meanwhile: more was sent to the guest than it took. */
#include "probe.h"

static bool was_asked_more(const struct probe_env *env, struct ip_addr address)
{
    (void)address;
    return env->asks_more;
}

static void queue_look(struct probe_env *env, const struct host_facts *now)
{
    const struct link_facts *before = env->target->link, *link = facts_link(now, before->ifindex);
    uint64_t known = before->tx_dropped + env->queue_dropped;

    if (link == NULL || link->tx_dropped <= known)
        return;
    observation_add(env->observations, &(struct observation){.kind = OBSERVED_TROUBLE,
                                                             .time_us = env->now_us,
                                                             .trouble = {.kind = TROUBLE_QUEUE_FULL,
                                                                         .count = link->tx_dropped - known}});
    env->queue_dropped += link->tx_dropped - known;
}

const struct probe_class PROBE_CLASS_QUEUE = {
    .id = PROBE_QUEUE,
    .doubtful = was_asked_more,
    .look = queue_look,
};

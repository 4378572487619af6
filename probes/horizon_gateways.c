/* Who may be the guest's gateway: for whom it asks when it is to answer somebody far. */
#include "horizon.h"

static struct horizon_gateway *find_gateway(struct horizon_gateways *gateways, struct ip_addr address)
{
    for (size_t i = 0; i < gateways->count; i++)
        if (ip_equal(gateways->items[i].address, address))
            return &gateways->items[i];
    return NULL;
}

/* One that proves nothing gives its place to another, the one that was asked for longest ago. */
static struct horizon_gateway *place_for_another(struct horizon_gateways *gateways)
{
    struct horizon_gateway *oldest = NULL;

    if (gateways->count < HORIZON_GATEWAYS_MAX)
        return &gateways->items[gateways->count++];
    for (size_t i = 0; i < gateways->count; i++) {
        struct horizon_gateway *gateway = &gateways->items[i];
        if ((gateway->is_answered || gateway->times == 0) &&
            (oldest == NULL || gateway->asked_us < oldest->asked_us))
            oldest = gateway;
    }
    return oldest;
}

static struct horizon_gateway *gateway_of(const struct probe_env *env, struct horizon_gateways *gateways,
                                          struct ip_addr address)
{
    struct horizon_gateway *gateway = find_gateway(gateways, address);

    if (gateway != NULL || source_is_ours(env, address) || facts_own_address(env->facts, 0, address) != NULL)
        return gateway;
    gateway = place_for_another(gateways);
    if (gateway != NULL)
        *gateway = (struct horizon_gateway){.address = address};
    return gateway;
}

bool horizon_asked(const struct probe_env *env, struct horizon_gateways *gateways,
                   const struct horizon_question *question)
{
    struct horizon_gateway *gateway = gateway_of(env, gateways, question->address);

    if (gateway == NULL)
        return false;
    bool is_new = question->time_us > gateway->asked_us + HORIZON_AGAIN_US;
    gateway->asked_us = question->time_us;
    if (!is_new)
        return false;
    gateway->began_us = question->time_us;
    gateway->times += question->at_once;
    observation_keep_frame(&gateway->frames, question->frame);
    return true;
}

void horizon_answered(struct horizon_gateways *gateways, struct ip_addr address)
{
    struct horizon_gateway *gateway = find_gateway(gateways, address);

    if (gateway != NULL)
        gateway->is_answered = true;
}

uint64_t horizon_asked_us(const struct horizon_gateways *gateways)
{
    uint64_t last_us = 0;

    for (size_t i = 0; i < gateways->count; i++)
        if (!gateways->items[i].is_answered && gateways->items[i].asked_us > last_us)
            last_us = gateways->items[i].asked_us;
    return last_us;
}

const struct horizon_gateway *horizon_worst(const struct horizon_gateways *gateways)
{
    const struct horizon_gateway *worst = NULL;

    for (size_t i = 0; i < gateways->count; i++) {
        const struct horizon_gateway *gateway = &gateways->items[i];
        if (!gateway->is_answered && (worst == NULL || gateway->times > worst->times))
            worst = gateway;
    }
    return worst;
}

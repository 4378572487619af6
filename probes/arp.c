/* Who has this IPv4 address? ARP, RFC 826 and RFC 5227. */
#include "train.h"

struct arp_state {
    struct train train;
    struct ip_addr own; /* in whose name the last request was sent; IP_NONE as long as it is nobody's */
};

/* The sender is 0.0.0.0 as long as somebody answers: such a probe changes no ARP cache (RFC 5227 1.1). A
 * stack that does not answer probes gets its last request in the name of an address that really is ours. */
static struct ip_addr sender_for(const struct probe *probe, struct arp_state *state)
{
    const struct probe_env *env = probe->env;
    const struct train *train = &state->train;

    if (train->tally.received > 0 || (train->last + 1) % env->options->count != 0 || env->options->count == 1)
        return (struct ip_addr){.family = IP_V4};
    for (size_t i = 0; i < env->source_count; i++) {
        const struct source *source = &env->sources[i];
        if (source->state == SOURCE_OURS && source->address.family == IP_V4)
            return state->own = source->address;
    }
    return (struct ip_addr){.family = IP_V4};
}

/* An answer to somebody else's question is not one to ours: the host's kernel asks in its own name. */
static bool answers_us(const struct probe *probe, const struct arp_fields *arp)
{
    const struct arp_state *state = probe->state;

    return arp->operation == ARP_REPLY && ip_equal(arp->sender, probe->address) && state->train.last > 0 &&
           mac_equal(arp->target_mac, probe->env->target->link->mac) &&
           (ip_is_unspecified(arp->target) || ip_equal(arp->target, state->own));
}

static void arp_timer(struct probe *probe)
{
    struct arp_state *state = probe->state;
    struct train *train = &state->train;

    if (train_ready(train, probe->env))
        train_sent(train, probe->env, 0,
                   send_arp_request(probe->env, sender_for(probe, state), probe->address));
    train_schedule(train, probe);
}

static void arp_start(struct probe *probe)
{
    struct arp_state *state = probe->state;

    /* The source of the echo requests is asked for first: a guest that has it says so before it answers us.
     */
    (void)source_for(probe->env, probe->address);
    train_start(&state->train, probe->env);
    arp_timer(probe);
}

static bool arp_frame(struct probe *probe, const struct frame *frame)
{
    struct arp_state *state = probe->state;

    if (frame->kind != FRAME_ARP || !answers_us(probe, &frame->arp) || !probe_vlan_matches(probe->env, frame))
        return false;
    observe_once(probe->env->observations, &(struct observation){.kind = OBSERVED_CLAIM,
                                                                 .time_us = frame->time_us,
                                                                 .address = probe->address,
                                                                 .mac = frame->arp.sender_mac});
    train_reply(&state->train, probe, 0, frame);
    arp_timer(probe);
    return true;
}

static void arp_finish(struct probe *probe)
{
    struct arp_state *state = probe->state;
    struct observation outcome = {.mac = MAC_BROADCAST};

    train_finish(&state->train, probe, &outcome);
}

const struct probe_class PROBE_CLASS_ARP = {
    .id = PROBE_ARP,
    .family = IP_V4,
    .starts = STARTS_ALWAYS,
    .hears = VANTAGE_BIT(AT_TAP),
    .state_size = sizeof(struct arp_state),
    .start = arp_start,
    .frame = arp_frame,
    .timer = arp_timer,
    .finish = arp_finish,
};

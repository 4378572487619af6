/* Does each machine that claims an address answer whoever asks in a name, as a kernel does before it sends?
 * What only answers questions in nobody's name gets nothing that is sent to the address. */
#include "claimants.h"

enum {
    QUESTIONS = 3, /* two may be lost */
    PAUSE_US = 60000,
    ANSWER_US = 300000,
};

struct named_state {
    struct source *source;
    uint64_t answer_us; /* after the last question */
    unsigned asked;
};

void claimants_find(const struct probe_env *env, struct ip_addr address, struct claimants *ret)
{
    const struct observations *seen = env->observations;

    ret->count = 0;
    for (size_t i = seen->count; i-- > 0 && ret->count < CLAIMANTS_MAX;) {
        const struct observation *claim = &seen->items[i];
        bool known = claim->kind != OBSERVED_CLAIM || !ip_equal(claim->address, address);
        for (unsigned c = 0; c < ret->count; c++)
            known |= mac_equal(ret->of[c].mac, claim->mac);
        if (!known)
            ret->of[ret->count++] = (struct claimant){claim->mac, claim->at};
    }
}

/* Who is asked learns by what name: one that is borrowed only if the guest sends to it, and so knows it. */
static bool may_ask(const struct source *source)
{
    return source_is_usable(source) && (source->state == SOURCE_OURS || source->was_delivered);
}

/* As long as the slowest of them takes. */
static uint64_t answer_us(const struct probe_env *env, const struct claimants *claimants)
{
    uint64_t longest_us = ANSWER_US;

    for (unsigned i = 0; i < claimants->count; i++) {
        uint64_t rtt_us = 2 * probe_longest_rtt_us(env, claimants->of[i].mac);
        longest_us = rtt_us > longest_us ? rtt_us : longest_us;
    }
    return longest_us;
}

static void named_timer(struct probe *probe)
{
    struct named_state *state = probe->state;
    struct probe_env *env = probe->env;

    probe->done = state->asked == QUESTIONS;
    if (probe->done)
        return;
    probe_send_arp(env, state->source, probe->address);
    state->asked++;
    probe->due_us = env->now_us + (state->asked == QUESTIONS ? state->answer_us : PAUSE_US);
}

static void named_start(struct probe *probe)
{
    struct named_state *state = probe->state;
    struct claimants claimants;

    claimants_find(probe->env, probe->address, &claimants);
    state->source = source_for(probe->env, probe->address);
    state->answer_us = answer_us(probe->env, &claimants);
    probe->done = claimants.count < 2 || !may_ask(state->source);
    if (!probe->done)
        named_timer(probe);
}

static bool was_noted(const struct observations *seen, struct ip_addr address, struct mac_addr mac)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_REPLY && seen->items[i].reply.probe == PROBE_NAMED &&
            ip_equal(seen->items[i].address, address) && mac_equal(seen->items[i].mac, mac))
            return true;
    return false;
}

static bool named_frame(struct probe *probe, const struct frame *frame)
{
    const struct named_state *state = probe->state;
    const struct reply_observation known = {.probe = PROBE_NAMED, .sequence = state->asked};

    if (frame->kind != FRAME_ARP || frame->arp.operation != ARP_REPLY ||
        !ip_equal(frame->arp.sender, probe->address) || !probe_vlan_matches(probe->env, frame) ||
        !ip_equal(frame->arp.target, state->source->address))
        return false;
    struct observation reply = observation_of_reply(frame, probe->address, &known);
    reply.mac = frame->arp.sender_mac;
    if (!was_noted(probe->env->observations, probe->address, reply.mac))
        observation_add(probe->env->observations, &reply);
    return true;
}

const struct probe_class PROBE_CLASS_NAMED = {
    .id = PROBE_NAMED,
    .family = IP_V4,
    .starts = STARTS_LAST,
    .hears = VANTAGE_BIT(AT_TAP),
    .state_size = sizeof(struct named_state),
    .start = named_start,
    .frame = named_frame,
    .timer = named_timer,
};

/* Who else answers for the address? Asked through the bridge that the target is a port of, where frames that
 * are injected on the port itself do not get to. And: is an address answered for that nobody has? (Proxy
 * ARP.) */
#include "probe.h"

enum {
    QUESTIONS = 2, /* one may be lost */
    PAUSE_US = 50000,
    ANSWER_US = 150000, /* a machine of the same segment that is asked twice answers sooner, or hardly ever */
    OTHERS_MAX = 4,     /* MACs that are asked one by one */
    /* Linux lets up to 0.8 s pass before it answers for others (arp(7), proxy_delay). */
    PROXY_ANSWER_US = 900000,
};

struct claim_state {
    unsigned asked;
    struct source *source;
    enum vantage at; /* where it is asked, and answered */
    struct ip_addr nobody;
};

static bool claims(const struct frame *frame, struct ip_addr address, struct mac_addr *ret_mac)
{
    if (frame->kind == FRAME_ARP && frame->arp.operation == ARP_REPLY &&
        ip_equal(frame->arp.sender, address)) {
        *ret_mac = frame->arp.sender_mac;
        return true;
    }
    if (frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT && ip_equal(frame->neighbour.target, address)) {
        *ret_mac = frame->neighbour.has_link_address ? frame->neighbour.link_address : frame->source;
        return true;
    }
    return false;
}

static void wait_or_end(struct probe *probe)
{
    const struct claim_state *state = probe->state;

    probe->done = state->asked > QUESTIONS;
    probe->due_us = probe->done ? 0 : probe->env->now_us + (state->asked == QUESTIONS ? ANSWER_US : PAUSE_US);
}

/* ---- through the bridge ---- */

static void ask_bridge(struct probe *probe, struct ip_addr address)
{
    const struct claim_state *state = probe->state;
    struct probe_env *env = probe->env;
    struct packet packet;
    int built = address.family == IP_V4 ? probe_build_arp(env, env->target->bridge->mac, probe_vid(env),
                                                          (struct ip_addr){.family = IP_V4}, address, &packet)
                                        : probe_build_solicitation(env, state->source->mac, probe_vid(env),
                                                                   state->source->address, address, &packet);

    probe_send(env, state->at, built, &packet);
}

/* The same MAC has other addresses in the host's neighbour table: a guest's own, or those of another machine
 * with its MAC, which has to speak now. */
static void ask_for_others(struct probe *probe)
{
    const struct probe_env *env = probe->env;
    const struct neighbour_facts *neighbour = NULL;
    unsigned count = 0;

    while (count < OTHERS_MAX &&
           (neighbour = facts_next_neighbour(env->facts, env->target->bridge->ifindex, neighbour)) != NULL)
        if (neighbour->address.family == probe->address.family &&
            !ip_equal(neighbour->address, probe->address) &&
            observation_exists(env->observations, OBSERVED_CLAIM, probe->address, &neighbour->mac)) {
            ask_bridge(probe, neighbour->address);
            count++;
        }
}

static void claim_timer(struct probe *probe)
{
    struct claim_state *state = probe->state;

    if (probe->address.family == IP_V6 && probe_waits_for_source(probe, state->source))
        return;
    if (probe->address.family == IP_V6)
        state->at = probe_vantage_of_segment(probe->env, state->source);
    if (state->asked++ < QUESTIONS) {
        ask_bridge(probe, probe->address);
        if (state->asked == QUESTIONS)
            ask_for_others(probe);
    }
    wait_or_end(probe);
}

static void claim_start(struct probe *probe)
{
    struct claim_state *state = probe->state;

    state->at = AT_BRIDGE;
    if (probe->address.family == IP_V6)
        state->source = source_for(probe->env, probe->address);
    claim_timer(probe);
}

static bool claim_frame(struct probe *probe, const struct frame *frame)
{
    const struct claim_state *state = probe->state;
    struct mac_addr mac;

    if (frame->at != state->at || !claims(frame, probe->address, &mac))
        return false;
    probe_observe_claim(probe->env, frame, probe->address, mac);
    return true;
}

const struct probe_class PROBE_CLASS_CLAIM = {
    .id = PROBE_CLAIM,
    .starts = STARTS_WHEN_DOUBTFUL | STARTS_WHEN_ASKED,
    .needs = VANTAGE_BIT(AT_BRIDGE),
    .hears = ANYWHERE,
    .doubtful = doubt_of_claim,
    .state_size = sizeof(struct claim_state),
    .start = claim_start,
    .frame = claim_frame,
    .timer = claim_timer,
};

/* ---- an address that nobody has ---- */

/* Linux answers nobody for others, so the second time it is asked in the host's name, if it has found the
 * host by itself: this would tell it where that is. */
static void nobody_timer(struct probe *probe)
{
    struct claim_state *state = probe->state;
    bool knows_host = state->source != NULL && state->source->was_delivered;
    const struct source *speaker = state->asked > 0 && knows_host ? state->source : NULL;

    if (state->asked++ < QUESTIONS)
        probe_send_arp(probe->env, speaker, state->nobody);
    wait_or_end(probe);
    if (state->asked == QUESTIONS && speaker != NULL)
        probe->due_us = probe->env->now_us + PROXY_ANSWER_US;
}

/* One at random of the benchmark networks 198.18.0.0/15 (RFC 2544 C.2.2), which are on no link. */
static void nobody_start(struct probe *probe)
{
    struct claim_state *state = probe->state;
    uint64_t random = probe->env->random(probe->env->context);

    state->nobody = ip_v4(UINT32_C(0xc6120000) | (uint32_t)(random & 0x1ffff));
    struct source *source = source_for(probe->env, probe->address);
    state->source = source != NULL && source->state == SOURCE_OURS ? source : NULL;
    if (probe->address.family == IP_V4)
        nobody_timer(probe);
    else
        probe->done = true;
}

static bool nobody_frame(struct probe *probe, const struct frame *frame)
{
    const struct claim_state *state = probe->state;
    struct mac_addr mac;

    if (frame->at != AT_TAP || !claims(frame, state->nobody, &mac))
        return false;
    observation_add_once(probe->env->observations, &(struct observation){.kind = OBSERVED_PROXY,
                                                                         .time_us = frame->time_us,
                                                                         .address = state->nobody,
                                                                         .mac = mac});
    return true;
}

const struct probe_class PROBE_CLASS_NOBODY = {
    .id = PROBE_NOBODY,
    .starts = STARTS_WHEN_ASKED,
    .hears = VANTAGE_BIT(AT_TAP),
    .state_size = sizeof(struct claim_state),
    .start = nobody_start,
    .frame = nobody_frame,
    .timer = nobody_timer,
};

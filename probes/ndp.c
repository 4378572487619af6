/* Who has this IPv6 address? Neighbour solicitations, RFC 4861 7.2.2. */
#include "train.h"

struct ndp_state {
    struct train train;
    struct source *source;
};

/* The host's kernel asks from its own address, too, and so did we through the bridge: what answers that looks
 * the same. */
static bool others_ask_alike(const struct ndp_state *state)
{
    return state->source->state == SOURCE_OURS;
}

/* Through the bridge as well, once: another machine may have the address, too. */
static void ask_bridge(struct probe *probe)
{
    const struct ndp_state *state = probe->state;
    struct probe_env *env = probe->env;
    enum vantage at = probe_vantage_of_segment(env, state->source);
    struct packet packet;

    if (!others_ask_alike(state) || !env->has_vantage(env->context, at))
        return;
    int built = probe_build_solicitation(env, state->source->mac, probe_vid(env), state->source->address,
                                         probe->address, &packet);
    probe_send(env, at, built, &packet);
}

/* Where the host reaches the address by a gateway, that may be behind the target. */
static void ask_gateway(struct probe *probe)
{
    const struct ndp_state *state = probe->state;
    struct ip_addr gateway = target_next_hop(probe->env->target, probe->address);

    if (!ip_equal(gateway, probe->address))
        probe_send_solicitation(probe->env, state->source, gateway);
}

static void ndp_timer(struct probe *probe)
{
    struct ndp_state *state = probe->state;
    struct train *train = &state->train;

    if (probe_waits_for_source(probe, state->source))
        return;
    train->copies_prove_nothing = others_ask_alike(state);
    if (train->last == 0) {
        ask_bridge(probe);
        ask_gateway(probe);
    }
    if (train_ready(train, probe->env))
        train_sent(train, probe->env, 0, probe_send_solicitation(probe->env, state->source, probe->address));
    train_schedule(train, probe);
}

static void ndp_start(struct probe *probe)
{
    struct ndp_state *state = probe->state;

    state->source = source_for(probe->env, probe->address);
    train_start(&state->train, probe->env);
    state->train.alike = probe_asked_by_search(probe->env, probe->address);
    ndp_timer(probe);
}

static bool gateway_answers(struct probe *probe, const struct frame *frame)
{
    struct ip_addr gateway = target_next_hop(probe->env->target, probe->address);

    if (frame->kind != FRAME_NEIGHBOUR_ADVERTISEMENT || frame->at != AT_TAP ||
        ip_equal(gateway, probe->address) || !ip_equal(frame->neighbour.target, gateway) ||
        !probe_vlan_matches(probe->env, frame))
        return false;
    probe_observe_claim(probe->env, frame, gateway,
                        frame->neighbour.has_link_address ? frame->neighbour.link_address : frame->source);
    return true;
}

static bool answers_us(const struct probe *probe, const struct frame *frame)
{
    const struct ndp_state *state = probe->state;

    return frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT && frame->neighbour.solicited &&
           (frame->at == AT_TAP || frame->at == probe_vantage_of_segment(probe->env, state->source)) &&
           state->train.last > 0 && ip_equal(frame->neighbour.target, probe->address) &&
           ip_equal(frame->ip.destination, state->source->address) && probe_vlan_matches(probe->env, frame);
}

/* Whether anybody has the address that the guest is about to use: duplicate address detection, RFC
 * 4862 5.4.2. */
static void note_detection(struct probe *probe, const struct frame *frame)
{
    if (frame->kind != FRAME_NEIGHBOUR_SOLICITATION || frame->at != AT_TAP ||
        !ip_is_unspecified(frame->ip.source) || !ip_equal(frame->neighbour.target, probe->address) ||
        !probe_vlan_matches(probe->env, frame) || probe_is_own_mac(probe->env, frame->source))
        return;
    observation_add_once(probe->env->observations, &(struct observation){.kind = OBSERVED_QUESTION,
                                                                         .time_us = frame->time_us,
                                                                         .address = probe->address,
                                                                         .mac = frame->source,
                                                                         .asker = frame->ip.source});
}

static bool ndp_frame(struct probe *probe, const struct frame *frame)
{
    struct ndp_state *state = probe->state;

    note_detection(probe, frame);
    if (gateway_answers(probe, frame)) {
        train_be_off_link(&state->train, probe);
        return true;
    }
    if (!answers_us(probe, frame))
        return false;
    probe_observe_claim(probe->env, frame, probe->address,
                        frame->neighbour.has_link_address ? frame->neighbour.link_address : frame->source);
    if (frame->at == AT_TAP) {
        train_reply_of_kind(&state->train, probe, 0, frame);
        ndp_timer(probe);
    }
    return true;
}

static void ndp_finish(struct probe *probe)
{
    struct ndp_state *state = probe->state;
    struct observation outcome = {.mac = mac_of_multicast(ip_solicited_node(probe->address))};

    outcome.check.no_source = !source_is_usable(state->source);
    if (state->source != NULL)
        outcome.check.source = state->source->address;
    train_finish(&state->train, probe, &outcome);
}

const struct probe_class PROBE_CLASS_NDP = {
    .id = PROBE_NDP,
    .family = IP_V6,
    .starts = STARTS_ALWAYS,
    .hears = ANYWHERE,
    .state_size = sizeof(struct ndp_state),
    .start = ndp_start,
    .frame = ndp_frame,
    .timer = ndp_timer,
    .finish = ndp_finish,
};

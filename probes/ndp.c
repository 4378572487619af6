/* Who has this IPv6 address? Neighbour solicitations, RFC 4861 7.2.2. */
#include "train.h"

struct ndp_state {
    struct train train;
    struct source *source;
};

static void ndp_timer(struct probe *probe)
{
    struct ndp_state *state = probe->state;

    if (state->source == NULL) {
        probe->done = true;
        probe->due_us = 0;
        return;
    }
    if (train_ready(&state->train, probe->env))
        train_sent(&state->train, probe->env, 0,
                   send_neighbour_solicitation(probe->env, state->source, probe->address));
    train_schedule(&state->train, probe);
}

static void ndp_start(struct probe *probe)
{
    struct ndp_state *state = probe->state;

    state->source = source_for(probe->env, probe->address);
    train_start(&state->train, probe->env);
    ndp_timer(probe);
}

static bool ndp_frame(struct probe *probe, const struct frame *frame)
{
    struct ndp_state *state = probe->state;

    if (frame->kind != FRAME_NEIGHBOUR_ADVERTISEMENT || !frame->neighbour.solicited ||
        state->train.last == 0 || !ip_equal(frame->neighbour.target, probe->address) ||
        !ip_equal(frame->ip.destination, state->source->address) || !probe_vlan_matches(probe->env, frame))
        return false;
    observe_once(probe->env->observations, &(struct observation){.kind = OBSERVED_CLAIM,
                                                                 .time_us = frame->time_us,
                                                                 .address = probe->address,
                                                                 .mac = frame->neighbour.has_link_address
                                                                            ? frame->neighbour.link_address
                                                                            : frame->source});
    train_reply(&state->train, probe, 0, frame);
    ndp_timer(probe);
    return true;
}

static void ndp_finish(struct probe *probe)
{
    struct ndp_state *state = probe->state;
    struct observation outcome = {.mac = mac_of_multicast(ip_solicited_node(probe->address))};

    outcome.check.no_source = state->source == NULL;
    if (state->source != NULL)
        outcome.check.source = state->source->address;
    train_finish(&state->train, probe, &outcome);
}

const struct probe_class PROBE_CLASS_NDP = {
    .id = PROBE_NDP,
    .family = IP_V6,
    .starts = STARTS_ALWAYS,
    .hears = VANTAGE_BIT(AT_TAP),
    .state_size = sizeof(struct ndp_state),
    .start = ndp_start,
    .frame = ndp_frame,
    .timer = ndp_timer,
    .finish = ndp_finish,
};

/* Who has this IPv4 address? ARP, RFC 826 and RFC 5227. */
#include "train.h"

/* Whose answers can be told apart: by the target of the reply. */
enum { NAMELESS, NAMED };

struct arp_state {
    struct train train;
    struct source
        *own;   /* in whose name it is asked where nobody's name is not answered; NULL: the host has none */
    bool named; /* it was asked in that name */
    bool nameless_answered; /* a question in nobody's name was answered */
};

/* The sender is 0.0.0.0 first: such a probe changes no ARP cache (RFC 5227 1.1). But switches that inspect
 * ARP, and some guests, drop it; so from the second on it is asked in the host's own name, as its kernel
 * would, until somebody answers. Others answer that alone (arp_ignore=2 where the asker is on no link of
 * theirs), and may take their time. */
static bool asks_by_name(const struct arp_state *state)
{
    const struct train *train = &state->train;

    return state->own != NULL && train->last > 0 && !state->nameless_answered &&
           (train->tally.received == 0 || train->kind == NAMED);
}

static void ask(struct probe *probe)
{
    struct arp_state *state = probe->state;
    struct probe_env *env = probe->env;
    bool named = asks_by_name(state);

    state->named |= named;
    state->train.kind = named ? NAMED : NAMELESS;
    train_sent(&state->train, env, 0, probe_send_arp(env, named ? state->own : NULL, probe->address));
}

/* Through the bridge as well, once: another machine may have the address, too. */
static void ask_bridge(struct probe *probe)
{
    struct probe_env *env = probe->env;
    struct packet packet;

    if (!env->has_vantage(env->context, AT_BRIDGE))
        return;
    int built = probe_build_arp(env, env->target->bridge->mac, probe_vid(env),
                                (struct ip_addr){.family = IP_V4}, probe->address, &packet);
    probe_send(env, AT_BRIDGE, built, &packet);
}

/* Where the host reaches the address by a gateway, that may be behind the target. */
static void ask_gateway(struct probe *probe)
{
    struct ip_addr gateway = target_next_hop(probe->env->target, probe->address);

    if (!ip_equal(gateway, probe->address))
        probe_send_arp(probe->env, NULL, gateway);
}

static void arp_timer(struct probe *probe)
{
    struct arp_state *state = probe->state;

    if (train_ready(&state->train, probe->env))
        ask(probe);
    train_schedule(&state->train, probe);
}

static void arp_start(struct probe *probe)
{
    struct arp_state *state = probe->state;

    /* The source of the echo requests is asked for first: a guest that has it says so before it answers
     * us. */
    struct source *source = source_for(probe->env, probe->address);
    state->own = source != NULL && source->state == SOURCE_OURS ? source : NULL;
    train_start(&state->train, probe->env);
    state->train.alike = probe_asked_by_search(probe->env, probe->address);
    ask_bridge(probe);
    ask_gateway(probe);
    arp_timer(probe);
}

static bool gateway_answers(struct probe *probe, const struct frame *frame)
{
    struct ip_addr gateway = target_next_hop(probe->env->target, probe->address);

    if (frame->kind != FRAME_ARP || frame->arp.operation != ARP_REPLY || frame->at != AT_TAP ||
        ip_equal(gateway, probe->address) || !ip_equal(frame->arp.sender, gateway) ||
        !probe_vlan_matches(probe->env, frame))
        return false;
    probe_observe_claim(probe->env, frame, gateway, frame->arp.sender_mac);
    return true;
}

static bool is_reply(const struct probe *probe, const struct frame *frame)
{
    return frame->kind == FRAME_ARP && frame->arp.operation == ARP_REPLY &&
           ip_equal(frame->arp.sender, probe->address) && probe_vlan_matches(probe->env, frame);
}

/* An answer to somebody else's question is not one to ours; the host's kernel asks in the same name as we
 * do. */
static bool answers_us(const struct probe *probe, const struct arp_fields *arp, unsigned *ret_kind)
{
    const struct arp_state *state = probe->state;
    bool nameless = ip_is_unspecified(arp->target);

    *ret_kind = nameless ? NAMELESS : NAMED;
    if (nameless)
        return mac_equal(arp->target_mac, probe->env->target->link->mac);
    return state->named && ip_equal(arp->target, state->own->address) &&
           mac_equal(arp->target_mac, state->own->mac);
}

/* The host's kernel asks in its name, too. A bridge has the MAC of one of its ports: what is asked through it
 * in nobody's name, by whichever probe and for whichever port, is answered as what is asked on that one. */
static bool others_ask_alike(const struct probe *probe, unsigned kind)
{
    const struct target *target = probe->env->target;

    return kind == NAMED || (target->bridge != NULL && mac_equal(target->bridge->mac, target->link->mac));
}

static bool arp_frame(struct probe *probe, const struct frame *frame)
{
    struct arp_state *state = probe->state;
    unsigned kind;

    if (gateway_answers(probe, frame)) {
        train_be_off_link(&state->train, probe);
        return true;
    }
    if (!is_reply(probe, frame))
        return false;
    if (frame->at == AT_BRIDGE) {
        probe_observe_claim(probe->env, frame, probe->address, frame->arp.sender_mac);
        return true;
    }
    if (!answers_us(probe, &frame->arp, &kind))
        return false;
    probe_observe_claim(probe->env, frame, probe->address, frame->arp.sender_mac);
    state->nameless_answered |= kind == NAMELESS;
    state->train.copies_prove_nothing = others_ask_alike(probe, kind);
    train_reply_of_kind(&state->train, probe, kind, frame);
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
    .hears = VANTAGE_BIT(AT_TAP) | VANTAGE_BIT(AT_BRIDGE),
    .state_size = sizeof(struct arp_state),
    .start = arp_start,
    .frame = arp_frame,
    .timer = arp_timer,
    .finish = arp_finish,
};

/* Does the address answer ping? ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443 4).
 * And, when it answered more than once, two ways to ask again: more of the same, for the order of IP ids; and
 * in fragments, which a receiver puts together once however often they were copied. Where several machines
 * claim the address, each of them is asked in turn. */
#include "claimants.h"
#include "train.h"

enum {
    ECHO_TTL = 64,       /* IANA's default */
    SILENCE_US = 100000, /* after which whoever speaks on the tap is taken for who has the address */
    AGAIN_COUNT = 6,     /* twice ANSWERS_MIN of dup.c: some may be lost */
    OVERSIZE_COUNT = 3,
    OVERSIZE_PAYLOAD = 1600, /* two fragments on Ethernet */
    PAUSE_MIN_US = 10000,    /* from the last copy of a reply to the next request, … */
    PAUSE_MAX_US = 200000,   /* … for whose sake nobody waits longer */
    QUESTIONS_EACH = 3,      /* as -c has it */
};

struct echo_state {
    struct train train;
    struct source *source;
    struct ip_addr sent_from; /* a borrowed source may change */
    unsigned questions;       /* of the guest for it, so far */
    uint16_t id;
    uint16_t payload_length;
    bool has_mac;
    struct mac_addr mac;
    uint64_t started_us;
    unsigned elsewhere;     /* replies that came to the bridge by another port */
    uint64_t pause_us;      /* when asking again: between two requests, or the fragments of one */
    uint64_t not_before_us; /* the next request */
    uint64_t rest_due_us;   /* when the second one is to be sent; 0: none is */
    struct ethernet_spec rest_ethernet;
    struct echo_spec rest;
    struct claimants claimants;
};

/* The MAC to send to: the one that answered for the address or for the gateway to it, or the one that the
 * guest is to have, or, if nobody answers for the address, any that the guest was heard with: it tells an
 * address that is not there from one that is silent about it. */
static bool claimed_mac(const struct probe_env *env, struct ip_addr address, struct mac_addr *ret)
{
    for (size_t i = 0; i < env->observations->count; i++) {
        const struct observation *seen = &env->observations->items[i];
        if (seen->kind == OBSERVED_CLAIM && seen->at == AT_TAP && ip_equal(seen->address, address) &&
            !mac_is_multicast(seen->mac)) {
            *ret = seen->mac;
            return true;
        }
    }
    return false;
}

static bool find_mac(const struct probe *probe, struct mac_addr *ret)
{
    const struct probe_env *env = probe->env;
    const struct echo_state *state = probe->state;

    if (claimed_mac(env, probe->address, ret) ||
        claimed_mac(env, target_next_hop(env->target, probe->address), ret))
        return true;
    if (env->target->has_mac)
        *ret = env->target->mac;
    else if (env->has_guest_mac && env->now_us >= state->started_us + SILENCE_US)
        *ret = env->guest_mac;
    else
        return false;
    return true;
}

static int send_fragment(struct probe_env *env, const struct ethernet_spec *ethernet,
                         const struct echo_spec *echo, unsigned number)
{
    struct packet packets[2];
    int result = build_echo_fragments(env->builder, ethernet, echo, packets);

    return probe_send(env, AT_TAP, result, &packets[number]);
}

static int send_whole(struct probe_env *env, const struct ethernet_spec *ethernet,
                      const struct echo_spec *echo, enum vantage at)
{
    struct packet packet;
    int result = build_echo_request(env->builder, ethernet, echo, &packet);

    return probe_send(env, at, result, &packet);
}

/* Of several that claim the address each is asked in turn, where it was heard. */
static const struct claimant *next_claimant(const struct probe *probe)
{
    const struct echo_state *state = probe->state;
    const struct claimants *all = &state->claimants;

    return all->count == 0 ? NULL : &all->of[state->train.last % all->count];
}

static void send_echo(struct probe *probe)
{
    struct probe_env *env = probe->env;
    struct echo_state *state = probe->state;
    const struct claimant *claimant = next_claimant(probe);
    struct ethernet_spec ethernet = {claimant != NULL ? claimant->mac : state->mac, state->source->mac,
                                     probe_vid(env)};
    struct echo_spec echo = {
        .source = state->source->address,
        .destination = probe->address,
        .id = state->id,
        .sequence = (uint16_t)(state->train.last + 1),
        .ttl = ECHO_TTL,
        .nonce = env->random(env->context),
        .payload_length = state->payload_length,
    };

    state->train.to = ethernet.destination;
    state->not_before_us = probe->class->id == PROBE_ECHO_AGAIN ? env->now_us + state->pause_us : 0;
    if (probe->class->id != PROBE_OVERSIZE) {
        enum vantage at = claimant == NULL || claimant->at == AT_TAP
                              ? AT_TAP
                              : probe_vantage_of_segment(env, state->source);
        train_sent(&state->train, env, echo.nonce, send_whole(env, &ethernet, &echo, at));
        return;
    }
    int result = send_fragment(env, &ethernet, &echo, 0);
    if (result < 0) {
        train_sent(&state->train, env, echo.nonce, result);
        return;
    }
    state->rest_ethernet = ethernet;
    state->rest = echo;
    state->rest_due_us = env->now_us + state->pause_us;
}

/* With the second fragment an oversize request is sent. */
static void send_rest(struct probe *probe)
{
    struct echo_state *state = probe->state;

    state->rest_due_us = 0;
    train_sent(&state->train, probe->env, state->rest.nonce,
               send_fragment(probe->env, &state->rest_ethernet, &state->rest, 1));
}

/* Longer than any copy was late so far. Then the replies come in the order of the requests; and the copy of a
 * first fragment comes before the second one, to where it was already, and is dropped, and so is that of the
 * second, to which no first one comes any more. */
static uint64_t pause_for(const struct probe *probe)
{
    const struct observations *seen = probe->env->observations;
    uint64_t pause_us = PAUSE_MIN_US;

    for (size_t i = 0; i < seen->count; i++) {
        const struct observation *reply = &seen->items[i];
        if (reply->kind != OBSERVED_REPLY || !ip_equal(reply->address, probe->address) ||
            (reply->reply.probe != PROBE_ICMP && reply->reply.probe != PROBE_ICMPV6))
            continue;
        uint64_t after_us = reply->reply.after_us;
        if (pause_us < after_us + after_us / 2 + PAUSE_MIN_US)
            pause_us = after_us + after_us / 2 + PAUSE_MIN_US;
    }
    return pause_us < PAUSE_MAX_US ? pause_us : PAUSE_MAX_US;
}

/* Picks up the MAC and the source of now. What was sent to or from another one before could not be answered,
 * and counts for nothing. */
static void update_ends(struct probe *probe)
{
    struct echo_state *state = probe->state;
    struct mac_addr mac;

    if (state->train.tally.received > 0 || !find_mac(probe, &mac))
        return;
    if (state->has_mac && mac_equal(mac, state->mac) && ip_equal(state->sent_from, state->source->address))
        return;
    if (state->train.last > 0)
        train_restart(&state->train, probe->env);
    state->rest_due_us = 0;
    state->has_mac = true;
    state->mac = mac;
    state->sent_from = state->source->address;
}

/* Without a MAC nothing can be sent: wait for one as long as the probes for the address themselves may
 * wait. */
static void wait_for_mac(struct probe *probe)
{
    const struct probe_env *env = probe->env;
    const struct echo_state *state = probe->state;
    uint64_t until_us = state->started_us + train_silence_us(env->options);

    if (until_us < env->patience_until_us)
        until_us = env->patience_until_us;
    probe->done = env->now_us >= until_us;
    probe->due_us = probe->done                                    ? 0
                    : env->now_us < state->started_us + SILENCE_US ? state->started_us + SILENCE_US
                                                                   : until_us;
}

static void echo_timer(struct probe *probe)
{
    struct echo_state *state = probe->state;

    if (probe_waits_for_source(probe, state->source))
        return;
    update_ends(probe);
    if (!state->has_mac) {
        wait_for_mac(probe);
        return;
    }
    if (state->source->questions > state->questions) /* only now it knows where to send its replies */
        train_encourage(&state->train, probe);
    state->questions = state->source->questions;
    if (state->rest_due_us != 0 && probe->env->now_us >= state->rest_due_us)
        send_rest(probe);
    if (state->rest_due_us == 0 && probe->env->now_us >= state->not_before_us &&
        train_ready(&state->train, probe->env))
        send_echo(probe);
    train_schedule(&state->train, probe);
    if (state->rest_due_us != 0)
        probe->due_us = state->rest_due_us;
    else if (!probe->done && probe->due_us < state->not_before_us)
        probe->due_us = state->not_before_us;
}

static void prepare(struct probe *probe, uint16_t payload_length)
{
    struct echo_state *state = probe->state;

    state->source = source_for(probe->env, probe->address);
    state->id = (uint16_t)probe->env->random(probe->env->context);
    state->started_us = probe->env->now_us;
    state->payload_length = payload_length;
}

static void echo_start(struct probe *probe)
{
    struct echo_state *state = probe->state;

    prepare(probe, PROBE_PAYLOAD_SIZE);
    train_start(&state->train, probe->env);
    echo_timer(probe);
}

static void again_start(struct probe *probe)
{
    struct echo_state *state = probe->state;

    prepare(probe, PROBE_PAYLOAD_SIZE);
    state->pause_us = pause_for(probe);
    train_start_diagnosis(&state->train, probe->env, AGAIN_COUNT);
    echo_timer(probe);
}

static void oversize_start(struct probe *probe)
{
    struct echo_state *state = probe->state;

    prepare(probe, OVERSIZE_PAYLOAD);
    state->pause_us = pause_for(probe);
    train_start_diagnosis(&state->train, probe->env, OVERSIZE_COUNT);
    echo_timer(probe);
}

static void claimants_start(struct probe *probe)
{
    struct echo_state *state = probe->state;

    prepare(probe, PROBE_PAYLOAD_SIZE);
    claimants_find(probe->env, probe->address, &state->claimants);
    probe->done = state->claimants.count < 2;
    if (probe->done)
        return;
    train_start_diagnosis(&state->train, probe->env, QUESTIONS_EACH * state->claimants.count);
    state->train.timeout_us =
        probe->env->options->timeout_us; /* any of them may be slower than who answered */
    state->train.persists = true;        /* or let one a second pass */
    echo_timer(probe);
}

/* Who answers was observed; who does not, or twice (to the tap and to its bridge), is no fault. */
static void claimants_finish(struct probe *probe)
{
    struct echo_state *state = probe->state;

    train_free(&state->train);
}

/* Of an oversize reply only the first fragment is looked at, which has the ICMP header. */
static bool has_our_length(const struct probe *probe, const struct frame *frame)
{
    const struct echo_state *state = probe->state;

    return probe->class->id == PROBE_OVERSIZE ? frame->echo.payload_length >= PROBE_PAYLOAD_SIZE
                                              : frame->echo.payload_length == state->payload_length;
}

/* A reply is ours by address, id, sequence and payload. */
static bool is_ours(const struct probe *probe, const struct frame *frame, unsigned *ret_sequence)
{
    const struct echo_state *state = probe->state;
    uint8_t payload[PROBE_PAYLOAD_SIZE];
    uint64_t nonce;

    if (!probe_is_reply_of(probe->env, frame, probe->address) || frame->echo.id != state->id ||
        !has_our_length(probe, frame))
        return false;
    /* The 16 bits of the wire are the low ones of our sequence. */
    unsigned last = state->train.last;
    unsigned sequence = last - (uint16_t)(last - frame->echo.sequence);
    if (!train_nonce(&state->train, sequence, &nonce))
        return false;
    build_probe_payload(nonce, payload);
    *ret_sequence = sequence;
    return memcmp(payload, frame->echo.payload, sizeof payload) == 0;
}

/* Its checksum and its VLAN decide whether it is an answer. */
static bool echo_reply(struct probe *probe, const struct frame *frame)
{
    struct echo_state *state = probe->state;
    unsigned sequence;

    if (!is_ours(probe, frame, &sequence))
        return false;
    if (frame->at != AT_TAP && !train_is_open(&state->train, sequence))
        return true; /* it came by the tap, as it should, and by that to the bridge */
    state->elsewhere += frame->at != AT_TAP;
    if (!probe_vlan_matches(probe->env, frame))
        probe_note_tag(probe->env, probe->address, frame);
    else if (frame->echo.checksum_bad || frame->ip.checksum_bad)
        tally_spoilt(&state->train.tally, frame);
    else
        train_reply(&state->train, probe, sequence, frame);
    echo_timer(probe);
    return true;
}

static bool echo_error(struct probe *probe, const struct frame *frame)
{
    const struct echo_state *state = probe->state;
    const struct icmp_error_fields *error = &frame->error;

    if (!error->quotes_echo || !ip_equal(error->quoted_destination, probe->address) ||
        error->quoted_id != state->id || !source_is_usable(state->source) ||
        !ip_equal(error->quoted_source, state->source->address))
        return false;
    struct observation seen = observation_of_error(frame, probe->address);
    observation_add_once(probe->env->observations, &seen);
    return true;
}

static bool echo_frame(struct probe *probe, const struct frame *frame)
{
    if (frame->kind == FRAME_ECHO_REPLY)
        return echo_reply(probe, frame);
    if (frame->kind == FRAME_ICMP_ERROR)
        return echo_error(probe, frame);
    if (frame->kind == FRAME_ARP || frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT)
        echo_timer(probe); /* it may have told the MAC */
    return false;
}

static void echo_finish(struct probe *probe)
{
    struct echo_state *state = probe->state;
    struct observation outcome = {.mac = state->mac};

    outcome.check.no_mac = !state->has_mac;
    outcome.check.elsewhere = state->elsewhere;
    outcome.check.pause_us = state->pause_us;
    outcome.check.no_source = !source_is_usable(state->source);
    if (state->source != NULL)
        outcome.check.source = state->source->address;
    train_finish(&state->train, probe, &outcome);
}

const struct probe_class PROBE_CLASS_ICMP = {
    .id = PROBE_ICMP,
    .family = IP_V4,
    .starts = STARTS_ALWAYS,
    .hears = VANTAGE_BIT(AT_TAP) | VANTAGE_BIT(AT_BRIDGE),
    .state_size = sizeof(struct echo_state),
    .start = echo_start,
    .frame = echo_frame,
    .timer = echo_timer,
    .finish = echo_finish,
};

const struct probe_class PROBE_CLASS_ICMPV6 = {
    .id = PROBE_ICMPV6,
    .family = IP_V6,
    .starts = STARTS_ALWAYS,
    .hears = VANTAGE_BIT(AT_TAP) | VANTAGE_BIT(AT_BRIDGE),
    .state_size = sizeof(struct echo_state),
    .start = echo_start,
    .frame = echo_frame,
    .timer = echo_timer,
    .finish = echo_finish,
};

const struct probe_class PROBE_CLASS_ECHO_AGAIN = {
    .id = PROBE_ECHO_AGAIN,
    .starts = STARTS_WHEN_ASKED,
    .hears = VANTAGE_BIT(AT_TAP),
    .state_size = sizeof(struct echo_state),
    .start = again_start,
    .frame = echo_frame,
    .timer = echo_timer,
    .finish = echo_finish,
};

const struct probe_class PROBE_CLASS_OVERSIZE = {
    .id = PROBE_OVERSIZE,
    .starts = STARTS_WHEN_ASKED,
    .hears = VANTAGE_BIT(AT_TAP),
    .state_size = sizeof(struct echo_state),
    .start = oversize_start,
    .frame = echo_frame,
    .timer = echo_timer,
    .finish = echo_finish,
};

const struct probe_class PROBE_CLASS_CLAIMANTS = {
    .id = PROBE_CLAIMANTS,
    .starts = STARTS_LAST,
    .hears = ANYWHERE,
    .state_size = sizeof(struct echo_state),
    .start = claimants_start,
    .frame = echo_frame,
    .timer = echo_timer,
    .finish = claimants_finish,
};

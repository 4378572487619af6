/* Whom does the guest take for a neighbour, and by whom does it answer all others? It is sent echo requests
 * from sources that nobody has. To answer one it has to ask: for the source itself where it takes that for a
 * neighbour, otherwise for its gateway, or for nobody where it has no route back. Nobody answers it for these
 * sources, and an IP packet teaches no neighbour table anything.
 *
 * That what it asks for then is its gateway, and not a neighbour that it happens to look for, is proved when
 * it does so again at once, after its neighbour table forgot the first question and it was quiet for a
 * while. */
#include "horizon.h"

#include "train.h"

enum { HORIZON_TTL = 64, VOLLEYS = 2, ROUNDS = 5, PROOFS = 3 };
enum {
    PROMPT_US = 50000, /* beyond two round trips: what is asked at once, is asked within this */
    LISTEN_US = 300000,
    /* Who looks for somebody of its own accord asks again before this, or at another time. */
    QUIET_MIN_US = 2200000,
    QUIET_MORE_US = 1000000, /* at random */
    LIMIT_US = 12000000,
};
/* Boot loaders have rings of eight buffers, and some never recover from a full one (iPXE on pcnet, ne2k). */
enum { BURST = 6, BURST_PAUSE_US = 3000 };

struct horizon_state {
    struct horizon_sources sources;
    struct source *link_local; /* of the IPv6 source that is on any link; NULL: none */
    struct source *named;      /* in whose name ARP is asked; NULL: in nobody's */
    bool answers_name;
    bool is_silent; /* the address answers no echo request */
    struct mac_addr mac;
    uint16_t id;
    uint64_t nonce;
    uint64_t rtt_us;
    unsigned questions; /* how often it was asked whether the sources are free */
    size_t next;        /* source of a burst; of sources.count there is none */
    uint64_t started_us;
    uint64_t quiet_us; /* how long it has to have asked for nobody before it is made to */
    unsigned round;    /* how often requests were sent */
    uint64_t sent_us;
    struct horizon_gateways gateways;
};

/* ---- what is known beforehand ---- */

/* When it was asked for echo replies: as soon as its MAC was known. */
static uint64_t claimed_us(const struct probe *probe)
{
    const struct observations *seen = probe->env->observations;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_CLAIM && ip_equal(seen->items[i].address, probe->address))
            return seen->items[i].time_us;
    return 0;
}

/* Whom it asked for then already. */
static void recall_questions(struct probe *probe)
{
    struct horizon_state *state = probe->state;
    const struct observations *seen = probe->env->observations;
    uint64_t prompt_us = claimed_us(probe) + 2 * state->rtt_us + PROMPT_US;

    for (size_t i = 0; i < seen->count; i++) {
        const struct observation *question = &seen->items[i];
        if (question->kind == OBSERVED_QUESTION && mac_equal(question->mac, state->mac) &&
            question->address.family == probe->address.family)
            horizon_asked(probe->env, &state->gateways,
                          &(struct horizon_question){question->address, question->time_us, question->frame,
                                                     question->time_us <= prompt_us});
    }
}

/* ---- sending ---- */

/* At the end, and only where the guest never asked who has the host's address: it learns that from this. */
static void ask_by_name(struct probe *probe)
{
    const struct horizon_state *state = probe->state;

    if (state->named != NULL && state->named->questions == 0)
        probe_send_arp(probe->env, state->named, probe->address);
}

/* Hands on the sources of the next burst that are wanted. True: those were the last. */
static bool send_burst(struct probe *probe, bool (*send)(struct probe *probe, size_t number))
{
    struct horizon_state *state = probe->state;

    for (unsigned sent = 0; sent < BURST && state->next < state->sources.count; state->next++)
        sent += send(probe, state->next);
    probe->due_us = probe->env->now_us + BURST_PAUSE_US;
    return state->next == state->sources.count;
}

static bool ask_owner(struct probe *probe, size_t number)
{
    const struct horizon_state *state = probe->state;
    const struct horizon_source *source = &state->sources.items[number];

    if (source->of != WAY_LINK_LOCAL)
        borrow_ask_owner(probe->env, source->address);
    return source->of != WAY_LINK_LOCAL;
}

static void ask_owners(struct probe *probe)
{
    struct horizon_state *state = probe->state;

    if (!send_burst(probe, ask_owner))
        return;
    state->next = 0;
    state->questions++;
    probe->due_us =
        probe->env->now_us + (state->questions < OWNER_QUESTIONS ? OWNER_PAUSE_US : OWNER_ANSWER_US);
}

static void send_from(struct probe *probe, size_t number)
{
    struct horizon_state *state = probe->state;
    struct horizon_source *source = &state->sources.items[number];
    struct probe_env *env = probe->env;
    struct mac_addr mac = source->of == WAY_LINK_LOCAL ? state->link_local->mac : env->target->link->mac;
    struct ethernet_spec ethernet = {state->mac, mac, probe_vid(env)};
    struct echo_spec echo = {
        .source = source->address,
        .destination = probe->address,
        .id = state->id,
        .sequence = (uint16_t)number,
        .ttl = HORIZON_TTL,
        .nonce = state->nonce,
        .payload_length = PROBE_PAYLOAD_SIZE,
    };
    struct packet packet;

    int sent = probe_send(env, AT_TAP, build_echo_request(env->builder, &ethernet, &echo, &packet), &packet);
    if (sent > 0)
        observation_keep_frame(&source->frames, (uint32_t)sent);
    train_others_wait(env);
}

static bool is_settled(const struct horizon_source *source)
{
    return source->is_taken || source->is_asked || source->is_sent;
}

static bool send_unsettled(struct probe *probe, size_t number)
{
    const struct horizon_state *state = probe->state;
    bool wanted = (state->round <= VOLLEYS || number == 0) && !is_settled(&state->sources.items[number]);

    if (wanted)
        send_from(probe, number);
    return wanted;
}

static void send_round_on(struct probe *probe)
{
    struct horizon_state *state = probe->state;

    state->sent_us = probe->env->now_us;
    if (!send_burst(probe, send_unsettled))
        return;
    if (state->round == VOLLEYS)
        ask_by_name(probe);
    probe->due_us = state->sent_us + 2 * state->rtt_us + LISTEN_US;
}

/* Twice all of which the guest has not said what it takes them for, then only the far one, which it needs its
 * gateway for. */
static void send_round(struct probe *probe)
{
    struct horizon_state *state = probe->state;

    state->round++;
    state->next = 0;
    send_round_on(probe);
}

static bool are_all_settled(const struct horizon_state *state)
{
    for (size_t i = 0; i < state->sources.count; i++)
        if (!is_settled(&state->sources.items[i]))
            return false;
    return true;
}

/* True: the time has come. */
static bool is_time(struct probe *probe, uint64_t due_us)
{
    probe->due_us = due_us;
    return probe->env->now_us >= due_us;
}

/* A round is over. */
static void go_on(struct probe *probe)
{
    const struct horizon_state *state = probe->state;
    const struct horizon_gateway *gateway = horizon_worst(&state->gateways);
    uint64_t heard_us = state->sent_us + 2 * state->rtt_us + LISTEN_US;

    if (probe->env->now_us >= state->started_us + LIMIT_US) {
        probe->done = true;
    } else if (state->round < VOLLEYS && !are_all_settled(state)) {
        if (is_time(probe, state->sent_us + HORIZON_AGAIN_US))
            send_round(probe);
    } else if (gateway == NULL || is_settled(&state->sources.items[0])) {
        probe->done = is_time(probe, heard_us);
    } else if (gateway->times >= PROOFS || state->round == ROUNDS) {
        probe->done = is_time(probe, gateway->began_us + HORIZON_AGAIN_US) && is_time(probe, heard_us);
    } else if (is_time(probe, horizon_asked_us(&state->gateways) + state->quiet_us)) {
        send_round(probe);
    }
}

static void horizon_timer(struct probe *probe)
{
    const struct horizon_state *state = probe->state;

    probe->done =
        state->is_silent && !probe_is_echo_silent(probe->env, probe->address); /* it was only slow */
    if (probe->done)
        return;
    if (state->questions < OWNER_QUESTIONS)
        ask_owners(probe);
    else if (state->round > 0 && state->next < state->sources.count)
        send_round_on(probe);
    else if (state->round > 0)
        go_on(probe);
    else if (horizon_worst(&state->gateways) == NULL ||
             is_time(probe, horizon_asked_us(&state->gateways) + state->quiet_us) ||
             probe->env->now_us >= state->started_us + LIMIT_US / 2)
        send_round(probe);
}

/* ---- start ---- */

static void add_link_local(struct probe *probe)
{
    struct horizon_state *state = probe->state;
    struct source *source =
        probe->address.family == IP_V6 ? source_for(probe->env, ip_link_local_of(state->mac)) : NULL;

    if (source == NULL || !source_is_usable(source) || state->sources.count == HORIZON_SOURCES_MAX)
        return;
    state->link_local = source;
    state->sources.items[state->sources.count++] =
        (struct horizon_source){.of = WAY_LINK_LOCAL, .address = source->address};
}

/* Where the address is behind a router, or behind the target is a whole network, it is not known whose word
 * that would be. */
static bool may_ask(const struct probe *probe)
{
    const struct target *target = probe->env->target;

    return borrow_can_ask(probe->env) && target->link->kind != LINK_BRIDGE && !target->vm.of_switch &&
           !ip_is_link_local(probe->address) &&
           ip_equal(target_next_hop(target, probe->address), probe->address);
}

static void horizon_start(struct probe *probe)
{
    struct horizon_state *state = probe->state;
    struct probe_env *env = probe->env;
    struct source *source = source_for(env, probe->address);

    probe->done = !may_ask(probe) || !probe_find_owner(probe->env, probe->address, &state->mac);
    if (probe->done)
        return;
    state->id = (uint16_t)env->random(env->context);
    state->nonce = env->random(env->context);
    state->rtt_us = probe_longest_rtt_us(env, state->mac);
    state->started_us = env->now_us;
    state->quiet_us = QUIET_MIN_US + env->random(env->context) % QUIET_MORE_US;
    state->is_silent = probe_is_echo_silent(env, probe->address);
    horizon_choose(env, probe->address, state->is_silent, &state->sources);
    if (state->is_silent) {
        add_link_local(probe);
        recall_questions(probe);
    }
    if (state->is_silent && probe->address.family == IP_V4 && source != NULL && source->state == SOURCE_OURS)
        state->named = source;
    horizon_timer(probe);
}

/* ---- frames ---- */

/* Whom a frame answers for, or asks for; IP_NONE: nobody. */
static struct ip_addr answered_for(const struct frame *frame)
{
    if (frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT)
        return frame->neighbour.target;
    return frame->kind == FRAME_ARP && frame->arp.operation == ARP_REPLY ? frame->arp.sender
                                                                         : (struct ip_addr){0};
}

static struct ip_addr asked_for(const struct frame *frame)
{
    if (frame->kind == FRAME_NEIGHBOUR_SOLICITATION && !ip_is_unspecified(frame->ip.source))
        return frame->neighbour.target;
    bool asks = frame->kind == FRAME_ARP && frame->arp.operation == ARP_REQUEST &&
                !ip_is_unspecified(frame->arp.sender) && !ip_equal(frame->arp.sender, frame->arp.target);
    return asks ? frame->arp.target : (struct ip_addr){0};
}

/* Whoever answers us: somebody has it. */
static void note_answer(struct probe *probe, const struct frame *frame, struct ip_addr address)
{
    struct horizon_state *state = probe->state;
    struct horizon_source *source = horizon_find(&state->sources, address);

    if (source != NULL && source->of != WAY_LINK_LOCAL) {
        source->is_taken |= state->round == 0;
        source->is_answered = true;
    }
    horizon_answered(&state->gateways, address);
    if (state->named != NULL && frame->kind == FRAME_ARP && ip_equal(address, probe->address) &&
        ip_equal(frame->arp.target, state->named->address))
        state->answers_name = true;
}

/* To one machine it confirms what it knows (RFC 1122 2.3.2.1, RFC 4861 7.3.3), some seconds after it said
 * something there, whatever it is asked now. */
static bool note_question(struct probe *probe, const struct frame *frame, struct ip_addr address)
{
    struct horizon_state *state = probe->state;
    struct horizon_source *source = horizon_find(&state->sources, address);

    if (!mac_is_multicast(frame->destination))
        return false;
    if (source != NULL && state->round > 0 && !source->is_asked)
        observation_keep_frame(&source->frames, frame->number);
    if (source != NULL) {
        source->is_asked = state->round > 0;
        return source->is_asked;
    }
    bool at_once = state->round > 0 && frame->time_us <= state->sent_us + 2 * state->rtt_us + PROMPT_US;
    struct horizon_question question = {address, frame->time_us, frame->number, at_once};
    if (address.family == probe->address.family && horizon_asked(probe->env, &state->gateways, &question))
        borrow_ask_owner(probe->env, address);
    return false;
}

static bool note_reply(struct probe *probe, const struct frame *frame)
{
    struct horizon_state *state = probe->state;
    struct horizon_source *source = horizon_find(&state->sources, frame->ip.destination);
    uint8_t payload[PROBE_PAYLOAD_SIZE];

    build_probe_payload(state->nonce, payload);
    if (source == NULL || frame->echo.id != state->id ||
        !probe_is_reply_of(probe->env, frame, probe->address) ||
        memcmp(payload, frame->echo.payload, sizeof payload) != 0)
        return false;
    if (!source->is_sent)
        observation_keep_frame(&source->frames, frame->number);
    source->is_sent = true;
    source->to = frame->destination;
    return true;
}

static bool horizon_frame(struct probe *probe, const struct frame *frame)
{
    const struct horizon_state *state = probe->state;
    struct ip_addr answered = answered_for(frame), asked = asked_for(frame);

    if (!probe_vlan_matches(probe->env, frame))
        return false;
    if (answered.family != IP_NONE)
        note_answer(probe, frame, answered);
    if (frame->at != AT_TAP || !mac_equal(frame->source, state->mac))
        return false;
    if (asked.family != IP_NONE)
        return note_question(probe, frame, asked);
    return frame->kind == FRAME_ECHO_REPLY && note_reply(probe, frame);
}

/* ---- the end ---- */

static void observe_way(const struct probe *probe, const struct horizon_source *source)
{
    const struct horizon_state *state = probe->state;
    const struct horizon_gateway *gateway = source->of == WAY_FAR ? horizon_worst(&state->gateways) : NULL;
    struct way_observation way = {
        .of = source->of,
        .source = source->address,
        .shared = source->shared,
        .answered = source->is_answered,
        .sent = source->is_sent,
        .asked_by_name = source->of == WAY_FAR && state->named != NULL && state->round >= VOLLEYS,
        .answered_by_name = state->answers_name,
        .frames = source->frames,
    };

    if (gateway != NULL) {
        way.asked = gateway->address;
        way.times = gateway->times;
        way.frames = gateway->frames;
    } else if (source->is_asked) {
        way.asked = source->address;
        way.times = 1;
    }
    observation_add(probe->env->observations, &(struct observation){.kind = OBSERVED_WAY,
                                                                    .time_us = state->started_us,
                                                                    .address = probe->address,
                                                                    .mac = source->to,
                                                                    .way = way});
}

static void horizon_finish(struct probe *probe)
{
    const struct horizon_state *state = probe->state;

    for (size_t i = 0; i < state->sources.count && state->round > 0 && probe->done; i++)
        if (!state->sources.items[i].is_taken)
            observe_way(probe, &state->sources.items[i]);
}

/* An address that is there and answers no echo request, nor with an error. Not before that is sure: a guest
 * that limits its answers would have none left for those requests. */
static bool is_not_answered_back(const struct probe_env *env, struct ip_addr address)
{
    return probe_is_answered(env, address) && probe_is_echo_silent(env, address) &&
           !observation_exists(env->observations, OBSERVED_ICMP_ERROR, address, NULL);
}

static uint64_t horizon_lasts_us(const struct check_options *options)
{
    (void)options;
    return LIMIT_US;
}

const struct probe_class PROBE_CLASS_HORIZON = {
    .id = PROBE_HORIZON,
    .starts = STARTS_WHEN_DOUBTFUL | STARTS_WHEN_ASKED,
    .hears = VANTAGE_BIT(AT_TAP) | VANTAGE_BIT(AT_BRIDGE),
    .doubtful = is_not_answered_back,
    .lasts_us = horizon_lasts_us,
    .state_size = sizeof(struct horizon_state),
    .start = horizon_start,
    .frame = horizon_frame,
    .timer = horizon_timer,
    .finish = horizon_finish,
};

/* Does the guest answer the host's own ping? An echo request by the host's stack, as any program sends one:
 * by its routes, its neighbour table and its filters, to whichever interface they lead. It is watched at each
 * hop of the path, there and back. */
#include "stack.h"
#include "train.h"

#include <errno.h>
#include <string.h>

/* Requests once the guest is known to be there. The kernel asks once a second who has an address
 * (RETRANS_TIME_US), and so does a guest that limits its replies answer. */
enum { TRIES = 3, PAUSE_US = 300000, LONG_PAUSE_US = 1100000 };
enum { ECHO_TTL = 64, REQUESTS_MAX = 2 * (1 + TRIES) /* some may fail on our side */ };

struct stack_state {
    uint16_t id;
    uint64_t nonces[REQUESTS_MAX]; /* of what was sent, by sequence */
    uint64_t sent_us[REQUESTS_MAX];
    unsigned tries;      /* since the guest is known to be there */
    uint64_t next_us;    /* when to go on */
    uint64_t give_up_us; /* when the guest itself had its time */
    struct mac_addr to;
    enum vantage at; /* where the request was seen first */
    struct stack_observation seen;
};

static const struct route_facts *route_of(const struct probe *probe)
{
    const struct target_address *known = target_address_of(probe->env->target, probe->address);

    return known != NULL ? &known->route : NULL;
}

bool stack_leads_there(const struct probe *probe)
{
    const struct probe_env *env = probe->env;
    const struct route_facts *route = route_of(probe);

    return route != NULL && route->kind != ROUTE_ANYCAST && probe_vid(env) == VID_NONE &&
           (target_is_on_route(env->target, route) ||
            facts_subnet_of(env->facts, target_host_link(env->target)->ifindex, probe->address) != NULL);
}

/* The tap is in no bridge, or in one that leads nowhere but to other taps; or the host's address is on
 * another port of its bridge. */
static bool leads_nowhere(const struct probe_env *env, const struct route_facts *route)
{
    const struct link_facts *bridge = env->target->bridge, *other = facts_link(env->facts, route->ifindex);

    if (bridge != NULL && other != NULL && other->master == bridge->ifindex)
        return true;
    for (size_t i = 0; bridge != NULL && i < env->facts->link_count; i++)
        if (env->facts->links[i].master == bridge->ifindex && env->facts->links[i].kind != LINK_TAP)
            return false;
    return env->target->link->kind == LINK_TAP;
}

/* Whether the host's own ping is a matter of this path: the route leads there, or the host has a subnet there
 * that holds the address. Or the host takes the guest for a neighbour on another link, and has no address on
 * this path, which leads nowhere. */
static bool concerns_host(const struct probe *probe, const struct route_facts *route)
{
    const struct probe_env *env = probe->env;
    const struct link_facts *host_link = target_host_link(env->target);

    if (host_link->noarp && facts_permanent(env->facts, host_link->ifindex, probe->address) == NULL)
        return false;
    if (stack_leads_there(probe))
        return true;
    return route->kind == ROUTE_ON_LINK && !ip_is_link_local(probe->address) &&
           facts_next_routable(env->facts, host_link->ifindex, NULL) == NULL && leads_nowhere(env, route);
}

static int send_from(struct probe *probe, struct ip_addr source, struct echo_spec echo)
{
    struct probe_env *env = probe->env;
    struct ethernet_spec ethernet = {.vid = VID_NONE}; /* the host's, too */
    struct packet packet;

    echo.source = source;
    return probe_send(env, AT_HOST, build_echo_request(env->builder, &ethernet, &echo, &packet), &packet);
}

/* The kernel is told the source where a rule wants it, and where that spares it the choice: of IPv6. It may
 * have lost that address since, and refuses it (EINVAL). */
int stack_send_request(struct probe *probe, struct ip_addr to, uint16_t id, unsigned sequence, uint64_t nonce,
                       uint16_t payload_length)
{
    const struct route_facts *route = route_of(probe);
    struct ip_addr any = {.family = probe->address.family};
    struct echo_spec echo = {
        .destination = to,
        .id = id,
        .sequence = (uint16_t)sequence,
        .ttl = ECHO_TTL,
        .nonce = nonce,
        .payload_length = payload_length,
        .of_host = true,
    };

    train_others_wait(probe->env);
    if (route != NULL && route->needs_source.family != IP_NONE)
        return send_from(probe, route->needs_source, echo);
    int error = -EINVAL;
    if (route != NULL && any.family == IP_V6 && route->source.family == IP_V6)
        error = send_from(probe, route->source, echo);
    return error == -EINVAL ? send_from(probe, any, echo) : error;
}

bool stack_has_nonce(const struct frame *frame, uint16_t id, uint64_t nonce)
{
    uint8_t payload[PROBE_PAYLOAD_SIZE];

    build_host_payload(nonce, payload);
    return (frame->kind == FRAME_ECHO_REQUEST || frame->kind == FRAME_ECHO_REPLY) && frame->echo.id == id &&
           memcmp(payload, frame->echo.payload, sizeof payload) == 0;
}

/* What a route, a rule or a filter of the host says of this packet; all else is our socket's trouble. */
static bool is_refusal(int error)
{
    return error == -EPERM || error == -EACCES || error == -EINVAL || error == -ENETUNREACH ||
           error == -EHOSTUNREACH || error == -ENETDOWN;
}

/* False: it was no try, as it did not get so far that it could be lost. */
static bool send_request(struct probe *probe)
{
    struct stack_state *state = probe->state;
    struct probe_env *env = probe->env;
    struct stack_observation *seen = &state->seen;

    state->nonces[seen->sent] = env->random(env->context);
    state->sent_us[seen->sent] = env->now_us;
    int error = stack_send_request(probe, probe->address, state->id, seen->sent + 1,
                                   state->nonces[seen->sent], PROBE_PAYLOAD_SIZE);
    seen->sent++;
    if (error < 0 && !is_refusal(error)) {
        seen->unsent = -error;
        return false;
    }
    seen->send_error = error < 0 ? -error : seen->send_error;
    seen->requests |= error < 0 ? 0 : VANTAGE_BIT(AT_HOST);
    return true;
}

static bool is_there(const struct probe *probe)
{
    const struct probe_env *env = probe->env;

    return probe_is_answered(env, probe->address) ||
           probe_is_answered(env, target_next_hop(env->target, probe->address));
}

/* A guest that got the request and is silent may answer only so many a second. What it did answer is here at
 * once. */
static uint64_t pause_us(const struct probe *probe)
{
    const struct stack_state *state = probe->state;
    bool got = state->seen.requests & VANTAGE_BIT(AT_TAP),
         answered = state->seen.replies & VANTAGE_BIT(AT_TAP);

    if (got && !answered)
        return LONG_PAUSE_US;
    return answered || state->tries < TRIES ? PAUSE_US : probe->env->options->timeout_us;
}

/* For who is no neighbour yet the kernel needs room: to send, and also to answer who asks for the host. So
 * what was seen nowhere may never have been sent, and who got it may not have been told where the host is. */
static void conclude(struct probe *probe)
{
    struct stack_state *state = probe->state;
    struct probe_env *env = probe->env;
    unsigned requests = state->seen.requests & ~VANTAGE_BIT(AT_HOST);
    bool may_lack_room = requests == 0 || (requests & VANTAGE_BIT(AT_TAP));

    state->seen.no_room = may_lack_room && state->seen.replies == 0 &&
                          env->neighbour_was_refused(env->context, probe->address.family);
    state->seen.concluded = state->tries == TRIES && !state->seen.no_room;
    env->host_is_unanswered = true;
}

static void end(struct probe *probe)
{
    probe->done = true;
    probe->due_us = 0;
}

/* Of who is not there nothing is to be told: that is the other probes' to say. */
static void stack_timer(struct probe *probe)
{
    struct stack_state *state = probe->state;
    uint64_t now_us = probe->env->now_us;

    if (state->next_us == 0 && is_there(probe))
        state->next_us = now_us + PAUSE_US;
    bool is_due = state->next_us != 0 && now_us >= state->next_us;
    bool is_over = state->next_us == 0 ? now_us >= state->give_up_us
                                       : state->tries == TRIES || state->seen.sent == REQUESTS_MAX;
    if (is_over && (is_due || state->next_us == 0)) {
        conclude(probe);
        end(probe);
        return;
    }
    if (is_due) {
        state->tries += send_request(probe);
        state->next_us = now_us + pause_us(probe);
    }
    probe->due_us = state->next_us != 0 ? state->next_us : state->give_up_us;
}

static void stack_start(struct probe *probe)
{
    struct stack_state *state = probe->state;
    const struct probe_env *env = probe->env;
    const struct route_facts *route = route_of(probe);

    if (route == NULL || probe_vid(env) != VID_NONE /* the host's has no tag */ ||
        !concerns_host(probe, route)) {
        end(probe);
        return;
    }
    state->id = (uint16_t)env->random(env->context);
    state->give_up_us = env->now_us + train_silence_us(env->options);
    if (state->give_up_us < env->patience_until_us)
        state->give_up_us = env->patience_until_us;
    send_request(probe);
    stack_timer(probe);
}

/* The number of ours that a frame carries, from 1; 0: it is none of ours. */
static unsigned sequence_of(const struct stack_state *state, const struct frame *frame)
{
    unsigned sequence = frame->echo.sequence;

    if (sequence == 0 || sequence > state->seen.sent ||
        !stack_has_nonce(frame, state->id, state->nonces[sequence - 1]))
        return 0;
    return sequence;
}

/* Notes that one was seen there, and the number of the first one that was. */
static void note_place(struct stack_observation *seen, unsigned *vantages, const struct frame *frame)
{
    size_t place = 0;

    while (place < STACK_FRAMES_MAX && seen->frames[place] != 0)
        place++;
    if (place < STACK_FRAMES_MAX && (*vantages & VANTAGE_BIT(frame->at)) == 0)
        seen->frames[place] = frame->number;
    *vantages |= VANTAGE_BIT(frame->at);
}

static void see_request(struct stack_state *state, const struct frame *frame)
{
    struct stack_observation *seen = &state->seen;

    if ((seen->requests & ~VANTAGE_BIT(AT_HOST)) == 0) {
        state->at = frame->at;
        state->to = frame->destination;
        seen->source = frame->ip.source;
    }
    if (frame->at == AT_TAP)
        seen->asked_by = frame->source;
    note_place(seen, &seen->requests, frame);
}

static void see_reply(struct probe *probe, unsigned sequence, const struct frame *frame)
{
    struct stack_state *state = probe->state;
    struct stack_observation *seen = &state->seen;
    uint64_t sent_us = state->sent_us[sequence - 1];

    if (frame->at == AT_TAP && !mac_equal(seen->answered_to, seen->asked_by))
        seen->answered_to = frame->destination;
    note_place(seen, &seen->replies, frame);
    if (frame->at != AT_HOST || seen->received > 0)
        return;
    seen->received = 1;
    seen->concluded = true;
    seen->rtt_us = frame->time_us > sent_us ? frame->time_us - sent_us : 1;
    end(probe);
}

static bool stack_frame(struct probe *probe, const struct frame *frame)
{
    struct stack_state *state = probe->state;
    unsigned sequence = sequence_of(state, frame);

    if (sequence == 0) {
        if (!probe->done && frame->at == AT_TAP && state->next_us == 0)
            stack_timer(probe); /* it may have told that the guest is there */
        return false;
    }
    if (frame->kind == FRAME_ECHO_REQUEST)
        see_request(state, frame);
    else if (probe_is_reply_of(probe->env, frame, probe->address))
        see_reply(probe, sequence, frame);
    return true;
}

unsigned stack_heard_at(const struct probe_env *env)
{
    unsigned heard = VANTAGE_BIT(AT_TAP);

    for (enum vantage at = AT_BRIDGE; at < VANTAGE_COUNT; at++)
        if (env->has_vantage(env->context, at))
            heard |= VANTAGE_BIT(at);
    return heard;
}

static void stack_finish(struct probe *probe)
{
    struct stack_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (state->seen.sent == 0)
        return;
    state->seen.heard = stack_heard_at(env);
    observation_add(env->observations, &(struct observation){.kind = OBSERVED_STACK,
                                                             .time_us = env->now_us,
                                                             .address = probe->address,
                                                             .mac = state->to,
                                                             .at = state->at,
                                                             .stack = state->seen});
}

const struct probe_class PROBE_CLASS_STACK = {
    .id = PROBE_STACK,
    .starts = STARTS_ALWAYS,
    .needs = VANTAGE_BIT(AT_HOST),
    .hears = ANYWHERE,
    .hears_out = ANYWHERE,
    .state_size = sizeof(struct stack_state),
    .start = stack_start,
    .frame = stack_frame,
    .timer = stack_timer,
    .finish = stack_finish,
};

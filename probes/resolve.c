/* Do host and guest find each other? Whoever asks the other's MAC address, by ARP (RFC 826) or a neighbour
 * solicitation (RFC 4861 7.2), has to get there, and the answer back. What the host's kernel asks before it
 * can send is watched at each hop, and so is what the guest asks. The kernel only asks for whom it does not
 * know; where nothing was answered, it is asked like that here, into the host's end of the path and in the
 * host's own name. */
#include "stack.h"
#include "train.h"

#include <string.h>

/* One may be lost, so it is asked again. What is not there after the settling was not only read late. */
enum { TRIES = 3, SETTLE_US = 30000, PAUSE_US = 100000, LAST_US = 300000 };
/* To make the kernel ask, which it does at once. Each is another address, any of which may have an entry. */
enum { STRANGERS = 3, DRAWS_MAX = 8, STRANGER_BITS = 8 };

struct resolve_state {
    struct ip_addr asked;  /* the address, or the gateway to it */
    enum vantage host_end; /* of the path as it was when this began: it may go away */
    struct mac_addr host_mac;
    bool asks;   /* we may, as the kernel would */
    bool is_new; /* the host had no entry for it, so the kernel has to ask, too */
    struct ip_addr stranger;
    uint64_t give_up_us; /* when the guest itself had its time */
    struct resolve_observation seen;
};

/* The kernel asks for nobody whom somebody wrote down, nor on a link without ARP. */
static bool may_ask(const struct probe *probe)
{
    const struct resolve_state *state = probe->state;
    const struct probe_env *env = probe->env;
    const struct link_facts *host = target_host_link(env->target);

    return env->target->path.count > 1 && env->has_vantage(env->context, state->host_end) && !host->noarp &&
           facts_permanent(env->facts, host->ifindex, state->asked) == NULL;
}

static void ask(struct probe *probe)
{
    struct resolve_state *state = probe->state;
    struct probe_env *env = probe->env;
    struct mac_addr mac = state->host_mac;
    struct packet packet;
    int built = state->asked.family == IP_V4
                    ? probe_build_arp(env, mac, VID_NONE, state->seen.own, state->asked, &packet)
                    : probe_build_solicitation(env, mac, VID_NONE, state->seen.own, state->asked, &packet);
    int sent = probe_send(env, state->host_end, built, &packet);

    train_others_wait(env);
    state->seen.sent++;
    if (sent >= 0) {
        state->seen.by_host.questions |= VANTAGE_BIT(state->host_end);
    } else {
        state->seen.send_failures++;
        state->seen.send_error = -sent;
    }
}

/* ---- a neighbour that nobody knows ---- */

/* Near to the guest, where no other route leads. */
static struct ip_addr draw_stranger(const struct probe *probe, unsigned bits)
{
    const struct resolve_state *state = probe->state;
    uint64_t random = probe->env->random(probe->env->context);
    struct ip_addr drawn = state->asked;
    uint8_t *last = &drawn.bytes[ip_size(drawn.family) - 1];
    uint8_t mask = (uint8_t)((1u << bits) - 1);

    if (drawn.family == IP_V6)
        memcpy(last - 7, &random, sizeof random);
    else
        *last = (uint8_t)((*last & ~mask) | (random & mask));
    if ((*last & mask) == 0 || (*last & mask) == mask) /* a network's, or everybody's */
        drawn = (struct ip_addr){0};
    return drawn;
}

static bool is_known(const struct probe_env *env, struct ip_addr address)
{
    return facts_own_address(env->facts, 0, address) != NULL || target_checks(env->target, address) ||
           facts_next_neighbour_at(env->facts, address, NULL) != NULL;
}

/* IP_NONE: there is no room for one. */
static struct ip_addr find_stranger(const struct probe *probe)
{
    const struct probe_env *env = probe->env;
    const struct resolve_state *state = probe->state;
    const struct address_facts *subnet =
        facts_subnet_of(env->facts, target_host_link(env->target)->ifindex, state->asked);
    unsigned size = 8 * (unsigned)ip_size(state->asked.family);

    if (subnet == NULL || subnet->prefix_length + 3 > size ||
        (state->asked.family == IP_V6 && subnet->prefix_length > 64))
        return (struct ip_addr){0};
    unsigned bits =
        size - subnet->prefix_length < STRANGER_BITS ? size - subnet->prefix_length : STRANGER_BITS;
    for (unsigned i = 0; i < DRAWS_MAX; i++) {
        struct ip_addr drawn = draw_stranger(probe, bits);
        if (drawn.family != IP_NONE && !is_known(env, drawn))
            return drawn;
    }
    return (struct ip_addr){0};
}

/* What was refused was no try. */
static bool ping_stranger(struct probe *probe)
{
    struct resolve_state *state = probe->state;
    struct probe_env *env = probe->env;

    state->stranger = find_stranger(probe);
    if (state->stranger.family == IP_NONE ||
        stack_send_request(probe, state->stranger, 0, 1, env->random(env->context), PROBE_PAYLOAD_SIZE) < 0)
        return false;
    state->seen.strangers++;
    return true;
}

/* ---- time ---- */

static bool was_at(unsigned vantages, enum vantage at)
{
    return (vantages & VANTAGE_BIT(at)) != 0;
}

static bool got_through(const struct probe *probe)
{
    const struct resolve_state *state = probe->state;
    const struct asking *asking = &state->seen.by_host;

    return was_at(asking->questions, AT_TAP) && was_at(asking->answers, state->host_end);
}

static void end(struct probe *probe, bool concluded)
{
    struct resolve_state *state = probe->state;

    state->seen.concluded = concluded;
    probe->done = true;
    probe->due_us = 0;
}

/* The kernel was to ask, too, and was not heard to: the guest may have told it before. Whether it can ask at
 * all, strangers show. */
static void end_or_test(struct probe *probe)
{
    struct resolve_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (!state->is_new || state->seen.by_host.times > 0 || state->seen.asked_for_stranger ||
        state->seen.strangers == STRANGERS || !ping_stranger(probe))
        end(probe,
            state->seen.strangers == 0 || !env->neighbour_was_refused(env->context, state->asked.family));
    else
        probe->due_us = env->now_us + (state->seen.strangers == STRANGERS ? LAST_US : PAUSE_US);
}

/* Of who is not there nothing is to be told: that is the other probes' to say. */
static void resolve_timer(struct probe *probe)
{
    struct resolve_state *state = probe->state;
    struct probe_env *env = probe->env;
    bool is_there = probe_is_answered(env, state->asked);

    if (!is_there && env->now_us >= state->give_up_us) {
        end(probe, false);
    } else if (!is_there) {
        probe->due_us = state->give_up_us;
    } else if (got_through(probe) || !state->asks || state->seen.sent == TRIES) {
        end_or_test(probe);
    } else {
        ask(probe);
        probe->due_us = env->now_us + (state->seen.sent == TRIES ? LAST_US : PAUSE_US);
    }
}

/* A rule of the host's may have another way for strangers. When an address is found that was not named, the
 * host may have learned meanwhile who has it; and what strangers are asked for uses up a guest's limit. */
static bool has_to_ask(const struct probe *probe)
{
    const struct resolve_state *state = probe->state;
    const struct probe_env *env = probe->env;
    const struct target_address *known = target_address_of(env->target, probe->address);
    const struct link_facts *host = target_host_link(env->target);

    return known->origin == ORIGIN_GIVEN && known->route.kind == ROUTE_ON_LINK &&
           known->route.ifindex == host->ifindex && known->route.needs_source.family == IP_NONE &&
           facts_vrf_of(env->facts, host) == NULL && !host->noarp &&
           facts_neighbour_of(env->facts, host->ifindex, state->asked) == NULL;
}

/* Where neither the kernel has to ask nor we may, no answer is to be waited for: what is said is counted as
 * long as there is somebody who listens. */
static uint64_t settled_us(const struct probe *probe)
{
    const struct resolve_state *state = probe->state;
    return probe->env->now_us + (state->asks || state->is_new ? SETTLE_US : 0);
}

static void note_unwatched(const struct probe *probe)
{
    observation_add(probe->env->observations, &(struct observation){.kind = OBSERVED_TROUBLE,
                                                                    .time_us = probe->env->now_us,
                                                                    .address = probe->address,
                                                                    .trouble = {.kind = TROUBLE_UNWATCHED}});
}

static void resolve_start(struct probe *probe)
{
    struct resolve_state *state = probe->state;
    struct probe_env *env = probe->env;
    const struct source *source = source_for(env, probe->address);
    bool concerns_host = stack_leads_there(probe) && source != NULL && source->state == SOURCE_OURS;

    if (!concerns_host || !env->hears_questions) {
        if (concerns_host && env->has_vantage(env->context, AT_HOST))
            note_unwatched(probe);
        end(probe, false);
        return;
    }
    state->host_end = target_vantage_of(env->target, env->target->path.count - 1);
    state->host_mac = target_host_link(env->target)->mac;
    state->asked = target_next_hop(env->target, probe->address);
    state->seen.own = source->address;
    state->asks = may_ask(probe);
    state->is_new = has_to_ask(probe);
    state->give_up_us = env->now_us + train_silence_us(env->options);
    if (state->give_up_us < env->patience_until_us)
        state->give_up_us = env->patience_until_us;
    probe->due_us = settled_us(probe);
}

/* ---- who asks, and who answers ---- */

/* A question or an answer: who wants to know, and about whom. */
struct resolve_message {
    bool is_question;
    struct ip_addr asker, subject;
};

static bool read_message(const struct frame *frame, struct resolve_message *ret)
{
    switch (frame->kind) {
    case FRAME_ARP:
        ret->is_question = frame->arp.operation == ARP_REQUEST;
        ret->asker = ret->is_question ? frame->arp.sender : frame->arp.target;
        ret->subject = ret->is_question ? frame->arp.target : frame->arp.sender;
        return ret->is_question || frame->arp.operation == ARP_REPLY;
    case FRAME_NEIGHBOUR_SOLICITATION:
    case FRAME_NEIGHBOUR_ADVERTISEMENT:
        ret->is_question = frame->kind == FRAME_NEIGHBOUR_SOLICITATION;
        ret->asker = ret->is_question ? frame->ip.source : frame->ip.destination;
        ret->subject = frame->neighbour.target;
        return true;
    default:
        return false;
    }
}

/* Known by the host's MAC address: which of its names it asks in, it chooses itself. */
static void see_host(struct resolve_state *state, const struct frame *frame,
                     const struct resolve_message *message)
{
    struct mac_addr mac = state->host_mac;
    struct asking *asking = &state->seen.by_host;
    bool goes_out = frame->direction == DIRECTION_OUT;

    if (message->is_question && goes_out && mac_equal(frame->source, mac)) {
        asking->times += frame->at == state->host_end; /* ours are not heard where they were sent */
        asking->questions |= VANTAGE_BIT(frame->at);
    } else if (!message->is_question && !goes_out && mac_equal(frame->destination, mac)) {
        asking->answers |= VANTAGE_BIT(frame->at);
        asking->given += frame->at == AT_TAP;
        asking->got += frame->at == state->host_end;
    }
}

static void see_guest(struct resolve_state *state, const struct frame *frame,
                      const struct resolve_message *message)
{
    struct asking *asking = &state->seen.by_guest;
    bool goes_out = frame->direction == DIRECTION_OUT;

    if (message->is_question && !goes_out) {
        asking->times += frame->at == AT_TAP;
        asking->questions |= VANTAGE_BIT(frame->at);
    } else if (!message->is_question && goes_out) {
        asking->answers |= VANTAGE_BIT(frame->at);
    }
}

static bool resolve_frame(struct probe *probe, const struct frame *frame)
{
    struct resolve_state *state = probe->state;
    struct probe_env *env = probe->env;
    struct resolve_message message;

    if (!read_message(frame, &message) || !probe_vlan_matches(env, frame) ||
        state->seen.own.family == IP_NONE)
        return false;
    state->seen.asked_for_stranger |= message.is_question && ip_equal(message.subject, state->stranger) &&
                                      frame->direction == DIRECTION_OUT;
    if (ip_equal(message.subject, state->asked))
        see_host(state, frame, &message);
    else if (ip_equal(message.subject, state->seen.own) && ip_equal(message.asker, state->asked))
        see_guest(state, frame, &message);
    if (!probe->done && got_through(probe) && state->seen.by_host.times > 0)
        end(probe, true);
    else if (!probe->done && probe->due_us == state->give_up_us && probe_is_answered(env, state->asked))
        probe->due_us = settled_us(probe);
    return false;
}

static void resolve_finish(struct probe *probe)
{
    struct resolve_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (state->seen.own.family == IP_NONE)
        return;
    state->seen.heard = stack_heard_at(env);
    observation_add(env->observations, &(struct observation){.kind = OBSERVED_RESOLVE,
                                                             .time_us = env->now_us,
                                                             .address = probe->address,
                                                             .at = state->host_end,
                                                             .resolve = state->seen});
}

/* ---- the host's entry ---- */

static bool resolve_doubtful(const struct probe_env *env, struct ip_addr address)
{
    return env->host_is_unanswered && probe_is_answered(env, target_next_hop(env->target, address));
}

/* Whether the host knows the guest's MAC address now. */
static void resolve_look(struct probe_env *env, const struct host_facts *now)
{
    for (size_t i = 0; env->target->path.count > 0 && i < env->target->address_count; i++) {
        struct ip_addr address = env->target->addresses[i].address;
        const struct neighbour_facts *entry = facts_neighbour_of(now, target_host_link(env->target)->ifindex,
                                                                 target_next_hop(env->target, address));
        observation_add(env->observations,
                        &(struct observation){.kind = OBSERVED_ENTRY,
                                              .time_us = env->now_us,
                                              .address = address,
                                              .mac = entry != NULL ? entry->mac : (struct mac_addr){{0}}});
    }
}

const struct probe_class PROBE_CLASS_RESOLVE = {
    .id = PROBE_RESOLVE,
    .starts = STARTS_ALWAYS,
    .needs = VANTAGE_BIT(AT_HOST),
    .hears = ANYWHERE,
    .hears_out = ANYWHERE,
    .doubtful = resolve_doubtful,
    .state_size = sizeof(struct resolve_state),
    .start = resolve_start,
    .frame = resolve_frame,
    .timer = resolve_timer,
    .finish = resolve_finish,
    .look = resolve_look,
};

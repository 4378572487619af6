/* Do large packets get through, where small ones do? Echo requests that fill the MTU of the host's interface
 * are sent beside small ones: by us on the target, and by the host's own stack, which is watched on its path.
 * And small ones in frames that are padded to the same size: they tell frames that are lost from a guest that
 * does not like large pings. Whether such a one answers all the same, and the answer is lost, a larger
 * request in fragments tells: of its answer the last fragment comes. Where large ones are lost, the largest
 * that is not is looked for by halves. */
#include "mtu_tails.h"
#include "stack.h"
#include "train.h"

enum { MTU_TTL = 64, TAG_SIZE = 4, IPV4_HEADERS = 20 + 8, IPV6_HEADERS = 40 + 8 };
enum {
    SPLIT_MTU_MIN = 1500, /* that fragments of ours fit into */
    SPLIT_MORE = 100,     /* than fits into one packet: the last fragment of the answer is a small one */
};
enum {
    PAUSE_US = 200000,
    TIMEOUT_MIN_US = 1000000,
    SEARCH_US = 300000, /* beyond two round trips: how long an answer is waited for in the search */
    SEARCH_TRIES = 2,
    QUESTIONS_MAX = 128,
    LIMIT_US = 20000000,
};

/* Which size when: a sequence without a period (Thue-Morse), so that no guest which answers one in so many,
 * or one in so long, answers just the small ones. */
static const char ORDER[] = "LSSLSLLS";

struct mtu_question {
    enum mtu_way way;
    unsigned size;
    bool is_answered;
};

struct mtu_state {
    struct source *source;
    struct mac_addr mac;
    uint16_t id;
    uint64_t nonce;
    uint64_t wait_us;                             /* in the search */
    unsigned step;                                /* in ORDER */
    struct mtu_question questions[QUESTIONS_MAX]; /* by sequence */
    unsigned count;
    uint64_t asked_us;         /* the last one */
    bool could_not[MTU_WAYS];  /* be sent */
    struct mtu_tails tails;    /* of answers to split ones */
    unsigned low, high, tries; /* in the search: what passes, what does not, how often the middle was tried */
    struct mtu_observation seen;
};

/* ---- sending ---- */

static unsigned headers_of(const struct probe *probe)
{
    return probe->address.family == IP_V4 ? IPV4_HEADERS : IPV6_HEADERS;
}

static unsigned smallest(const struct probe *probe)
{
    return headers_of(probe) + PROBE_PAYLOAD_SIZE;
}

static int send_split(struct probe *probe, const struct ethernet_spec *ethernet, const struct echo_spec *echo)
{
    struct packet packets[2];
    int built = build_echo_fragments(probe->env->builder, ethernet, echo, packets);
    int sent = probe_send(probe->env, AT_TAP, built, &packets[0]);

    return sent < 0 ? sent : probe_send(probe->env, AT_TAP, built, &packets[1]);
}

static int send_on_target(struct probe *probe, enum mtu_way way, unsigned size, uint16_t sequence)
{
    const struct mtu_state *state = probe->state;
    struct probe_env *env = probe->env;
    struct ethernet_spec ethernet = {state->mac, state->source->mac, probe_vid(env)};
    unsigned filled = way == MTU_PADDED ? smallest(probe) : size;
    size_t header = ethernet.vid == VID_NONE ? ETHERNET_HEADER_SIZE : ETHERNET_HEADER_SIZE + TAG_SIZE;
    struct echo_spec echo = {
        .source = state->source->address,
        .destination = probe->address,
        .id = state->id,
        .sequence = sequence,
        .ttl = MTU_TTL,
        .nonce = state->nonce,
        .payload_length = (uint16_t)(filled - headers_of(probe)),
    };
    struct packet packet;

    if (way == MTU_SPLIT)
        return send_split(probe, &ethernet, &echo);
    int built = build_echo_request(env->builder, &ethernet, &echo, &packet);
    if (built == 0 && way == MTU_PADDED)
        build_padding(&packet, header + size);
    return probe_send(env, AT_TAP, built, &packet);
}

static void ask(struct probe *probe, enum mtu_way way, unsigned size)
{
    struct mtu_state *state = probe->state;
    uint16_t sequence = (uint16_t)(state->count + 1);

    if (state->seen.of[way].large == 0 || state->count == QUESTIONS_MAX)
        return;
    state->questions[state->count++] = (struct mtu_question){.way = way, .size = size};
    state->seen.of[way].small_sent += size == state->seen.of[way].small;
    state->seen.of[way].large_sent += size == state->seen.of[way].large;
    state->asked_us = probe->env->now_us;
    train_others_wait(probe->env);
    int error = way == MTU_HOST ? stack_send_request(probe, probe->address, state->id, sequence, state->nonce,
                                                     (uint16_t)(size - headers_of(probe)))
                                : send_on_target(probe, way, size, sequence);
    state->could_not[way] |= error < 0;
}

static void ask_round(struct probe *probe)
{
    struct mtu_state *state = probe->state;
    bool is_large = ORDER[state->step] == 'L';

    for (enum mtu_way way = MTU_ECHO; way < MTU_SPLIT; way++) {
        if (way == MTU_PADDED && (!is_large || state->step == 0)) /* it may not be needed */
            continue;
        ask(probe, way, is_large ? state->seen.of[way].large : state->seen.of[way].small);
    }
    state->step++;
}

static bool is_worth_splitting(const struct mtu_state *state)
{
    const struct mtu_observation *seen = &state->seen;

    return observation_mtu_may_be_lost_back(seen) && seen->of[MTU_ECHO].large >= SPLIT_MTU_MIN &&
           seen->of[MTU_SPLIT].large_sent < MTU_PROOFS;
}

static void ask_split(struct probe *probe)
{
    struct mtu_state *state = probe->state;

    state->seen.of[MTU_SPLIT].large = state->seen.of[MTU_ECHO].large + SPLIT_MORE;
    ask(probe, MTU_SPLIT, state->seen.of[MTU_SPLIT].large);
}

/* ---- the search ---- */

static bool is_searching(const struct mtu_state *state)
{
    return state->seen.passes != 0;
}

/* Where frames are lost behind the target, before it, and on their way to it. */
static bool begin_search(struct probe *probe)
{
    struct mtu_state *state = probe->state;
    struct mtu_observation *seen = &state->seen;

    seen->tails = mtu_tails_without_head(&state->tails);
    if (observation_mtu_lost_behind(seen))
        seen->searched = MTU_PADDED;
    else if (observation_mtu_lost_before(seen))
        seen->searched = MTU_HOST;
    else if (observation_mtu_lost_back(seen))
        seen->searched = MTU_ECHO;
    else
        return false;
    seen->passes = state->low = smallest(probe);
    state->high = seen->of[seen->searched].large;
    return true;
}

/* As long as the user asked for, and long enough for who is slow. */
static uint64_t timeout_us(const struct probe *probe)
{
    uint64_t asked_us = probe->env->options->timeout_us;

    return asked_us > TIMEOUT_MIN_US ? asked_us : TIMEOUT_MIN_US;
}

/* What was asked last may be answered yet. */
static void end_search(struct probe *probe)
{
    const struct mtu_state *state = probe->state;

    probe->due_us = state->asked_us + timeout_us(probe);
    probe->done = probe->env->now_us >= probe->due_us;
}

static void search(struct probe *probe)
{
    struct mtu_state *state = probe->state;

    if (state->tries == SEARCH_TRIES) {
        state->high = (state->low + state->high) / 2;
        state->tries = 0;
    }
    if (state->high - state->low <= 1 || state->count == QUESTIONS_MAX) {
        end_search(probe);
        return;
    }
    state->tries++;
    ask(probe, state->seen.searched, (state->low + state->high) / 2);
    probe->due_us = probe->env->now_us + state->wait_us;
}

static void mtu_timer(struct probe *probe)
{
    struct mtu_state *state = probe->state;
    const struct probe_env *env = probe->env;

    if (is_searching(state)) {
        search(probe);
    } else if (ORDER[state->step] != '\0') {
        ask_round(probe);
        probe->due_us = env->now_us + (ORDER[state->step] != '\0' ? PAUSE_US : timeout_us(probe));
    } else if (is_worth_splitting(state)) {
        ask_split(probe);
        probe->due_us = env->now_us + (is_worth_splitting(state) ? PAUSE_US : timeout_us(probe));
    } else {
        state->seen.concluded = true;
        probe->done = !begin_search(probe);
        if (!probe->done)
            search(probe);
    }
}

/* ---- start ---- */

/* Where the address is behind a router, or behind the target is a whole network, it is not known whose MTU
 * that would be. */
static bool may_ask(const struct probe *probe)
{
    const struct target *target = probe->env->target;

    return target->link->kind != LINK_BRIDGE && !target->vm.of_switch &&
           ip_equal(target_next_hop(target, probe->address), probe->address) &&
           !probe_is_echo_silent(probe->env, probe->address);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The host's interface sends no larger ones, nor does that of the target. */
static void choose_sizes(struct probe *probe)
{
    struct mtu_state *state = probe->state;
    const struct probe_env *env = probe->env;
    unsigned small = smallest(probe), of_host = least(target_host_link(env->target)->mtu, PACKET_MAX);
    bool has_host =
        env->has_vantage(env->context, AT_HOST) && stack_leads_there(probe) && !env->host_is_unanswered;

    for (enum mtu_way way = MTU_ECHO; way < MTU_SPLIT; way++) {
        unsigned large = way == MTU_HOST ? of_host : least(of_host, env->target->link->mtu);
        state->seen.of[way].small = small;
        if (large > small && (way != MTU_HOST || has_host))
            state->seen.of[way].large = large;
    }
}

static void mtu_start(struct probe *probe)
{
    struct mtu_state *state = probe->state;
    struct probe_env *env = probe->env;

    state->source = source_for(env, probe->address);
    probe->done = !may_ask(probe) || state->source == NULL || !source_is_usable(state->source) ||
                  !probe_find_owner(env, probe->address, &state->mac);
    if (probe->done)
        return;
    choose_sizes(probe);
    state->id = (uint16_t)env->random(env->context);
    state->nonce = env->random(env->context);
    state->wait_us = 2 * probe_longest_rtt_us(env, state->mac) + SEARCH_US;
    probe->done = state->seen.of[MTU_ECHO].large == 0;
    if (!probe->done)
        mtu_timer(probe);
}

/* ---- frames ---- */

static struct mtu_question *question_of(struct mtu_state *state, uint16_t id, uint16_t sequence)
{
    return id == state->id && sequence > 0 && sequence <= state->count ? &state->questions[sequence - 1]
                                                                       : NULL;
}

static bool is_large(const struct mtu_state *state, const struct mtu_question *question)
{
    return question->size == state->seen.of[question->way].large;
}

/* As soon as a large one is answered each way there is nothing more to ask. */
static bool is_healthy(const struct mtu_state *state)
{
    const struct mtu_observation *seen = &state->seen;

    return seen->of[MTU_ECHO].large_answered > 0 &&
           (seen->of[MTU_HOST].large == 0 || seen->of[MTU_HOST].large_answered > 0);
}

/* One that was late has been taken for lost, and what is larger with it. */
static void note_passed(struct probe *probe, unsigned size)
{
    struct mtu_state *state = probe->state;

    if (state->high <= size)
        state->high = state->seen.of[state->seen.searched].large;
    state->seen.passes = state->low = size;
    state->tries = 0;
    search(probe);
}

static void note_answer(struct probe *probe, struct mtu_question *question)
{
    struct mtu_state *state = probe->state;
    bool is_news = question->way == state->seen.searched && question->size > state->low;

    if (question->is_answered)
        return;
    question->is_answered = true;
    state->seen.of[question->way].small_answered += question->size == state->seen.of[question->way].small;
    state->seen.of[question->way].large_answered += is_large(state, question);
    if (is_searching(state) && is_news && !is_large(state, question) && !probe->done)
        note_passed(probe, question->size);
    else if (!is_searching(state) && is_healthy(state))
        state->seen.concluded = probe->done = true;
}

static bool is_ours(const struct mtu_state *state, const struct frame *frame)
{
    uint8_t payload[PROBE_PAYLOAD_SIZE];

    build_probe_payload(state->nonce, payload);
    return memcmp(payload, frame->echo.payload, sizeof payload) == 0;
}

/* Of the host's own echo it is noted where it passes. */
static bool note_echo(struct probe *probe, const struct frame *frame)
{
    struct mtu_state *state = probe->state;
    struct mtu_question *question = question_of(state, frame->echo.id, frame->echo.sequence);
    bool is_request = frame->kind == FRAME_ECHO_REQUEST;

    if (question == NULL || !ip_equal(is_request ? frame->ip.destination : frame->ip.source, probe->address))
        return false;
    if (question->way != MTU_HOST) {
        if (is_request || frame->at != AT_TAP || !is_ours(state, frame) ||
            !probe_vlan_matches(probe->env, frame))
            return false;
        note_answer(probe, question);
        return true;
    }
    if (!stack_has_nonce(frame, state->id, state->nonce))
        return false;
    if (is_large(state, question))
        *(is_request ? &state->seen.requests : &state->seen.replies) |= VANTAGE_BIT(frame->at);
    if (!is_request && frame->at == AT_HOST)
        note_answer(probe, question);
    return true;
}

static bool note_error(struct probe *probe, const struct icmp_error_fields *error)
{
    struct mtu_state *state = probe->state;
    const struct mtu_question *question =
        error->quotes_echo ? question_of(state, error->quoted_id, error->quoted_sequence) : NULL;

    if (question == NULL || !ip_equal(error->quoted_destination, probe->address))
        return false;
    state->seen.is_told |= question->size != state->seen.of[question->way].small;
    return true;
}

/* To us, of what may be an echo reply. One of somebody else's whose first fragment is lost shows the same. */
static void note_fragment(struct probe *probe, const struct frame *frame)
{
    struct mtu_state *state = probe->state;
    uint8_t protocol = probe->address.family == IP_V4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;

    if (state->seen.of[MTU_SPLIT].large_sent > 0 && frame->at == AT_TAP && frame->direction == DIRECTION_IN &&
        frame->ip.protocol == protocol && ip_equal(frame->ip.source, probe->address) &&
        ip_equal(frame->ip.destination, state->source->address) && probe_vlan_matches(probe->env, frame))
        mtu_tails_add(&state->tails, &frame->ip);
}

static bool mtu_frame(struct probe *probe, const struct frame *frame)
{
    if (frame->has_ip && frame->ip.fragment)
        note_fragment(probe, frame);
    if (frame->kind == FRAME_ECHO_REQUEST || frame->kind == FRAME_ECHO_REPLY)
        return note_echo(probe, frame);
    return frame->kind == FRAME_ICMP_ERROR && note_error(probe, &frame->error);
}

/* ---- the end ---- */

static void mtu_finish(struct probe *probe)
{
    struct mtu_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (state->count == 0)
        return;
    for (enum mtu_way way = MTU_ECHO; way < MTU_WAYS; way++)
        if (state->could_not[way])
            state->seen.of[way].large = 0;
    state->seen.heard = stack_heard_at(env);
    state->seen.concluded &= probe->done;
    observation_add(env->observations, &(struct observation){.kind = OBSERVED_MTU,
                                                             .time_us = env->now_us,
                                                             .address = probe->address,
                                                             .mac = state->mac,
                                                             .mtu = state->seen});
}

/* Where the host does not reach who answers here, all is looked at. */
static bool is_lost_to_host(const struct probe_env *env, struct ip_addr address)
{
    return env->host_is_unanswered && !probe_is_echo_silent(env, address);
}

static uint64_t mtu_lasts_us(const struct check_options *options)
{
    (void)options;
    return LIMIT_US;
}

const struct probe_class PROBE_CLASS_MTU = {
    .id = PROBE_MTU,
    .starts = STARTS_WHEN_DOUBTFUL | STARTS_WHEN_ASKED,
    .doubtful = is_lost_to_host,
    .hears = ANYWHERE,
    .hears_out = ANYWHERE,
    .lasts_us = mtu_lasts_us,
    .state_size = sizeof(struct mtu_state),
    .start = mtu_start,
    .frame = mtu_frame,
    .timer = mtu_timer,
    .finish = mtu_finish,
};

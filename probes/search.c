/* Which addresses does the guest have? Several means side by side, each harmless to the guest:
 * what it is heard to say, the host's neighbour tables, the link-local address of its MAC, all-nodes
 * multicast (ff02::1), and an ARP sweep of the small IPv4 subnets of the tap or its bridge. An address counts
 * as found when it answered, or when the guest was heard to speak in its name. */
#include "all_nodes.h"
#include "guesses.h"
#include "known.h"
#include "sweep.h"
#include "train.h"

enum {
    ROUND_US = 120000,   /* after which everything is asked once more, if nobody answered */
    ROUNDS = 2,          /* while nobody answers, unless the user waits for longer */
    SETTLE_US = 100000,  /* quiet after the last address was found */
    SILENCE_US = 100000, /* of a given address, after which other addresses are worth looking for */
    LEAD_US = 300000,    /* from the start to the last question, which waits for the time-out */
    /* How long a guest may take for each question of a sweep, and for all of it, where it answers nothing
     * that is asked behind that. */
    SLOW_US = 16000,
    DRAIN_MAX_US = 16000000,
};

struct search_state {
    struct guesses guesses; /* to be asked one by one, in each round */
    struct all_nodes all_nodes;
    struct sweep sweep;
    unsigned round;
    uint64_t started_us, round_us, last_asked_us, last_found_us;
    uint64_t drained_us; /* by then the guest has taken what the sweep sent */
    bool found;
};

static void ask(struct probe *probe, struct ip_addr address)
{
    struct search_state *state = probe->state;

    state->last_asked_us = probe->env->now_us;
    guesses_ask(&state->guesses, probe->env, address, state->round > 1);
}

/* It may have been asked for in each sweep. */
static bool add(struct search_state *state, struct ip_addr address, enum address_origin origin)
{
    unsigned swept = address.family == IP_V4 ? sweep_asked_for(&state->sweep, address, state->round) : 0;

    return guesses_add(&state->guesses, address, origin, swept);
}

/* Remembers an address that the guest may have. False if it is known already, or not wanted. */
static bool remember(struct probe *probe, struct ip_addr address, enum address_origin origin)
{
    struct search_state *state = probe->state;
    const struct probe_env *env = probe->env;

    return options_want(env->options, address.family) && !target_checks(env->target, address) &&
           facts_own_address(env->facts, 0, address) == NULL && add(state, address, origin);
}

/* The same, and asks for it. Once a round and not more often: a second answer would look like a copy to those
 * who check it. */
static void add_candidate(void *probe, struct ip_addr address, enum address_origin origin)
{
    if (remember(probe, address, origin))
        ask(probe, address);
}

/* ---- what is found is checked when the sweep does not delay its answers any more ---- */

static bool has_drained(const struct probe *probe)
{
    const struct search_state *state = probe->state;

    return !state->sweep.going &&
           (probe->env->now_us >= state->drained_us || guesses_have_drained(&state->guesses));
}

static void tell_found(struct probe *probe)
{
    struct search_state *state = probe->state;
    struct probe_env *env = probe->env;
    struct guess *guess;

    while (has_drained(probe) && (guess = guesses_untold(&state->guesses)) != NULL) {
        guess->told = true;
        state->last_found_us = env->now_us;
        env->found(env->context, guess->address, guess->origin, guesses_open(guess));
    }
    for (size_t i = 0; i < state->guesses.count && !state->sweep.going; i++) {
        guess = &state->guesses.items[i];
        if (guess->found && !guess->told && guesses_is_to_be_asked(guess, env->now_us))
            ask(probe, guess->address);
    }
}

/* Unless it was guessed, in which case that says more, `origin` is how it came to be known. */
static void report_found(struct probe *probe, struct ip_addr address, enum address_origin origin)
{
    struct search_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (target_checks(env->target, address))
        return;
    state->found = true;
    state->last_found_us = env->now_us;
    bool is_answer = add(state, address, origin) && origin == ORIGIN_SWEEP;
    struct guess *guess = guesses_find(&state->guesses, address);
    if (guess == NULL || env->target->given_count > 0) {
        env->found(env->context, address, origin, state->round);
        return;
    }
    if (is_answer)
        guess->answers = sweep_answers_of(&state->sweep, address);
    guess->found = true;
    tell_found(probe);
}

static void add_link_local_of(struct probe *probe, struct mac_addr mac)
{
    if (!mac_is_multicast(mac) && !mac_is_zero(mac))
        add_candidate(probe, ip_link_local_of(mac), ORIGIN_LINK_LOCAL);
}

static void end_sweep(struct probe *probe)
{
    struct search_state *state = probe->state;
    uint64_t longest_us = (uint64_t)sweep_asked(&state->sweep) * SLOW_US;

    guesses_swept(&state->guesses);
    state->round_us = probe->env->now_us;
    state->drained_us = probe->env->now_us + (longest_us < DRAIN_MAX_US ? longest_us : DRAIN_MAX_US);
}

/* Sends the next burst if its time has come. */
static void sweep(struct probe *probe)
{
    struct search_state *state = probe->state;
    uint64_t now_us = probe->env->now_us;
    struct ip_addr address;

    if (now_us < state->sweep.due_us)
        return;
    for (unsigned burst = 0; burst < SWEEP_BURST && sweep_next(&state->sweep, probe->env, &address);) {
        if (guesses_find(&state->guesses, address) != NULL)
            continue;
        ask(probe, address);
        state->sweep.asked[state->sweep.subnet]++;
        burst++;
    }
    if (!state->sweep.going)
        end_sweep(probe);
    else if (sweep_mark(&state->sweep, state->round > 1, now_us, &address))
        ask(probe, address);
}

/* Somebody answered for an address. */
static void note_answer(struct probe *probe, struct ip_addr address)
{
    struct search_state *state = probe->state;

    guesses_answered(&state->guesses, address);
    if (sweep_marked(&state->sweep, address, probe->env->now_us)) {
        sweep(probe);
        probe->due_us = state->sweep.going ? state->sweep.due_us : probe->env->now_us;
    }
}

static void start_round(struct probe *probe)
{
    struct search_state *state = probe->state;

    state->round++;
    state->round_us = probe->env->now_us;
    for (size_t i = 0; state->round > 1 && i < state->guesses.count; i++)
        ask(probe, state->guesses.items[i].address);
    all_nodes_ask(&state->all_nodes, probe->env);
    state->last_asked_us = probe->env->now_us;
    if (!probe->env->options->ipv4)
        return;
    sweep_begin(&state->sweep);
    sweep(probe);
}

static void believe_answers(struct probe *probe)
{
    struct search_state *state = probe->state;
    struct ip_addr address;

    while (sweep_believed(&state->sweep, probe->env->now_us, &address))
        report_found(probe, address, ORIGIN_SWEEP);
}

/* Who answered all-nodes but not its own solicitation is to be checked all the same. */
static void report_unconfirmed(struct probe *probe)
{
    struct search_state *state = probe->state;

    for (size_t i = 0; i < state->guesses.count && probe->env->target->given_count == 0; i++)
        if (state->guesses.items[i].origin == ORIGIN_ALL_NODES)
            report_found(probe, state->guesses.items[i].address, ORIGIN_ALL_NODES);
}

static bool finished(const struct probe *probe)
{
    struct search_state *state = probe->state;
    const struct probe_env *env = probe->env;

    if (state->sweep.going || state->sweep.collect_until_us != 0 || guesses_untold(&state->guesses) != NULL)
        return false;
    if (env->target->given_count == 0 && state->found)
        return env->now_us >= state->last_found_us + SETTLE_US &&
               env->now_us >= state->last_asked_us + SETTLE_US;
    return env->now_us >= state->last_asked_us + env->options->timeout_us;
}

static bool next_round_wanted(const struct probe *probe)
{
    const struct search_state *state = probe->state;
    const struct probe_env *env = probe->env;

    if (state->found || state->sweep.going)
        return false;
    return state->round < ROUNDS ||
           (env->target->given_count == 0 && env->now_us + env->options->timeout_us < env->patience_until_us);
}

static void search_timer(struct probe *probe)
{
    struct search_state *state = probe->state;
    uint64_t now_us = probe->env->now_us;

    believe_answers(probe);
    if (state->sweep.going)
        sweep(probe);
    else if (next_round_wanted(probe) && now_us >= state->round_us + ROUND_US)
        start_round(probe);
    tell_found(probe);

    probe->done = !next_round_wanted(probe) && finished(probe);
    if (probe->done) {
        report_unconfirmed(probe);
        probe->done = guesses_untold(&state->guesses) == NULL;
    }
    if (probe->done)
        probe->due_us = 0;
    else if (state->sweep.going)
        probe->due_us = state->sweep.due_us;
    else if (state->sweep.collect_until_us != 0)
        probe->due_us = state->sweep.collect_until_us;
    else
        probe->due_us = now_us + SWEEP_COLLECT_US;
}

static void heard(struct probe *probe, struct ip_addr address, struct mac_addr mac)
{
    if (!ip_may_be_host(address) || target_checks(probe->env->target, address) ||
        probe_is_own_mac(probe->env, mac)) /* not the guest speaks, but one of our frames came back */
        return;
    add_link_local_of(probe, mac);
    if (probe->env->target->given_count > 0)
        add_candidate(probe, address, ORIGIN_HEARD);
    else if (remember(probe, address, ORIGIN_HEARD))
        report_found(probe, address, ORIGIN_HEARD);
}

/* What was said before the search began. */
static void add_heard(struct probe *probe)
{
    const struct observations *seen = probe->env->observations;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_HEARD)
            heard(probe, seen->items[i].address, seen->items[i].mac);
}

static void search_start(struct probe *probe)
{
    struct search_state *state = probe->state;
    struct probe_env *env = probe->env;

    state->started_us = env->now_us;
    all_nodes_begin(&state->all_nodes, env);
    known_addresses(env, probe, add_candidate);
    add_heard(probe);
    sweep_find_subnets(&state->sweep, env);
    start_round(probe);
    search_timer(probe);
}

static void claim(struct probe *probe, const struct frame *frame, struct ip_addr address, struct mac_addr mac)
{
    struct search_state *state = probe->state;
    struct guess *guess = guesses_find(&state->guesses, address);

    if (guess != NULL)
        guess->answered = true;
    add_link_local_of(probe, mac);
    observation_add_once(probe->env->observations, &(struct observation){.kind = OBSERVED_CLAIM,
                                                                         .time_us = frame->time_us,
                                                                         .address = address,
                                                                         .mac = mac});
}

static bool search_arp(struct probe *probe, const struct frame *frame)
{
    struct search_state *state = probe->state;
    const struct arp_fields *arp = &frame->arp;
    bool to_us =
        arp->operation == ARP_REPLY && probe_is_own_mac(probe->env, arp->target_mac) &&
        (ip_is_unspecified(arp->target) || facts_own_address(probe->env->facts, 0, arp->target) != NULL);

    if (!ip_may_be_host(arp->sender) || target_checks(probe->env->target, arp->sender))
        return false;
    if (!to_us) {
        heard(probe, arp->sender, frame->source);
        return false;
    }
    claim(probe, frame, arp->sender, arp->sender_mac);
    note_answer(probe, arp->sender);
    if (guesses_find(&state->guesses, arp->sender) == NULL)
        sweep_answer(&state->sweep, arp->sender, probe->env->now_us);
    else
        report_found(probe, arp->sender, ORIGIN_SWEEP);
    return true;
}

static bool search_advertisement(struct probe *probe, const struct frame *frame)
{
    const struct neighbour_fields *neighbour = &frame->neighbour;

    if (!ip_may_be_host(neighbour->target) || target_checks(probe->env->target, neighbour->target))
        return false;
    if (!neighbour->solicited || !source_is_ours(probe->env, frame->ip.destination)) {
        heard(probe, neighbour->target, frame->source);
        return false;
    }
    claim(probe, frame, neighbour->target,
          neighbour->has_link_address ? neighbour->link_address : frame->source);
    note_answer(probe, neighbour->target);
    report_found(probe, neighbour->target, ORIGIN_LINK_LOCAL);
    return true;
}

static bool search_echo_reply(struct probe *probe, const struct frame *frame)
{
    const struct search_state *state = probe->state;

    if (!all_nodes_answered(&state->all_nodes, frame))
        return false;
    if (!target_checks(probe->env->target, frame->ip.source)) {
        claim(probe, frame, frame->ip.source, frame->source);
        add_candidate(probe, frame->ip.source, ORIGIN_ALL_NODES);
    }
    return true;
}

/* A guest that comes with new addresses again and again does not make the search go on, but beside given ones
 * for as long as those are asked for. */
static bool takes_up(const struct probe *probe)
{
    struct search_state *state = probe->state;
    const struct probe_env *env = probe->env;

    if (env->target->given_count > 0)
        return env->now_us <= state->started_us + train_silence_us(env->options);
    if (probe->done)
        return false;
    if (guesses_untold(&state->guesses) != NULL)
        return true;
    return env->now_us <= state->round_us + env->options->timeout_us || env->now_us < env->patience_until_us;
}

/* What the guest says of its own accord tells an address of its own; packets that it forwards do not. */
static bool take_frame(struct probe *probe, const struct frame *frame)
{
    switch (frame->kind) {
    case FRAME_ARP:
        return search_arp(probe, frame);
    case FRAME_NEIGHBOUR_ADVERTISEMENT:
        return search_advertisement(probe, frame);
    case FRAME_ECHO_REPLY:
        return search_echo_reply(probe, frame);
    default:
        heard(probe, probe_speaker_of(frame), frame->source);
        return false;
    }
}

static bool search_frame(struct probe *probe, const struct frame *frame)
{
    const struct search_state *state = probe->state;
    uint64_t asked_us = state->last_asked_us;

    if (!probe_vlan_matches(probe->env, frame) || !takes_up(probe))
        return false;
    bool ours = take_frame(probe, frame);
    if (probe->done && state->last_asked_us > asked_us) /* once more there is something to wait for */
        search_timer(probe);
    return ours;
}

static bool is_not_answered(const struct probe_env *env, struct ip_addr address)
{
    return !probe_is_answered(env, address) && !probe_is_answered(env, target_next_hop(env->target, address));
}

static uint64_t search_lasts_us(const struct check_options *options)
{
    return LEAD_US + options->timeout_us;
}

static void observe_means(struct probe *probe, struct search_observation search)
{
    observation_add(
        probe->env->observations,
        &(struct observation){.kind = OBSERVED_SEARCH, .time_us = probe->env->now_us, .search = search});
}

static void search_finish(struct probe *probe)
{
    const struct search_state *state = probe->state;
    unsigned neighbours = guesses_count(&state->guesses, ORIGIN_NEIGHBOUR);

    observe_means(probe, (struct search_observation){.means = SEARCH_NEIGHBOURS, .asked = neighbours});
    observe_means(probe,
                  (struct search_observation){.means = SEARCH_LINK_LOCAL,
                                              .asked = guesses_count(&state->guesses, ORIGIN_LINK_LOCAL)});
    observe_means(probe,
                  (struct search_observation){.means = SEARCH_ALL_NODES, .asked = state->all_nodes.asked});
    guesses_finish(&state->guesses, probe->env);
    if (probe->env->options->ipv4)
        sweep_finish(&state->sweep, probe->env);
}

const struct probe_class PROBE_CLASS_SEARCH = {
    .id = PROBE_SEARCH,
    .of_target = true,
    .starts = STARTS_UNNAMED | STARTS_WHEN_SILENT,
    .hears = VANTAGE_BIT(AT_TAP),
    .silence_us = SILENCE_US,
    .silent = is_not_answered,
    .lasts_us = search_lasts_us,
    .state_size = sizeof(struct search_state),
    .start = search_start,
    .frame = search_frame,
    .timer = search_timer,
    .finish = search_finish,
};

/* Numbered probes: when the next one goes, and what came of all. */
#include "train.h"
#include "train_inside.h"
#include "text.h"

#include <stdlib.h>

enum { WAGONS_MIN = 64 };

/* Limits of one answer a second and of ten are common (nftables, net.ipv4.icmp_ratelimit); so are rings of
 * few buffers, which our own volley fills. */
enum {
    DOUBT_US = 150000, /* beyond the longest round trip: then a probe without an answer makes us ask more */
    MORE_COUNT = 5,    /* with three of the volley: eight in a row are lost by chance nowhere that works */
    MORE_US = 150000,  /* between two of them, where some were answered, … */
    /* … and where none was: long enough for a guest to ask once more for our MAC, after 1 s. */
    MORE_SILENT_US = 300000,
    SLOWLY_COUNT = 5,
    SLOWLY_US = 1100000, /* who limits its answers does so by the second (net.ipv4.icmp_ratelimit) */
    ROUNDS_SLOWLY = 3,   /* while answers come too late: a slow guest has yet to take what we sent at first */
};

static void start(struct train *train, const struct probe_env *env)
{
    train->capacity = train->count + MORE_COUNT + ROUNDS_SLOWLY * SLOWLY_COUNT;
    if (train->patient && train->capacity < WAGONS_MIN)
        train->capacity = WAGONS_MIN;
    train->wagons = memory_new(train->capacity, sizeof *train->wagons);
    train->first = 1;
    train->next_us = env->now_us;
}

void train_start(struct train *train, const struct probe_env *env)
{
    *train = (struct train){.count = env->options->count,
                            .timeout_us = env->options->timeout_us,
                            .patient = env->patience_until_us != 0,
                            .persists = true};
    start(train, env);
}

void train_start_diagnosis(struct train *train, const struct probe_env *env, unsigned count)
{
    uint64_t timeout_us = env->options->timeout_us;

    *train = (struct train){
        .count = count, .timeout_us = timeout_us < DIAGNOSIS_TIMEOUT_US ? timeout_us : DIAGNOSIS_TIMEOUT_US};
    start(train, env);
}

uint64_t train_silence_us(const struct check_options *options)
{
    uint64_t volley_us = (options->count - 1) * options->interval_us;

    return volley_us + DOUBT_US + (uint64_t)(MORE_COUNT - 1) * MORE_SILENT_US + options->timeout_us;
}

void train_free(struct train *train)
{
    free(train->wagons);
    train->wagons = NULL;
}

void train_restart(struct train *train, const struct probe_env *env)
{
    struct train again = {.count = train->count,
                          .timeout_us = train->timeout_us,
                          .patient = train->patient,
                          .persists = train->persists};

    train_free(train);
    *train = again;
    start(train, env);
}

static bool knocking(const struct train *train, const struct probe_env *env)
{
    return train->patient && train->tally.received == 0 && env->now_us < env->patience_until_us;
}

static void conclude(struct train *train, struct probe *probe)
{
    train->concluded = true;
    probe->done = true;
    probe->due_us = 0;
}

void train_be_off_link(struct train *train, struct probe *probe)
{
    train->off_link = true;
    probe->env->last_reply_us = probe->env->now_us;
    if (train->tally.received == 0)
        conclude(train, probe);
}

bool train_encourage(struct train *train, struct probe *probe)
{
    if (train->encouraged || train->tally.received > 0 || train->stage != TRAIN_MORE)
        return false;
    train->encouraged = true;
    train->stage_sent = 0;
    train->next_us = probe->env->now_us;
    train->concluded = probe->done = false;
    return true;
}

static unsigned stage_count(const struct train *train)
{
    return train->stage == TRAIN_VOLLEY ? train->count
           : train->stage == TRAIN_MORE ? MORE_COUNT
                                        : SLOWLY_COUNT;
}

static unsigned stage_sent(const struct train *train)
{
    return train->stage == TRAIN_VOLLEY ? train->tally.sent : train->stage_sent;
}

/* When the next one may go. The guest's limit may be one for all: what is asked slowly waits for all others,
 * slow ones and quick ones; what is asked with pauses, and answered in part, for those with pauses. */
static uint64_t next_due(const struct train *train, const struct probe_env *env)
{
    uint64_t others_us = train->stage == TRAIN_SLOWLY                              ? env->slow_us
                         : train->stage == TRAIN_MORE && train->tally.received > 0 ? env->more_us
                                                                                   : 0;

    return train->next_us < others_us ? others_us : train->next_us;
}

bool train_ready(const struct train *train, const struct probe_env *env)
{
    if (train->concluded || (stage_sent(train) >= stage_count(train) && !knocking(train, env)))
        return false;
    return env->now_us >= next_due(train, env);
}

/* When the next one may go after this one. */
static uint64_t next_after(const struct train *train, const struct probe_env *env)
{
    uint64_t interval_us = env->options->interval_us;

    if (train->stage == TRAIN_SLOWLY)
        return env->now_us + SLOWLY_US;
    if (train->stage == TRAIN_MORE)
        interval_us = train->tally.received > 0 ? MORE_US : MORE_SILENT_US;
    else if (train->tally.sent >= train->count && interval_us < KNOCK_INTERVAL_US)
        interval_us = KNOCK_INTERVAL_US;
    return env->now_us + interval_us;
}

void train_others_wait(struct probe_env *env)
{
    env->slow_us = env->now_us + SLOWLY_US;
    env->more_us = env->now_us + MORE_US;
}

unsigned train_sent(struct train *train, struct probe_env *env, uint64_t nonce, int result)
{
    train->last++;
    train->tally.sent++;
    train->stage_sent++;
    *wagon_at(train, train->last) = (struct wagon){.sent_us = env->now_us,
                                                   .nonce = nonce,
                                                   .to = train->to,
                                                   .kind = train->kind,
                                                   .frame = result > 0 ? (uint32_t)result : 0};
    train->next_us = next_after(train, env);
    train_others_wait(env);
    if (result < 0) {
        train->send_failures++;
        train->send_error = -result;
    }
    return train->last;
}

static void enter(struct train *train, struct probe_env *env, enum train_stage stage)
{
    train->stage = stage;
    env->asks_more = true;
    train->stage_first = train->last + 1;
    train->stage_sent = 0;
    train->next_us = env->now_us;
}

static bool is_answered_in_time(const struct train *train, unsigned sequence)
{
    const struct wagon *wagon = wagon_at(train, sequence);

    return wagon->first_reply_us != 0 && in_time(train, wagon, wagon->first_reply_us);
}

/* How many that count and were sent from `first` on are not answered; and when the oldest of them was
 * sent. */
static unsigned count_open(const struct train *train, unsigned first, uint64_t *ret_oldest_us)
{
    unsigned known = first_known(train), open = 0;

    *ret_oldest_us = 0;
    for (unsigned sequence = first > known ? first : known; sequence <= train->last; sequence++) {
        if (!is_answered_in_time(train, sequence) && open++ == 0)
            *ret_oldest_us = wagon_at(train, sequence)->sent_us;
    }
    return open;
}

/* The volley was sent: when one without an answer is old enough to ask more. Slow guests are waited for. */
static uint64_t doubt_due(const struct train *train, uint64_t oldest_us)
{
    uint64_t doubt_us = DOUBT_US + (train->tally.received > 0 ? train->tally.rtt_max_us : 0);

    return oldest_us + (doubt_us < train->timeout_us ? doubt_us : train->timeout_us);
}

/* A limit, and a queue that our own burst fills, take all before or all after one moment of the volley; what
 * is lost here and there is lost on the way. */
static bool is_scattered(const struct train *train)
{
    unsigned changes = 0, until = train->first + train->count, known = first_known(train);

    for (unsigned sequence = (train->first > known ? train->first : known) + 1; sequence < until; sequence++)
        changes += is_answered_in_time(train, sequence) != is_answered_in_time(train, sequence - 1);
    return changes > 1;
}

/* A limit may let one more pass in the middle of a volley, then one a second, or none where others use it up;
 * also, once, one that is asked slowly. `open`: so many of the stage are not answered. */
static bool is_worth_asking_slowly(const struct train *train, const struct probe *probe, unsigned open)
{
    bool is_late = train->late_us != 0 && probe->env->now_us <= train->late_us + SLOWLY_US;

    if (train->stage == TRAIN_VOLLEY || probe->env->holds_back || train->rounds == ROUNDS_SLOWLY)
        return false;
    if (probe->env->floods && train->tally.received > 0)
        return false;
    if (train->stage == TRAIN_SLOWLY)
        return open > 0 && (is_late || (train->starved && train->rounds == 1));
    if (train->tally.received == 0)
        return is_late || doubt_may_be_limit(probe);
    return is_scattered(train) ? open == 0 || train->starved : open > 0;
}

/* All of a stage was sent, or, of the slow one, all until the first loss; some are not answered. Where others
 * are lost, what the guest has to ask before it can answer may have been, too. */
static void end_stage(struct train *train, struct probe *probe)
{
    uint64_t oldest_us;

    if (probe->env->loses && train_encourage(train, probe))
        return;
    unsigned open = count_open(train, train->stage_first, &oldest_us);
    if (train->stage == TRAIN_MORE)
        train->starved = train->stage_sent - open <= 1;
    bool proves = open == 0 && (train->stage == TRAIN_SLOWLY || !is_scattered(train));

    train->recovered = train->stage != TRAIN_VOLLEY && train->tally.received > 0 && proves;
    if (!is_worth_asking_slowly(train, probe, open)) {
        conclude(train, probe);
        return;
    }
    train->rounds++;
    enter(train, probe->env, TRAIN_SLOWLY);
}

/* One that was asked slowly and had its time is lost. */
static bool lost_one_slowly(const struct train *train, uint64_t now_us)
{
    uint64_t oldest_us;

    return train->stage == TRAIN_SLOWLY && count_open(train, train->stage_first, &oldest_us) > 0 &&
           now_us >= oldest_us + train->timeout_us;
}

static void ask_more(struct train *train, struct probe_env *env)
{
    env->loses |= train->tally.received > 0;
    enter(train, env, TRAIN_MORE);
}

static void wait_for_answers(struct train *train, struct probe *probe)
{
    struct probe_env *env = probe->env;
    uint64_t last_sent_us = train->last == 0 ? env->now_us : wagon_at(train, train->last)->sent_us;
    uint64_t deadline_us = last_sent_us + train->timeout_us, oldest_us;

    if (count_open(train, train->first, &oldest_us) == 0) {
        conclude(train, probe);
        return;
    }
    if (train->stage == TRAIN_VOLLEY && train->persists && train->last > 0 && !env->holds_back) {
        uint64_t due_us = doubt_due(train, oldest_us);
        if (env->now_us >= due_us)
            ask_more(train, env);
        probe->due_us = env->now_us >= due_us ? env->now_us : due_us;
        return;
    }
    if (env->now_us >= deadline_us)
        end_stage(train, probe);
    if (!probe->done)
        probe->due_us = deadline_us > env->now_us ? deadline_us : env->now_us;
}

void train_schedule(struct train *train, struct probe *probe)
{
    const struct probe_env *env = probe->env;
    bool knocks = knocking(train, env);
    uint64_t oldest_us;

    if (train->patient && train->tally.received == 0 && train->last > 0 && !knocks) {
        conclude(train, probe); /* the user waited for long enough; but the last moment proves nothing: */
        train->concluded = env->now_us >= wagon_at(train, first_known(train))->sent_us + train->timeout_us;
    } else if (lost_one_slowly(train, env->now_us)) {
        end_stage(train, probe);
    } else if (train->stage != TRAIN_VOLLEY && count_open(train, train->first, &oldest_us) == 0) {
        conclude(train, probe); /* they were only late */
    } else if (stage_sent(train) < stage_count(train) || knocks) {
        uint64_t next_us = next_due(train, env);
        probe->due_us = next_us > env->now_us ? next_us : env->now_us + 1;
        if (knocks && probe->due_us > env->patience_until_us)
            probe->due_us = env->patience_until_us;
    } else {
        wait_for_answers(train, probe);
    }
}

/* When the last one that is not answered was sent; 0: all are. */
static uint64_t last_lost_us(const struct train *train)
{
    for (unsigned sequence = train->last; sequence > 0 && still_known(train, sequence); sequence--)
        if (!is_answered_in_time(train, sequence))
            return wagon_at(train, sequence)->sent_us;
    return 0;
}

static void note_unanswered(struct train *train)
{
    for (unsigned sequence = first_known(train); sequence <= train->last; sequence++)
        if (sequence >= train->first && !is_answered_in_time(train, sequence))
            observation_keep_frame(&train->tally.unanswered, wagon_at(train, sequence)->frame);
}

void train_finish(struct train *train, struct probe *probe, struct observation *outcome)
{
    struct check_observation *check = &outcome->check;

    outcome->kind = OBSERVED_CHECK;
    outcome->time_us = probe->env->now_us;
    outcome->address = probe->address;
    check->probe = probe->class->id;
    note_unanswered(train);
    tally_outcome(&train->tally, check);
    check->send_failures = train->send_failures;
    check->send_error = train->send_error;
    check->concluded = train->concluded;
    check->lost_us = last_lost_us(train);
    check->off_link = train->off_link && train->tally.received == 0;
    if (train->recovered) {
        check->set_aside = check->sent - check->received;
        check->sent = check->received;
    }
    observation_add(probe->env->observations, outcome);
    train_free(train);
}

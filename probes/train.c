/* Numbered probes: sending the next, matching replies to them, telling copies apart. */
#include "train.h"
#include "text.h"

#include <stdlib.h>

enum { WAGONS_MIN = 64, REPLIES_KEPT = 32, COPIES_KEPT = 3 };

static void start(struct train *train, const struct probe_env *env)
{
    train->capacity = train->patient && train->count < WAGONS_MIN ? WAGONS_MIN : train->count;
    train->wagons = memory_new(train->capacity, sizeof *train->wagons);
    train->first = 1;
    train->next_us = env->now_us;
}

void train_start(struct train *train, const struct probe_env *env)
{
    *train = (struct train){.count = env->options->count,
                            .timeout_us = env->options->timeout_us,
                            .patient = env->patience_until_us != 0};
    start(train, env);
}

void train_start_diagnosis(struct train *train, const struct probe_env *env, unsigned count)
{
    uint64_t timeout_us = env->options->timeout_us;

    *train = (struct train){
        .count = count, .timeout_us = timeout_us < DIAGNOSIS_TIMEOUT_US ? timeout_us : DIAGNOSIS_TIMEOUT_US};
    start(train, env);
}

void train_free(struct train *train)
{
    free(train->wagons);
    train->wagons = NULL;
}

void train_restart(struct train *train, const struct probe_env *env)
{
    struct train again = {.count = train->count, .timeout_us = train->timeout_us, .patient = train->patient};

    train_free(train);
    *train = again;
    start(train, env);
}

static struct wagon *wagon_at(const struct train *train, unsigned sequence)
{
    return &train->wagons[sequence % train->capacity];
}

static bool knocking(const struct train *train, const struct probe_env *env)
{
    return train->patient && train->tally.received == 0 && env->now_us < env->patience_until_us;
}

bool train_ready(const struct train *train, const struct probe_env *env)
{
    if (train->concluded || (train->tally.sent >= train->count && !knocking(train, env)))
        return false;
    return env->now_us >= train->next_us;
}

unsigned train_sent(struct train *train, const struct probe_env *env, uint64_t nonce, int result)
{
    uint64_t interval = env->options->interval_us;

    train->last++;
    train->tally.sent++;
    *wagon_at(train, train->last) = (struct wagon){.sent_us = env->now_us, .nonce = nonce, .to = train->to};
    if (train->tally.sent >= train->count && interval < KNOCK_INTERVAL_US)
        interval = KNOCK_INTERVAL_US;
    train->next_us = env->now_us + interval;
    if (result < 0) {
        train->send_failures++;
        train->send_error = -result;
    }
    return train->last;
}

static bool still_known(const struct train *train, unsigned sequence)
{
    return sequence >= 1 && sequence <= train->last && train->last - sequence < train->capacity;
}

bool train_nonce(const struct train *train, unsigned sequence, uint64_t *ret_nonce)
{
    if (!still_known(train, sequence))
        return false;
    *ret_nonce = wagon_at(train, sequence)->nonce;
    return true;
}

static bool in_time(const struct train *train, const struct wagon *wagon, uint64_t time_us)
{
    return time_us <= wagon->sent_us + train->timeout_us;
}

/* The oldest sequence from `first` on without an answer, to which a reply of time_us is one in time or (0)
 * too late; 0 if there is none. */
static unsigned oldest_open(const struct train *train, unsigned first, uint64_t time_us)
{
    unsigned known = train->last >= train->capacity ? train->last - train->capacity + 1 : 1;

    for (unsigned sequence = first > known ? first : known; sequence <= train->last; sequence++) {
        const struct wagon *wagon = wagon_at(train, sequence);
        if (wagon->first_reply_us == 0 && in_time(train, wagon, time_us))
            return sequence;
    }
    return 0;
}

/* Which one a reply without a sequence belongs to: after knocking the newest; else the oldest that waits for
 * one, or that waited for one. It is a copy if there were more replies than requests; 0 if nobody knows. */
static unsigned guess_sequence(const struct train *train, uint64_t time_us)
{
    if (train->patient && train->tally.received == 0 && wagon_at(train, train->last)->first_reply_us == 0)
        return train->last;
    unsigned sequence = oldest_open(train, train->first, time_us);
    if (sequence == 0)
        sequence = oldest_open(train, 1, 0);
    return sequence == 0 && train->replies > train->last ? train->last : sequence;
}

/* What came first after some knocking is the first that counts: that the guest was not up before is no loss.
 */
static void count_from(struct train *train, const struct probe_env *env, unsigned sequence)
{
    if (!train->patient || train->tally.received > 0)
        return;
    train->first = sequence;
    train->tally.sent = train->last + 1 - sequence;
    train->next_us = env->now_us + env->options->interval_us;
}

static void observe_reply(const struct probe *probe, unsigned sequence, const struct wagon *wagon,
                          const struct frame *frame, uint64_t rtt_us)
{
    struct observation reply =
        observation_of_reply(frame, probe->address,
                             &(struct reply_observation){
                                 .probe = probe->class->id,
                                 .sequence = sequence,
                                 .copy = wagon->copies,
                                 .to = wagon->to,
                                 .rtt_us = rtt_us,
                                 .after_us = wagon->copies > 0 ? frame->time_us - wagon->first_reply_us : 0,
                             });
    observe(probe->env->observations, &reply);
}

void train_reply(struct train *train, struct probe *probe, unsigned sequence, const struct frame *frame)
{
    struct probe_env *env = probe->env;

    train->replies++;
    if (sequence == 0)
        sequence = guess_sequence(train, frame->time_us);
    if (!still_known(train, sequence))
        return;

    struct wagon *wagon = wagon_at(train, sequence);
    uint64_t rtt_us = frame->time_us > wagon->sent_us ? frame->time_us - wagon->sent_us : 0;
    if (wagon->first_reply_us == 0 && !in_time(train, wagon, frame->time_us)) {
        wagon->first_reply_us = frame->time_us; /* too late for an answer, but what follows is a copy */
    } else if (wagon->first_reply_us == 0) {
        count_from(train, env, sequence);
        wagon->first_reply_us = frame->time_us;
        env->last_reply_us = env->now_us;
        if (sequence >= train->first)
            tally_answer(&train->tally, rtt_us);
        if (!env->options->interval_given && sequence == train->last)
            train->next_us = env->now_us;
    } else {
        wagon->copies++;
        train->tally.duplicates++;
    }
    if (train->observed < REPLIES_KEPT && wagon->copies <= COPIES_KEPT) {
        train->observed++;
        observe_reply(probe, sequence, wagon, frame, rtt_us);
    }
}

void train_schedule(struct train *train, struct probe *probe)
{
    const struct probe_env *env = probe->env;
    unsigned sent = train->tally.sent;

    if (sent < train->count || knocking(train, env)) {
        probe->due_us = train->next_us > env->now_us ? train->next_us : env->now_us + 1;
        if (sent >= train->count && probe->due_us > env->patience_until_us)
            probe->due_us = env->patience_until_us;
        return;
    }
    uint64_t last_sent_us = train->last == 0 ? env->now_us : wagon_at(train, train->last)->sent_us;
    uint64_t deadline_us = last_sent_us + train->timeout_us;
    if (train->tally.received >= sent || env->now_us >= deadline_us ||
        (train->patient && env->now_us >= env->patience_until_us && train->tally.received == 0)) {
        train->concluded = true;
        probe->done = true;
        probe->due_us = 0;
        return;
    }
    probe->due_us = deadline_us;
}

void train_finish(struct train *train, struct probe *probe, struct observation *outcome)
{
    struct check_observation *check = &outcome->check;

    outcome->kind = OBSERVED_CHECK;
    outcome->time_us = probe->env->now_us;
    outcome->address = probe->address;
    check->probe = probe->class->id;
    tally_outcome(&train->tally, check);
    check->send_failures = train->send_failures;
    check->send_error = train->send_error;
    check->concluded = train->concluded;
    observe(probe->env->observations, outcome);
    train_free(train);
}

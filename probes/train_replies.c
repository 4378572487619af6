/* Numbered probes: matching replies to them, telling copies apart. */
#include "train_inside.h"

enum { REPLIES_KEPT = 32, COPIES_KEPT = 3 };

bool train_nonce(const struct train *train, unsigned sequence, uint64_t *ret_nonce)
{
    if (!still_known(train, sequence))
        return false;
    *ret_nonce = wagon_at(train, sequence)->nonce;
    return true;
}

bool train_is_open(const struct train *train, unsigned sequence)
{
    return still_known(train, sequence) && wagon_at(train, sequence)->first_reply_us == 0;
}

/* The oldest sequence of a kind from `first` on without an answer, to which a reply of time_us is one in time
 * or (0) too late; 0 if there is none. */
static unsigned oldest_open(const struct train *train, unsigned kind, unsigned first, uint64_t time_us)
{
    unsigned known = first_known(train);

    for (unsigned sequence = first > known ? first : known; sequence <= train->last; sequence++) {
        const struct wagon *wagon = wagon_at(train, sequence);
        if (wagon->first_reply_us == 0 && wagon->kind == kind && in_time(train, wagon, time_us))
            return sequence;
    }
    return 0;
}

/* Which one a reply without a sequence belongs to: after knocking the newest; else the oldest that waits for
 * one, or that waited for one. It is a copy if there were more replies than requests; 0 if nobody knows. */
static unsigned guess_sequence(const struct train *train, unsigned kind, uint64_t time_us)
{
    const struct wagon *last = wagon_at(train, train->last);

    if (train->patient && train->tally.received == 0 && last->first_reply_us == 0 && last->kind == kind)
        return train->last;
    unsigned sequence = oldest_open(train, kind, train->first, time_us);
    if (sequence == 0)
        sequence = oldest_open(train, kind, 1, 0);
    return sequence == 0 && train->replies > train->last + train->alike && !train->copies_prove_nothing
               ? train->last
               : sequence;
}

/* What came first is the first that counts: that the guest was not up before is no loss, nor that it does not
 * answer questions of another kind. */
static void count_from(struct train *train, const struct probe_env *env, unsigned sequence)
{
    bool other_kind = wagon_at(train, train->first)->kind != wagon_at(train, sequence)->kind;

    if (train->tally.received > 0 || !(train->patient || (other_kind && train->stage == TRAIN_VOLLEY)))
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
    observation_add(probe->env->observations, &reply);
}

void train_reply_of_kind(struct train *train, struct probe *probe, unsigned kind, const struct frame *frame)
{
    train->replies++;
    unsigned sequence = train->last > 0 ? guess_sequence(train, kind, frame->time_us) : 0;
    if (sequence > 0)
        train_reply(train, probe, sequence, frame);
}

void train_reply(struct train *train, struct probe *probe, unsigned sequence, const struct frame *frame)
{
    struct probe_env *env = probe->env;

    if (!still_known(train, sequence))
        return;

    struct wagon *wagon = wagon_at(train, sequence);
    uint64_t rtt_us = frame->time_us > wagon->sent_us ? frame->time_us - wagon->sent_us : 0;
    if (wagon->first_reply_us == 0 && !in_time(train, wagon, frame->time_us)) {
        wagon->first_reply_us = frame->time_us; /* too late for an answer, but what follows is a copy */
        train->late_us = env->now_us;
    } else if (wagon->first_reply_us == 0) {
        count_from(train, env, sequence);
        wagon->first_reply_us = frame->time_us;
        env->last_reply_us = env->now_us;
        if (sequence >= train->first)
            tally_answer(&train->tally, rtt_us);
        if (!env->options->interval_given && sequence == train->last && train->stage == TRAIN_VOLLEY)
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

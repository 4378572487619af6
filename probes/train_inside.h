/* A train's inside: train.c knows when the next one goes, train_replies.c which one is answered. Private to
 * both. */
#ifndef VMNETCHECK_TRAIN_INSIDE_H
#define VMNETCHECK_TRAIN_INSIDE_H

#include "train.h"

static inline struct wagon *wagon_at(const struct train *train, unsigned sequence)
{
    return &train->wagons[sequence % train->capacity];
}

static inline bool still_known(const struct train *train, unsigned sequence)
{
    return sequence >= 1 && sequence <= train->last && train->last - sequence < train->capacity;
}

static inline bool in_time(const struct train *train, const struct wagon *wagon, uint64_t time_us)
{
    return time_us <= wagon->sent_us + train->timeout_us;
}

static inline unsigned first_known(const struct train *train)
{
    return train->last >= train->capacity ? train->last - train->capacity + 1 : 1;
}

#endif

/* Addresses that a search asks for one by one: how often each was asked for, and whether it answered. */
#ifndef VMNETCHECK_GUESSES_H
#define VMNETCHECK_GUESSES_H

#include "probe.h"

enum { GUESSES_MAX = 32 };

struct guess {
    struct ip_addr address;
    enum address_origin origin;
    unsigned asked;
    uint64_t asked_us; /* the last time */
    bool answered;
};

/* Zero-initialised there are none. */
struct guesses {
    struct guess items[GUESSES_MAX];
    size_t count;
};

/* NULL if it is none. */
struct guess *guesses_find(struct guesses *guesses, struct ip_addr address);
/* False if there are too many, or it is one already. */
bool guesses_add(struct guesses *guesses, struct ip_addr address, enum address_origin origin);
unsigned guesses_count(const struct guesses *guesses, enum address_origin origin);
/* Observes what came of the questions for those that the guest was heard as. */
void guesses_finish(const struct guesses *guesses, struct probe_env *env);

#endif

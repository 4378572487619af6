/* Addresses that a search asks for one by one: how often each was asked for, and whether it answered. What
 * was asked of a slow guest, and a sweep asks hundreds of questions, waits in its queue: how late it answers
 * then tells nothing about it. So those that are found are asked once more, behind all that; when that is
 * answered, the queue has drained. */
#ifndef VMNETCHECK_GUESSES_H
#define VMNETCHECK_GUESSES_H

#include "probe.h"

enum { GUESSES_MAX = 32 };

struct guess {
    struct ip_addr address;
    enum address_origin origin;
    unsigned asked;
    uint64_t asked_us; /* the last time */
    unsigned swept;    /* so often a sweep may have asked for it as well */
    unsigned early;    /* of all these: those that a sweep's other questions may be behind */
    unsigned answers;
    bool answered; /* or answered a question for everybody */
    bool waits;    /* for an answer to what was asked behind a sweep */
    bool found;    /* the guest has it … */
    bool told;     /* … and it is checked */
};

/* Zero-initialised there are none. */
struct guesses {
    struct guess items[GUESSES_MAX];
    size_t count;
};

/* NULL if it is none. */
struct guess *guesses_find(struct guesses *guesses, struct ip_addr address);
/* False if there are too many, or it is one already. */
bool guesses_add(struct guesses *guesses, struct ip_addr address, enum address_origin origin, unsigned swept);
unsigned guesses_count(const struct guesses *guesses, enum address_origin origin);
/* Asks for an address, whether it is one of them or not: of IPv4 in nobody's name, or by_name, where the host
 * has one. */
void guesses_ask(struct guesses *guesses, struct probe_env *env, struct ip_addr address, bool by_name);
/* A sweep is through. */
void guesses_swept(struct guesses *guesses);
void guesses_answered(struct guesses *guesses, struct ip_addr address); /* if it is one of them */
/* Whether somebody answered a question that was asked behind a sweep. */
bool guesses_have_drained(const struct guesses *guesses);
unsigned guesses_open(const struct guess *guess); /* how many questions for it may be answered yet */
/* Whether it has to be asked to know that. */
bool guesses_is_to_be_asked(const struct guess *guess, uint64_t now_us);
/* The next one that is found and not checked yet; NULL: there is none. */
struct guess *guesses_untold(struct guesses *guesses);
/* Observes what came of the questions for those that the guest was heard as. */
void guesses_finish(const struct guesses *guesses, struct probe_env *env);

#endif

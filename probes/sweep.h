/* The sweep of a search: which addresses of the host's small subnets to ask for next and when, and which
 * answers to believe. Old network cards and boot loaders have room for a few frames, and some never recover
 * from more: as soon as somebody answers for an address, that is asked for behind each burst, and the next
 * one waits for the answer. */
#ifndef VMNETCHECK_SWEEP_H
#define VMNETCHECK_SWEEP_H

#include "probe.h"

enum {
    SWEEP_BURST = 8,          /* requests at once */
    SWEEP_COLLECT_US = 10000, /* how long answers are collected before they are believed */
    SWEEP_ANSWERS_MAX = 8,    /* more than these: it answers for everybody, and tells nothing about itself */
    SWEEP_SUBNETS_MAX = 4,
};

/* Zero-initialised it has no subnets. */
struct sweep {
    const struct address_facts *subnets[SWEEP_SUBNETS_MAX];
    size_t subnet_count;
    bool going;
    size_t subnet;   /* where it is: this one, … */
    uint32_t host;   /* … at this offset */
    uint64_t due_us; /* when the next burst may go */
    struct ip_addr
        marker; /* of the guest's, which is asked for behind each burst; IP_NONE: none is known, … */
    unsigned marks, mark_answers;
    bool is_deaf; /* … or it does not always answer, … */
    bool waits;   /* … or may do so yet */
    unsigned asked[SWEEP_SUBNETS_MAX];
    struct ip_addr answers[SWEEP_ANSWERS_MAX + 1];
    size_t answer_count, believed_count; /* of them: the first so many were told */
    bool answers_all;
    uint64_t collect_until_us; /* 0: nothing is collected */
};

/* Takes the IPv4 subnets of the host on the path. */
void sweep_find_subnets(struct sweep *sweep, const struct probe_env *env);
void sweep_begin(struct sweep *sweep);
/* The next address that may be a guest's; false at the end. The subnets' own and broadcast addresses (RFC
 * 3021: not of a /31), the host's, and those that are checked are left out. */
bool sweep_next(struct sweep *sweep, const struct probe_env *env, struct ip_addr *ret);
/* A burst was sent. Whom to ask for behind it; false: nobody. */
bool sweep_mark(struct sweep *sweep, bool gently, uint64_t now_us, struct ip_addr *ret);
/* Somebody answered for an address. True: the next burst may go. */
bool sweep_marked(struct sweep *sweep, struct ip_addr address, uint64_t now_us);
/* How often the sweeps asked for an address, at most, and how often that was answered. */
unsigned sweep_asked_for(const struct sweep *sweep, struct ip_addr address, unsigned sweeps);
unsigned sweep_answers_of(const struct sweep *sweep, struct ip_addr address);
/* Collects an answer. */
void sweep_answer(struct sweep *sweep, struct ip_addr address, uint64_t now_us);
/* The next answer to believe, when their time has come; false if there is none. */
bool sweep_believed(struct sweep *sweep, uint64_t now_us, struct ip_addr *ret);
unsigned sweep_asked(const struct sweep *sweep); /* how many questions, so far */
/* Observes what was swept. */
void sweep_finish(const struct sweep *sweep, struct probe_env *env);

#endif

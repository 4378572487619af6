/* A train of numbered probes: when to send the next, which of them was answered, which answers are copies.
 * Pure. */
#ifndef VMNETCHECK_TRAIN_H
#define VMNETCHECK_TRAIN_H

#include "probe.h"
#include "tally.h"

enum { DIAGNOSIS_TIMEOUT_US = 300000 };
enum { KNOCK_INTERVAL_US = 50000 }; /* between two probes while waiting for a guest that is not there yet */

struct wagon {
    uint64_t sent_us;
    uint64_t nonce;
    uint64_t first_reply_us; /* 0: not answered */
    struct mac_addr to;
    unsigned copies;
};

struct train {
    struct wagon *wagons; /* by sequence modulo capacity */
    unsigned capacity;
    unsigned count;      /* probes that are to count */
    uint64_t timeout_us; /* how long each waits for its reply */
    bool patient;        /* goes on as long as the user waits for the guest to come up */
    struct mac_addr to;  /* whom the next one is for, if that matters; set by the probe */
    unsigned last;       /* the last sequence that was sent, 0: none */
    unsigned first;      /* the first sequence that counts: those before it only knocked */
    struct tally tally;  /* of those that count */
    unsigned replies;    /* answers of all kinds, without a sequence */
    unsigned observed;   /* of them */
    unsigned send_failures;
    int send_error;
    bool concluded;
    uint64_t next_us; /* when the next one may go */
};

/* As the user asked for: count, time-out, patience. */
void train_start(struct train *train, const struct probe_env *env);
/* A fixed number of probes, for diagnosis: the guest is known to answer, so they wait no longer than
 * DIAGNOSIS_TIMEOUT_US. */
void train_start_diagnosis(struct train *train, const struct probe_env *env, unsigned count);
void train_free(struct train *train);

/* Forgets what was sent: the probes went the wrong way. */
void train_restart(struct train *train, const struct probe_env *env);

/* Whether the next one is to be sent now. */
bool train_ready(const struct train *train, const struct probe_env *env);

/* Notes one as sent (result 0) or as not sent (-errno), with the nonce that it carried. Returns its sequence.
 */
unsigned train_sent(struct train *train, const struct probe_env *env, uint64_t nonce, int result);

/* The nonce of a sequence that may still be answered; false if there is none. */
bool train_nonce(const struct train *train, unsigned sequence, uint64_t *ret_nonce);

/* Notes a reply to a sequence. For protocols without one (ARP, ND) pass 0: it answers the oldest that is
 * open, and is a copy only when there were more replies than requests. What comes after the time-out is
 * observed, but is no answer. */
void train_reply(struct train *train, struct probe *probe, unsigned sequence, const struct frame *frame);

/* Sets probe->due_us and probe->done from the state of the train. */
void train_schedule(struct train *train, struct probe *probe);

/* Observes the outcome; fill in what the train does not know (mac, source, …) in *outcome. */
void train_finish(struct train *train, struct probe *probe, struct observation *outcome);

#endif

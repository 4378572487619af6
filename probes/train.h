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
    unsigned kind; /* of questions whose answers can be told apart, though they have no sequence */
    unsigned copies;
    uint32_t frame; /* its number in the file that keeps it; 0: none does */
};

/* Loss is not silence, and what our own burst pushes out is no loss. */
enum train_stage {
    TRAIN_VOLLEY, /* as many as the user asked for */
    TRAIN_MORE,   /* some were not answered: more of them, with pauses */
    TRAIN_SLOWLY, /* some of those as well: one a second, until one is lost */
};

struct train {
    struct wagon *wagons; /* by sequence modulo capacity */
    unsigned capacity;
    unsigned count;            /* probes that are to count */
    uint64_t timeout_us;       /* how long each waits for its reply */
    bool patient;              /* goes on as long as the user waits for the guest to come up */
    bool persists;             /* asks again before it says that something was not answered */
    unsigned alike;            /* other questions of ours whose answers look the same; set by the probe */
    bool copies_prove_nothing; /* others may ask alike: more answers than questions are nobody's copies; set
                                  by the probe */
    struct mac_addr to;        /* whom the next one is for, if that matters, … */
    unsigned kind;             /* … and of which kind it is; set by the probe */
    enum train_stage stage;
    unsigned stage_first,
        stage_sent;     /* the sequence that the stage began with, and how many were sent in it */
    unsigned last;      /* the last sequence that was sent, 0: none */
    unsigned first;     /* the first sequence that counts: those before it only knocked */
    struct tally tally; /* of those that count */
    unsigned replies;   /* answers without a sequence */
    unsigned observed;  /* of them */
    unsigned send_failures;
    int send_error;
    unsigned rounds;  /* that were begun slowly */
    bool starved;     /* of those that were asked with pauses one was answered at most: as by a limit of one a
                         second, and hardly by chance on a way that loses less than half */
    uint64_t late_us; /* when an answer came too late; 0: never */
    bool concluded, recovered, encouraged, off_link;
    uint64_t next_us; /* when the next one may go */
};

/* As the user asked for: count, time-out, patience. */
void train_start(struct train *train, const struct probe_env *env);
/* A fixed number of probes, for diagnosis: the guest is known to answer, so they wait no longer than
 * DIAGNOSIS_TIMEOUT_US. */
void train_start_diagnosis(struct train *train, const struct probe_env *env, unsigned count);
void train_free(struct train *train);
/* How long one as the user asked for takes where nobody answers. */
uint64_t train_silence_us(const struct check_options *options);

/* Forgets what was sent: the probes went the wrong way. */
void train_restart(struct train *train, const struct probe_env *env);

/* Where nothing was answered, even if all had its time: asks some more, since answers may only be possible
 * now. Once; false: it does not. */
bool train_encourage(struct train *train, struct probe *probe);

/* The gateway to the address answers: nobody need answer for the address itself. */
void train_be_off_link(struct train *train, struct probe *probe);

/* Whether the next one is to be sent now. */
bool train_ready(const struct train *train, const struct probe_env *env);

/* Something else was asked, which uses up what a guest's limit lets pass, too: what is asked slowly, or with
 * pauses, waits. */
void train_others_wait(struct probe_env *env);
/* Notes one as sent (result 0) or as not sent (-errno), with the nonce that it carried. Returns its
 * sequence. */
unsigned train_sent(struct train *train, struct probe_env *env, uint64_t nonce, int result);

/* The nonce of a sequence that may still be answered; false if there is none. */
bool train_nonce(const struct train *train, unsigned sequence, uint64_t *ret_nonce);

/* Whether a sequence still waits for its first answer. */
bool train_is_open(const struct train *train, unsigned sequence);
/* Notes a reply to a sequence. What comes after the time-out is observed, but is no answer. */
void train_reply(struct train *train, struct probe *probe, unsigned sequence, const struct frame *frame);
/* The same for protocols without a sequence (ARP, ND): it answers the oldest of its kind that is open, and is
 * a copy only when there were more replies than requests. */
void train_reply_of_kind(struct train *train, struct probe *probe, unsigned kind, const struct frame *frame);

/* Sets probe->due_us and probe->done from the state of the train. */
void train_schedule(struct train *train, struct probe *probe);

/* Observes the outcome; fill in what the train does not know (mac, source, …) in *outcome. */
void train_finish(struct train *train, struct probe *probe, struct observation *outcome);

#endif

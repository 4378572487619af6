/* A check's inside: check.c knows what comes next, check_answers.c takes what it gets. Private to both. */
#ifndef VMNETCHECK_CHECK_INSIDE_H
#define VMNETCHECK_CHECK_INSIDE_H

#include "check.h"
#include "session.h"
#include "verdict.h"

/* What a check does next, or whose answer it waits for. */
enum step {
    READ_FACTS,
    OPEN_TAP,
    MEET_VM,
    OPEN_PATH,
    ASK_GUEST,
    LOOK_WHY,
    ASK_WHY,
    COUNT_LOSSES,
    KNOW_VM,
    GLANCE,
    JUDGE,
    OPEN_MORE,
    PAUSE,
    ASK_QEMU,
    FAIL,
    END,
};

struct check {
    struct check_means means;
    const struct check_options *options;
    struct target *target;
    const struct host_facts *facts; /* NULL: none yet */
    struct session *session;
    struct observations earlier; /* what was said before the session, or between two: DHCP takes its time */
    struct verdict verdict;
    enum step step;
    bool has_tap;
    int tap_ifindex; /* of the last one that there was */
    unsigned vantages,
        tried; /* besides the tap, in this session: bits VANTAGE_BIT() that are there, that were asked for */
    bool interrupted;
    bool absent;  /* at the last look there was nothing to probe */
    bool granted; /* the guest got an address while it was asked */
    bool vm_known;
    uint64_t quiet_until_us;   /* when it is to be looked why nothing is heard; 0: not any more */
    uint64_t vm_not_before_us; /* what was read of the VM before then is of another time */
    uint64_t lost_us;          /* when the interface went away; 0: it did not */
    uint64_t pause_until_us;
    uint64_t settled_by_us;     /* how long ports on the path are waited for; 0: they are settled */
    uint64_t patience_until_us; /* -w: when the user has waited for long enough; 0: he does not wait */
};

bool check_may_retry(const struct check *check, uint64_t now_us);
bool check_may_ask_again(const struct check *check, uint64_t now_us);
/* For a session that begins now: until when it may go on asking a guest that is silent; 0: no longer than it
 * takes. */
uint64_t check_patience(const struct check *check, uint64_t now_us);
/* Whether the facts say that asking is pointless. */
bool check_is_hopeless(const struct check *check);
/* A verdict of what was seen (NULL: nothing) instead of the one before. */
void check_judge(struct check *check, const struct observations *seen);
/* Keeps the verdict, or tries once more if the user waits for a better one. */
void check_conclude(struct check *check, uint64_t now_us);
void check_end_session(struct check *check, uint64_t now_us);
/* Whether what is known of the VM says why nothing is heard of it. Then the check is over. */
bool check_knows_why(struct check *check, uint64_t now_us);
/* Whether it has a QEMU that could be asked. */
bool check_has_qemu(const struct check *check);
/* Looks again after a while. */
void check_pause(struct check *check, uint64_t now_us);

#endif

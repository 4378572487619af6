/* The probes of one target: starts them, hands frames and time to them, knows when all is said. What is made
 * of that, and what comes before and after, is check.c's. */
#ifndef VMNETCHECK_SESSION_H
#define VMNETCHECK_SESSION_H

#include "check.h"
#include "observation.h"

struct session;
struct verdict;

/* What a session works with; all of it must outlive the session. */
struct session_setup {
    const struct check_means *means;
    const struct check_options *options;
    const struct host_facts *facts;
    struct target *target;              /* link and bridge are set; addresses are added */
    unsigned vantages;                  /* that there are, besides AT_TAP: bits VANTAGE_BIT() */
    const struct observations *earlier; /* what was said before that still counts */
    uint64_t patience_until_us; /* -w: until when to go on where nobody answers; 0: no longer than it takes */
};

struct session *session_start(const struct session_setup *setup, uint64_t now_us);

/* One captured frame, by the session's clock. Undecodable ones that came in are counted. */
void session_frame(struct session *session, const struct arrival *arrival, uint64_t now_us);
/* What the kernel says to the probe that asked it last. */
void session_told(struct session *session, const struct trace_answer *answer, uint64_t now_us);
void session_timer(struct session *session, uint64_t now_us);
/* When to call session_timer next; meaningless once it is done. */
uint64_t session_due(const struct session *session);
bool session_done(const struct session *session);
/* Whether an answer of the guest is still waited for; false once only duplicates are, and while it is asked
 * whether a source is free. */
bool session_asks(const struct session *session);
/* Whether nothing came in from behind the target yet. */
bool session_is_quiet(const struct session *session);
/* Something that makes silence prove nothing. LINK_LOST and INTERRUPTED end the session. */
void session_trouble(struct session *session, enum trouble_kind kind, uint64_t count, int error,
                     uint64_t now_us);

/* Whether the host's facts of this moment would say more: after the first doubtful answer and at the end. And
 * those. */
bool session_wants_glance(const struct session *session);
void session_glance(struct session *session, const struct host_facts *facts, uint64_t now_us);

/* Another vantage is there, or no more. */
void session_vantage(struct session *session, enum vantage at, bool there);
/* The vantages without which probes cannot be started that the findings of a verdict ask for. */
unsigned session_wanted_vantages(const struct session *session, const struct verdict *verdict);
/* Starts the probes that the findings ask for and that were not run yet. False if there are none: all is
 * said. */
bool session_diagnose(struct session *session, const struct verdict *verdict, uint64_t now_us);

/* Whether a probe hears what goes out at a vantage. */
bool session_hears_out(enum vantage at);

/* Ends the probes that still run and hands out what was seen so far. */
const struct observations *session_finish(struct session *session, uint64_t now_us);
void session_free(struct session *session); /* NULL is fine */

#endif

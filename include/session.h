/* One target from start to verdict: starts the probes, hands frames and time to them, knows when all is said.
 * It has no clock and no socket: whoever drives it brings the time and the link. */
#ifndef VMNETCHECK_SESSION_H
#define VMNETCHECK_SESSION_H

#include "link.h"
#include "verdict.h"

struct session;

/* What a session works with; all of it must outlive the session. */
struct session_setup {
    const struct check_options *options;
    const struct host_facts *facts;
    struct target *target; /* link and bridge are set; addresses are added */
    struct link *link;
    struct builder *builder;
    unsigned *tag_searches_left; /* see struct probe_env; NULL: any number */
    uint64_t patience_until_us; /* -w: until when to go on where nobody answers; 0: no longer than it takes */
    uint64_t (*random)(void);
    int (*route)(struct ip_addr destination, int ifindex,
                 struct route_facts *ret); /* host_route, or a test's */
};

struct session *session_start(const struct session_setup *setup, uint64_t now_us);

/* One captured frame, taken at time_us of the session's clock, on the target or (via_bridge) on its bridge.
 * Undecodable ones are counted. */
void session_frame(struct session *session, struct span bytes, uint32_t wire_length, bool via_bridge,
                   uint64_t time_us, uint64_t now_us);
void session_timer(struct session *session, uint64_t now_us);
/* When to call session_timer next; meaningless once it is done. */
uint64_t session_due(const struct session *session);
bool session_done(const struct session *session);
/* Whether an answer is still waited for; false once only duplicates are. */
bool session_asks(const struct session *session);
/* Something that makes silence prove nothing. LINK_LOST and INTERRUPTED end the session. */
void session_trouble(struct session *session, enum trouble_kind kind, uint64_t count, int error,
                     uint64_t now_us);

/* Whether what the bridge has learned by now would say more: after the first doubtful answer and at the end.
 * And those facts, read just now. */
bool session_wants_facts(const struct session *session);
void session_facts(struct session *session, const struct host_facts *facts, uint64_t now_us);

/* Whether the findings of a verdict ask for probes that were not run yet and need the target's bridge. */
bool session_wants_bridge(const struct session *session, const struct verdict *verdict);
/* A link to send to the bridge by and to take its frames from; NULL takes it away. */
void session_set_bridge(struct session *session, struct link *link);
/* Starts the diagnosing probes that the findings ask for and that were not run yet. False if there are none:
 * all is said. */
bool session_diagnose(struct session *session, const struct verdict *verdict, uint64_t now_us);

/* Ends the probes that still run and hands out what was seen so far. */
const struct observations *session_finish(struct session *session, uint64_t now_us);
void session_free(struct session *session); /* NULL is fine */

#endif

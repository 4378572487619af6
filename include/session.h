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
    uint64_t patience_until_us; /* -w: until when to go on where nobody answers; 0: no longer than it takes */
    uint64_t (*random)(void);
    int (*route)(struct ip_addr destination, int ifindex,
                 struct route_facts *ret); /* host_route, or a test's */
};

struct session *session_start(const struct session_setup *setup, uint64_t now_us);

/* One captured frame, taken at time_us of the session's clock. Undecodable ones are counted. */
void session_frame(struct session *session, struct span bytes, uint32_t wire_length, uint64_t time_us,
                   uint64_t now_us);
void session_timer(struct session *session, uint64_t now_us);
/* When to call session_timer next; meaningless once it is done. */
uint64_t session_due(const struct session *session);
bool session_done(const struct session *session);
/* Something that makes silence prove nothing. LINK_LOST and INTERRUPTED end the session. */
void session_trouble(struct session *session, enum trouble_kind kind, uint64_t count, int error,
                     uint64_t now_us);

/* Ends the probes and hands out what was seen; at most once. */
const struct observations *session_finish(struct session *session, uint64_t now_us);
void session_free(struct session *session); /* NULL is fine */

#endif

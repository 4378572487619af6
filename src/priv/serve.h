/* The keeper's side of each request. Private to src/priv. */
#ifndef VMNETCHECK_SERVE_H
#define VMNETCHECK_SERVE_H

#include "keeper.h"
#include "permits.h"
#include "request.h"

/* A run needs one capture at all interfaces for each direction; each makes every frame of the host dearer. */
enum { PASSES_MAX = 8, HELD_MAX = 8, EVERYWHERE_MAX = 8 };

struct keeper {
    const struct grants *grants;
    const struct rights *rights;
    struct permits *permits;
    enum { AHEAD_NOT_YET, AHEAD_NOW, AHEAD_DONE } ahead; /* looking for what may be sent to, unasked */
    int stack[2]; /* sockets of the host's stack, of IPv4 and IPv6; -1: none. Theirs hear, and we send */
    int channel;
    bool said; /* the worker has said all; and its exit status */
    int status;
    struct holders_pass *passes[PASSES_MAX]; /* that may not have ended yet; NULL: none */
    struct tracer *tracer;                   /* NULL: none */
    unsigned everywhere;                     /* captures at all interfaces that were opened */
    int held[HELD_MAX]; /* copies of what captures: the last one that is closed takes its time */
    size_t held_count;
};

/* Fills *ret, which says that it is not allowed. */
void serve_request(struct keeper *keeper, const struct request *request, struct reply *ret);
/* Does once what will be asked for, where keeper->ahead says that the worker is busy by itself. */
void serve_ahead(struct keeper *keeper);

#endif

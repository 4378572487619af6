/* The keeper's side of each request. Private to src/priv. */
#ifndef VMNETCHECK_SERVE_H
#define VMNETCHECK_SERVE_H

#include "keeper.h"
#include "permits.h"
#include "request.h"

/* A run needs one capture at all interfaces for each direction; each makes every frame of the host dearer. */
enum { PASSES_MAX = 8, HELD_MAX = 8, EVERYWHERE_MAX = 8, TRACERS_MAX = 8, SPACES_MAX = 4096 };

/* What was done in one network namespace. */
struct keeper_space {
    int stack[2]; /* sockets of the host's stack, of IPv4 and IPv6; -1: none. Theirs hear, and we send */
    struct tracer *tracer; /* NULL: none */
    unsigned everywhere;   /* captures at all interfaces that were opened */
    int held[HELD_MAX];    /* copies of what captures: the last one that is closed takes its time */
    size_t held_count;
};

struct keeper {
    const struct grants *grants;
    const struct rights *rights;
    struct permits *permits;
    struct keeper_space *spaces; /* as many as there are network namespaces, in their order */
    size_t space_count;
    int inside; /* the number of the one that we are in */
    unsigned tracers;
    int channel;
    enum { SAID_NOTHING, SAID_PART, SAID_ALL } said; /* by the worker; then, its exit status */
    int status;
    struct holders_pass *passes[PASSES_MAX]; /* that may not have ended yet; NULL: none */
};

/* Room for what is done in each network namespace that there is by now. */
void serve_make_room(struct keeper *keeper);
/* Fills *ret, which says that it is not allowed. */
void serve_request(struct keeper *keeper, const struct request *request, struct reply *ret);
/* Permits by the facts that were granted what will be asked for. */
void serve_ahead(struct keeper *keeper);

#endif

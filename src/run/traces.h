/* Who asks the kernel what became of an echo: one slot at a time, since what watches is one for all. Knows
 * neither checks nor runs. */
#ifndef VMNETCHECK_TRACES_H
#define VMNETCHECK_TRACES_H

#include "trace.h"

struct loop;
struct tracer;
struct traces;

/* Whom to tell. */
struct trace_user {
    void *context;
    void (*told)(void *context, const struct trace_answer *answer);
    bool is_admitted; /* its turn comes; theirs to know */
};

/* start() gets the tracer when somebody wants to know: 0 or -errno; NULL: there is none. */
struct traces *traces_open(struct loop *loop, int (*start)(void *context, struct tracer **ret),
                           void *context);
void traces_close(struct traces *traces); /* NULL is fine */

/* Begins to watch for a user, who must stay until traces_leave(). The answers come from the loop, never from
 * here. 0, -EAGAIN while others do, -EBUSY after so many of them that more would not tell more, -EPERM
 * without a tracer, or -errno. */
int traces_watch(struct traces *traces, struct trace_user *user, const struct trace_question *question);
/* Asks what was seen, and ends the watch. 0 or -errno. */
int traces_ask(struct traces *traces, const struct trace_user *user);
/* The user is told nothing any more; NULL is fine. */
void traces_leave(struct traces *traces, struct trace_user *user);

#endif

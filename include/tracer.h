/* The kernel's own word on a packet of ours that it dropped: where and why (a BPF program at skb:kfree_skb),
 * and by which rule of nftables. A child asks for it: it alone keeps the rights that this takes, and no byte
 * of a guest gets to it. */
#ifndef VMNETCHECK_TRACER_H
#define VMNETCHECK_TRACER_H

#include "trace.h"

struct tracer;

/* What of it is built in: whether it can tell drops, and rules. */
bool tracer_knows_drops(void);
bool tracer_knows_rules(void);

/* Starts the child, while the rights are there; with the right to change the firewall only for rules. 0 or
 * -errno. */
int tracer_start(bool rules, struct tracer **ret);
/* For a process that did not start it: a descriptor to ask by, of the caller's, and the tracer there, which
 * takes it. The child trusts nothing that it is asked. */
int tracer_lend(struct tracer *tracer);
struct tracer *tracer_adopt(int descriptor);
/* Ends it, and all that it changed with it; NULL is fine. So does our own end, however it comes. */
void tracer_close(struct tracer *tracer);

/* A descriptor that is readable when it has something to say. */
int tracer_descriptor(const struct tracer *tracer);
/* Begins to watch. 0 or -errno; it is being watched when tracer_read() says so. */
int tracer_watch(struct tracer *tracer, const struct trace_question *question);
/* Asks what was seen, and ends the watch. 0 or -errno. */
int tracer_ask(struct tracer *tracer);
/* Takes one message, to which of the two it answers: what could not be watched, or what was seen. 0 or
 * -errno; -EAGAIN: there is none yet; -EPIPE: it is gone. */
int tracer_read(struct tracer *tracer, struct trace_answer *ret);

#endif

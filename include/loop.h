/* One event loop: descriptors, timers, and the signals that end the program. Times are of clock_now(). */
#ifndef VMNETCHECK_LOOP_H
#define VMNETCHECK_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* Embed one in what it belongs to; zero-initialised is not armed. */
struct timer {
    void (*fired)(void *context);
    void *context;
    uint64_t due_us;
    size_t place; /* in the loop's heap, from 1; 0: not armed */
};

int loop_open(struct loop **ret_loop); /* 0 or -errno; SIGINT and SIGTERM are taken by the loop from now on */
void loop_close(struct loop *loop);    /* NULL is fine */

/* Calls ready(context) whenever the descriptor is readable, until it is unwatched. 0 or -errno. */
int loop_watch(struct loop *loop, int descriptor, void (*ready)(void *context), void *context);
void loop_unwatch(struct loop *loop, int descriptor);

void loop_arm(struct loop *loop, struct timer *timer, uint64_t due_us); /* again is fine */
void loop_disarm(struct loop *loop, struct timer *timer);

/* Called once for the first SIGINT or SIGTERM; a second one ends the program at once. */
void loop_on_interrupt(struct loop *loop, void (*interrupted)(void *context), void *context);
/* Called for each signal that does not end the program, see interrupts.h. */
void loop_on_signal(struct loop *loop, void (*signalled)(void *context, int number), void *context);

int loop_run(struct loop *loop); /* until loop_stop; 0 or -errno */
void loop_stop(struct loop *loop);

#endif

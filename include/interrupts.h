/* The signals that ask a run to come to an end. */
#ifndef VMNETCHECK_INTERRUPTS_H
#define VMNETCHECK_INTERRUPTS_H

#include <signal.h>
#include <stdbool.h>

enum { WORKER_SIGNAL = SIGUSR1 /* by which a keeper tells its worker of any of them */ };

/* Those that this process gets: SIGINT, SIGTERM and SIGHUP, or a worker's, which has others ignored. */
void interrupts_list(sigset_t *ret);
/* They wait, or come: for who begins what must not be left half done. */
void interrupts_hold(bool yes);
/* This process is a worker, which hears from its keeper what the terminal tells both. */
void interrupts_by_keeper(void);
/* A worker says what it has: whoever tells it now that it is enough is too late. */
void interrupts_are_late(void);

#endif

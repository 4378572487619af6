/* The signals that ask a run to come to an end. */
#ifndef VMNETCHECK_INTERRUPTS_H
#define VMNETCHECK_INTERRUPTS_H

#include <signal.h>

enum { WORKER_SIGNAL = SIGUSR1 /* by which a keeper tells its worker of any of them */ };

/* Those that this process gets: SIGINT, SIGTERM and SIGHUP, or a worker's, which has others ignored. */
void interrupts_list(sigset_t *ret);
/* This process is a worker, which hears from its keeper what the terminal tells both. */
void interrupts_by_keeper(void);

#endif

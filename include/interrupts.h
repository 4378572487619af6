/* The signals that ask a run to come to an end, and those that tell one that stays something else. */
#ifndef VMNETCHECK_INTERRUPTS_H
#define VMNETCHECK_INTERRUPTS_H

#include <signal.h>
#include <stdbool.h>

/* By which a keeper tells its worker of them: of any that ends it, of SIGUSR1, of SIGHUP. */
enum { WORKER_SIGNAL = SIGUSR1, STATE_SIGNAL = SIGUSR2, ANEW_SIGNAL = SIGHUP };

/* Those that this process gets: SIGINT, SIGTERM and SIGHUP, or a worker's, which has others ignored. */
void interrupts_list(sigset_t *ret);
/* This process stays: SIGUSR1 has it say what is, and SIGHUP begin anew. Before it has a worker, whose they
 * are, too. */
void interrupts_stay(void);
/* Those that do not end this process; it gets them by its loop only. */
void interrupts_list_others(sigset_t *ret);
/* They wait, or come: for who begins what must not be left half done. */
void interrupts_hold(bool yes);
/* A descriptor that can be read once this process is told that it is enough; the signals themselves are held
 * from now on. -errno if there is none: then they end the process. The caller closes it. */
int interrupts_open(void);
/* This process is a worker, which hears from its keeper what the terminal tells both. */
void interrupts_by_keeper(void);
/* A worker says what it has: whoever tells it now that it is enough is too late. */
void interrupts_are_late(void);

#endif

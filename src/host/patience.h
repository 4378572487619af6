/* Whether a process is stuck, or only starved: on a busy host it may get no processor for seconds. Pure.
 * Private to src/host. */
#ifndef VMNETCHECK_PATIENCE_H
#define VMNETCHECK_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* As proc_pid_schedstat(5) has it. Zero where the kernel does not say: then nobody is starved. */
struct processor_time {
    bool runnable;      /* it runs, or waits for a processor right now, which is not in queued_us yet */
    uint64_t ran_us;    /* on a processor */
    uint64_t queued_us; /* waiting for one, until it got it */
};

/* What began since_us ago may take limit_us, apart from its waiting for a processor: what is left of that. 0:
 * it is over. */
uint64_t patience_left(const struct processor_time *time, uint64_t since_us, uint64_t limit_us);

#endif

/* Capabilities: what is needed, and giving up the rest. */
#ifndef VMNETCHECK_PRIVILEGES_H
#define VMNETCHECK_PRIVILEGES_H

#include <stdbool.h>

/* Keeps only what capturing (CAP_NET_RAW; CAP_NET_ADMIN for a large receive buffer) and reading other
 * processes' facts (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH) need, as far as they are there, for this process and
 * whatever it would execute. 0 or -errno. */
int privileges_reduce(void);
/* The same for a keeper (keeper.h): it also opens files of who called it (CAP_DAC_OVERRIDE, as root has it),
 * and tells signals to its worker (CAP_KILL). 0 or -errno. */
int privileges_keep_serving(void);
/* For a process that reads other processes' facts, whose taps they hold (CAP_NET_ADMIN) among them, and does
 * nothing else. 0 or -errno. */
int privileges_keep_reading(void);
/* For a process that asks the kernel what became of packets (CAP_BPF, CAP_PERFMON), and by which rule of the
 * firewall (CAP_NET_ADMIN), and does nothing else. 0 or -errno. */
int privileges_keep_tracing(bool rules);
/* Gives up the rest as well, but CAP_NET_RAW if more sockets may be needed later, and what reading other
 * processes' facts takes if that may be needed later. A hostile guest's bytes are only looked at after that.
 * 0 or -errno. */
int privileges_drop(bool keep_capture, bool keep_reading);
/* Whether other users' processes may be looked at: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH. */
bool privileges_may_read(void);
/* What to tell the user who lacks CAP_NET_RAW: the very command. The caller frees it. */
char *privileges_advice(void);

#endif

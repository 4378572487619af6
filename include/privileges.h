/* Capabilities: what is needed, and giving up the rest. */
#ifndef VMNETCHECK_PRIVILEGES_H
#define VMNETCHECK_PRIVILEGES_H

#include <stdbool.h>

/* Keeps only what a keeper (keeper.h) needs, as far as it is there, for this process and whatever it would
 * execute: to capture (CAP_NET_RAW; CAP_NET_ADMIN for a large receive buffer), to read other processes' facts
 * (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH), to open files of who called it (CAP_DAC_OVERRIDE, as root has it),
 * to tell signals to its worker (CAP_KILL), to ask what became of packets (CAP_BPF, CAP_PERFMON), and, if it
 * has to, to enter network namespaces (CAP_SYS_ADMIN). 0 or -errno. */
int privileges_reduce(bool enters);
/* For a process that reads other processes' facts, whose taps they hold (CAP_NET_ADMIN) among them, and does
 * nothing else. 0 or -errno. */
int privileges_keep_reading(void);
/* For a process that asks the kernel what became of packets (CAP_BPF, CAP_PERFMON), and by which rule of the
 * firewall (CAP_NET_ADMIN), and does nothing else. 0 or -errno. */
int privileges_keep_tracing(bool rules);
/* Gives up all. 0 or -errno. */
int privileges_drop(void);
/* Whoever has rights by the program's file only does not open files by them: gives them up (yes), or takes
 * them back, where he is not root. */
void privileges_as_caller(bool yes);
/* Whether other users' processes may be looked at: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH. */
bool privileges_may_read(void);
/* What to tell the user who lacks CAP_NET_RAW: the very command. The caller frees it. */
char *privileges_advice(void);
/* Likewise who may not look into a network namespace: CAP_SYS_ADMIN. */
char *privileges_advice_to_enter(void);

#endif

/* What the kernel dropped of our echoes, and why; by a program of its own (drops_bpf.c). Private to
 * src/host. */
#ifndef VMNETCHECK_DROPS_LINUX_H
#define VMNETCHECK_DROPS_LINUX_H

#include "tracer.h"

struct drops;

/* Loads the program, for this network namespace: some 20 ms. 0 or -errno (-EPERM without CAP_BPF and
 * CAP_PERFMON, -EOPNOTSUPP where it is not built in). Closing NULL is fine. */
int drops_open(struct drops **ret);
void drops_close(struct drops *drops);

/* From now on echoes with this nonce are watched, and no others. */
void drops_watch(struct drops *drops, uint64_t nonce);
/* What was dropped since; how many of ret were filled in. */
size_t drops_seen(struct drops *drops, struct kernel_drop ret[TRACE_DROPS_MAX]);

#endif

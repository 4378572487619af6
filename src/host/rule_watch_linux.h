/* Watches by which rule of nftables an echo of ours is dropped, while it is on its way. Private to
 * src/host. */
#ifndef VMNETCHECK_RULE_WATCH_LINUX_H
#define VMNETCHECK_RULE_WATCH_LINUX_H

#include "tracer.h"

struct rule_watch;

/* Makes tables of ours that mark it for tracing. They are gone after rule_watch_end(), and when this process
 * is. 0 or -errno
 * (-EPERM without CAP_NET_ADMIN, -EOPNOTSUPP where it is not built in or the kernel has no nftables). */
int rule_watch_begin(const struct trace_question *question, struct rule_watch **ret);
/* Whether a rule dropped it, and which. NULL is fine: none did. */
bool rule_watch_end(struct rule_watch *watch, struct kernel_rule *ret);

#endif

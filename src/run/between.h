/* What the host's packet filter drops between targets of one run. Private to src/run. */
#ifndef VMNETCHECK_BETWEEN_H
#define VMNETCHECK_BETWEEN_H

#include "facts.h"
#include "space.h"
#include "target.h"
#include "text.h"

/* Fills in `between` of those targets of one namespace that are ports of one bridge with another of them.
 * What it borrows is in *ret_chains, which must outlive the targets. */
void between_find(struct target *const *targets, size_t count, const struct host_facts *facts,
                  const struct space *space, struct text_list *ret_chains);

#endif

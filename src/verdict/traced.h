/* What the kernel itself says of a loss on the path. Inside the verdict only. */
#ifndef VMNETCHECK_TRACED_H
#define VMNETCHECK_TRACED_H

#include "passage.h"

/* Adds as evidence why and by which rule the kernel dropped what was lost, or why that is not known; where it
 * is a rule of nftables, the fix is the command that takes it away. Whether the kernel said so: what is lost
 * is proved to be dropped. */
bool traced_add(const struct judgement *judgement, struct finding *finding, const struct passage *passage);

#endif

/* Whether host and guest find each other's MAC address: what they ask by ARP or ND, and what comes of it.
 * Inside the verdict only. */
#ifndef VMNETCHECK_RESOLUTION_H
#define VMNETCHECK_RESOLUTION_H

#include "judgement.h"

/* A rule: a question or an answer gets lost on the path. */
void resolution_host_filter(struct judgement *judgement, enum finding_id id);

#endif

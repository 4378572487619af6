/* Echo requests by the host's own stack, for the probes that send them. */
#ifndef VMNETCHECK_STACK_PROBE_H
#define VMNETCHECK_STACK_PROBE_H

#include "probe.h"

/* Sends one to the probe's address, from the address that the host's rules want there. 0 or -errno. */
int stack_send_request(struct probe *probe, uint16_t id, unsigned sequence, uint64_t nonce);
/* Whether an echo has this id and carries this nonce. */
bool stack_has_nonce(const struct frame *frame, uint16_t id, uint64_t nonce);

#endif

/* Echo requests by the host's own stack, for the probes that send them. */
#ifndef VMNETCHECK_STACK_PROBE_H
#define VMNETCHECK_STACK_PROBE_H

#include "probe.h"

/* Sends one to an address, from the address that the host's rules want for the probe's. 0 or -errno. */
int stack_send_request(struct probe *probe, struct ip_addr to, uint16_t id, unsigned sequence, uint64_t nonce,
                       uint16_t payload_length);
/* Whether an echo has this id and carries this nonce. */
bool stack_has_nonce(const struct frame *frame, uint16_t id, uint64_t nonce);
/* Whether the host's route to the probe's address leads over the path, or it has a subnet there that holds
 * it, and frames are untagged, as the host's own are. */
bool stack_leads_there(const struct probe *probe);
/* Where frames are heard: bits VANTAGE_BIT(). */
unsigned stack_heard_at(const struct probe_env *env);

#endif

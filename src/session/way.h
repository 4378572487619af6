/* The host's own ways to an address of a target, and from there. Inside the session only. */
#ifndef VMNETCHECK_WAY_H
#define VMNETCHECK_WAY_H

#include "facts.h"
#include "session.h"
#include "target.h"

/* How the host would send to the address: by whatever source it likes, or, where that leads elsewhere, by one
 * that a rule leads to the target. Kind ROUTE_UNKNOWN where the kernel cannot be asked. */
struct route_facts way_out(const struct session_setup *setup, struct ip_addr address);
/* Whether the host takes what comes from the address by the target: 0, or why not, as the kernel says it (an
 * errno). IPv4 and strict reverse path filters only: 0 for all else. */
int way_in_error(const struct session_setup *setup, struct ip_addr address, const struct route_facts *out);

#endif

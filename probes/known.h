/* Addresses that the guest may have, by what is known before anybody is asked. */
#ifndef VMNETCHECK_KNOWN_H
#define VMNETCHECK_KNOWN_H

#include "probe.h"

typedef void known_address(void *context, struct ip_addr address, enum address_origin origin);

/* Tells those of the VM's start-up, of the host's neighbour tables along the path, and the link-local ones of
 * its MACs as far as they are known; one may be told twice. */
void known_addresses(const struct probe_env *env, void *context, known_address *take);

#endif

/* Does the host's packet filter (nftables, with br_netfilter) drop what a bridge forwards from one of its
 * ports to another? */
#ifndef VMNETCHECK_FORWARDING_H
#define VMNETCHECK_FORWARDING_H

#include "addr.h"

#include <stdbool.h>

/* Whether a ruleset, as libnftables lists it in JSON, drops all that a bridge forwards: some chain of the
 * hook forward has the policy drop, and no rule in it might accept that. *ret_chain names it ("ip filter
 * FORWARD"), owned by the caller. What is not understood might accept it. `text`: the same as libnftables
 * lists it with handles; it has words for more of what iptables-nft made. "": there is none. */
bool forwarding_is_dropped(const char *ruleset, const char *text, const char *bridge, enum ip_family family,
                           char **ret_chain);
/* The ruleset has rules that only its text has words for. */
bool forwarding_needs_text(const char *ruleset);

/* The same of the host's ruleset, where bridges hand over what they forward: all of them by a sysctl, or
 * `is_handed` this one. 1: it is dropped, with *ret_chain; 0: it is not, as far as is known; or -errno:
 * -ENOPROTOOPT where only rules of iptables-legacy may, which are not read. */
int forwarding_look(const char *bridge, enum ip_family family, bool is_handed, char **ret_chain);

#endif

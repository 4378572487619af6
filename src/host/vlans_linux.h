/* Which VLANs the ports of bridges carry, by rtnetlink. Private to src/host. */
#ifndef VMNETCHECK_VLANS_LINUX_H
#define VMNETCHECK_VLANS_LINUX_H

#include "facts.h"

#include <linux/netlink.h>

/* One message of an answer to RTM_GETLINK of the family AF_BRIDGE with RTEXT_FILTER_BRVLAN_COMPRESSED: adds
 * what a port carries, or a bridge itself, to the facts (struct host_facts). 0 or -errno. */
int vlans_read_port(const struct nlmsghdr *message, void *facts);

#endif

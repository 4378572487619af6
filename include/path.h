/* The way from the interface of a target to the host's own stack, hop by hop: the tap, its bridge, veth pairs
 * and further bridges between (as Proxmox's firewall and OpenStack's hybrid wiring have them). Pure, from
 * facts alone. */
#ifndef VMNETCHECK_PATH_H
#define VMNETCHECK_PATH_H

#include "facts.h"

enum {
    PATH_HOPS_MAX = 10
}; /* tap, bridge, and the four pairs of a veth and a bridge that anybody has seen */

struct path {
    const struct link_facts *hops[PATH_HOPS_MAX]; /* the target first; borrowed from the facts */
    size_t count;
};

/* The way that leads to an interface with an address of the host that is not link-local, otherwise the one to
 * the first bridge. */
void path_find(const struct host_facts *facts, const struct link_facts *target, struct path *ret);

/* Where the host's stack is: the last hop. NULL on an empty path. */
const struct link_facts *path_end(const struct path *path);
bool path_has(const struct path *path, int ifindex);
/* A port on it will forward in a moment. */
bool path_is_settling(const struct path *path);
/* Whether a MAC address is that of a hop: the host answers to it, or sends with it. */
bool path_has_mac(const struct path *path, struct mac_addr mac);

#endif

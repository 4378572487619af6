/* One network interface to check, and what is known about the guest behind it before it is asked. Pure data.
 */
#ifndef VMNETCHECK_TARGET_H
#define VMNETCHECK_TARGET_H

#include "facts.h"

enum { TARGET_ADDRESSES_MAX = 16 };

/* How an address came to be known, best first. */
enum address_origin {
    ORIGIN_GIVEN,      /* by the user */
    ORIGIN_CONFIGURED, /* by the VM's configuration */
    ORIGIN_HEARD,      /* the guest was heard to use it */
    ORIGIN_NEIGHBOUR,  /* in the host's neighbour table */
    ORIGIN_LINK_LOCAL, /* the link-local address of the guest's MAC */
    ORIGIN_ALL_NODES,  /* answered ff02::1 */
    ORIGIN_SWEEP,      /* answered the sweep of the subnet */
};

struct target_address {
    struct ip_addr address;
    enum address_origin origin;
    struct route_facts route; /* the host's */
};

struct target {
    char *name; /* as the user wrote it; owned */
    struct ip_addr given[TARGET_ADDRESSES_MAX];
    size_t given_count;
    bool has_mac; /* a MAC that the guest is to have, from -m or from its configuration */
    struct mac_addr mac;
    struct target_address
        addresses[TARGET_ADDRESSES_MAX]; /* those that are checked, in the order in which they were found */
    size_t address_count;
    const struct link_facts *link;   /* NULL: there is none of that name */
    const struct link_facts *bridge; /* NULL: it is no port of one */
};

/* The name of an origin in reports: "given", "heard", … */
const char *address_origin_name(enum address_origin origin);

#endif

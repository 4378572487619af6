/* Those that claim an address: private to the probes that ask each of them. */
#ifndef VMNETCHECK_CLAIMANTS_H
#define VMNETCHECK_CLAIMANTS_H

#include "probe.h"

enum { CLAIMANTS_MAX = 4 };

struct claimants {
    struct claimant {
        struct mac_addr mac;
        enum vantage at; /* where it was heard */
    } of[CLAIMANTS_MAX];
    unsigned count;
};

/* Each MAC that answered for the address so far, the last one first: what answered before may have used up
 * what its limit lets pass. */
void claimants_find(const struct probe_env *env, struct ip_addr address, struct claimants *ret);

#endif

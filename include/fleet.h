/* What only the documents of several hosts show together: one MAC address, one IP address or one VM on two of
 * them. Pure. */
#ifndef VMNETCHECK_FLEET_H
#define VMNETCHECK_FLEET_H

#include "addr.h"

struct check_options;
struct verdict;

/* A target, as a document tells of it. */
struct fleet_target {
    const char *label; /* "hv7:tap0" */
    const char *vm;    /* the name of the VM, or of its program; NULL: unknown */
    bool is_named;     /* it is that of the VM */
    const char *uuid;  /* of a VM that runs; NULL: unknown, or there is none */
    uint32_t host;
    uint64_t from_us, until_us; /* when it was looked at, by the clock of its host */
};

/* Segments that are one, as far as anybody can know: they have the subnet in common, and the MAC address of
 * the gateway. */
struct fleet_place {
    struct ip_addr prefix;
    unsigned length;
    struct mac_addr gateway;
};

/* A machine that answered behind a target. */
struct fleet_sighting {
    uint32_t target;
    uint32_t place;   /* where in the table, counted from 1; 0: not known */
    uint64_t time_us; /* from_us of the target */
    struct mac_addr mac;
    bool has_more; /* this address is not the only one that it has in that place */
    struct ip_addr address;
};

struct fleet {
    const struct check_options *options; /* whose ignored findings do not count */
    const struct fleet_target *targets;
    size_t target_count;
    const struct fleet_place *places;
    struct fleet_sighting *sightings; /* they are put in other orders */
    size_t sighting_count;
    /* Where to add what is found of a target. */
    struct verdict *(*verdict_of)(void *context, uint32_t target);
    void *context;
};

/* Whether the MAC address of a gateway tells its segment from others: those of virtual routers are the same
 * everywhere. */
bool fleet_gateway_tells(struct mac_addr gateway);
/* Compares all, in the time that it takes to sort them. */
void fleet_compare(const struct fleet *fleet);

#endif

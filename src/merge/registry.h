/* What is named once and then has a number: hosts, and places where segments of theirs meet. Inside the merge
 * only. */
#ifndef VMNETCHECK_REGISTRY_H
#define VMNETCHECK_REGISTRY_H

#include "fleet.h"
#include "report.h"

struct registry {
    void *hosts_by_name, *places_by_value; /* trees */
    struct host_identity **hosts;
    size_t host_count;
    struct fleet_place *places;
    size_t place_count;
};

/* The number of a host: one that is known already, or a new one. One machine with two names, or two network
 * namespaces, counts twice: where images are copied, so is their machine-id. */
uint32_t registry_host(struct registry *registry, const struct host_identity *identity);
/* The number of a place, counted from 1. */
uint32_t registry_place(struct registry *registry, const struct fleet_place *place);
void registry_free(struct registry *registry); /* leaves it empty */

#endif

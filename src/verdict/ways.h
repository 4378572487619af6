/* By which ways the frames of a VM's network card leave it, and whether those of two cards meet. Inside of
 * the verdict only. */
#ifndef VMNETCHECK_WAYS_H
#define VMNETCHECK_WAYS_H

#include "judgement.h"
#include "vm_index.h"
#include "qmp.h"
#include "vm.h"

enum { SEGMENT_BRIDGES_MAX = 16, WAYS_MAX = 4 };

/* Where the frames of an interface get to without a router, as far as the host knows. */
struct segment {
    int link; /* ifindex */
    int bridges[SEGMENT_BRIDGES_MAX];
    size_t count;
};

/* A backend by which a network card's frames leave the VM. */
struct way {
    const struct vm_backend *backend;
    const struct link_facts *link; /* NULL: it is not known */
    struct segment segment;        /* of the link */
};

struct ways {
    struct way items[WAYS_MAX];
    size_t count;
    bool anywhere; /* there are more, or of the host nothing is known */
};

/* Of a card of a VM of the target's index. */
struct ways ways_of(const struct judgement *judgement, const struct vm_place *card);
/* Whether frames of another card may get to where these do. */
bool ways_meet(const struct judgement *judgement, const struct ways *ways, const struct vm_place *card);

#endif

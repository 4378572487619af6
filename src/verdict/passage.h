/* How far the echo of the host's own stack came, there and back. Inside the verdict only. */
#ifndef VMNETCHECK_PASSAGE_H
#define VMNETCHECK_PASSAGE_H

#include "judgement.h"

/* Where it could be seen: first the host's stack, then the interfaces of the path that pass it on, last the
 * target itself. A bridge between two others passes frames from port to port, and shows none. */
struct place {
    enum vantage at;
    const struct link_facts *link; /* of the host's stack: the one on which it talks to the guest */
};

enum lost { LOST_NOTHING, LOST_REQUEST, LOST_REPLY };

struct passage {
    const struct observation *seen;
    struct place places[PATH_HOPS_MAX + 1];
    size_t count;
    enum lost lost;
    size_t after; /* the place where it was seen last; behind the last one is the guest, and its reply lost */
};

/* Those of the target's path where it was listened (bits VANTAGE_BIT()). */
void passage_find_places(const struct target *target, unsigned heard, struct passage *ret);
/* Of an OBSERVED_STACK. What is lost is only said where it had its time and the guest does answer echo
 * requests on the target. */
struct passage passage_of(const struct judgement *judgement, const struct observation *stack);
/* Whether a place is among these: bits VANTAGE_BIT(). */
bool passage_was_at(unsigned vantages, const struct place *place);
/* The place where it should have been seen next; NULL: that is the guest. */
const struct place *passage_next(const struct passage *passage);
/* "the host's stack" or the name of the interface; of NULL "the guest". */
const char *passage_place_name(const struct place *place);
/* Walks the passages in which something was lost that the guest is not to blame for; `after` NULL begins.
 * False at the end. */
bool passage_next_lost(const struct judgement *judgement, const struct observation *after,
                       struct passage *ret);
/* Whether another finding of the path says why the host is lost to an address. */
bool passage_is_explained(const struct judgement *judgement, struct ip_addr address);
/* What was seen of it at each place; and that, with who asked whom in vain. */
void passage_add_places(struct finding *finding, const struct passage *passage);
void passage_add_evidence(struct finding *finding, const struct passage *passage);
/* The path as reports show it. */
void passage_add_path(struct judgement *judgement);

#endif

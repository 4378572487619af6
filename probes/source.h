/* Sources, inside: source.c chooses, borrow.c borrows. Private to both. */
#ifndef VMNETCHECK_SOURCE_H
#define VMNETCHECK_SOURCE_H

#include "probe.h"

/* NULL if there are too many. */
struct source *source_add(struct probe_env *env, enum source_state state, struct ip_addr address);
/* Observes that the guest asks for an address. */
void source_note_question(struct probe_env *env, const struct frame *frame, struct ip_addr asked,
                          struct ip_addr asker);

enum {
    OWNER_QUESTIONS = 2,
    OWNER_PAUSE_US = 60000, /* between two questions */
    /* After the last question. RFC 5227 2.1.1 waits two seconds on a link of unknown speed; a machine of this
     * segment that answers later than this does not get its packets by ARP in time either: the kernel asks
     * again after a second. */
    OWNER_ANSWER_US = 250000,
};

/* Only with a way to ask everybody is it known that nobody has an address. */
bool borrow_can_ask(const struct probe_env *env);
/* Asks once, in nobody's name, who has an address: the guest and, through the bridge, everybody else. */
void borrow_ask_owner(struct probe_env *env, struct ip_addr address);
/* Whether tables, answers or heard frames show that somebody has it. */
bool borrow_has_owner(const struct probe_env *env, struct ip_addr address);
/* Whether the host takes it for a gateway. */
bool borrow_is_gateway(const struct probe_env *env, struct ip_addr address);

/* Begins to borrow the address that the user named, or one for probes to `address`. NULL if there is none. */
struct source *borrow_given(struct probe_env *env, struct ip_addr given);
struct source *borrow_near(struct probe_env *env, struct ip_addr address);
/* A frame in our VLAN: answers for a borrowed address, notices that it is somebody's. True if it was about
 * the source. */
bool source_frame(struct probe_env *env, struct source *source, const struct frame *frame);

#endif

/* Sources, inside: source.c chooses, borrow.c borrows. Private to both. */
#ifndef VMNETCHECK_SOURCE_H
#define VMNETCHECK_SOURCE_H

#include "probe.h"

/* NULL if there are too many. */
struct source *source_add(struct probe_env *env, enum source_state state, struct ip_addr address);
/* Observes that the guest asks for an address. */
void source_note_question(struct probe_env *env, const struct frame *frame, struct ip_addr asked,
                          struct ip_addr asker);

/* Begins to borrow the address that the user named, or one for probes to `address`. NULL if there is none. */
struct source *borrow_given(struct probe_env *env, struct ip_addr given);
struct source *borrow_near(struct probe_env *env, struct ip_addr address);
/* A frame in our VLAN: answers for a borrowed address, notices that it is somebody's. True if it was about
 * the source. */
bool source_frame(struct probe_env *env, struct source *source, const struct frame *frame);

#endif

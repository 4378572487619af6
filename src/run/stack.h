/* The host's own stack, as all targets of a run use it: one socket for each family. Knows neither checks nor
 * runs. */
#ifndef VMNETCHECK_STACK_H
#define VMNETCHECK_STACK_H

#include "taps.h"

struct stack;

/* Opens the sockets, while there is the right to. That it cannot is no error here: nothing is sent
 * then. */
struct stack *stack_open(struct loop *loop, const struct link_means *means);
void stack_close(struct stack *stack); /* NULL is fine */
/* Whether echo of either family can be sent. 0 or -errno. */
int stack_error(const struct stack *stack);
/* How many replies were dropped before we could read them, until the last time that we did. */
uint64_t stack_lost(const struct stack *stack);
/* Whether the kernel may have had no room for a neighbour since the stack was opened: it had none for
 * somebody's, or cannot be asked. False where it does not count that. */
bool stack_neighbour_was_refused(const struct stack *stack, enum ip_family family);
/* Sends an echo request, to a link-local address by that interface. What answers it goes to the user's frame
 * function, AT_HOST. 0 or -errno. The user must outlive the stack. */
int stack_send(struct stack *stack, const struct tap_user *user, int ifindex, const uint8_t *frame,
               size_t length);

#endif

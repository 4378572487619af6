/* What is heard of targets between two checks: as many receivers as there are targets, and no question.
 * Private to src/run. */
#ifndef VMNETCHECK_LISTENERS_H
#define VMNETCHECK_LISTENERS_H

struct listeners;
struct space;
struct target;
struct verdict;

/* news(context) is called when somebody claims an address of a target who did not have it at the last check,
 * and when broadcasts come at the rate of a storm. For the same claim not more than once a minute. */
struct listeners *listeners_new(void (*news)(void *context), void *context);
/* Listens to a target, whose space is open or not, as it was found by a check. Copies what it needs. */
void listeners_join(struct listeners *listeners, struct space *space, const struct target *target,
                    const struct verdict *verdict);
void listeners_leave(struct listeners *listeners); /* all of them */
void listeners_free(struct listeners *listeners);  /* NULL is fine */

#endif

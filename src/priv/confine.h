/* What a process does to itself before it reads what others wrote. Private to src/priv. */
#ifndef VMNETCHECK_CONFINE_H
#define VMNETCHECK_CONFINE_H

#include <stdbool.h>

struct text_list;

/* Whether it is done at all: a build for sanitizers or coverage is not confined, as their libraries open
 * files and look into the process. */
extern const bool confine_is_meant;

/* Closes all descriptors but the standard ones and these two (-1: none). */
void confine_descriptors(int kept, int other);
/* Gives up everything: the user's name, capabilities, the file system, other processes, new sockets, for
 * good. What this kernel or container does not know or allow is left out, and added to *ret_missing. 0, or
 * -errno where something else failed: nothing may be read then. */
int confine(struct text_list *ret_missing);
/* Its part that is a filter of system calls, seccomp(2), which leaves what permits.h says alone. 0 or
 * -errno. */
int confine_filter(void);

#endif

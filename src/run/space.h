/* One network namespace of a run: what the slots that are in it share. Private to src/run. */
#ifndef VMNETCHECK_SPACE_H
#define VMNETCHECK_SPACE_H

#include "link.h"

struct check_options;
struct facts_cache;
struct loop;
struct netns;
struct rights;
struct target;

struct space {
    int netns; /* its number in struct netns_list */
    const struct netns *where;
    const struct check_options *options;
    const struct rights *rights;
    struct link_means links;               /* there */
    struct facts_cache *facts, *own_facts; /* NULL: they are another's */
    bool hears_questions;                  /* of what goes out, who asks for whom by ARP and ND */
    bool is_looked_into;                   /* for what is dropped between its targets */
    struct taps *taps;                     /* NULL: nobody has been there yet, and so is what follows */
    struct stack *stack;                   /* NULL with no_path, too */
    struct traces *traces;
};

/* Nothing is opened yet. facts: NULL: it is to have some of its own. Must not move any more; what it gets
 * must outlive it. */
void space_begin(struct space *space, int netns, const struct netns *where,
                 const struct check_options *options, const struct rights *rights, struct facts_cache *facts);
/* Opens its sockets, if they are not open: for the one target of the run, or for several (NULL), so many in
 * all. 0 or -errno. */
int space_open(struct space *space, struct loop *loop, const struct target *only, size_t targets);
void space_close(struct space *space); /* all must have left */

#endif

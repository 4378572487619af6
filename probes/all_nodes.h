/* Echo requests to all nodes of the link, ff02::1: who answers tells an address. Of its addresses it answers
 * with one of the scope, and where it can of the prefix, of the source that asked (RFC 6724 5): so they are
 * asked from a link-local one, and from the host's own of each of its prefixes there. */
#ifndef VMNETCHECK_ALL_NODES_H
#define VMNETCHECK_ALL_NODES_H

#include "probe.h"

struct all_nodes {
    struct source *sources[LINK_SOURCES_MAX];
    size_t source_count;
    uint16_t id;
    uint64_t nonce;
    unsigned asked;
};

/* Takes the sources. */
void all_nodes_begin(struct all_nodes *all_nodes, struct probe_env *env);
/* Asks once from each of them. */
void all_nodes_ask(struct all_nodes *all_nodes, struct probe_env *env);
/* Whether an echo reply is an answer to that. */
bool all_nodes_answered(const struct all_nodes *all_nodes, const struct frame *frame);

#endif

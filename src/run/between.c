/* Bridges with two targets or more, and what the host's packet filter makes of what they forward. */
#include "between.h"
#include "rights.h"

#include <errno.h>
#include <stdlib.h>

struct port {
    const struct link_facts *bridge;
    struct target *target;
};

static int by_bridge(const void *a, const void *b)
{
    const struct port *x = a, *y = b;
    int order = (x->bridge->ifindex > y->bridge->ifindex) - (x->bridge->ifindex < y->bridge->ifindex);

    return order != 0 ? order : (x->target > y->target) - (x->target < y->target);
}

/* Without the library nobody is told anything, which is known. */
static const char *ask(const struct space *space, const struct link_facts *bridge, enum ip_family family,
                       int *ret_error, struct text_list *chains)
{
    bool is_handed = family == IP_V4 ? bridge->hands_v4 : bridge->hands_v6;
    char *chain = NULL;
    int result = space->rights->look_at_forwarding(space->rights->context, space->netns, bridge->name, family,
                                                   is_handed, &chain);

    if (result < 0 && result != -EOPNOTSUPP)
        *ret_error = -result;
    if (result != 1)
        return NULL;
    text_list_add(chains, chain);
    return chain;
}

/* Ports of one bridge: each is told of the next one. */
static void join(const struct port *ports, size_t count, const struct space *space, struct text_list *chains)
{
    const struct link_facts *bridge = ports[0].bridge;
    struct target_between between = {0};

    between.chain_v4 = ask(space, bridge, IP_V4, &between.error, chains);
    between.chain_v6 = ask(space, bridge, IP_V6, &between.error, chains);
    if (between.chain_v4 == NULL && between.chain_v6 == NULL && between.error == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        between.other = ports[(i + 1) % count].target;
        ports[i].target->between = between;
    }
}

void between_find(struct target *const *targets, size_t count, const struct host_facts *facts,
                  const struct space *space, struct text_list *ret_chains)
{
    struct port *ports = memory_new(count, sizeof *ports);
    size_t found = 0, next;

    for (size_t i = 0; i < count; i++) {
        const struct link_facts *link = facts_link_named(facts, targets[i]->name);
        const struct link_facts *bridge = link != NULL ? facts_bridge_of(facts, link) : NULL;
        if (bridge != NULL)
            ports[found++] = (struct port){bridge, targets[i]};
    }
    if (found > 1)
        qsort(ports, found, sizeof *ports, by_bridge);
    for (size_t i = 0; i < found; i = next) {
        for (next = i + 1; next < found && ports[next].bridge == ports[i].bridge; next++)
            ;
        if (next - i > 1)
            join(&ports[i], next - i, space, ret_chains);
    }
    free(ports);
}

/* One network namespace of a run. */
#include "space.h"
#include "facts.h"
#include "facts_cache.h"
#include "options.h"
#include "rights.h"
#include "stack.h"
#include "taps.h"
#include "target.h"
#include "text.h"
#include "tracer.h"
#include "traces.h"

#include <errno.h>
#include <stdlib.h>

enum {
    ASKED_TARGETS_MAX = 64, /* of so few it is heard also who asks for whom, where there are … */
    ASKED_LINKS_MAX = 512,  /* … so few whose guests ask as well, … */
    ASKED_FRAMES_MAX = 4096 /* … and it fills no buffer, should all targets ask at once */
};

void space_begin(struct space *space, int netns, const struct netns *where,
                 const struct check_options *options, const struct rights *rights, struct facts_cache *facts)
{
    struct facts_cache *own = facts == NULL ? facts_cache_new(netns, host_facts_read) : NULL;

    *space = (struct space){.netns = netns,
                            .where = where,
                            .options = options,
                            .rights = rights,
                            .links = rights->links,
                            .facts = own != NULL ? own : facts,
                            .own_facts = own};
    space->links.context = &space->netns;
}

/* A target that is a port of a bridge has two at least; of one that the user waits for it is not known
 * yet. */
static bool has_many_interfaces(const struct space *space, const struct target *only)
{
    const struct host_facts *facts;

    if (only == NULL || space->options->wait_us > 0 || facts_cache_get(space->facts, 0, &facts) < 0)
        return true;
    const struct link_facts *link = facts_link_named(facts, only->name);
    bool is_port = link != NULL && link->master != 0;
    facts_put(facts);
    return is_port;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int by_number(const void *a, const void *b)
{
    const int *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Of each of so many targets at most: a question goes out by each port of its bridge. */
static size_t frames_of_questions(const struct host_facts *facts, size_t targets)
{
    int *masters = memory_new(facts->link_count, sizeof *masters);
    size_t frames = 0, next;

    for (size_t i = 0; i < facts->link_count; i++)
        masters[i] = facts->links[i].master;
    if (facts->link_count > 0)
        qsort(masters, facts->link_count, sizeof *masters, by_number);
    for (size_t i = 0; i < facts->link_count; i = next) {
        for (next = i; next < facts->link_count && masters[next] == masters[i]; next++)
            ;
        frames += smaller(targets, next - i) * (masters[i] == 0 ? 1 : next - i);
    }
    free(masters);
    return frames;
}

static bool hears_questions(const struct space *space, size_t targets)
{
    const struct host_facts *facts;

    if (targets > ASKED_TARGETS_MAX || facts_cache_get(space->facts, 0, &facts) < 0)
        return false;
    bool few =
        facts->link_count <= ASKED_LINKS_MAX && frames_of_questions(facts, targets) <= ASKED_FRAMES_MAX;
    facts_put(facts);
    return few;
}

/* Without it less is told. */
static int start_tracer(void *context, struct tracer **ret)
{
    const struct space *space = context;
    const struct rights *rights = space->rights;

    return rights->start_tracer(rights->context, space->netns, space->options->find_rule, ret);
}

static bool may_trace(const struct check_options *options)
{
    return !options->no_path && (tracer_knows_drops() || (options->find_rule && tracer_knows_rules()));
}

int space_open(struct space *space, struct loop *loop, const struct target *only, size_t targets)
{
    if (space->taps != NULL)
        return 0;
    space->hears_questions = hears_questions(space, targets);
    int error = taps_open(loop, space->netns, space->where, space->facts, has_many_interfaces(space, only),
                          space->hears_questions, space->options->evidence, &space->links, &space->taps);
    if (error < 0)
        return error;
    if (!space->options->no_path)
        space->stack = stack_open(loop, &space->links);
    space->traces = traces_open(loop, may_trace(space->options) ? start_tracer : NULL, space);
    return 0;
}

void space_close(struct space *space)
{
    taps_close(space->taps);
    stack_close(space->stack);
    traces_close(space->traces);
    facts_cache_free(space->own_facts);
}

/* Snapshots of the host's facts, kept until the last of those who got them puts it back. */
#include "facts_cache.h"
#include "clock.h"
#include "facts.h"
#include "text.h"

#include <stddef.h>
#include <stdlib.h>

enum {
    AGE_US = 25000,   /* younger facts are good enough for another target, … */
    COST_FACTOR = 20, /* … and so are those younger than so many times what reading them takes */
};

struct snapshot {
    struct host_facts facts; /* first: what is handed out is a pointer to it */
    uint64_t taken_us, cost_us;
    unsigned users;
};

struct facts_cache {
    int netns;
    int (*read)(int netns, struct host_facts *ret);
    struct snapshot *newest;
};

struct facts_cache *facts_cache_new(int netns, int (*read)(int netns, struct host_facts *ret))
{
    struct facts_cache *cache = memory_new(1, sizeof *cache);

    cache->netns = netns;
    cache->read = read;
    return cache;
}

static void put(struct snapshot *snapshot)
{
    if (snapshot == NULL || --snapshot->users > 0)
        return;
    host_facts_free(&snapshot->facts);
    free(snapshot);
}

void facts_put(const struct host_facts *facts)
{
    _Static_assert(offsetof(struct snapshot, facts) == 0, "the facts are the snapshot's first member");
    put((struct snapshot *)(uintptr_t)facts);
}

void facts_cache_forget(struct facts_cache *cache)
{
    put(cache->newest);
    cache->newest = NULL;
}

void facts_cache_free(struct facts_cache *cache)
{
    if (cache == NULL)
        return;
    facts_cache_forget(cache);
    free(cache);
}

static bool is_fresh(const struct snapshot *snapshot, uint64_t now_us, uint64_t not_before_us)
{
    uint64_t limit_us = snapshot->cost_us * COST_FACTOR;

    if (limit_us < AGE_US)
        limit_us = AGE_US;
    return snapshot->taken_us >= not_before_us && now_us - snapshot->taken_us <= limit_us;
}

static int read_anew(struct facts_cache *cache, uint64_t now_us)
{
    struct snapshot *fresh = memory_new(1, sizeof *fresh);
    int error = cache->read(cache->netns, &fresh->facts);

    if (error < 0) {
        free(fresh);
        return error;
    }
    fresh->taken_us = now_us;
    fresh->cost_us = clock_now() - now_us;
    fresh->users = 1;
    put(cache->newest);
    cache->newest = fresh;
    return 0;
}

int facts_cache_get(struct facts_cache *cache, uint64_t not_before_us, const struct host_facts **ret)
{
    uint64_t now_us = clock_now();
    int error = 0;

    if (cache->newest == NULL || !is_fresh(cache->newest, now_us, not_before_us))
        error = read_anew(cache, now_us);
    if (error < 0)
        return error;
    cache->newest->users++;
    *ret = &cache->newest->facts;
    return 0;
}

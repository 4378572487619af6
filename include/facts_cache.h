/* The host's facts, read once for all who want them at about the same time. */
#ifndef VMNETCHECK_FACTS_CACHE_H
#define VMNETCHECK_FACTS_CACHE_H

#include <stdint.h>

struct facts_cache;
struct host_facts;

/* Of the network namespace of this number; `read` reads all facts, as host_facts_read() does. */
struct facts_cache *facts_cache_new(int netns, int (*read)(int netns, struct host_facts *ret));
void facts_cache_free(struct facts_cache *cache); /* NULL is fine; what was handed out stays good */

/* What was read is not good enough for anybody any more. */
void facts_cache_forget(struct facts_cache *cache);

/* Facts that were read at not_before_us (of clock_now()) or later, and that are young: new ones, if need be.
 * 0 and a reference in *ret, which the caller gives back by facts_put; or -errno. */
int facts_cache_get(struct facts_cache *cache, uint64_t not_before_us, const struct host_facts **ret);
void facts_put(const struct host_facts *facts); /* NULL is fine */

#endif

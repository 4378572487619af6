/* A table of fixed size, found into by keys: when it is full, an item that was not used for long makes room
 * for a new one. Adding and finding take constant time whatever the keys are. Pure. */
#ifndef VMNETCHECK_POOL_H
#define VMNETCHECK_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool {
    uint8_t *items; /* each begins with its key */
    struct pool_link *links;
    uint32_t *buckets;
    uint32_t capacity, count, hand;
    size_t key_size, item_size;
    uint64_t left; /* how many had to make room */
};

/* Keys are compared as bytes: they must not have padding. */
void pool_open(struct pool *pool, uint32_t capacity, size_t key_size, size_t item_size);
void pool_close(struct pool *pool); /* leaves it empty; an empty one is fine */

/* The newest item of this key, NULL if there is none. Looks at so many only that hostile keys cost no time:
 * an item may go unfound. */
void *pool_find(const struct pool *pool, const void *key);
/* The next older one of the same key as `item`. */
void *pool_find_older(const struct pool *pool, const void *item);
/* A new item of this key, otherwise zeroed, also if there is one already. `leave` is called for the one that
 * has to make room for it; it must not touch the pool. */
void *pool_add(struct pool *pool, const void *key, void (*leave)(void *context, void *item), void *context);
/* By number, from 0 to count - 1, in no order. */
void *pool_at(const struct pool *pool, uint32_t index);

#endif

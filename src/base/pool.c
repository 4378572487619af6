/* A hash table over one array; when it is full, the clock algorithm finds what has to go. */
#include "pool.h"
#include "hash.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { NOWHERE = UINT32_MAX, CHAIN_MAX = 64 };

/* Where an item hangs in the chain of its bucket. */
struct pool_link {
    uint32_t hash, previous, next;
    bool used; /* since the hand last came by */
};

static uint32_t hash_of(const void *key, size_t size)
{
    uint32_t hash = hash_bytes(key, size);

    return hash ^ hash >> 15;
}

static uint32_t *bucket_of(const struct pool *pool, uint32_t hash)
{
    return &pool->buckets[hash % pool->capacity];
}

void pool_open(struct pool *pool, uint32_t capacity, size_t key_size, size_t item_size)
{
    *pool = (struct pool){.capacity = capacity, .key_size = key_size, .item_size = item_size};
    pool->items = memory_new(capacity, item_size);
    pool->links = memory_new(capacity, sizeof *pool->links);
    pool->buckets = memory_new(capacity, sizeof *pool->buckets);
    for (uint32_t i = 0; i < capacity; i++)
        pool->buckets[i] = NOWHERE;
}

void pool_close(struct pool *pool)
{
    free(pool->items);
    free(pool->links);
    free(pool->buckets);
    *pool = (struct pool){0};
}

void *pool_at(const struct pool *pool, uint32_t index)
{
    return pool->items + index * pool->item_size;
}

static void *walk(const struct pool *pool, uint32_t from, uint32_t hash, const void *key)
{
    for (int steps = 0; from != NOWHERE && steps < CHAIN_MAX; from = pool->links[from].next, steps++) {
        void *item = pool_at(pool, from);
        if (pool->links[from].hash != hash || memcmp(item, key, pool->key_size) != 0)
            continue;
        pool->links[from].used = true;
        return item;
    }
    return NULL;
}

void *pool_find(const struct pool *pool, const void *key)
{
    uint32_t hash = hash_of(key, pool->key_size);

    return walk(pool, *bucket_of(pool, hash), hash, key);
}

void *pool_find_older(const struct pool *pool, const void *item)
{
    size_t index = (size_t)((const uint8_t *)item - pool->items) / pool->item_size;

    return walk(pool, pool->links[index].next, pool->links[index].hash, item);
}

static void unchain(struct pool *pool, uint32_t index)
{
    struct pool_link *link = &pool->links[index];

    if (link->previous != NOWHERE)
        pool->links[link->previous].next = link->next;
    else
        *bucket_of(pool, link->hash) = link->next;
    if (link->next != NOWHERE)
        pool->links[link->next].previous = link->previous;
}

static void chain(struct pool *pool, uint32_t index, uint32_t hash)
{
    uint32_t *bucket = bucket_of(pool, hash);

    pool->links[index] = (struct pool_link){.hash = hash, .previous = NOWHERE, .next = *bucket};
    if (*bucket != NOWHERE)
        pool->links[*bucket].previous = index;
    *bucket = index;
}

/* The clock algorithm: the hand passes over what was used since it last came by. */
static uint32_t room_for_one(struct pool *pool)
{
    if (pool->count < pool->capacity)
        return pool->count++;
    for (;;) {
        uint32_t index = pool->hand;
        pool->hand = (pool->hand + 1) % pool->capacity;
        if (!pool->links[index].used)
            return index;
        pool->links[index].used = false;
    }
}

void *pool_add(struct pool *pool, const void *key, void (*leave)(void *context, void *item), void *context)
{
    bool full = pool->count == pool->capacity;
    uint32_t index = room_for_one(pool);
    uint8_t *item = pool_at(pool, index);

    if (full) {
        leave(context, item);
        unchain(pool, index);
        pool->left++;
    }
    memset(item, 0, pool->item_size);
    memcpy(item, key, pool->key_size);
    chain(pool, index, hash_of(key, pool->key_size));
    return item;
}

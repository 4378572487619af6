/* What was asked for one address, by whomever, and whether silence means something. */
#include "ending.h"

#include <stdlib.h>
#include <string.h>

enum {
    IN_EARNEST = 3, /* so often a kernel asks before it gives up (mcast_solicit); who scans asks less */
};

struct ip_addr topic_address(const struct topic *topic)
{
    return topic->conversations[0]->key.address;
}

static int compare_conversations(const void *a, const void *b)
{
    const struct conversation *left = *(struct conversation *const *)a,
                              *right = *(struct conversation *const *)b;

    return memcmp(&left->key, &right->key, sizeof left->key); /* begins with the address and the point */
}

/* On a switched network a recording has everybody's broadcast questions, but other frames only of the machine
 * that it was made at. So silence means something only to those of whom it has such; or, where it has none of
 * anybody, if the user names an address to look at, or nobody else speaks at all. */
static void mark_audible(struct recording *recording)
{
    unsigned hear = 0;

    for (uint32_t i = 0; i < recording->stations.count; i++)
        hear += ((const struct station *)pool_at(&recording->stations, i))->audible;
    for (uint32_t i = 0; i < recording->conversations.count; i++) {
        struct conversation *conversation = pool_at(&recording->conversations, i);
        struct station_key key = {.mac = conversation->key.asker};
        const struct station *asker = pool_find(&recording->stations, &key);
        conversation->audible =
            (asker != NULL && asker->audible) ||
            (hear == 0 && (recording->target->given_count > 0 || machine_count(recording) == 1));
    }
}

static void sum_up(struct topic *topic)
{
    for (size_t i = 0; i < topic->conversation_count; i++)
        topic->audible |= topic->conversations[i]->audible;
    for (size_t i = 0; i < topic->conversation_count; i++) {
        const struct conversation *conversation = topic->conversations[i];
        if (conversation->audible != topic->audible)
            continue;
        topic->asked += conversation->asked;
        topic->answered += conversation->tally.received;
        topic->duplicates += conversation->tally.duplicates;
        topic->in_earnest |= conversation->tally.received > 0 || conversation->mistagged > 0 ||
                             conversation->tally.sent + conversation->open >= IN_EARNEST;
    }
}

/* Several interfaces may have recorded the same: the one that shows most speaks for all of them. */
static bool shows_more(const struct topic *one, const struct topic *other)
{
    if (one->duplicates != other->duplicates)
        return one->duplicates > other->duplicates;
    if (one->answered != other->answered)
        return one->answered > other->answered;
    return one->asked > other->asked;
}

static bool is_of_last(const struct ending *ending, const struct topic *topic)
{
    return ending->topic_count > 0 &&
           ip_equal(topic_address(&ending->topics[ending->topic_count - 1]), topic_address(topic));
}

static void add_topic(struct ending *ending, const struct topic *topic)
{
    if (!is_of_last(ending, topic))
        ending->topics[ending->topic_count++] = *topic;
    else if (shows_more(topic, &ending->topics[ending->topic_count - 1]))
        ending->topics[ending->topic_count - 1] = *topic;
}

void topics_find(struct ending *ending)
{
    struct pool *pool = &ending->recording->conversations;

    mark_audible(ending->recording);
    ending->conversations = memory_new(pool->count, sizeof *ending->conversations);
    ending->topics = memory_new(pool->count, sizeof *ending->topics);
    for (uint32_t i = 0; i < pool->count; i++)
        ending->conversations[i] = pool_at(pool, i);
    if (pool->count > 0)
        qsort(ending->conversations, pool->count, sizeof ending->conversations[0], compare_conversations);
    for (uint32_t from = 0, to; from < pool->count; from = to) {
        struct topic topic = {.conversations = ending->conversations + from};
        const struct conversation_key *key = &ending->conversations[from]->key;
        for (to = from; to < pool->count && ending->conversations[to]->key.point == key->point &&
                        ip_equal(ending->conversations[to]->key.address, key->address);
             to++)
            topic.conversation_count++;
        sum_up(&topic);
        add_topic(ending, &topic);
    }
}

/* ---- silence ---- */

static bool is_asker(const struct topic *topic, struct mac_addr mac)
{
    for (size_t i = 0; i < topic->conversation_count; i++)
        if (mac_equal(topic->conversations[i]->key.asker, mac))
            return true;
    return false;
}

/* They are sorted by asker. */
static unsigned count_askers(const struct topic *topic)
{
    unsigned count = 0;

    for (size_t i = 0; i < topic->conversation_count; i++)
        count +=
            i == 0 || !mac_equal(topic->conversations[i]->key.asker, topic->conversations[i - 1]->key.asker);
    return count;
}

const struct station *topic_other_end(const struct ending *ending, const struct topic *topic)
{
    const struct pool *stations = &ending->recording->stations;

    if (machine_count(ending->recording) != 2 || count_askers(topic) != 1)
        return NULL;
    for (uint32_t i = 0; i < stations->count; i++) {
        const struct station *station = pool_at(stations, i);
        if (station->speaks && !is_asker(topic, station->key.mac))
            return station;
    }
    return NULL;
}

/* The last of those that were not answered by ARP or ND. */
static uint64_t unanswered_us(const struct topic *topic)
{
    uint64_t last_us = 0;

    for (size_t i = 0; i < topic->conversation_count; i++) {
        const struct conversation *conversation = topic->conversations[i];
        if ((conversation->key.probe == PROBE_ARP || conversation->key.probe == PROBE_NDP) &&
            conversation->unanswered_us > last_us)
            last_us = conversation->unanswered_us;
    }
    return last_us;
}

enum doubt topic_doubt(const struct ending *ending, const struct topic *topic)
{
    const struct recording *recording = ending->recording;
    uint32_t point = topic->conversations[0]->key.point;
    uint64_t last_us = unanswered_us(topic), timeout_us = recording->options->timeout_us;

    if (machine_talks(recording, topic_address(topic), point, recording_since(timeout_us, last_us)))
        return DOUBT_TALKS;
    if (ending->target->given_count == 0 && machine_count(recording) > 1)
        return DOUBT_STRANGER;
    return DOUBT_NONE;
}

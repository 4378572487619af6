/* The log of what was seen, and what frames add to it. */
#include "observation.h"
#include "text.h"

#include <stdlib.h>

enum { RESERVED = 256 }; /* room for what always is to find room */

static bool always_fits(enum observation_kind kind)
{
    return kind == OBSERVED_CHECK || kind == OBSERVED_SOURCE || kind == OBSERVED_TROUBLE ||
           kind == OBSERVED_SEARCH || kind == OBSERVED_RETURN || kind == OBSERVED_BROADCASTS ||
           kind == OBSERVED_LISTENED || kind == OBSERVED_STACK || kind == OBSERVED_TRACE ||
           kind == OBSERVED_RESOLVE || kind == OBSERVED_ENTRY;
}

void observation_keep_frame(struct frame_numbers *numbers, uint32_t number)
{
    for (size_t i = 0; i < FRAMES_KEPT; i++)
        if (numbers->of[i] == 0) {
            numbers->of[i] = number;
            return;
        }
}

struct observation observation_of_tags(const struct frame *frame, struct ip_addr address)
{
    struct observation seen = {
        .kind = OBSERVED_TAG,
        .time_us = frame->time_us,
        .frame = frame->number,
        .address = address,
        .mac = frame->source,
    };

    if (frame->tag_count > 0)
        seen.tag = frame->tags[0];
    if (frame->tag_count > 1)
        seen.inner = frame->tags[1];
    return seen;
}

struct observation observation_of_error(const struct frame *frame, struct ip_addr address)
{
    return (struct observation){.kind = OBSERVED_ICMP_ERROR,
                                .time_us = frame->time_us,
                                .frame = frame->number,
                                .address = address,
                                .mac = frame->source,
                                .error = {.type = frame->error.type,
                                          .code = frame->error.code,
                                          .value = frame->error.value,
                                          .sender = frame->ip.source}};
}

struct observation observation_of_reply(const struct frame *frame, struct ip_addr address,
                                        const struct reply_observation *known)
{
    struct observation seen = {.kind = OBSERVED_REPLY,
                               .time_us = frame->time_us,
                               .frame = frame->number,
                               .address = address,
                               .mac = frame->source,
                               .reply = *known};

    seen.reply.destination = frame->destination;
    seen.reply.vid = frame_vid(frame);
    seen.reply.digest = frame->digest;
    if (frame->has_ip) {
        seen.reply.source = frame->ip.source;
        seen.reply.ttl = frame->ip.ttl;
        seen.reply.has_ip_id = frame->ip.has_id;
        seen.reply.ip_id = frame->ip.id;
    }
    return seen;
}

static struct observation with_own_answer(const struct observation *observation)
{
    struct observation copy = *observation;
    struct trace_answer *answer = memory_new(1, sizeof *answer);

    *answer = *observation->trace.answer;
    copy.trace.answer = answer;
    return copy;
}

void observation_add(struct observations *observations, const struct observation *observation)
{
    size_t limit = always_fits(observation->kind) ? OBSERVATIONS_MAX : OBSERVATIONS_MAX - RESERVED;

    if (observations->count >= limit) {
        observations->left_out++;
        return;
    }
    if (observations->count == observations->capacity) {
        observations->capacity = observations->capacity == 0 ? 32 : 2 * observations->capacity;
        observations->items =
            memory_resize(observations->items, observations->capacity, sizeof *observations->items);
    }
    observations->items[observations->count++] =
        observation->kind == OBSERVED_TRACE ? with_own_answer(observation) : *observation;
}

/* What else came to be told meanwhile has another time. */
void observations_number(struct observations *observations, size_t first, const struct frame *frame)
{
    for (size_t i = first; i < observations->count; i++)
        if (observations->items[i].time_us == frame->time_us)
            observations->items[i].frame = frame->number;
}

static bool is_lost(const struct mtu_observation *mtu, enum mtu_way small, enum mtu_way large)
{
    return mtu->of[large].large_sent >= MTU_PROOFS && mtu->of[large].large_answered == 0 &&
           mtu->of[small].small_sent >= MTU_PROOFS &&
           mtu->of[small].small_answered == mtu->of[small].small_sent;
}

bool observation_mtu_lost_behind(const struct mtu_observation *mtu)
{
    return is_lost(mtu, MTU_ECHO, MTU_ECHO) && is_lost(mtu, MTU_ECHO, MTU_PADDED) && !mtu->is_told;
}

bool observation_mtu_lost_before(const struct mtu_observation *mtu)
{
    unsigned tap = VANTAGE_BIT(AT_TAP);

    return is_lost(mtu, MTU_HOST, MTU_HOST) && (!(mtu->requests & tap) || (mtu->replies & tap)) &&
           !mtu->is_told;
}

bool observation_mtu_may_be_lost_back(const struct mtu_observation *mtu)
{
    return is_lost(mtu, MTU_ECHO, MTU_ECHO) && mtu->of[MTU_PADDED].large_answered > 0 && !mtu->is_told;
}

bool observation_mtu_lost_back(const struct mtu_observation *mtu)
{
    return observation_mtu_may_be_lost_back(mtu) && is_lost(mtu, MTU_ECHO, MTU_SPLIT) &&
           mtu->tails >= MTU_PROOFS;
}

/* More than a machine says that sweeps a /20 by ARP in a second (4,094), for a tenth of a second. */
enum { STORM_PER_SECOND = 5000, STORM_MIN = 500 };

double observation_broadcast_rate(const struct broadcast_observation *broadcasts)
{
    return broadcasts->during_us == 0 ? 0 : (double)broadcasts->count * 1e6 / (double)broadcasts->during_us;
}

bool observation_may_be_storm(const struct broadcast_observation *broadcasts)
{
    return broadcasts->count >= STORM_MIN;
}

bool observation_is_storm(const struct broadcast_observation *broadcasts)
{
    return observation_may_be_storm(broadcasts) && observation_broadcast_rate(broadcasts) >= STORM_PER_SECOND;
}

bool observation_exists(const struct observations *observations, enum observation_kind kind,
                        struct ip_addr address, const struct mac_addr *mac)
{
    for (size_t i = 0; i < observations->count; i++) {
        const struct observation *seen = &observations->items[i];
        if (seen->kind == kind && (address.family == IP_NONE || ip_equal(seen->address, address)) &&
            (mac == NULL || mac_equal(seen->mac, *mac)))
            return true;
    }
    return false;
}

void observation_add_once(struct observations *observations, const struct observation *observation)
{
    if (!observation_exists(observations, observation->kind, observation->address, &observation->mac))
        observation_add(observations, observation);
}

static bool is_silence(const struct check_observation *check)
{
    return (check->probe == PROBE_ARP || check->probe == PROBE_NDP || check->probe == PROBE_SEARCH) &&
           check->sent > 0 && check->received == 0 && check->concluded && check->send_failures == 0;
}

bool observation_of_silence(const struct observations *observations, struct ip_addr address)
{
    for (size_t i = 0; i < observations->count; i++) {
        const struct observation *seen = &observations->items[i];
        if (seen->kind == OBSERVED_CHECK && ip_equal(seen->address, address) && is_silence(&seen->check))
            return true;
    }
    return false;
}

void observations_free(struct observations *observations)
{
    for (size_t i = 0; i < observations->count; i++)
        if (observations->items[i].kind == OBSERVED_TRACE)
            free((void *)(uintptr_t)observations->items[i].trace.answer);
    free(observations->items);
    *observations = (struct observations){0};
}

const char *probe_name(enum probe_id probe)
{
    static const char *const names[PROBE_COUNT] = {
#define PROBE(id, name, summary) name,
#include "probes.def"
#undef PROBE
    };
    return names[probe];
}

const char *probe_summary(enum probe_id probe)
{
    static const char *const summaries[PROBE_COUNT] = {
#define PROBE(id, name, summary) summary,
#include "probes.def"
#undef PROBE
    };
    return summaries[probe];
}

enum probe_id probe_of_neighbour(struct ip_addr address)
{
    return address.family == IP_V4 ? PROBE_ARP : PROBE_NDP;
}

enum probe_id probe_of_echo(struct ip_addr address)
{
    return address.family == IP_V4 ? PROBE_ICMP : PROBE_ICMPV6;
}

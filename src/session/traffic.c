/* Our own frames that come back, and broadcasts, counted by what is in them. */
#include "traffic.h"

#include "text.h"

#include <stdlib.h>

static struct sent_frame *slot_of(const struct traffic *traffic, uint32_t digest)
{
    return &traffic->sent[digest % traffic->sent_slots];
}

/* Of two in one place the newer one stays, but for one that came back: it is evidence. */
static void put(struct traffic *traffic, const struct sent_frame *sent)
{
    struct sent_frame *slot = slot_of(traffic, sent->digest);

    traffic->sent_count += slot->times == 0;
    if (slot->returns == 0)
        *slot = *sent;
}

/* Most checks send a volley and no more, and of a thousand each page counts. */
static void make_room(struct traffic *traffic)
{
    struct traffic old = *traffic;

    if (2 * old.sent_count < old.sent_slots || old.sent_slots == TRAFFIC_SENT_MAX)
        return;
    traffic->sent_slots = old.sent_slots == 0 ? TRAFFIC_SENT_MIN : 4 * old.sent_slots;
    traffic->sent = memory_new(traffic->sent_slots, sizeof *traffic->sent);
    traffic->sent_count = 0;
    for (size_t i = 0; i < old.sent_slots; i++)
        if (old.sent[i].times > 0)
            put(traffic, &old.sent[i]);
    free(old.sent);
}

void traffic_free(struct traffic *traffic)
{
    free(traffic->sent);
    free(traffic->last_broadcast);
}

/* In the host's own name the kernel asks with the very same frame, for a ping of its own. */
static bool may_be_of_kernel(const struct frame *frame)
{
    return frame->kind == FRAME_NEIGHBOUR_SOLICITATION ||
           (frame->kind == FRAME_ARP && !ip_is_unspecified(frame->arp.sender));
}

void traffic_sent(struct traffic *traffic, const struct packet *packet)
{
    struct frame frame;

    if (wire_decode(span_of(packet->bytes, packet->length), (uint32_t)packet->length, &frame) != WIRE_OK)
        return;
    make_room(traffic);
    struct sent_frame *known = slot_of(traffic, frame.digest);
    if (known->digest == frame.digest && known->times > 0)
        known->times++;
    else
        put(traffic, &(struct sent_frame){.digest = frame.digest,
                                          .times = 1,
                                          .alike = may_be_of_kernel(&frame) ? HOST_RETURNS_MIN - 1 : 0});
}

/* What the host's kernel sends comes in again just like ours. */
static void count_return_of_host(struct traffic *traffic, const struct frame *frame)
{
    struct sent_frame *seen = &traffic->of_host[frame->digest % TRAFFIC_HOST_SLOTS];

    if (seen->digest != frame->digest && seen->returns < HOST_RETURNS_MIN)
        *seen = (struct sent_frame){.digest = frame->digest};
    seen->returns += seen->digest == frame->digest;
    traffic->loops |= seen->returns >= HOST_RETURNS_MIN;
    if (seen->returns >= HOST_RETURNS_MIN)
        observation_keep_frame(&traffic->came, frame->number);
}

/* `to_us`: and to the host's own MAC, which it sends nothing to: a guest that has the same MAC answers. */
static void count_return(struct traffic *traffic, const struct frame *frame, bool to_us)
{
    uint32_t digest = frame->digest;
    struct sent_frame *sent = traffic->sent_slots > 0 ? slot_of(traffic, digest) : NULL;

    if (sent == NULL || sent->digest != digest || sent->times == 0) {
        if (!to_us)
            count_return_of_host(traffic, frame);
        return;
    }
    sent->returns++;
    traffic->returns++;
    observation_keep_frame(&traffic->came, frame->number);
    traffic->loops |= sent->returns > sent->times + sent->alike;
}

/* How often each that we sent came back. */
static unsigned returns_of_each(const struct sent_frame *sent)
{
    if (sent->returns > sent->times && sent->returns <= sent->times + sent->alike)
        return 1;
    return (sent->returns + sent->times - 1) / sent->times;
}

static void observe_returns(const struct traffic *traffic, struct probe_env *env)
{
    const struct link_facts *link = env->target->link; /* NULL: it is gone since */
    struct observation seen = {.kind = OBSERVED_RETURN, .time_us = env->now_us};

    if (link != NULL)
        seen.mac = link->mac;
    seen.returned.returns = traffic->returns;
    seen.returned.came = traffic->came;
    for (size_t i = 0; i < traffic->sent_slots; i++) {
        unsigned times = traffic->sent[i].times, returns = traffic->sent[i].returns;
        if (times == 0)
            continue;
        unsigned of_each = returns_of_each(&traffic->sent[i]);
        seen.returned.frames += returns < times ? returns : times;
        if (of_each > seen.returned.most)
            seen.returned.most = of_each;
    }
    for (size_t i = 0; i < TRAFFIC_HOST_SLOTS; i++)
        if (traffic->of_host[i].returns > seen.returned.host_most)
            seen.returned.host_most = traffic->of_host[i].returns;
    observation_add(env->observations, &seen);
}

/* In a loop hundreds of frames go round side by side: all that was ever sent to everybody. */
static void count_broadcast(struct traffic *traffic, const struct frame *frame)
{
    if (traffic->last_broadcast == NULL)
        traffic->last_broadcast = memory_new(TRAFFIC_BROADCAST_SLOTS, sizeof *traffic->last_broadcast);
    uint32_t *last = &traffic->last_broadcast[frame->digest % TRAFFIC_BROADCAST_SLOTS];
    bool repeated = *last == frame->digest;

    *last = frame->digest;
    traffic->repeated += repeated;
    traffic->broadcasts += repeated || !wire_is_stream(frame);
    observation_keep_frame(&traffic->first_broadcasts, frame->number);
}

/* In whose name a frame was sent, if that is checked. */
static struct ip_addr checked_address_of(const struct probe_env *env, const struct frame *frame)
{
    struct ip_addr speaker = frame->has_ip              ? frame->ip.source
                             : frame->kind == FRAME_ARP ? frame->arp.sender
                                                        : (struct ip_addr){0};

    return target_checks(env->target, speaker) ? speaker : (struct ip_addr){0};
}

void traffic_frame(struct traffic *traffic, struct probe_env *env, const struct frame *frame)
{
    if (probe_is_own_mac(env, frame->source))
        count_return(traffic, frame, probe_is_own_mac(env, frame->destination));
    if (mac_is_multicast(frame->destination))
        count_broadcast(traffic, frame);
    if (!probe_vlan_matches(env, frame) && frame->tag_count > 0 && !probe_is_own_mac(env, frame->source) &&
        traffic->tags_noted < TRAFFIC_TAGS_NOTED) {
        traffic->tags_noted++;
        probe_note_tag(env, checked_address_of(env, frame), frame);
    }
}

bool traffic_returns(const struct traffic *traffic)
{
    return traffic->returns > 0;
}

bool traffic_loops(const struct traffic *traffic)
{
    return traffic->loops;
}

static struct broadcast_observation broadcasts_of(const struct traffic *traffic, uint64_t started_us,
                                                  uint64_t now_us)
{
    return (struct broadcast_observation){.count = traffic->broadcasts,
                                          .during_us = now_us - started_us,
                                          .repeated = traffic->repeated,
                                          .first = traffic->first_broadcasts};
}

bool traffic_is_storm(const struct traffic *traffic, uint64_t started_us, uint64_t now_us)
{
    struct broadcast_observation broadcasts = broadcasts_of(traffic, started_us, now_us);
    return observation_is_storm(&broadcasts);
}

void traffic_finish(const struct traffic *traffic, struct probe_env *env, uint64_t started_us)
{
    if (traffic->returns > 0 || traffic->loops)
        observe_returns(traffic, env);
    if (traffic->broadcasts > 0)
        observation_add(env->observations,
                        &(struct observation){.kind = OBSERVED_BROADCASTS,
                                              .time_us = env->now_us,
                                              .broadcasts = broadcasts_of(traffic, started_us, env->now_us)});
}

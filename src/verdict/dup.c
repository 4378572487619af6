/* Why is a probe answered more than once? What tells the causes apart:
 *
 * a loop or a reflection   our own frames come back in, or the same frame again and again
 * a copy over a router     same IP id, a TTL that is lower by one
 * the reply was copied     identical to the last byte; an oversize reply has the same fragment id
 * the request was copied   one series of IP ids over all replies; an oversize request, in fragments, gets one
 * reply, since reassembly eats the copy two machines             two series of IP ids, or TTLs that one
 * machine does not mix
 *
 * IPv6 has no id outside of fragments, and some stacks send 0: then only the oversize echoes tell. */
#include "judgement.h"

#include <stdlib.h>

enum {
    REPLIES_MAX = 64,
    ONE_SERIES_SPAN = 512, /* a counter of IP ids does not get further in the few probes of a check */
    IDS_PER_SECOND =
        1000, /* Linux adds a random number of up to the timer ticks that went by (ip_idents_reserve) */
    SERIES_SPAN_MAX = 8192,
    LOOP_COPIES = 8, /* more copies of one reply than any mirror makes */
    LATE_US = 5000,  /* a second machine does not always take this long, and always the same */
};

/* The replies to echo requests of one kind for one address. */
struct replies {
    const struct observation *items[REPLIES_MAX]; /* in order of arrival */
    size_t count;
    unsigned copies, most_copies;
};

static struct replies collect(const struct judgement *judgement, enum probe_id probe, struct ip_addr address)
{
    const struct observation *reply = NULL;
    struct replies replies = {0};

    while ((reply = next_observation(judgement, reply, OBSERVED_REPLY, address)) != NULL) {
        if (reply->reply.probe != probe || replies.count == REPLIES_MAX)
            continue;
        replies.items[replies.count++] = reply;
        replies.copies += reply->reply.copy > 0;
        if (reply->reply.copy > replies.most_copies)
            replies.most_copies = reply->reply.copy;
    }
    return replies;
}

/* The first reply that a copy is a copy of. */
static const struct observation *original_of(const struct replies *replies, const struct observation *copy)
{
    for (size_t i = 0; i < replies->count; i++)
        if (replies->items[i]->reply.copy == 0 && replies->items[i]->reply.sequence == copy->reply.sequence)
            return replies->items[i];
    return NULL;
}

static bool same_machine_and_path(const struct observation *a, const struct observation *b)
{
    return mac_equal(a->mac, b->mac) && a->reply.ttl == b->reply.ttl;
}

/* Calls holds for each copy with its original; true if it holds for all, and there is one. */
static bool all_copies(const struct replies *replies,
                       bool (*holds)(const struct observation *original, const struct observation *copy))
{
    bool any = false;

    for (size_t i = 0; i < replies->count; i++) {
        const struct observation *copy = replies->items[i], *original = original_of(replies, copy);
        if (copy->reply.copy == 0)
            continue;
        if (original == NULL || !holds(original, copy))
            return false;
        any = true;
    }
    return any;
}

static bool is_forwarded(const struct observation *original, const struct observation *copy)
{
    int hops = original->reply.ttl - copy->reply.ttl;
    bool same_id =
        original->reply.has_ip_id && copy->reply.has_ip_id && original->reply.ip_id == copy->reply.ip_id;

    return (hops == 1 || hops == -1) && (same_id || !mac_equal(original->mac, copy->mac));
}

static bool is_identical(const struct observation *original, const struct observation *copy)
{
    return same_machine_and_path(original, copy) && original->reply.digest == copy->reply.digest;
}

static bool has_other_ttl(const struct observation *original, const struct observation *copy)
{
    return mac_equal(original->mac, copy->mac) && original->reply.ttl != copy->reply.ttl &&
           !is_forwarded(original, copy);
}

static bool has_same_id(const struct observation *original, const struct observation *copy)
{
    return same_machine_and_path(original, copy) && original->reply.has_ip_id && copy->reply.has_ip_id &&
           original->reply.ip_id == copy->reply.ip_id;
}

static bool has_near_id(const struct observation *original, const struct observation *copy)
{
    uint16_t distance = (uint16_t)(copy->reply.ip_id - original->reply.ip_id);

    return distance <= ONE_SERIES_SPAN || distance >= 65536 - ONE_SERIES_SPAN;
}

static bool is_late(const struct observation *original, const struct observation *copy)
{
    return same_machine_and_path(original, copy) && copy->reply.after_us >= LATE_US;
}

/* ---- series of IP ids (16 bits, which wrap) ---- */

static int compare_ids(const void *a, const void *b)
{
    uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
    return (x > y) - (x < y);
}

struct id_series {
    bool usable;   /* there are ids, and they are no constant */
    bool one, two; /* one counter counted all of them; or two did */
};

/* How far one counter gets while the replies come: in a recording of ping that is a second for each. */
static uint16_t series_span(const struct replies *replies)
{
    uint64_t first_us = replies->items[0]->time_us, last_us = replies->items[replies->count - 1]->time_us;
    uint64_t span =
        ONE_SERIES_SPAN + (last_us > first_us ? last_us - first_us : 0) * IDS_PER_SECOND / 1000000;

    return span < SERIES_SPAN_MAX ? (uint16_t)span : SERIES_SPAN_MAX;
}

/* Sorted around the circle of 65536, one counter leaves all ids in one short stretch, two counters leave two.
 */
static struct id_series find_series(const struct replies *replies)
{
    uint16_t ids[REPLIES_MAX];
    size_t count = 0, cut = 0;
    uint16_t widest = 0, second = 0;

    for (size_t i = 0; i < replies->count; i++)
        if (replies->items[i]->reply.has_ip_id)
            ids[count++] = (uint16_t)replies->items[i]->reply.ip_id;
    if (count < 4)
        return (struct id_series){0};
    qsort(ids, count, sizeof ids[0], compare_ids);
    if (ids[0] == ids[count - 1])
        return (struct id_series){0};
    for (size_t i = 0; i < count;
         i++) { /* the gap behind each id; the widest is outside of the (first) stretch */
        uint16_t gap = (uint16_t)(ids[(i + 1) % count] - ids[i]);
        if (gap > widest) {
            second = widest;
            widest = gap;
            cut = i;
        } else if (gap > second) {
            second = gap;
        }
    }
    uint16_t span = (uint16_t)(ids[cut] - ids[(cut + 1) % count]);
    uint16_t span_of_one = series_span(replies);
    if (span <= span_of_one && all_copies(replies, has_near_id))
        return (struct id_series){.usable = true, .one = true};
    /* Without the second widest gap the rest must be short: two stretches. */
    return (struct id_series){.usable = true,
                              .two = second > ONE_SERIES_SPAN && span - second <= 2 * span_of_one};
}

/* One in each series for each probe: both machines answer each request. */
static bool each_probe_in_both(const struct replies *replies)
{
    for (size_t i = 0; i < replies->count; i++) {
        const struct observation *copy = replies->items[i], *original = original_of(replies, copy);
        if (copy->reply.copy > 0 && original != NULL && has_near_id(original, copy))
            return false;
    }
    return true;
}

/* ---- the causes ---- */

static unsigned most_copies_of_all(const struct judgement *judgement)
{
    const struct observation *reply = NULL;
    unsigned most = 0;

    while ((reply = next_observation(judgement, reply, OBSERVED_REPLY, (struct ip_addr){0})) != NULL)
        if (reply->reply.copy > most)
            most = reply->reply.copy;
    return most;
}

static void l2_loop(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = last_observation(judgement, OBSERVED_RETURN);
    const struct observation *broadcasts = last_observation(judgement, OBSERVED_BROADCASTS);
    unsigned copies = most_copies_of_all(judgement);
    bool returns = returned != NULL && returned->returned.most > 1;

    if (!returns && copies < LOOP_COPIES)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    if (returned != NULL)
        finding_add_evidence(
            finding, "%u of the frames that we sent came back in, %u times in all, one of them %u times",
            returned->returned.frames, returned->returned.returns, returned->returned.most);
    if (broadcasts != NULL && broadcasts->broadcasts.repeated > 0)
        finding_add_evidence(
            finding, "%lu broadcast frames came in within %.3f s, %lu of them the very same as one before",
            (unsigned long)broadcasts->broadcasts.count, (double)broadcasts->broadcasts.during_us / 1e6,
            (unsigned long)broadcasts->broadcasts.repeated);
    if (copies >= LOOP_COPIES)
        finding_add_evidence(finding, "one probe was answered %u times and more", copies + 1);
}

static void frame_reflection(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = last_observation(judgement, OBSERVED_RETURN);
    char mac[MAC_TEXT_SIZE];

    if (returned == NULL || returned->returned.most > 1)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_add_evidence(finding, "%u frames that we sent from %s came back in, each of them once",
                         returned->returned.frames, mac_format(returned->mac, mac));
}

static void describe(struct finding *finding, const struct replies *replies)
{
    char mac[MAC_TEXT_SIZE];

    for (size_t i = 0; i < replies->count && i < 8; i++) {
        const struct observation *reply = replies->items[i];
        char *ip_id =
            reply->reply.has_ip_id ? text_format(" IP id %u", reply->reply.ip_id) : text_format("%s", "");
        finding_add_evidence(finding, "%s %u, %s: %s TTL %u%s, after %.3f ms", probe_name(reply->reply.probe),
                             reply->reply.sequence, reply->reply.copy == 0 ? "first reply" : "copy",
                             mac_format(reply->mac, mac), reply->reply.ttl, ip_id,
                             (double)reply->reply.rtt_us / 1000);
        free(ip_id);
    }
}

enum cause { CAUSE_UNKNOWN, CAUSE_FORWARDED, CAUSE_REPLY, CAUSE_REQUEST, CAUSE_TWO };

/* What the oversize echoes say, where IP ids say nothing. */
static enum cause cause_by_oversize(const struct judgement *judgement, const struct replies *normal,
                                    struct ip_addr address, const char **ret_why)
{
    const struct observation *check = check_of(judgement, PROBE_OVERSIZE, address);
    struct replies oversize = collect(judgement, PROBE_OVERSIZE, address);

    if (check == NULL || check->check.received == 0 || check->check.send_failures > 0)
        return CAUSE_UNKNOWN;
    if (oversize.copies == 0 && check->check.received == check->check.sent) {
        *ret_why =
            "an oversize echo, sent in fragments, got one reply only: reassembly ate the copy of the request";
        return CAUSE_REQUEST;
    }
    if (all_copies(&oversize, has_same_id)) {
        *ret_why = "both replies to an oversize echo, sent in fragments, have the same fragment id";
        return CAUSE_REPLY;
    }
    if (all_copies(normal, is_late)) {
        *ret_why = "each copy came late, the oversize ones with a fragment id of their own: the guest "
                   "answered twice (that it is "
                   "one guest is inferred from the delay)";
        return CAUSE_REQUEST;
    }
    if (oversize.copies > 0 && !all_copies(&oversize, has_same_id)) {
        *ret_why = "the replies to an oversize echo, sent in fragments, have fragment ids of their own, "
                   "although reassembly "
                   "lets one machine answer once";
        return CAUSE_TWO;
    }
    return CAUSE_UNKNOWN;
}

static enum cause cause_of(const struct judgement *judgement, struct ip_addr address, struct replies *normal,
                           const char **ret_why)
{
    struct replies more = collect(judgement, PROBE_ECHO_AGAIN, address);

    *normal = more.copies > 0 ? more : collect(judgement, echo_probe_of(address), address);
    if (normal->count == 0) /* a recording may have nothing else */
        *normal = collect(judgement, PROBE_OVERSIZE, address);
    if (normal->copies == 0)
        return CAUSE_UNKNOWN;
    if (all_copies(normal, is_forwarded)) {
        *ret_why = "the copy has a TTL that differs by one: it came over a router";
        return CAUSE_FORWARDED;
    }
    if (all_copies(normal, has_other_ttl)) {
        *ret_why = "the replies come from one MAC address with TTLs that one machine does not mix";
        return CAUSE_TWO;
    }
    struct id_series series = find_series(normal);
    if (series.usable && all_copies(normal, is_identical)) {
        *ret_why = "the copies are identical to the last byte, IP id included";
        return CAUSE_REPLY;
    }
    if (series.two && each_probe_in_both(normal)) {
        *ret_why = "the IP ids form two independent series, and each probe was answered in both";
        return CAUSE_TWO;
    }
    if (series.one && all_copies(normal, same_machine_and_path)) {
        *ret_why =
            "the IP ids of all replies form one series: one machine answered each request more than once";
        return CAUSE_REQUEST;
    }
    return cause_by_oversize(judgement, normal, address, ret_why);
}

static void dup_cause(struct judgement *judgement, enum finding_id id)
{
    static const struct {
        enum finding_id id;
        enum cause cause;
    } causes[] = {
        {FINDING_DUP_FORWARDED, CAUSE_FORWARDED},
        {FINDING_DUP_REPLY_COPIED, CAUSE_REPLY},
        {FINDING_DUP_REQUEST_COPIED, CAUSE_REQUEST},
        {FINDING_DUP_TWO_GUESTS, CAUSE_TWO},
    };
    const struct target *target = judgement->input->target;

    for (size_t i = 0; i < target->address_count; i++) {
        struct replies replies;
        const char *why = NULL;
        enum cause cause = cause_of(judgement, target->addresses[i].address, &replies, &why);
        for (size_t c = 0; c < sizeof causes / sizeof causes[0]; c++) {
            if (causes[c].id != id || causes[c].cause != cause)
                continue;
            struct finding *finding = finding_add(judgement, id, target->addresses[i].address);
            finding_add_evidence(finding, "%s", why);
            describe(finding, &replies);
        }
    }
}

const struct rule DUP_RULES[] = {
    {FINDING_L2_LOOP, l2_loop},
    {FINDING_FRAME_REFLECTION, frame_reflection},
    {FINDING_DUP_REQUEST_COPIED, dup_cause},
    {FINDING_DUP_REPLY_COPIED, dup_cause},
    {FINDING_DUP_TWO_GUESTS, dup_cause},
    {FINDING_DUP_FORWARDED, dup_cause},
    {FINDING_COUNT, NULL},
};

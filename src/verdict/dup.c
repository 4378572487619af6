/* Why is a probe answered more than once? What tells the causes apart:
 *
 * a copy over a router     the same IP id, and a lower TTL; of several each lower than the one before
 * the reply was copied     identical to the last byte, IP id included
 * the request was copied   one counter counted the IP ids of all replies, in the order in which they came
 * two machines             two counters did, and both answered each probe; or TTLs that one does not mix
 *
 * IPv6 has no id outside of fragments, and some stacks send 0 or random ones. Then requests in two fragments
 * tell, with a pause between them which is longer than any copy was late: a machine puts a request together
 * once, and takes the copies of its fragments for what they are. So one reply means that the request was
 * copied; several with one fragment id, that the reply was; several with ids of their own, that there are two
 * machines.
 *
 * Where the evidence says neither, or contradicts itself, no cause is named. */
#include "judgement.h"

#include <stdlib.h>

enum {
    REPLIES_MAX = 64,       /* looked at: more than a check with its diagnosis has, but in a loop */
    REPLIES_SHOWN = 8,      /* lines of evidence that anybody reads */
    ANSWERS_MIN = 3,        /* fewer prove no series of ids */
    ONE_SERIES_SPAN = 512,  /* a counter of IP ids does not get further in the few probes of a check, … */
    IDS_PER_SECOND = 1000,  /* … but Linux adds up to the timer ticks that went by (ip_idents_reserve) */
    SERIES_SPAN_MAX = 8192, /* an eighth of all: two machines are nearer by chance too often, else */
    HOPS_MAX = 8,           /* TTLs that differ by more were not made by routers but by two machines */
};

enum { CAUSE_FORWARDED = 1, CAUSE_REPLY = 2, CAUSE_REQUEST = 4, CAUSE_TWO = 8 };

struct cause {
    unsigned bits; /* CAUSE_…; 0: unknown */
    const char *why;
};

/* Replies to echo requests of one kind for one address, in order of arrival. */
struct replies {
    const struct observation *items[REPLIES_MAX];
    size_t count;
    size_t copies;
};

/* They come one by one in the order of their arrival, but from a recording probe by probe. */
static void add_reply(struct replies *replies, const struct observation *reply)
{
    size_t place = replies->count;

    if (replies->count == REPLIES_MAX)
        return;
    for (; place > 0 && replies->items[place - 1]->time_us > reply->time_us; place--)
        replies->items[place] = replies->items[place - 1];
    replies->items[place] = reply;
    replies->count++;
    replies->copies += reply->reply.copy > 0;
}

/* Who did not get an answer in time has none, and what is copied of a late one is nothing to go by. */
static bool is_late(const struct judgement *judgement, const struct observation *reply)
{
    return reply->reply.rtt_us > reply->reply.after_us + judgement->input->options->timeout_us;
}

static struct replies collect(const struct judgement *judgement, enum probe_id probe, struct ip_addr address)
{
    const struct observation *reply = NULL;
    struct replies replies = {0};

    while ((reply = judgement_next(judgement, reply, OBSERVED_REPLY, address)) != NULL)
        if (reply->reply.probe == probe && !is_late(judgement, reply))
            add_reply(&replies, reply);
    return replies;
}

/* The reply to the same probe that was this copy; 0: the first one. NULL if it was not observed. */
static const struct observation *copy_of(const struct replies *replies, const struct observation *other,
                                         unsigned copy)
{
    for (size_t i = 0; i < replies->count; i++)
        if (replies->items[i]->reply.copy == copy &&
            replies->items[i]->reply.sequence == other->reply.sequence)
            return replies->items[i];
    return NULL;
}

/* True if it holds for each copy and its original, and there is one. */
static bool all_copies(const struct replies *replies,
                       bool (*holds)(const struct observation *original, const struct observation *copy))
{
    for (size_t i = 0; i < replies->count; i++) {
        const struct observation *copy = replies->items[i], *original = copy_of(replies, copy, 0);
        if (copy->reply.copy > 0 && (original == NULL || !holds(original, copy)))
            return false;
    }
    return replies->copies > 0;
}

/* ---- by the path that they took ---- */

static unsigned hops_between(const struct observation *a, const struct observation *b)
{
    return (unsigned)abs(a->reply.ttl - b->reply.ttl);
}

static bool have_ids(const struct observation *a, const struct observation *b)
{
    return a->reply.has_ip_id && b->reply.has_ip_id;
}

static bool has_same_id(const struct observation *original, const struct observation *copy)
{
    return have_ids(original, copy) && original->reply.ip_id == copy->reply.ip_id;
}

static bool is_forwarded(const struct observation *original, const struct observation *copy)
{
    if (hops_between(original, copy) != 1)
        return false;
    return have_ids(original, copy) ? has_same_id(original, copy) : !mac_equal(original->mac, copy->mac);
}

/* Copies of copies, each with a lower TTL than the one before. Without ids only steps of one prove it. */
static bool go_down(const struct replies *replies)
{
    bool again = false;

    for (size_t i = 0; i < replies->count; i++) {
        const struct observation *copy = replies->items[i],
                                 *before = copy_of(replies, copy, copy->reply.copy - 1);
        if (copy->reply.copy > 0 &&
            (before == NULL || copy->reply.ttl >= before->reply.ttl ||
             (have_ids(before, copy) ? !has_same_id(before, copy) : hops_between(before, copy) != 1)))
            return false;
        again |= copy->reply.copy > 1;
    }
    return again;
}

bool dup_went_round_routers(const struct judgement *judgement, const struct observation *check)
{
    struct replies replies = collect(judgement, check->check.probe, check->address);

    return go_down(&replies);
}

static bool has_other_ttl(const struct observation *original, const struct observation *copy)
{
    return mac_equal(original->mac, copy->mac) && hops_between(original, copy) > HOPS_MAX;
}

static bool same_mac(const struct observation *original, const struct observation *copy)
{
    return mac_equal(original->mac, copy->mac);
}

static bool same_path(const struct observation *original, const struct observation *copy)
{
    return mac_equal(original->mac, copy->mac) && original->reply.ttl == copy->reply.ttl;
}

/* ---- by series of IP ids (16 bits, which wrap) ---- */

static uint16_t distance(const struct observation *from, const struct observation *to)
{
    return (uint16_t)(to->reply.ip_id - from->reply.ip_id);
}

/* How far one counter gets while the replies come: in a recording of ping that is a second for each. */
static uint16_t series_span(const struct replies *replies)
{
    uint64_t first_us = replies->items[0]->time_us, last_us = replies->items[replies->count - 1]->time_us;
    uint64_t took_us = last_us > first_us ? last_us - first_us : 0;
    uint64_t ids = took_us / 1000000 * IDS_PER_SECOND + took_us % 1000000 * IDS_PER_SECOND / 1000000;

    return ids < SERIES_SPAN_MAX - ONE_SERIES_SPAN ? (uint16_t)(ONE_SERIES_SPAN + ids) : SERIES_SPAN_MAX;
}

/* One counter counted them, in the order in which they came. */
static bool is_series(const struct replies *replies, uint16_t span)
{
    unsigned length = 0;

    for (size_t i = 1; i < replies->count; i++) {
        uint16_t step = distance(replies->items[i - 1], replies->items[i]);
        length += step;
        if (step == 0 || length > span)
            return false;
    }
    return replies->count >= ANSWERS_MIN;
}

/* All replies to a probe came before those to the next one. Otherwise a second machine whose counter is a
 * little ahead, and who is slow, would look like late copies. */
static bool is_in_turn(const struct replies *replies)
{
    for (size_t i = 1; i < replies->count; i++)
        if (replies->items[i]->reply.sequence < replies->items[i - 1]->reply.sequence)
            return false;
    return true;
}

static bool comes_between(const struct replies *replies, unsigned sequence)
{
    bool begun = false, interrupted = false;

    for (size_t i = 0; i < replies->count; i++) {
        bool is_its = replies->items[i]->reply.sequence == sequence;
        if (is_its && interrupted)
            return true;
        begun |= is_its;
        interrupted |= begun && !is_its;
    }
    return false;
}

/* Those to probes whose replies came without another probe's in between. In a recording there may be probes
 * that were sent one right after the other, and others that waited for late copies. */
static struct replies those_in_turn(const struct replies *replies)
{
    struct replies in_turn = {0};

    for (size_t i = 0; i < replies->count; i++)
        if (!comes_between(replies, replies->items[i]->reply.sequence))
            add_reply(&in_turn, replies->items[i]);
    return in_turn;
}

/* Two counters did: those that one may have counted on from the first id, and the others. */
static bool are_two_series(const struct replies *replies, uint16_t span)
{
    struct replies series[2] = {0};

    for (size_t i = 0; i < replies->count; i++)
        add_reply(&series[distance(replies->items[0], replies->items[i]) > span], replies->items[i]);
    if (!is_series(&series[0], span) || !is_series(&series[1], span))
        return false;
    /* Each probe got one answer of each: in no series there are two to the same. */
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < series[s].count; i++)
            for (size_t j = 0; j < i; j++)
                if (series[s].items[i]->reply.sequence == series[s].items[j]->reply.sequence)
                    return false;
    return true;
}

static bool is_identical_to_earlier(const struct replies *replies, size_t copy)
{
    const struct observation *reply = replies->items[copy];

    for (size_t i = 0; i < copy; i++)
        if (replies->items[i]->reply.sequence == reply->reply.sequence &&
            same_path(replies->items[i], reply) && replies->items[i]->reply.digest == reply->reply.digest)
            return true;
    return false;
}

/* Ids which tell packets apart: there are some, and no two answers to different probes have the same. */
static bool ids_are_unique(const struct replies *answers)
{
    for (size_t i = 0; i < answers->count; i++) {
        if (!answers->items[i]->reply.has_ip_id)
            return false;
        for (size_t j = 0; j < i; j++)
            if (answers->items[i]->reply.sequence != answers->items[j]->reply.sequence &&
                distance(answers->items[i], answers->items[j]) == 0)
                return false;
    }
    return answers->count >= ANSWERS_MIN;
}

static struct cause cause_by_ids(const struct replies *replies)
{
    struct replies answers = {0}; /* without those that are identical to another one */

    for (size_t i = 0; i < replies->count; i++)
        if (!is_identical_to_earlier(replies, i))
            add_reply(&answers, replies->items[i]);
    if (!ids_are_unique(&answers))
        return (struct cause){0};
    if (answers.copies == 0)
        return (struct cause){CAUSE_REPLY, "the copies are identical to the last byte, IP id included"};
    bool some_identical = answers.count < replies->count;
    uint16_t span = series_span(&answers);
    if (is_series(&answers, span) && is_in_turn(&answers) && all_copies(&answers, same_path))
        return some_identical
                   ? (struct cause){CAUSE_REQUEST | CAUSE_REPLY,
                                    "the IP ids form one series, and each id came more than once: one "
                                    "machine "
                                    "answered several copies of a request, and its replies were copied, too"}
                   : (struct cause){CAUSE_REQUEST, "the IP ids of all replies form one series: one machine "
                                                   "answered each request more than once"};
    if (!some_identical && all_copies(&answers, same_mac) && are_two_series(&answers, span))
        return (struct cause){
            CAUSE_TWO, "the IP ids form two independent series, and no probe was answered twice in one"};
    return (struct cause){0};
}

/* ---- by requests in fragments ---- */

/* Each probe was answered, each more than once. */
static bool all_were_copied(const struct judgement *judgement, enum probe_id probe, struct ip_addr address)
{
    const struct observation *check = judgement_check(judgement, probe, address);
    struct replies replies = collect(judgement, probe, address);
    unsigned copied = 0;

    for (size_t i = 0; i < replies.count; i++)
        copied += replies.items[i]->reply.copy == 1;
    return check != NULL && check->check.received > 0 && check->check.received == check->check.sent &&
           copied == check->check.sent;
}

static bool has_other_id(const struct observation *original, const struct observation *copy)
{
    return have_ids(original, copy) && original->reply.ip_id != copy->reply.ip_id;
}

static uint64_t latest_copy_us(const struct replies *replies)
{
    uint64_t latest_us = 0;

    for (size_t i = 0; i < replies->count; i++)
        if (replies->items[i]->reply.after_us > latest_us)
            latest_us = replies->items[i]->reply.after_us;
    return latest_us;
}

/* Whether some of the one came within a second of some of the others. */
static bool are_of_one_moment(const struct replies *one, const struct replies *others)
{
    for (size_t i = 0; i < one->count; i++)
        for (size_t j = 0; j < others->count; j++) {
            uint64_t a = one->items[i]->time_us, b = others->items[j]->time_us;
            if ((a > b ? a - b : b - a) <= 1000000)
                return true;
        }
    return false;
}

/* It takes echo requests of the same moment, unfragmented, which were copied each: what happens now and then
 * proves nothing by its absence. */
static struct cause cause_by_fragments(const struct judgement *judgement, struct ip_addr address)
{
    enum probe_id unfragmented =
        judgement->input->scope.others_asked ? probe_of_echo(address) : PROBE_ECHO_AGAIN;
    const struct observation *check = judgement_check(judgement, PROBE_OVERSIZE, address);
    struct replies fragmented = collect(judgement, PROBE_OVERSIZE, address);
    struct replies whole = collect(judgement, unfragmented, address);

    if (check == NULL || check->check.received != check->check.sent || check->check.received == 0 ||
        !all_were_copied(judgement, unfragmented, address) || !all_copies(&whole, same_path) ||
        !are_of_one_moment(&fragmented, &whole))
        return (struct cause){0};
    if (check->check.duplicates == 0)
        return (struct cause){
            CAUSE_REQUEST,
            "echo requests in fragments got one reply only: reassembly ate the copies of the request"};
    uint64_t pause_us = check->check.pause_us;
    bool some_were_late = latest_copy_us(&whole) >= pause_us || latest_copy_us(&fragmented) >= pause_us;
    if (!all_copies(&fragmented, same_path))
        return (struct cause){0};
    if (!all_were_copied(judgement, PROBE_OVERSIZE, address))
        return some_were_late && pause_us > 0 && all_copies(&fragmented, has_other_id)
                   ? (struct cause){CAUSE_REQUEST, "reassembly ate all copies of fragments but late ones"}
                   : (struct cause){0};
    if (all_copies(&fragmented, has_same_id))
        return (struct cause){
            CAUSE_REPLY, "the replies to an echo request in fragments have the same fragment id each time"};
    if (all_copies(&fragmented, has_other_id) && !some_were_late)
        return (struct cause){CAUSE_TWO,
                              "the replies to an echo request in fragments have fragment ids of their own, "
                              "although reassembly lets one machine answer once"};
    return (struct cause){0};
}

/* ---- the findings ---- */

static struct cause cause_of(const struct judgement *judgement, struct ip_addr address,
                             struct replies *ret_replies)
{
    struct replies replies = collect(judgement, PROBE_ECHO_AGAIN, address);

    if (replies.copies == 0)
        replies = collect(judgement, probe_of_echo(address), address);
    if (replies.count == 0) /* a recording may have nothing else */
        replies = collect(judgement, PROBE_OVERSIZE, address);
    if (judgement->input->scope.others_asked && those_in_turn(&replies).copies > 0)
        replies = those_in_turn(&replies);
    *ret_replies = replies;
    if (replies.copies == 0)
        return (struct cause){0};
    if (all_copies(&replies, is_forwarded))
        return (struct cause){CAUSE_FORWARDED,
                              "the copy has a TTL that differs by one: it came over a router"};
    if (go_down(&replies))
        return (struct cause){CAUSE_FORWARDED,
                              "each copy has a lower TTL than the one before: they go round between routers"};
    if (all_copies(&replies, has_other_ttl))
        return (struct cause){
            CAUSE_TWO, "the replies come from one MAC address with TTLs that one machine does not mix"};
    struct cause by_ids = cause_by_ids(&replies), by_fragments = cause_by_fragments(judgement, address);
    if (by_ids.bits == 0)
        return by_fragments;
    return by_fragments.bits == 0 || (by_ids.bits & by_fragments.bits) != 0 ? by_ids : (struct cause){0};
}

static void describe(struct finding *finding, const struct replies *replies)
{
    char mac[MAC_TEXT_SIZE];

    for (size_t i = 0; i < replies->count && i < REPLIES_SHOWN; i++) {
        const struct observation *reply = replies->items[i];
        char *ip_id =
            reply->reply.has_ip_id ? text_format(" IP id %u", reply->reply.ip_id) : text_format("%s", "");
        finding_add_evidence(finding, "%s %u, %s: %s TTL %u%s, after %.3f ms", probe_name(reply->reply.probe),
                             reply->reply.sequence, reply->reply.copy == 0 ? "first reply" : "copy",
                             mac_format(reply->mac, mac), reply->reply.ttl, ip_id,
                             (double)reply->reply.rtt_us / 1000);
        free(ip_id);
        finding_add_frame(finding, reply->frame);
    }
}

static void dup_cause(struct judgement *judgement, enum finding_id id)
{
    unsigned wanted = id == FINDING_DUP_FORWARDED        ? CAUSE_FORWARDED
                      : id == FINDING_DUP_REPLY_COPIED   ? CAUSE_REPLY
                      : id == FINDING_DUP_REQUEST_COPIED ? CAUSE_REQUEST
                                                         : CAUSE_TWO;
    const struct target *target = judgement->input->target;

    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr address = target->addresses[i].address;
        struct replies replies;
        struct cause cause = cause_of(judgement, address, &replies);
        if ((cause.bits & wanted) == 0)
            continue;
        struct finding *finding = finding_add(judgement, id, address);
        finding_add_evidence(finding, "%s", cause.why);
        describe(finding, &replies);
        qemu_sockets_add(judgement, finding);
    }
}

const struct rule DUP_RULES[] = {
    {FINDING_DUP_REQUEST_COPIED, dup_cause},
    {FINDING_DUP_REPLY_COPIED, dup_cause},
    {FINDING_DUP_TWO_GUESTS, dup_cause},
    {FINDING_DUP_FORWARDED, dup_cause},
    {FINDING_COUNT, NULL},
};

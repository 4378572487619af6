/* What is asked in a recording, and what is answered. */
#include "recorded.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* The same frame within this time is a copy of the one before, or somebody asks again at once: what is
     * not answered is not lost. No kernel asks again sooner than after 1 s, vmnetcheck after 20 ms. */
    COPY_US = 10000,
    AGAIN_US = 500000,   /* the same after an answer: it may be late */
    RETURN_US = 1000000, /* what comes in after it went out came back, however late */
    PATIENCE = 3,        /* so many time-outs kernels wait for answers to ARP and ND */
    LATE = 10,           /* so many time-outs after a question, a reply is none to it any more */
    UNREACHABLE_4 = 3,   /* RFC 792 */
    FRAGMENTATION_NEEDED = 4,
    TIME_EXCEEDED_4 = 11,
    TOO_BIG_6 = 2, /* RFC 4443 3.2 and 3.3 */
    TIME_EXCEEDED_6 = 3,
};

/* Stamps need not be in order: packets are stamped by several processors, and files are merged. */
static uint64_t apart(uint64_t a_us, uint64_t b_us)
{
    return a_us > b_us ? a_us - b_us : b_us - a_us;
}

/* ---- questions ---- */

static void forget_question(void *context, void *item)
{
    conversation_close(context, item);
}

/* The very same frame, but for what pads it. */
static bool is_same_frame(const struct question *question, const struct question *other)
{
    return question->digest == other->digest && mac_equal(question->from, other->from) &&
           question->vid == other->vid &&
           memcmp(question->payload, other->payload, sizeof question->payload) == 0;
}

static bool comes_back(const struct question *question, const struct question *original)
{
    return question->direction == DIRECTION_IN && original->direction == DIRECTION_OUT;
}

/* The same frame before; NULL if there is none. */
static struct question *same_before(const struct recording *recording, const struct question *question)
{
    struct question *older = pool_find(&recording->questions, &question->key);

    for (int i = 1; older != NULL && !is_same_frame(older, question); i++)
        older = i < CANDIDATES_MAX ? pool_find_older(&recording->questions, older) : NULL;
    return older;
}

/* Waits for an answer, or for as many as it was asked. */
static bool is_open(const struct question *question)
{
    return question->reply_count <= question->copies - question->returns;
}

/* What was answered as often as it was sent explains itself, and so one more is a question of its own. */
static bool is_copy(const struct question *question, const struct question *older)
{
    uint64_t apart_us = apart(question->asked_us, older->last_us);

    if (comes_back(question, older) || question->padding != older->padding)
        return apart_us <= RETURN_US;
    return apart_us <= COPY_US && is_open(older);
}

static void note_copy(struct question *original, const struct question *copy)
{
    bool is_in_a_row = apart(copy->asked_us, original->last_us) <= COPY_US;

    original->copies++;
    original->in_a_row = is_in_a_row ? original->in_a_row + 1 : 1;
    original->last_us = copy->asked_us;
    original->returns += comes_back(copy, original);
    original->padded |= copy->padding > original->padding;
}

static void note_again(struct question *question, struct question *older)
{
    uint64_t apart_us = apart(question->asked_us, older->last_us);

    question->again = apart_us <= AGAIN_US && older->reply_count > 0;
    if (apart_us > COPY_US)
        return;
    older->goes_on = true;
    question->in_a_row += older->in_a_row;
    question->answered_before = older->answered_before + older->reply_count;
}

static bool is_by_another(const struct question *question, const struct question *other)
{
    return !mac_equal(question->from, other->from) && !ip_is_unspecified(question->key.asker) &&
           question->vid == other->vid && apart(question->asked_us, other->asked_us) <= COPY_US;
}

/* A router sends it on with a TTL that is lower by one, a relay as it is. */
static bool is_passed_on(struct recording *recording, const struct question *question)
{
    const struct question *older = pool_find(&recording->questions, &question->key);

    for (int i = 0; older != NULL && i < CANDIDATES_MAX; i++) {
        if (is_by_another(question, older) && question->ip_id == older->ip_id &&
            question->ttl <= older->ttl && question->asked_us >= older->asked_us) {
            if (question->ttl == older->ttl)
                machine_passes_on(recording, question->from, question->key.asker);
            return true;
        }
        older = pool_find_older(&recording->questions, older);
    }
    return false;
}

void question_ask(struct recording *recording, struct question *question)
{
    struct question *older = same_before(recording, question);

    if (older != NULL && is_copy(question, older)) {
        note_copy(older, question);
        return;
    }
    if (older != NULL)
        note_again(question, older);
    question->passed_on = is_passed_on(recording, question);
    struct conversation *conversation = conversation_join(recording, question);
    recording->looks_for_tag = question->vid != conversation->vid;
    if (!recording->looks_for_tag)
        question->number = ++conversation->asked;
    struct question *added = pool_add(&recording->questions, &question->key, forget_question, recording);
    *added = *question;
}

struct question question_from(const struct sighting *sighting, enum probe_id probe, struct ip_addr asker,
                              struct ip_addr address)
{
    const struct frame *frame = sighting->frame;

    return (struct question){
        .key = {.asker = asker,
                .address = address,
                .point = sighting->where.ifindex,
                .probe = (uint8_t)probe},
        .from = frame->source,
        .to = frame->destination,
        .digest = frame->digest,
        .padding = frame->padding,
        .frame = frame->number,
        .vid = frame_vid(frame),
        .direction = sighting->where.direction,
        .asked_us = frame->time_us,
        .last_us = frame->time_us,
        .in_a_row = 1,
    };
}

/* ---- answers ---- */

void recording_keep(struct kept *kept, const struct observation *observation)
{
    for (unsigned i = 0; i < kept->count; i++) {
        const struct observation *other = &kept->items[i];
        if (ip_equal(other->address, observation->address) && mac_equal(other->mac, observation->mac) &&
            (observation->kind != OBSERVED_TAG ||
             (other->tag.vid == observation->tag.vid && other->inner.vid == observation->inner.vid)))
            return;
    }
    if (kept->count < OBSERVATIONS_KEPT)
        kept->items[kept->count++] = *observation;
}

static void note_tag(struct recording *recording, const struct frame *frame, struct ip_addr address)
{
    struct observation seen = observation_of_tags(frame, address);

    recording_keep(&recording->tags, &seen);
}

/* How well a reply fits to a question with its key; 0: not at all. VLAN first, then the machine that it goes
 * to (a router forwards the same question in its own name), then one that waits, as long as a kernel does: a
 * machine that wakes up answers all that were asked meanwhile. */
static unsigned fitness(const struct recording *recording, const struct question *question,
                        const struct frame *reply, const uint8_t *payload)
{
    uint64_t timeout_us = recording->options->timeout_us, late_us = apart(question->last_us, reply->time_us);

    if (late_us > LATE * timeout_us ||
        (payload != NULL && memcmp(question->payload, payload, sizeof question->payload) != 0))
        return 0;
    return 16u + 8u * (question->vid == frame_vid(reply)) +
           4u * mac_equal(question->from, reply->destination) +
           2u * (is_open(question) && late_us <= PATIENCE * timeout_us) + (late_us <= timeout_us);
}

/* The question that a reply answers, NULL if there is none. Of equals that wait, the oldest. */
static struct question *question_of(const struct recording *recording, const struct question_key *key,
                                    const struct frame *reply, const uint8_t *payload)
{
    struct question *question = pool_find(&recording->questions, key), *best = NULL;
    unsigned best_fitness = 0;

    for (int i = 0; question != NULL && i < CANDIDATES_MAX; i++) {
        unsigned fits = fitness(recording, question, reply, payload);
        if (fits > best_fitness || (fits > 0 && fits == best_fitness && is_open(question))) {
            best = question;
            best_fitness = fits;
        }
        question = pool_find_older(&recording->questions, question);
    }
    return best;
}

/* What was passed on is answered to one of those who asked, and each stands for the other. */
static void note_answered_elsewhere(const struct recording *recording, const struct question *answered)
{
    struct question *other = pool_find(&recording->questions, &answered->key);

    for (int i = 0; other != NULL && i < CANDIDATES_MAX; i++) {
        other->answered_elsewhere |= is_by_another(answered, other) && other->ip_id == answered->ip_id;
        other = pool_find_older(&recording->questions, other);
    }
}

static bool is_echo(const struct question *question)
{
    return question->key.probe != PROBE_ARP && question->key.probe != PROBE_NDP;
}

static void keep_reply(struct question *question, const struct frame *frame)
{
    if (question->reply_count < REPLIES_KEPT)
        question->replies[question->reply_count] = observation_of_reply(
            frame, question->key.address,
            &(struct reply_observation){.probe = question->key.probe,
                                        .to = is_echo(question) ? question->to : (struct mac_addr){{0}},
                                        .rtt_us = recording_since(question->asked_us, frame->time_us)});
    question->reply_count++;
}

static bool has_same_id(const struct recording *recording, const struct observation *other,
                        const struct frame *frame)
{
    if (frame->ip.has_id)
        return frame->ip.id != 0 && other->reply.ip_id == frame->ip.id;
    return machine_is_relay(recording, frame->source, other->address);
}

/* The same packet again, under another MAC address: a relay sent it on. Who asked, and recorded that, got
 * both. */
static bool is_relayed(const struct recording *recording, const struct question *question,
                       const struct frame *frame)
{
    if (!frame->has_ip || question->direction == DIRECTION_OUT)
        return false;
    for (unsigned i = 0; i < question->reply_count && i < REPLIES_KEPT; i++) {
        const struct observation *other = &question->replies[i];
        if (other->reply.ttl == frame->ip.ttl && !mac_equal(other->mac, frame->source) &&
            has_same_id(recording, other, frame))
            return true;
    }
    return false;
}

/* What goes out has no IP checksum yet, where the network card is to fill it in. */
static bool is_before_card(const struct sighting *sighting)
{
    return sighting->frame->ip.checksum_absent && sighting->where.direction != DIRECTION_IN;
}

static bool has_bad_checksum(const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;

    return frame->kind == FRAME_ECHO_REPLY &&
           (frame->echo.checksum_bad || (frame->ip.checksum_bad && !is_before_card(sighting)));
}

bool question_answer(struct recording *recording, const struct sighting *sighting,
                     const struct question_key *key, const uint8_t *payload)
{
    const struct frame *frame = sighting->frame;
    struct question *question = question_of(recording, key, frame, payload);

    if (question == NULL)
        return false;
    struct conversation_key conversation_key = conversation_of(question);
    struct conversation *conversation = pool_find(&recording->conversations, &conversation_key);
    if (conversation == NULL || conversation->vid != frame_vid(frame))
        note_tag(recording, frame, key->address);
    if (question->vid != frame_vid(frame)) {
        if (conversation != NULL)
            conversation->mistagged++;
        return true;
    }
    if (has_bad_checksum(sighting)) {
        if (conversation != NULL)
            tally_spoilt(&conversation->tally, frame);
        return true;
    }
    if (conversation != NULL)
        conversation->without_checksum +=
            is_before_card(sighting) && sighting->where.direction == DIRECTION_UNKNOWN;
    note_answered_elsewhere(recording, question);
    if (!is_relayed(recording, question, frame))
        keep_reply(question, frame);
    return true;
}

/* ---- rejections ---- */

/* Somebody asks how far it is, as traceroute does. */
static bool tells_distance(const struct frame *error, const struct question *question)
{
    bool is_time_exceeded =
        error->error.type == (error->ip.source.family == IP_V4 ? TIME_EXCEEDED_4 : TIME_EXCEEDED_6);

    return is_time_exceeded && question->ttl < TRACEROUTE_TTL;
}

/* Smaller ones follow (RFC 1191, RFC 8201). */
static bool tells_mtu(const struct frame *error)
{
    return error->ip.source.family == IP_V4
               ? error->error.type == UNREACHABLE_4 && error->error.code == FRAGMENTATION_NEEDED
               : error->error.type == TOO_BIG_6;
}

bool question_reject(struct recording *recording, const struct frame *error, const struct question_key *key)
{
    struct question *question = pool_find(&recording->questions, key);

    if (question == NULL)
        return false;
    bool tells = tells_distance(error, question);
    question->rejected = true;
    question->in_vain |= tells || tells_mtu(error);
    if (tells)
        return true;
    struct observation seen = observation_of_error(error, key->address);
    recording_keep(&recording->errors, &seen);
    return true;
}

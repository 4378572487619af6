/* What is asked in a recording, what is answered, and what comes of it. */
#include "recorded.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* ARP and ND have no number: the same question within this time is a copy of the one before, as long as
     * that is not answered. No kernel asks again sooner than after 1 s. */
    COPY_US = 10000,
    ECHO_COPY_US = 1000000, /* some programs use the same id, number and payload again and again */
    CANDIDATES_MAX = 64,    /* questions of one key that are looked at: no time for more of a hostile file */
    LATE = 10,              /* so many time-outs after an echo request, a reply is none to it any more */
};

static struct conversation_key conversation_of(const struct question *question)
{
    return (struct conversation_key){.address = question->key.address,
                                     .point = question->key.point,
                                     .asker = question->from,
                                     .probe = question->key.probe};
}

/* ---- closing: the question and its answers go into the conversation ---- */

static bool replies_are_identical(const struct question *question)
{
    for (unsigned i = 1; i < question->reply_count; i++)
        if (i >= REPLIES_KEPT || question->replies[i].reply.digest != question->replies[0].reply.digest)
            return false;
    return true;
}

/* A question and its answer that are there equally often, the answers identical, went by the recorder several
 * times: at a mirror port, or as a bridge and its port on "any". */
static bool is_doubled(const struct question *question)
{
    return question->copies > 0 && question->reply_count == question->copies + 1 &&
           replies_are_identical(question);
}

/* How often each frame of this exchange was recorded; where the file tells directions, also by how often its
 * machine was seen to send the question. */
static unsigned times_recorded(const struct question *question)
{
    if (is_doubled(question))
        return question->copies + 1;
    return question->direction == DIRECTION_UNKNOWN ? 1 : 1 + question->copies - question->returns;
}

/* Keeps of each identical reply as many as there really were. Returns how many are left. */
static unsigned merge_replies(const struct question *question, unsigned times,
                              struct observation replies[REPLIES_KEPT])
{
    unsigned kept = question->reply_count < REPLIES_KEPT ? question->reply_count : REPLIES_KEPT, left = 0;

    for (unsigned i = 0; i < kept; i++) {
        unsigned same = 0;
        for (unsigned j = 0; j < i; j++)
            same += question->replies[j].reply.digest == question->replies[i].reply.digest;
        if (same % times == 0)
            replies[left++] = question->replies[i];
    }
    return left;
}

uint64_t recording_since(uint64_t then_us, uint64_t now_us)
{
    return now_us > then_us ? now_us - then_us : 0;
}

/* Those with copies tell most; of others, the first few will do. */
static void keep_replies(struct conversation *conversation, const struct question *question,
                         const struct observation *replies, unsigned count)
{
    enum { PLAIN_KEPT = 4 };

    if (count == 1 && conversation->kept_count >= PLAIN_KEPT)
        return;
    if (conversation->kept == NULL)
        conversation->kept = memory_new(CONVERSATION_REPLIES_KEPT, sizeof *conversation->kept);
    for (unsigned i = 0; i < count && conversation->kept_count < CONVERSATION_REPLIES_KEPT; i++) {
        struct observation *kept = &conversation->kept[conversation->kept_count++];
        *kept = replies[i];
        kept->reply.sequence = question->number;
        kept->reply.copy = i;
        kept->reply.after_us = recording_since(replies[0].time_us, replies[i].time_us);
    }
}

static void count_answered(struct conversation *conversation, const struct question *question)
{
    unsigned times = times_recorded(question);
    struct observation replies[REPLIES_KEPT];
    unsigned left = merge_replies(question, times, replies);
    unsigned unseen = question->reply_count > REPLIES_KEPT ? question->reply_count - REPLIES_KEPT : 0;

    conversation->tally.sent++;
    conversation->tally.duplicates += left - 1 + unseen / times;
    tally_answer(&conversation->tally, replies[0].reply.rtt_us);
    conversation->doubled += is_doubled(question);
    keep_replies(conversation, question, replies, left);
}

static void count_returns(struct recording *recording, const struct question *question)
{
    if (question->returns == 0 || is_doubled(question))
        return;
    unsigned times = times_recorded(question), returns = (question->returns + times - 1) / times;
    if (recording->returned.frames++ == 0)
        recording->returned_to = question->from;
    recording->returned.returns += returns;
    if (returns > recording->returned.most)
        recording->returned.most = returns;
}

static bool is_nameless(const struct question *question)
{
    return question->key.probe == PROBE_ARP && ip_is_unspecified(question->key.asker);
}

static void count_open(struct conversation *conversation, const struct question *question, uint64_t age_us)
{
    conversation->open++;
    if (!is_nameless(question) && age_us > conversation->open_longest_us)
        conversation->open_longest_us = age_us;
}

void question_close(struct recording *recording, const struct question *question)
{
    struct conversation_key key = conversation_of(question);
    struct conversation *conversation = pool_find(&recording->conversations, &key);

    count_returns(recording, question);
    if (conversation == NULL)
        recording->forgotten++;
    else if (question->vid != conversation->vid)
        return;
    else if (question->reply_count > 0)
        count_answered(conversation, question);
    else if (question->again)
        return;
    else if (recording_since(question->asked_us, recording->last_us) < recording->options->timeout_us)
        count_open(conversation, question, recording_since(question->asked_us, recording->last_us));
    else if (is_nameless(question))
        conversation->nameless++;
    else
        conversation->tally.sent++;
}

/* ---- questions ---- */

static void forget_conversation(void *context, void *item)
{
    struct conversation *conversation = item;

    (void)context;
    free(conversation->kept);
}

static void forget_question(void *context, void *item)
{
    question_close(context, item);
}

static int vid_of_interest(const struct recording *recording, int first_vid)
{
    int vlan = recording->options->vlan;

    return vlan == VLAN_AUTOMATIC ? first_vid : vlan == VLAN_UNTAGGED ? VID_NONE : vlan;
}

static struct conversation *join_conversation(struct recording *recording, const struct question *question)
{
    struct conversation_key key = conversation_of(question);
    struct conversation *conversation = pool_find(&recording->conversations, &key);

    if (conversation == NULL) {
        conversation = pool_add(&recording->conversations, &key, forget_conversation, NULL);
        conversation->asker = question->key.asker;
        conversation->to = question->to;
        conversation->vid = vid_of_interest(recording, question->vid);
    }
    return conversation;
}

static bool is_echo(const struct question *question)
{
    return question->key.probe != PROBE_ARP && question->key.probe != PROBE_NDP;
}

/* Came from the same machine in the same form. A packet that was routed in between has other MACs and a lower
 * TTL. */
static bool looks_like(const struct question *question, const struct question *other)
{
    return mac_equal(question->from, other->from) && question->vid == other->vid &&
           question->ttl == other->ttl && question->ip_id == other->ip_id &&
           memcmp(question->payload, other->payload, sizeof question->payload) == 0;
}

/* The question that this is a further copy of, NULL if it is one of its own. */
static struct question *original_of(struct recording *recording, struct question *question)
{
    struct question *older = pool_find(&recording->questions, &question->key);

    for (int i = 1; older != NULL && !looks_like(older, question); i++)
        older = i < CANDIDATES_MAX ? pool_find_older(&recording->questions, older) : NULL;
    if (older == NULL || question->asked_us > older->last_us + (is_echo(question) ? ECHO_COPY_US : COPY_US))
        return NULL;
    question->again = !is_echo(question) && older->reply_count > 0;
    return question->again ? NULL : older;
}

void question_ask(struct recording *recording, struct question *question)
{
    struct question *original = original_of(recording, question);

    if (original != NULL) {
        original->copies++;
        original->last_us = question->asked_us;
        original->returns += question->direction == DIRECTION_UNKNOWN ||
                             (question->direction == DIRECTION_IN && original->direction == DIRECTION_OUT);
        return;
    }
    struct conversation *conversation = join_conversation(recording, question);
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
        .vid = frame_vid(frame),
        .direction = sighting->where.direction,
        .asked_us = frame->time_us,
        .last_us = frame->time_us,
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

/* An answer without a number that comes late answers a question which was not recorded. */
static bool is_too_late(const struct recording *recording, const struct question *question,
                        const struct frame *reply)
{
    uint64_t timeout_us = recording->options->timeout_us;

    return reply->time_us > question->last_us + (is_echo(question) ? LATE * timeout_us : timeout_us);
}

/* How well a reply fits to a question with its key: VLAN first, then one that waits for its answer, then the
 * machine that it goes to (a router forwards the same question in its own name). */
static unsigned fitness(const struct question *question, const struct frame *reply, bool *ret_open)
{
    *ret_open = !is_echo(question) && question->reply_count == 0;
    return 4u * (question->vid == frame_vid(reply)) + 2u * *ret_open +
           mac_equal(question->from, reply->destination);
}

/* The question that a reply answers, NULL if there is none. Of equals that wait, the oldest. */
static struct question *question_of(struct recording *recording, const struct question_key *key,
                                    const struct frame *reply, const uint8_t *payload)
{
    struct question *question = pool_find(&recording->questions, key), *best = NULL;
    unsigned best_fitness = 0;

    for (int i = 0; question != NULL && i < CANDIDATES_MAX;
         question = pool_find_older(&recording->questions, question), i++) {
        bool open;
        if (is_too_late(recording, question, reply) ||
            (payload != NULL && memcmp(question->payload, payload, sizeof question->payload) != 0))
            continue;
        unsigned fits = fitness(question, reply, &open);
        if (best == NULL || fits > best_fitness || (fits == best_fitness && open)) {
            best = question;
            best_fitness = fits;
        }
    }
    return best;
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
    if (frame->kind == FRAME_ECHO_REPLY && (frame->echo.checksum_bad || frame->ip.checksum_bad)) {
        if (conversation != NULL)
            conversation->tally.bad_checksums++;
        return true;
    }
    if (question->reply_count < REPLIES_KEPT)
        question->replies[question->reply_count] = observation_of_reply(
            frame, key->address,
            &(struct reply_observation){.probe = key->probe,
                                        .to = is_echo(question) ? question->to : (struct mac_addr){{0}},
                                        .rtt_us = recording_since(question->asked_us, frame->time_us)});
    question->reply_count++;
    return true;
}

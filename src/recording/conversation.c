/* What came of each question: counted in its conversation, and whether it came back. */
#include "recorded.h"

#include <stdlib.h>

enum {
    /* The same frame so often in a row: no machine asks again so often at once, and no capture sees a frame
     * so often. */
    CIRCLES_MIN = 8,
    /* Replies to a frame that was seen twice: a machine which got it twice answers twice. More of them came
     * back as well. */
    EXPLAINED_REPLIES = 2,
};

struct conversation_key conversation_of(const struct question *question)
{
    return (struct conversation_key){.address = question->key.address,
                                     .point = question->key.point,
                                     .asker = question->from,
                                     .probe = question->key.probe};
}

static void forget_conversation(void *context, void *item)
{
    struct conversation *conversation = item;

    (void)context;
    free(conversation->kept);
}

static int vid_of_interest(const struct recording *recording, int first_vid)
{
    int vlan = recording->options->vlan;

    return vlan == VLAN_AUTOMATIC ? first_vid : vlan == VLAN_UNTAGGED ? VID_NONE : vlan;
}

struct conversation *conversation_join(struct recording *recording, const struct question *question)
{
    struct conversation_key key = conversation_of(question);
    struct conversation *conversation = pool_find(&recording->conversations, &key);

    if (conversation == NULL) {
        conversation = pool_add(&recording->conversations, &key, forget_conversation, NULL);
        conversation->asker = question->key.asker;
        conversation->to = question->to;
        conversation->vid = vid_of_interest(recording, question->vid);
        conversation->ttl = question->ttl;
    }
    conversation->other_ttls |= question->ttl != conversation->ttl;
    return conversation;
}

/* ---- how often each frame was recorded ---- */

static unsigned kept_replies(const struct question *question)
{
    return question->reply_count < REPLIES_KEPT ? question->reply_count : REPLIES_KEPT;
}

/* How many of the first replies up to this one have the same bytes. */
static unsigned times_so_far(const struct question *question, unsigned reply)
{
    unsigned times = 0;

    for (unsigned i = 0; i <= reply; i++)
        times += question->replies[i].reply.digest == question->replies[reply].reply.digest;
    return times;
}

static bool replies_are_identical(const struct question *question)
{
    return question->reply_count <= REPLIES_KEPT &&
           times_so_far(question, kept_replies(question) - 1) == question->reply_count;
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

/* ---- answers ---- */

/* Keeps of each identical reply as many as there really were. Returns how many are left. */
static unsigned merge_replies(const struct question *question, unsigned times,
                              struct observation replies[REPLIES_KEPT])
{
    unsigned left = 0;

    for (unsigned i = 0; i < kept_replies(question); i++)
        if ((times_so_far(question, i) - 1) % times == 0)
            replies[left++] = question->replies[i];
    return left;
}

/* Those with copies tell most; of others, the first few will do. */
static void keep_replies(struct conversation *conversation, const struct question *question,
                         const struct observation *replies, unsigned count)
{
    enum { PLAIN_KEPT = 4 }; /* as many as a run of ping has where nobody says how many */

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

/* Sent as often as it was answered: each answer has its question. */
static bool is_explained(const struct question *question)
{
    return question->reply_count <= 1 + question->copies - question->returns;
}

/* ARP and ND are answered by whoever claims the address. */
static void count_others(struct conversation *conversation, const struct observation *replies, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        if (!mac_equal(replies[i].mac, replies[0].mac)) {
            conversation->by_others++;
            conversation->first = replies[0].mac;
            conversation->other = replies[i].mac;
        }
}

static void count_answered(struct conversation *conversation, const struct question *question)
{
    unsigned times = times_recorded(question);
    struct observation replies[REPLIES_KEPT] = {0};
    unsigned left = is_explained(question) ? 1 : merge_replies(question, times, replies);
    unsigned unseen = question->reply_count > REPLIES_KEPT ? question->reply_count - REPLIES_KEPT : 0;

    if (is_explained(question))
        replies[0] = question->replies[0];
    else
        conversation->tally.duplicates += left - 1 + unseen / times;
    conversation->tally.sent++;
    tally_answer(&conversation->tally, replies[0].reply.rtt_us);
    conversation->doubled += is_doubled(question);
    count_others(conversation, replies, left);
    keep_replies(conversation, question, replies, left);
}

/* ---- what came back ---- */

static void count_return(struct recording *recording, const struct question *question, unsigned returns)
{
    if (recording->returned.frames++ == 0)
        recording->returned_to = question->from;
    recording->returned.returns += returns;
    observation_keep_frame(&recording->returned.came, question->frame);
    if (returns > recording->returned.most)
        recording->returned.most = returns;
}

/* The file tells directions. */
static void count_directed(struct recording *recording, const struct question *question)
{
    unsigned times = times_recorded(question);

    if (question->returns > 0 && !is_doubled(question))
        count_return(recording, question, (question->returns + times - 1) / times);
}

/* It was seen twice, and there is more than somebody who asks again, or a capture that sees a frame twice,
 * would make of it: the second one was padded on its way, though the replies are there once, or there are
 * more replies than a machine that got both would send. Identical ones that have IP ids are copies of one. */
static bool came_back_once(const struct question *question)
{
    if (question->reply_count == 0 || is_doubled(question))
        return false;
    if (question->padded)
        return true;
    return question->copies == 1 && question->reply_count > EXPLAINED_REPLIES &&
           !(question->replies[0].reply.has_ip_id && replies_are_identical(question));
}

static void count_circling(struct recording *recording, const struct question *question)
{
    struct circling *circling = &recording->circling;
    unsigned sightings = question->in_a_row;

    if (question->goes_on || sightings < CIRCLES_MIN ||
        sightings <= question->answered_before + question->reply_count)
        return;
    if (circling->questions++ == 0)
        circling->digest = question->digest;
    circling->several |= circling->digest != question->digest;
    circling->sightings += sightings;
    if (sightings > circling->most)
        circling->most = sightings;
}

static void count_returns(struct recording *recording, const struct question *question)
{
    if (question->direction != DIRECTION_UNKNOWN)
        count_directed(recording, question);
    else if (came_back_once(question))
        count_return(recording, question, 1);
    else
        count_circling(recording, question);
}

/* ---- silence ---- */

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

/* The same question has its answer, or another one stands for it. */
static bool needs_no_answer(const struct question *question)
{
    return question->again || question->passed_on || question->answered_elsewhere;
}

static void count_lost(struct tally *tally, const struct question *question)
{
    tally->sent++;
    observation_keep_frame(&tally->unanswered, question->frame);
}

static void count_unanswered(const struct recording *recording, struct conversation *conversation,
                             const struct question *question)
{
    uint64_t age_us = recording_since(question->asked_us, recording->last_us);

    if (needs_no_answer(question))
        return;
    conversation->was_silent = true;
    if (question->asked_us > conversation->unanswered_us)
        conversation->unanswered_us = question->asked_us;
    if (question->in_vain || (conversation->other_ttls && question->ttl < TRACEROUTE_TTL))
        conversation->in_vain++;
    else if (age_us < recording->options->timeout_us && !question->rejected)
        count_open(conversation, question, age_us);
    else if (is_nameless(question))
        count_lost(&conversation->nameless, question);
    else
        count_lost(&conversation->tally, question);
}

void conversation_close(struct recording *recording, const struct question *question)
{
    struct conversation_key key = conversation_of(question);
    struct conversation *conversation = pool_find(&recording->conversations, &key);

    count_returns(recording, question);
    if (conversation == NULL || question->vid != conversation->vid)
        return;
    if (question->reply_count > 0)
        count_answered(conversation, question);
    else
        count_unanswered(recording, conversation, question);
    conversation->repeated += question->direction == DIRECTION_UNKNOWN && question->copies > 0 &&
                              question->reply_count <= question->copies && !came_back_once(question);
}

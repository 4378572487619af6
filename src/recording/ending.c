/* What came of a recording: conversations become observations. */
#include "ending.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLAIMS_KEPT = 8,    /* of one address */
    OVERDUE_US = 50000, /* beyond the longest round trip of the conversation: it would have come */
};

/* ---- observations ---- */

/* A machine that wants the address itself asks in nobody's name and hopes for silence (RFC 5227 2.1.1). */
static bool wants_it_itself(const struct recording *recording, const struct conversation *conversation)
{
    struct owner_key key = {.address = conversation->key.address,
                            .point = conversation->key.point,
                            .mac = conversation->key.asker};

    return pool_find(&recording->owners, &key) != NULL;
}

static void observe_replies(struct ending *ending, const struct conversation *conversation,
                            unsigned numbered_from)
{
    for (unsigned i = 0; i < conversation->kept_count; i++) {
        struct observation reply = conversation->kept[i];
        reply.reply.sequence += numbered_from;
        observation_add(ending->seen, &reply);
    }
}

/* It was answered once, and the answer sent on. */
static bool is_relayed(const struct recording *recording, const struct conversation *conversation)
{
    return conversation->by_others > 0 &&
           (machine_is_relay(recording, conversation->first, conversation->key.address) ||
            machine_is_relay(recording, conversation->other, conversation->key.address));
}

/* Of all conversations of one kind about one address. */
struct sums {
    struct tally tally;
    unsigned open, in_vain, without_checksum;
    uint64_t open_longest_us;
};

static void add_to_check(const struct ending *ending, const struct conversation *conversation,
                         struct observation *outcome, struct sums *sums)
{
    outcome->mac = conversation->to;
    outcome->check.source = conversation->asker;
    tally_add(&sums->tally, &conversation->tally);
    if (is_relayed(ending->recording, conversation))
        sums->tally.duplicates -= conversation->by_others;
    if (ending->target->given_count > 0 && !wants_it_itself(ending->recording, conversation))
        tally_add(&sums->tally, &conversation->nameless);
    sums->open += conversation->open;
    sums->in_vain += conversation->in_vain;
    sums->without_checksum += conversation->without_checksum;
    if (conversation->open_longest_us > sums->open_longest_us)
        sums->open_longest_us = conversation->open_longest_us;
}

/* Whether a question stayed open for so long that others had been answered long since: more than an answer
 * that was under way when the recording ended. */
static bool is_overdue(const struct sums *sums)
{
    return sums->tally.received > 0 && sums->open_longest_us > OVERDUE_US + 3 * sums->tally.rtt_max_us;
}

static enum doubt doubt_of(const struct ending *ending, const struct topic *topic, enum probe_id probe,
                           const struct sums *sums)
{
    if (sums->without_checksum > 0)
        return DOUBT_CHECKSUM;
    if (sums->tally.received > 0)
        return DOUBT_NONE;
    if (!topic->audible)
        return DOUBT_ONE_SIDED;
    return probe == PROBE_ARP || probe == PROBE_NDP ? topic_doubt(ending, topic) : DOUBT_NONE;
}

/* What nobody had the time to answer does not count, unless there is nothing else or it is overdue. */
static void observe_check(struct ending *ending, const struct topic *topic, enum probe_id probe)
{
    struct observation outcome = {.kind = OBSERVED_CHECK,
                                  .time_us = ending->recording->last_us,
                                  .address = topic_address(topic),
                                  .check = {.probe = probe, .concluded = true}};
    struct sums sums = {0};

    for (size_t i = 0; i < topic->conversation_count; i++) {
        const struct conversation *conversation = topic->conversations[i];
        if (conversation->key.probe == probe && conversation->audible == topic->audible)
            add_to_check(ending, conversation, &outcome, &sums);
    }
    if (sums.tally.received == 0) /* otherwise they asked how far it is, as traceroute does */
        sums.tally.sent += sums.in_vain;
    if (sums.tally.sent == 0 || is_overdue(&sums)) {
        sums.tally.sent += sums.open;
        outcome.check.concluded = false;
    }
    outcome.check.doubt = doubt_of(ending, topic, probe, &sums);
    outcome.check.concluded &= outcome.check.doubt == DOUBT_NONE;
    tally_outcome(&sums.tally, &outcome.check);
    if (sums.tally.sent > 0)
        observation_add(ending->seen, &outcome);
}

static void observe_owner(struct ending *ending, const struct owner *owner, bool claims)
{
    struct observation seen = {.address = owner->key.address, .mac = owner->key.mac};

    if (claims) {
        seen.kind = OBSERVED_CLAIM;
        seen.time_us = owner->first_claim_us;
        seen.frame = owner->claim_frame;
        observation_add_once(ending->seen, &seen);
    }
    if (owner->speaks) {
        seen.kind = OBSERVED_HEARD;
        seen.time_us = owner->spoke_us;
        seen.frame = owner->spoke_frame;
        observation_add_once(ending->seen, &seen);
    }
}

/* The claim of an address that was heard last; NULL if there is none. */
static const struct owner *last_claimant(const struct ending *ending, struct ip_addr address, uint32_t point)
{
    const struct pool *owners = &ending->recording->owners;
    const struct owner *last = NULL;

    for (uint32_t i = 0; i < owners->count; i++) {
        const struct owner *owner = pool_at(owners, i);
        if (owner->claims && owner->key.point == point && ip_equal(owner->key.address, address) &&
            (last == NULL || owner->last_claim_us > last->last_claim_us))
            last = owner;
    }
    return last;
}

/* Beside another claim. Who claims an address after another one has ceased to may have taken it over; a relay
 * sends on the claims of others; and a MAC address that is not heard, but said to have the address, is a
 * virtual router's, or was damaged on its way. */
static bool is_rival(const struct ending *ending, const struct owner *owner, const struct owner *last)
{
    const struct recording *recording = ending->recording;

    return owner->last_claim_us + recording->options->timeout_us >= last->first_claim_us &&
           !machine_is_relay(recording, owner->key.mac, owner->key.address) &&
           machine_is_heard(recording, owner->key.mac);
}

static void observe_claims(struct ending *ending, struct ip_addr address, uint32_t point)
{
    const struct pool *owners = &ending->recording->owners;
    const struct owner *last = last_claimant(ending, address, point);
    unsigned rivals = 0, count = 0;

    for (uint32_t i = 0; i < owners->count && last != NULL; i++) {
        const struct owner *owner = pool_at(owners, i);
        rivals += owner->claims && owner->key.point == point && ip_equal(owner->key.address, address) &&
                  is_rival(ending, owner, last);
    }
    for (uint32_t i = 0; i < owners->count && count < CLAIMS_KEPT; i++) {
        const struct owner *owner = pool_at(owners, i);
        if (owner->key.point != point || !ip_equal(owner->key.address, address))
            continue;
        count++;
        observe_owner(ending, owner,
                      owner->claims && (rivals > 0 ? is_rival(ending, owner, last) : owner == last));
    }
}

/* The machine at the other end is the one that is to have a named address: what else it has, or that it is
 * heard at all, shows that it is there. */
static void observe_other_end(struct ending *ending, const struct topic *topic)
{
    const struct pool *owners = &ending->recording->owners;
    const struct station *station = NULL;
    unsigned count = 0;

    if (ending->target->given_count > 0 && topic->answered == 0)
        station = topic_other_end(ending, topic);
    if (station == NULL)
        return;
    for (uint32_t i = 0; i < owners->count && count < CLAIMS_KEPT; i++) {
        const struct owner *owner = pool_at(owners, i);
        if (!mac_equal(owner->key.mac, station->key.mac))
            continue;
        count++;
        observe_owner(ending, owner, owner->claims);
    }
    observation_add_once(ending->seen, &(struct observation){.kind = OBSERVED_HEARD,
                                                             .time_us = station->spoke_us,
                                                             .address = station->speaks_as,
                                                             .mac = station->key.mac});
}

static void observe_kept(struct ending *ending, struct ip_addr address, const struct kept *kept)
{
    for (unsigned i = 0; i < kept->count; i++)
        if (ip_equal(kept->items[i].address, address))
            observation_add(ending->seen, &kept->items[i]);
}

static void observe_topic(struct ending *ending, const struct topic *topic)
{
    static const enum probe_id probes[] = {PROBE_ARP, PROBE_NDP, PROBE_ICMP, PROBE_ICMPV6, PROBE_OVERSIZE};
    const struct recording *recording = ending->recording;
    struct ip_addr address = topic_address(topic);
    unsigned numbered[PROBE_COUNT] = {0};

    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
        observe_check(ending, topic, probes[i]);
    observe_claims(ending, address, topic->conversations[0]->key.point);
    observe_other_end(ending, topic);
    observe_kept(ending, address, &recording->tags);
    observe_kept(ending, address, &recording->errors);
    for (size_t i = 0; i < topic->conversation_count; i++) {
        enum probe_id probe = topic->conversations[i]->key.probe;
        observe_replies(ending, topic->conversations[i], numbered[probe]);
        numbered[probe] += topic->conversations[i]->asked;
    }
}

/* Of a loop all frames go round; of somebody who sends one frame again and again, that one. */
static void observe_returns(struct ending *ending)
{
    const struct recording *recording = ending->recording;
    const struct circling *circling = &recording->circling;
    struct observation seen = {.kind = OBSERVED_RETURN,
                               .time_us = recording->last_us,
                               .mac = recording->returned_to,
                               .returned = recording->returned};

    if (circling->several) {
        seen.returned.frames += circling->questions;
        seen.returned.returns += circling->sightings - circling->questions;
        seen.returned.most = circling->most - 1;
    }
    if (seen.returned.returns > 0)
        observation_add(ending->seen, &seen);
}

static void observe_traffic(struct ending *ending)
{
    struct recording *recording = ending->recording;
    struct observation seen;

    observe_returns(ending);
    recording_turn_second(recording);
    seen = (struct observation){
        .kind = OBSERVED_BROADCASTS, .time_us = recording->last_us, .broadcasts = recording->broadcasts.most};
    if (seen.broadcasts.count > 0)
        observation_add(ending->seen, &seen);
    if (recording->lost > 0)
        observation_add(ending->seen, &(struct observation){.kind = OBSERVED_TROUBLE,
                                                            .time_us = recording->last_us,
                                                            .trouble = {.kind = TROUBLE_CAPTURE_LOST,
                                                                        .count = recording->lost}});
    ending->seen->foreign += recording->foreign;
    ending->seen->malformed += recording->malformed;
}

/* ---- which addresses ---- */

static bool add_address(struct ending *ending, struct ip_addr address, enum address_origin origin)
{
    struct target *target = ending->target;

    if (target->address_count == TARGET_ADDRESSES_MAX)
        return false;
    target->addresses[target->address_count++] =
        (struct target_address){.address = address, .origin = origin};
    return true;
}

static const struct topic *topic_of(const struct ending *ending, struct ip_addr address)
{
    for (size_t i = 0; i < ending->topic_count; i++)
        if (ip_equal(topic_address(&ending->topics[i]), address))
            return &ending->topics[i];
    return NULL;
}

static void take_given(struct ending *ending)
{
    const struct target *target = ending->target;

    for (size_t i = 0; i < target->given_count; i++) {
        struct ip_addr address = target->given[i];
        const struct topic *topic = topic_of(ending, address);
        struct observation unasked = {.kind = OBSERVED_CHECK,
                                      .time_us = ending->recording->last_us,
                                      .address = address,
                                      .check = {.probe = address.family == IP_V4 ? PROBE_ARP : PROBE_NDP}};
        add_address(ending, address, ORIGIN_GIVEN);
        if (topic != NULL)
            observe_topic(ending, topic);
        if (!observation_exists(ending->seen, OBSERVED_CHECK, address, NULL))
            observation_add(ending->seen, &unasked);
    }
}

static int compare_topics(const void *a, const void *b)
{
    const struct topic *left = a, *right = b;

    if (left->asked != right->asked)
        return left->asked < right->asked ? 1 : -1;
    return memcmp(&left->conversations[0]->key, &right->conversations[0]->key,
                  sizeof left->conversations[0]->key);
}

/* Takes those that were asked for most. Returns how many there are. */
static size_t take_asked(struct ending *ending, bool audible)
{
    size_t found = 0;

    if (ending->topic_count > 0)
        qsort(ending->topics, ending->topic_count, sizeof ending->topics[0], compare_topics);
    for (size_t i = 0; i < ending->topic_count; i++) {
        const struct topic *topic = &ending->topics[i];
        if (!topic->in_earnest || topic->audible != audible)
            continue;
        found++;
        if (add_address(ending, topic_address(topic), ORIGIN_HEARD))
            observe_topic(ending, topic);
    }
    return found;
}

/* ---- the end ---- */

static void add_notes_on_copies(struct ending *ending)
{
    const struct pool *conversations = &ending->recording->conversations;
    unsigned doubled = 0, repeated = 0;

    for (uint32_t i = 0; i < conversations->count; i++) {
        const struct conversation *conversation = pool_at(conversations, i);
        doubled += conversation->doubled;
        repeated += conversation->repeated;
    }
    if (doubled > 0)
        text_list_addf(ending->notes,
                       "%u %s were recorded equally often, to the last byte the same: the "
                       "capture saw each frame more than once, so they count once",
                       doubled,
                       text_plural(doubled, "question and its answer", "questions and their answers"));
    if (repeated > 0)
        text_list_addf(ending->notes,
                       "%u %s recorded more than once within 10 ms, but not what answers: "
                       "somebody asks again at once, the capture sees more than once what one machine sends, "
                       "or it came back; a capture that tells directions (tcpdump -i any) would tell",
                       repeated, text_plural(repeated, "question was", "questions were"));
}

static void add_notes(struct ending *ending, size_t found)
{
    const struct recording *recording = ending->recording;

    text_list_addf(ending->notes, "the recording has %lu %s in %.3f s", (unsigned long)recording->frames,
                   text_plural(recording->frames, "frame", "frames"),
                   (double)recording_since(recording->first_us, recording->last_us) / 1e6);
    if (found > ending->target->address_count)
        text_list_addf(ending->notes, "%zu further %s asked for; name one to have it diagnosed",
                       found - ending->target->address_count,
                       text_plural(found - ending->target->address_count, "address was", "addresses were"));
    add_notes_on_copies(ending);
    if (recording->conversations.left > 0 || recording->owners.left > 0 || recording->stations.left > 0)
        text_list_addf(ending->notes,
                       "more machines and addresses took part than are remembered: those that were "
                       "silent for longest are left out");
}

bool recording_has_many_machines(const struct recording *recording)
{
    return recording->target->given_count == 0 || machine_count(recording) > 2;
}

void recording_end(struct recording *recording, struct target *target, struct observations *seen,
                   struct text_list *notes)
{
    struct ending ending = {.recording = recording, .target = target, .seen = seen, .notes = notes};
    size_t found = target->given_count;

    for (uint32_t i = 0; i < recording->questions.count; i++)
        conversation_close(recording, pool_at(&recording->questions, i));
    topics_find(&ending);
    target->address_count = 0;
    if (target->given_count > 0)
        take_given(&ending);
    else if ((found = take_asked(&ending, true)) == 0)
        found = take_asked(&ending, false);
    clients_observe(&ending);
    observe_traffic(&ending);
    add_notes(&ending, found);
    free(ending.conversations);
    free(ending.topics);
}

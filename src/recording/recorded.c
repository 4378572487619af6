/* What came of a recording: conversations become observations. */
#include "recorded.h"

#include <stdlib.h>
#include <string.h>

enum {
    IN_EARNEST = 3,  /* so often a kernel asks before it gives up (mcast_solicit); who scans asks less */
    CLAIMS_KEPT = 8, /* of one address */
    OVERDUE_US = 50000,
};

/* ---- what is known of one address ---- */

/* The conversations of one address, as recorded at one point. */
struct subject {
    struct conversation **conversations;
    size_t conversation_count;
    bool audible; /* answers to those who ask would have been recorded; if to some of them only, the others do
                     not count */
    unsigned asked, answered, duplicates;
    bool in_earnest;
};

struct ending {
    struct recording *recording;
    struct target *target;
    struct observations *seen;
    struct text_list *notes;
    struct conversation **conversations; /* sorted by address and point */
    struct subject *subjects;
    size_t subject_count;
};

static struct ip_addr address_of(const struct subject *subject)
{
    return subject->conversations[0]->key.address;
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
    unsigned speak = 0, hear = 0;

    for (uint32_t i = 0; i < recording->stations.count; i++) {
        const struct station *station = pool_at(&recording->stations, i);
        speak += station->speaks;
        hear += station->audible;
    }
    for (uint32_t i = 0; i < recording->conversations.count; i++) {
        struct conversation *conversation = pool_at(&recording->conversations, i);
        struct station_key key = {.mac = conversation->key.asker};
        const struct station *asker = pool_find(&recording->stations, &key);
        conversation->audible = (asker != NULL && asker->audible) ||
                                (hear == 0 && (recording->target->given_count > 0 || speak == 1));
    }
}

static void sum_up(struct subject *subject)
{
    for (size_t i = 0; i < subject->conversation_count; i++)
        subject->audible |= subject->conversations[i]->audible;
    for (size_t i = 0; i < subject->conversation_count; i++) {
        const struct conversation *conversation = subject->conversations[i];
        if (conversation->audible != subject->audible)
            continue;
        subject->asked += conversation->asked;
        subject->answered += conversation->tally.received;
        subject->duplicates += conversation->tally.duplicates;
        subject->in_earnest |= conversation->tally.received > 0 || conversation->mistagged > 0 ||
                               conversation->tally.sent + conversation->open >= IN_EARNEST;
    }
}

/* Several interfaces may have recorded the same: the one that shows most speaks for all of them. */
static bool shows_more(const struct subject *one, const struct subject *other)
{
    if (one->duplicates != other->duplicates)
        return one->duplicates > other->duplicates;
    if (one->answered != other->answered)
        return one->answered > other->answered;
    return one->asked > other->asked;
}

static void add_subject(struct ending *ending, const struct subject *subject)
{
    struct subject *last = ending->subject_count > 0 ? &ending->subjects[ending->subject_count - 1] : NULL;

    if (last == NULL || !ip_equal(address_of(last), address_of(subject)))
        ending->subjects[ending->subject_count++] = *subject;
    else if (shows_more(subject, last))
        *last = *subject;
}

static void find_subjects(struct ending *ending)
{
    struct pool *pool = &ending->recording->conversations;

    ending->conversations = memory_new(pool->count, sizeof *ending->conversations);
    ending->subjects = memory_new(pool->count, sizeof *ending->subjects);
    for (uint32_t i = 0; i < pool->count; i++)
        ending->conversations[i] = pool_at(pool, i);
    if (pool->count > 0)
        qsort(ending->conversations, pool->count, sizeof ending->conversations[0], compare_conversations);
    for (uint32_t from = 0, to; from < pool->count; from = to) {
        struct subject subject = {.conversations = ending->conversations + from};
        const struct conversation_key *key = &ending->conversations[from]->key;
        for (to = from; to < pool->count && ending->conversations[to]->key.point == key->point &&
                        ip_equal(ending->conversations[to]->key.address, key->address);
             to++)
            subject.conversation_count++;
        sum_up(&subject);
        add_subject(ending, &subject);
    }
}

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
        observe(ending->seen, &reply);
    }
}

static void add_to_check(const struct ending *ending, const struct conversation *conversation,
                         struct observation *outcome, struct tally *tally)
{
    outcome->mac = conversation->to;
    outcome->check.source = conversation->asker;
    tally_add(tally, &conversation->tally);
    if (ending->target->given_count > 0 && !wants_it_itself(ending->recording, conversation))
        tally->sent += conversation->nameless;
}

/* Whether a question stayed open for so long that others had been answered long since: more than an answer
 * that was under way when the recording ended. */
static bool is_overdue(const struct tally *tally, uint64_t open_longest_us)
{
    return tally->received > 0 && open_longest_us > OVERDUE_US + 3 * tally->rtt_max_us;
}

/* What nobody had the time to answer does not count, unless there is nothing else or it is overdue. */
static void observe_check(struct ending *ending, const struct subject *subject, enum probe_id probe)
{
    struct observation outcome = {.kind = OBSERVED_CHECK,
                                  .time_us = ending->recording->last_us,
                                  .address = address_of(subject),
                                  .check = {.probe = probe, .concluded = true}};
    struct tally tally = {0};
    uint64_t open_longest_us = 0;
    unsigned open = 0, rejected = 0;

    for (size_t i = 0; i < subject->conversation_count; i++) {
        const struct conversation *conversation = subject->conversations[i];
        if (conversation->key.probe != probe || conversation->audible != subject->audible)
            continue;
        add_to_check(ending, conversation, &outcome, &tally);
        open += conversation->open;
        rejected += conversation->rejected;
        if (conversation->open_longest_us > open_longest_us)
            open_longest_us = conversation->open_longest_us;
    }
    if (tally.received == 0) /* otherwise they asked how far it is, as traceroute does */
        tally.sent += rejected;
    if (tally.sent == 0 || is_overdue(&tally, open_longest_us)) {
        tally.sent += open;
        outcome.check.concluded = false;
    }
    if (!subject->audible && tally.received == 0) {
        outcome.check.one_sided = true;
        outcome.check.concluded = false;
    }
    tally_outcome(&tally, &outcome.check);
    if (tally.sent > 0)
        observe(ending->seen, &outcome);
}

/* Who claims an address after another one has ceased to may have taken it over: that is no conflict. */
static void observe_claims(struct ending *ending, struct ip_addr address, uint32_t point)
{
    const struct pool *owners = &ending->recording->owners;
    uint64_t last_us = 0, latest_from_us = 0; /* of the claim that was heard last: when, and since when */
    unsigned count = 0;

    for (uint32_t i = 0; i < owners->count; i++) {
        const struct owner *owner = pool_at(owners, i);
        if (owner->claims && owner->key.point == point && ip_equal(owner->key.address, address) &&
            owner->last_claim_us > last_us) {
            last_us = owner->last_claim_us;
            latest_from_us = owner->first_claim_us;
        }
    }
    for (uint32_t i = 0; i < owners->count && count < CLAIMS_KEPT; i++) {
        const struct owner *owner = pool_at(owners, i);
        if (owner->key.point != point || !ip_equal(owner->key.address, address))
            continue;
        bool valid =
            owner->claims && owner->last_claim_us + ending->recording->options->timeout_us >= latest_from_us;
        count++;
        if (valid)
            observe_once(ending->seen, &(struct observation){.kind = OBSERVED_CLAIM,
                                                             .time_us = owner->first_claim_us,
                                                             .address = address,
                                                             .mac = owner->key.mac});
        if (owner->speaks)
            observe_once(ending->seen, &(struct observation){.kind = OBSERVED_HEARD,
                                                             .time_us = owner->spoke_us,
                                                             .address = address,
                                                             .mac = owner->key.mac});
    }
}

static void observe_kept(struct ending *ending, struct ip_addr address, const struct kept *kept)
{
    for (unsigned i = 0; i < kept->count; i++)
        if (ip_equal(kept->items[i].address, address))
            observe(ending->seen, &kept->items[i]);
}

static void observe_subject(struct ending *ending, const struct subject *subject)
{
    static const enum probe_id probes[] = {PROBE_ARP, PROBE_NDP, PROBE_ICMP, PROBE_ICMPV6, PROBE_OVERSIZE};
    const struct recording *recording = ending->recording;
    struct ip_addr address = address_of(subject);
    unsigned numbered[PROBE_COUNT] = {0};

    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
        observe_check(ending, subject, probes[i]);
    observe_claims(ending, address, subject->conversations[0]->key.point);
    observe_kept(ending, address, &recording->tags);
    observe_kept(ending, address, &recording->errors);
    for (size_t i = 0; i < subject->conversation_count; i++) {
        enum probe_id probe = subject->conversations[i]->key.probe;
        observe_replies(ending, subject->conversations[i], numbered[probe]);
        numbered[probe] += subject->conversations[i]->asked;
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
        observe(ending->seen, &seen);
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
        observe(ending->seen, &seen);
    if (recording->lost > 0)
        observe(ending->seen,
                &(struct observation){.kind = OBSERVED_TROUBLE,
                                      .time_us = recording->last_us,
                                      .trouble = {.kind = TROUBLE_CAPTURE_LOST, .count = recording->lost}});
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

static const struct subject *subject_of(const struct ending *ending, struct ip_addr address)
{
    for (size_t i = 0; i < ending->subject_count; i++)
        if (ip_equal(address_of(&ending->subjects[i]), address))
            return &ending->subjects[i];
    return NULL;
}

static void take_given(struct ending *ending)
{
    const struct target *target = ending->target;

    for (size_t i = 0; i < target->given_count; i++) {
        struct ip_addr address = target->given[i];
        const struct subject *subject = subject_of(ending, address);
        struct observation unasked = {.kind = OBSERVED_CHECK,
                                      .time_us = ending->recording->last_us,
                                      .address = address,
                                      .check = {.probe = address.family == IP_V4 ? PROBE_ARP : PROBE_NDP}};
        add_address(ending, address, ORIGIN_GIVEN);
        if (subject != NULL)
            observe_subject(ending, subject);
        if (!observed(ending->seen, OBSERVED_CHECK, address, NULL))
            observe(ending->seen, &unasked);
    }
}

static int compare_subjects(const void *a, const void *b)
{
    const struct subject *left = a, *right = b;

    if (left->asked != right->asked)
        return left->asked < right->asked ? 1 : -1;
    return memcmp(&left->conversations[0]->key, &right->conversations[0]->key,
                  sizeof left->conversations[0]->key);
}

/* Takes those that were asked for most. Returns how many there are. */
static size_t take_asked(struct ending *ending, bool audible)
{
    size_t found = 0;

    if (ending->subject_count > 0)
        qsort(ending->subjects, ending->subject_count, sizeof ending->subjects[0], compare_subjects);
    for (size_t i = 0; i < ending->subject_count; i++) {
        const struct subject *subject = &ending->subjects[i];
        if (!subject->in_earnest || subject->audible != audible)
            continue;
        found++;
        if (add_address(ending, address_of(subject), ORIGIN_HEARD))
            observe_subject(ending, subject);
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
        text_list_addf(
            ending->notes,
            "%u questions and their answers were recorded equally often, to the last byte the same: the "
            "capture saw each frame more than once, so they count once",
            doubled);
    if (repeated > 0)
        text_list_addf(ending->notes,
                       "%u questions were recorded more than once within 10 ms, but not their answers: "
                       "somebody asks again at once, the capture sees more than once what one machine sends, "
                       "or it came back; a capture that tells directions (tcpdump -i any) would tell",
                       repeated);
}

static void add_notes(struct ending *ending, size_t found)
{
    const struct recording *recording = ending->recording;

    text_list_addf(ending->notes, "the recording has %lu frames in %.3f s", (unsigned long)recording->frames,
                   (double)recording_since(recording->first_us, recording->last_us) / 1e6);
    if (found > ending->target->address_count)
        text_list_addf(ending->notes, "%zu further addresses were asked for; name one to have it diagnosed",
                       found - ending->target->address_count);
    add_notes_on_copies(ending);
    if (recording->conversations.left > 0 || recording->owners.left > 0 || recording->stations.left > 0)
        text_list_addf(ending->notes,
                       "more machines and addresses took part than are remembered: those that were "
                       "silent for longest are left out");
}

void recording_end(struct recording *recording, struct target *target, struct observations *seen,
                   struct text_list *notes)
{
    struct ending ending = {.recording = recording, .target = target, .seen = seen, .notes = notes};
    size_t found = target->given_count;

    for (uint32_t i = 0; i < recording->questions.count; i++)
        conversation_close(recording, pool_at(&recording->questions, i));
    mark_audible(recording);
    find_subjects(&ending);
    target->address_count = 0;
    if (target->given_count > 0)
        take_given(&ending);
    else if ((found = take_asked(&ending, true)) == 0)
        found = take_asked(&ending, false);
    observe_traffic(&ending);
    add_notes(&ending, found);
    free(ending.conversations);
    free(ending.subjects);
}

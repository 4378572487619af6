/* While it is read: questions, answers, claims. What comes of them is in recorded.c. */
#include "recorded.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATIONS = 4096,
    OWNERS = 4096,
    TRAINS = 4096,
    QUESTIONS = 8192,
    /* ARP and ND have no number: the same question within this time is a copy of the one before, as long as that is
     * not answered. No kernel asks again sooner than after 1 s. */
    COPY_US = 10000,
    REPEAT_US = 100000, /* the same broadcast within this time is a repetition */
};

_Static_assert(sizeof(struct station_key) == 8, "no padding");
_Static_assert(sizeof(struct owner_key) == 32, "no padding");
_Static_assert(sizeof(struct train_key) == 32, "no padding");
_Static_assert(sizeof(struct question_key) == 56, "no padding");

/* One frame, and what the file says of it beside its bytes. */
struct sighting {
    const struct frame *frame;
    struct cooked where;
};

/* ---- who is there ---- */

static void forget_nothing(void *context, void *item)
{
    (void)context;
    (void)item;
}

static void forget_train(void *context, void *item)
{
    struct train *train = item;

    (void)context;
    free(train->kept);
}

static void forget_question(void *context, void *item)
{
    question_close(context, item);
}

static struct station *station_of(struct recording *recording, struct mac_addr mac)
{
    struct station_key key = {.mac = mac};
    struct station *station = pool_find(&recording->stations, &key);

    return station != NULL ? station : pool_add(&recording->stations, &key, forget_nothing, NULL);
}

/* Where the recording lacks destinations, it was made by one of the ends, or by a bridge between them: all that is said
 * to a station is there. */
static void note_stations(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;
    bool cooked = sighting->where.direction != DIRECTION_UNKNOWN;

    if (!mac_is_multicast(frame->source) && !mac_is_zero(frame->source)) {
        struct station *station = station_of(recording, frame->source);
        station->speaks = true;
        station->hears |= cooked;
    }
    if (!mac_is_multicast(frame->destination) && !mac_is_zero(frame->destination))
        station_of(recording, frame->destination)->hears = true;
}

static bool is_wanted(const struct recording *recording, struct ip_addr address)
{
    const struct target *target = recording->target;

    if (!(address.family == IP_V4 ? recording->options->ipv4 : recording->options->ipv6) ||
        ip_is_unspecified(address) || ip_is_multicast(address) || ip_is_limited_broadcast(address) ||
        ip_is_loopback(address))
        return false;
    for (size_t i = 0; i < target->given_count; i++)
        if (ip_equal(target->given[i], address))
            return true;
    return target->given_count == 0;
}

static struct owner *owner_of(struct recording *recording, const struct sighting *sighting, struct ip_addr address,
                              struct mac_addr mac)
{
    struct owner_key key = {.address = address, .point = sighting->where.ifindex, .mac = mac};
    struct owner *owner = pool_find(&recording->owners, &key);

    return owner != NULL ? owner : pool_add(&recording->owners, &key, forget_nothing, NULL);
}

static void note_claim(struct recording *recording, const struct sighting *sighting, struct ip_addr address,
                       struct mac_addr mac)
{
    uint64_t time_us = sighting->frame->time_us;

    if (!is_wanted(recording, address))
        return;
    struct owner *owner = owner_of(recording, sighting, address, mac);
    if (!owner->claims)
        owner->first_claim_us = time_us;
    owner->last_claim_us = time_us;
    owner->claims = true;
}

static void note_speaker(struct recording *recording, const struct sighting *sighting, struct ip_addr address)
{
    if (!is_wanted(recording, address))
        return;
    struct owner *owner = owner_of(recording, sighting, address, sighting->frame->source);
    if (!owner->speaks)
        owner->spoke_us = sighting->frame->time_us;
    owner->speaks = true;
}

/* ---- questions ---- */

struct train_key train_of(const struct question *question)
{
    return (struct train_key){.address = question->key.address,
                              .point = question->key.point,
                              .asker = question->from,
                              .probe = question->key.probe};
}

static int vid_of_interest(const struct recording *recording, int first_vid)
{
    int vlan = recording->options->vlan;

    return vlan == VLAN_AUTOMATIC ? first_vid : vlan == VLAN_UNTAGGED ? VID_NONE : vlan;
}

static struct train *join_train(struct recording *recording, const struct question *question)
{
    struct train_key key = train_of(question);
    struct train *train = pool_find(&recording->trains, &key);

    if (train == NULL) {
        train = pool_add(&recording->trains, &key, forget_train, NULL);
        train->asker = question->key.asker;
        train->to = question->to;
        train->vid = vid_of_interest(recording, question->vid);
    }
    return train;
}

static bool is_echo(const struct question *question)
{
    return question->key.probe != PROBE_ARP && question->key.probe != PROBE_NDP;
}

/* Came from the same machine in the same form. A packet that was routed in between has other MACs and a lower TTL. */
static bool looks_like(const struct question *question, const struct question *other)
{
    return mac_equal(question->from, other->from) && question->vid == other->vid && question->ttl == other->ttl &&
           memcmp(question->payload, other->payload, sizeof question->payload) == 0;
}

/* The question that this is a further copy of, NULL if it is one of its own. */
static struct question *original_of(struct recording *recording, struct question *question)
{
    struct question *older = pool_find(&recording->questions, &question->key);

    while (older != NULL && !looks_like(older, question))
        older = pool_find_older(&recording->questions, older);
    if (older == NULL || is_echo(question))
        return older;
    if (question->asked_us > older->asked_us + COPY_US)
        return NULL;
    question->again = older->reply_count > 0;
    return question->again ? NULL : older;
}

static void ask(struct recording *recording, struct question *question)
{
    struct question *original = original_of(recording, question);

    if (original != NULL) {
        original->copies++;
        original->returns += question->direction == DIRECTION_UNKNOWN ||
                             (question->direction == DIRECTION_IN && original->direction == DIRECTION_OUT);
        return;
    }
    question->number = ++join_train(recording, question)->asked;
    struct question *added = pool_add(&recording->questions, &question->key, forget_question, recording);
    *added = *question;
}

static struct question question_from(const struct sighting *sighting, enum probe_id probe, struct ip_addr asker,
                                     struct ip_addr address)
{
    const struct frame *frame = sighting->frame;

    return (struct question){
        .key = {.asker = asker, .address = address, .point = sighting->where.ifindex, .probe = (uint8_t)probe},
        .from = frame->source,
        .to = frame->destination,
        .vid = frame_vid(frame),
        .direction = sighting->where.direction,
        .asked_us = frame->time_us,
    };
}

/* ---- answers ---- */

static void keep_observation(struct observation *kept, unsigned *count, unsigned limit,
                             const struct observation *observation)
{
    for (unsigned i = 0; i < *count; i++)
        if (ip_equal(kept[i].address, observation->address) && mac_equal(kept[i].mac, observation->mac) &&
            (observation->kind != OBSERVED_TAG || kept[i].tag.vid == observation->tag.vid))
            return;
    if (*count < limit)
        kept[(*count)++] = *observation;
}

static void note_tag(struct recording *recording, const struct frame *frame, struct ip_addr address)
{
    struct observation seen = {
        .kind = OBSERVED_TAG, .time_us = frame->time_us, .address = address, .mac = frame->source};

    if (frame->tag_count > 0)
        seen.tag = frame->tags[0];
    keep_observation(recording->tags, &recording->tag_count, TAGS_KEPT, &seen);
}

/* How well a reply fits to a question with its key: VLAN first, then one that waits for its answer, then the machine that
 * it goes to (a router forwards the same question in its own name). */
static unsigned fitness(const struct recording *recording, const struct question *question, const struct frame *reply,
                        bool *ret_open)
{
    *ret_open = !is_echo(question) && question->reply_count == 0 &&
                reply->time_us <= question->asked_us + recording->options->timeout_us;
    return 4u * (question->vid == frame_vid(reply)) + 2u * *ret_open + mac_equal(question->from, reply->destination);
}

/* The question that a reply answers, NULL if there is none. Of equals that wait, the oldest. */
static struct question *question_of(struct recording *recording, const struct question_key *key,
                                    const struct frame *reply, const uint8_t *payload)
{
    struct question *question = pool_find(&recording->questions, key), *best = NULL;
    unsigned best_fitness = 0;

    for (; question != NULL; question = pool_find_older(&recording->questions, question)) {
        bool open;
        if (payload != NULL && memcmp(question->payload, payload, sizeof question->payload) != 0)
            continue;
        unsigned fits = fitness(recording, question, reply, &open);
        if (best == NULL || fits > best_fitness || (fits == best_fitness && open)) {
            best = question;
            best_fitness = fits;
        }
    }
    return best;
}

static bool answer(struct recording *recording, const struct sighting *sighting, const struct question_key *key,
                   const uint8_t *payload)
{
    const struct frame *frame = sighting->frame;
    struct question *question = question_of(recording, key, frame, payload);

    if (question == NULL)
        return false;
    struct train_key train_key = train_of(question);
    struct train *train = pool_find(&recording->trains, &train_key);
    if (train == NULL || train->vid != frame_vid(frame))
        note_tag(recording, frame, key->address);
    if (question->vid != frame_vid(frame)) {
        if (train != NULL)
            train->mistagged++;
        return true;
    }
    if (frame->kind == FRAME_ECHO_REPLY && (frame->echo.checksum_bad || frame->ip.checksum_bad)) {
        if (train != NULL)
            train->bad_checksums++;
        return true;
    }
    if (question->reply_count < REPLIES_KEPT)
        question->replies[question->reply_count] = (struct reply){
            .time_us = frame->time_us,
            .mac = frame->source,
            .source = frame->has_ip ? frame->ip.source : (struct ip_addr){0},
            .ttl = frame->has_ip ? frame->ip.ttl : 0,
            .has_ip_id = frame->has_ip && frame->ip.has_id,
            .ip_id = frame->has_ip ? frame->ip.id : 0,
            .vid = frame_vid(frame),
            .digest = frame->digest,
        };
    question->reply_count++;
    return true;
}

/* ---- frames by their kind; each says whether it is part of a question and its answer ---- */

static bool see_arp(struct recording *recording, const struct sighting *sighting)
{
    const struct arp_fields *arp = &sighting->frame->arp;
    bool announcement = ip_equal(arp->sender, arp->target); /* RFC 5227 3 */

    if (arp->operation == ARP_REPLY || announcement)
        note_claim(recording, sighting, arp->sender, arp->sender_mac);
    else
        note_speaker(recording, sighting, arp->sender);
    if (announcement)
        return false;
    if (arp->operation == ARP_REQUEST && is_wanted(recording, arp->target)) {
        struct question question = question_from(sighting, PROBE_ARP, arp->sender, arp->target);
        question.key.arp_asker = arp->sender_mac;
        ask(recording, &question);
        return true;
    }
    if (arp->operation != ARP_REPLY)
        return false;
    return answer(recording, sighting,
                  &(struct question_key){.asker = arp->target,
                                         .address = arp->sender,
                                         .point = sighting->where.ifindex,
                                         .arp_asker = arp->target_mac,
                                         .probe = PROBE_ARP},
                  NULL);
}

/* A solicitation in nobody's name is duplicate address detection (RFC 4862 5.4): it hopes for silence. */
static bool see_solicitation(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;

    if (ip_is_unspecified(frame->ip.source))
        return false;
    note_speaker(recording, sighting, frame->ip.source);
    if (!is_wanted(recording, frame->neighbour.target))
        return false;
    struct question question = question_from(sighting, PROBE_NDP, frame->ip.source, frame->neighbour.target);
    ask(recording, &question);
    return true;
}

static bool see_advertisement(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;
    const struct neighbour_fields *neighbour = &frame->neighbour;

    note_claim(recording, sighting, neighbour->target,
               neighbour->has_link_address ? neighbour->link_address : frame->source);
    return neighbour->solicited && answer(recording, sighting,
                                          &(struct question_key){.asker = frame->ip.destination,
                                                                 .address = neighbour->target,
                                                                 .point = sighting->where.ifindex,
                                                                 .probe = PROBE_NDP},
                                          NULL);
}

/* Of an echo in fragments only the first one has the header: it is as good as the whole. */
static enum probe_id echo_probe(const struct frame *frame)
{
    if (frame->ip.fragment)
        return PROBE_OVERSIZE;
    return frame->ip.source.family == IP_V4 ? PROBE_ICMP : PROBE_ICMPV6;
}

/* Many may answer an echo request to a group; that is no duplicate. */
static bool see_echo_request(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;

    note_speaker(recording, sighting, frame->ip.source);
    if (!is_wanted(recording, frame->ip.destination) || mac_is_multicast(frame->destination) ||
        sighting->where.group || frame->echo.checksum_bad || frame->ip.checksum_bad)
        return false;
    struct question question =
        question_from(sighting, echo_probe(frame), frame->ip.source, frame->ip.destination);
    question.key.id = frame->echo.id;
    question.key.sequence = frame->echo.sequence;
    question.ttl = frame->ip.ttl;
    memcpy(question.payload, frame->echo.payload, sizeof question.payload);
    ask(recording, &question);
    return true;
}

static bool see_echo_reply(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;

    return answer(recording, sighting,
                  &(struct question_key){.asker = frame->ip.destination,
                                         .address = frame->ip.source,
                                         .point = sighting->where.ifindex,
                                         .id = frame->echo.id,
                                         .sequence = frame->echo.sequence,
                                         .probe = (uint8_t)echo_probe(frame)},
                  frame->echo.payload);
}

static bool see_error(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;
    const struct icmp_error_fields *error = &frame->error;
    struct ip_addr address = error->quoted_destination;
    struct question_key key = {
        .asker = error->quoted_source,
        .address = address,
        .point = sighting->where.ifindex,
        .id = error->quoted_id,
        .sequence = error->quoted_sequence,
        .probe = address.family == IP_V4 ? PROBE_ICMP : PROBE_ICMPV6,
    };

    if (!error->quotes_echo || pool_find(&recording->questions, &key) == NULL)
        return false;
    keep_observation(recording->errors, &recording->error_count, ERRORS_KEPT,
                     &(struct observation){.kind = OBSERVED_ICMP_ERROR,
                                           .time_us = frame->time_us,
                                           .address = address,
                                           .mac = frame->source,
                                           .error = {.type = error->type,
                                                     .code = error->code,
                                                     .value = error->value,
                                                     .sender = frame->ip.source}});
    return true;
}

static bool see(struct recording *recording, const struct sighting *sighting)
{
    switch (sighting->frame->kind) {
    case FRAME_ARP:
        return see_arp(recording, sighting);
    case FRAME_NEIGHBOUR_SOLICITATION:
        return see_solicitation(recording, sighting);
    case FRAME_NEIGHBOUR_ADVERTISEMENT:
        return see_advertisement(recording, sighting);
    case FRAME_ECHO_REQUEST:
        return see_echo_request(recording, sighting);
    case FRAME_ECHO_REPLY:
        return see_echo_reply(recording, sighting);
    case FRAME_ICMP_ERROR:
        return see_error(recording, sighting);
    default:
        return false;
    }
}

/* ---- broadcasts ---- */

void broadcasts_turn(struct recording *recording)
{
    struct broadcast_observation *now = &recording->broadcasts.now, *most = &recording->broadcasts.most;

    now->during_us = recording->last_us - recording->broadcasts.since_us;
    if (now->during_us > 1000000)
        now->during_us = 1000000;
    if (now->count > most->count)
        *most = *now;
    *now = (struct broadcast_observation){0};
}

static void count_broadcast(struct recording *recording, const struct frame *frame)
{
    size_t place = frame->digest % REPEATS_KEPT;
    uint64_t now_us = frame->time_us;

    if (now_us >= recording->broadcasts.since_us + 1000000) {
        broadcasts_turn(recording);
        recording->broadcasts.since_us = now_us;
    }
    recording->broadcasts.now.count++;
    recording->broadcasts.now.repeated += recording->broadcasts.seen[place] == frame->digest &&
                                          now_us <= recording->broadcasts.seen_us[place] + REPEAT_US &&
                                          recording->broadcasts.seen_us[place] != 0;
    recording->broadcasts.seen[place] = frame->digest;
    recording->broadcasts.seen_us[place] = now_us;
}

/* ---- from the file ---- */

struct recording *recording_open(const struct check_options *options, const struct target *target)
{
    struct recording *recording = memory_new(1, sizeof *recording);

    recording->options = options;
    recording->target = target;
    pool_open(&recording->stations, STATIONS, sizeof(struct station_key), sizeof(struct station));
    pool_open(&recording->owners, OWNERS, sizeof(struct owner_key), sizeof(struct owner));
    pool_open(&recording->trains, TRAINS, sizeof(struct train_key), sizeof(struct train));
    pool_open(&recording->questions, QUESTIONS, sizeof(struct question_key), sizeof(struct question));
    return recording;
}

void recording_close(struct recording *recording)
{
    if (recording == NULL)
        return;
    for (uint32_t i = 0; i < recording->trains.count; i++)
        forget_train(NULL, pool_at(&recording->trains, i));
    pool_close(&recording->stations);
    pool_close(&recording->owners);
    pool_close(&recording->trains);
    pool_close(&recording->questions);
    free(recording);
}

void recording_frame(struct recording *recording, enum recorded_as as, uint32_t interface, struct span bytes,
                     uint32_t wire_length, uint64_t time_us)
{
    struct frame frame;
    struct sighting sighting = {.frame = &frame};
    enum wire_result result =
        as == RECORDED_ETHERNET
            ? wire_decode(bytes, wire_length, &frame)
            : wire_decode_cooked(bytes, wire_length, as == RECORDED_COOKED_1 ? 1 : 2, &frame, &sighting.where);

    if (recording->frames++ == 0)
        recording->first_us = recording->last_us = recording->broadcasts.since_us = time_us;
    if (time_us > recording->last_us)
        recording->last_us = time_us;
    if (result != WIRE_OK) {
        recording->malformed += result == WIRE_MALFORMED;
        recording->foreign += result == WIRE_UNSUPPORTED;
        return;
    }
    frame.time_us = time_us;
    sighting.where.ifindex += interface << 16;
    note_stations(recording, &sighting);
    if (mac_is_multicast(frame.destination) || sighting.where.group)
        count_broadcast(recording, &frame);
    recording->foreign += !see(recording, &sighting);
}

/* Frame by frame: who asks, who answers, who speaks. */
#include "recording.h"
#include "recorded.h"

#include <stdlib.h>
#include <string.h>

/* So many of each at once, some megabytes in all, whatever a file has: a capture of a /20. A fuzzer, which
 * makes a recording of each of its inputs, has to forget sooner. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { ROOM = 64 };
#else
enum { ROOM = 4096 };
#endif

enum {
    STATIONS = ROOM,
    OWNERS = ROOM,
    TALKERS = ROOM,
    CONVERSATIONS = ROOM,
    QUESTIONS = 2 * ROOM,
    CLIENTS = 64,
    REPEAT_US = 100000, /* the same broadcast within this time is a repetition */
};

_Static_assert(sizeof(struct station_key) == 8, "no padding");
_Static_assert(sizeof(struct owner_key) == 32, "no padding");
_Static_assert(sizeof(struct talker_key) == 24, "no padding");
_Static_assert(sizeof(struct conversation_key) == 32, "no padding");
_Static_assert(sizeof(struct question_key) == 52, "no padding");

/* ---- frames by their kind; each says whether it is part of a question and its answer ---- */

static bool see_arp(struct recording *recording, const struct sighting *sighting)
{
    const struct arp_fields *arp = &sighting->frame->arp;
    bool announcement = ip_equal(arp->sender, arp->target); /* RFC 5227 3 */

    if (arp->operation == ARP_REPLY || announcement)
        machine_claims(recording, sighting, arp->sender, arp->sender_mac);
    else
        machine_speaks(recording, sighting, arp->sender);
    if (announcement)
        return false;
    if (arp->operation == ARP_REQUEST && machine_is_wanted(recording, arp->target)) {
        struct question question = question_from(sighting, PROBE_ARP, arp->sender, arp->target);
        question_ask(recording, &question);
        return true;
    }
    if (arp->operation != ARP_REPLY)
        return false;
    return question_answer(recording, sighting,
                           &(struct question_key){.asker = arp->target,
                                                  .address = arp->sender,
                                                  .point = sighting->where.ifindex,
                                                  .probe = PROBE_ARP},
                           NULL);
}

/* A solicitation in nobody's name is duplicate address detection (RFC 4862 5.4): it hopes for silence. */
static bool see_solicitation(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;

    if (ip_is_unspecified(frame->ip.source))
        return false;
    machine_speaks(recording, sighting, frame->ip.source);
    if (!machine_is_wanted(recording, frame->neighbour.target))
        return false;
    struct question question = question_from(sighting, PROBE_NDP, frame->ip.source, frame->neighbour.target);
    question_ask(recording, &question);
    return true;
}

static bool see_advertisement(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;
    const struct neighbour_fields *neighbour = &frame->neighbour;

    machine_claims(recording, sighting, neighbour->target,
                   neighbour->has_link_address ? neighbour->link_address : frame->source);
    return neighbour->solicited && question_answer(recording, sighting,
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

    machine_speaks(recording, sighting, frame->ip.source);
    if (!machine_is_wanted(recording, frame->ip.destination) || mac_is_multicast(frame->destination) ||
        sighting->where.group || frame->echo.checksum_bad ||
        (frame->ip.checksum_bad && !frame->ip.checksum_absent))
        return false;
    struct question question =
        question_from(sighting, echo_probe(frame), frame->ip.source, frame->ip.destination);
    question.key.id = frame->echo.id;
    question.key.sequence = frame->echo.sequence;
    question.ttl = frame->ip.ttl;
    question.ip_id = frame->ip.id;
    memcpy(question.payload, frame->echo.payload, sizeof question.payload);
    question_ask(recording, &question);
    return true;
}

static bool see_echo_reply(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;

    return question_answer(recording, sighting,
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

    return error->quotes_echo && question_reject(recording, frame, &key);
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
    case FRAME_DHCP:
        recording->dhcp_frames++;
        client_hears(recording, sighting);
        return false;
    case FRAME_ROUTER_ADVERTISEMENT:
        client_hears_router(recording, sighting->frame);
        return false;
    default:
        return false;
    }
}

/* ---- broadcasts ---- */

void recording_turn_second(struct recording *recording)
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
        recording_turn_second(recording);
        recording->broadcasts.since_us = now_us;
    }
    bool repeated = recording->broadcasts.seen[place] == frame->digest &&
                    now_us <= recording->broadcasts.seen_us[place] + REPEAT_US &&
                    recording->broadcasts.seen_us[place] != 0;
    recording->broadcasts.now.repeated += repeated;
    recording->broadcasts.now.count += repeated || !wire_is_stream(frame);
    observation_keep_frame(&recording->broadcasts.now.first, frame->number);
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
    pool_open(&recording->talkers, TALKERS, sizeof(struct talker_key), sizeof(struct talker));
    pool_open(&recording->conversations, CONVERSATIONS, sizeof(struct conversation_key),
              sizeof(struct conversation));
    pool_open(&recording->questions, QUESTIONS, sizeof(struct question_key), sizeof(struct question));
    pool_open(&recording->clients, CLIENTS, sizeof(struct client_key), sizeof(struct client));
    return recording;
}

void recording_close(struct recording *recording)
{
    if (recording == NULL)
        return;
    for (uint32_t i = 0; i < recording->conversations.count; i++)
        free(((struct conversation *)pool_at(&recording->conversations, i))->kept);
    pool_close(&recording->stations);
    pool_close(&recording->owners);
    pool_close(&recording->talkers);
    pool_close(&recording->conversations);
    pool_close(&recording->questions);
    pool_close(&recording->clients);
    free(recording);
}

/* The number of an interface in SLL2 comes on top of the file's. */
static enum wire_result decode(const struct recorded_frame *recorded, struct frame *frame,
                               struct cooked *where)
{
    enum wire_result result;

    if (recorded->as == RECORDED_ETHERNET)
        result = wire_decode(recorded->bytes, recorded->wire_length, frame);
    else
        result = wire_decode_cooked(recorded->bytes, recorded->wire_length,
                                    recorded->as == RECORDED_COOKED_1 ? 1 : 2, frame, where);
    where->ifindex += recorded->interface << 16;
    if (recorded->direction != DIRECTION_UNKNOWN)
        where->direction = recorded->direction;
    return result;
}

void recording_frame(struct recording *recording, const struct recorded_frame *recorded)
{
    struct frame frame;
    struct sighting sighting = {.frame = &frame};
    enum wire_result result = decode(recorded, &frame, &sighting.where);

    if (recording->frames++ == 0)
        recording->first_us = recording->last_us = recording->broadcasts.since_us = recorded->time_us;
    if (recorded->time_us > recording->last_us)
        recording->last_us = recorded->time_us;
    if (result != WIRE_OK) {
        recording->malformed += result == WIRE_MALFORMED;
        recording->foreign += result == WIRE_UNSUPPORTED;
        return;
    }
    frame.time_us = recorded->time_us;
    frame.number = recording->frames <= UINT32_MAX ? (uint32_t)recording->frames : 0;
    machine_seen(recording, &sighting);
    recording->looks_for_tag = false;
    recording->foreign += !see(recording, &sighting);
    /* Thousands of questions at once, one for each VLAN, are no storm. */
    if ((mac_is_multicast(frame.destination) || sighting.where.group) && !recording->looks_for_tag)
        count_broadcast(recording, &frame);
}

void recording_lost(struct recording *recording, uint64_t frames)
{
    recording->lost += frames;
}

void recording_goes_on(struct recording *recording, uint64_t until_us)
{
    recording->until_us = until_us;
}

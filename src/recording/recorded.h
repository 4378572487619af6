/* What is remembered of a recording while it is read. Inside of src/recording
 * only. */
#ifndef VMNETCHECK_RECORDED_H
#define VMNETCHECK_RECORDED_H

#include "pool.h"
#include "recording.h"
#include "tally.h"

enum {
    REPLIES_KEPT = 8,               /* of one question */
    CONVERSATION_REPLIES_KEPT = 24, /* of three questions */
    OBSERVATIONS_KEPT = 16,         /* of one kind */
    CANDIDATES_MAX = 64, /* questions of one key that are looked at: no time for more of a hostile file */
    TRACEROUTE_TTL = 32, /* who asks with less wants to know which router it is that drops it */
    REPEATS_KEPT = 1024, /* broadcasts that a repetition is looked for among: what REPEAT_US has in a storm */
};

/* Keys are compared as bytes, so they have no padding. */

struct station_key {
    struct mac_addr mac;
    uint8_t unused[2];
};

/* A MAC address that took part. */
struct station {
    struct station_key key;
    bool speaks;              /* frames from it were recorded */
    uint64_t spoke_us;        /* the first time */
    struct ip_addr speaks_as; /* the first source address of its packets; family IP_NONE: there was none */
    struct ip_addr relays; /* one of those in whose name it sent on, under its own MAC address, what another
                              machine had sent; family IP_NONE: it did not */
    bool relays_many;      /* there are others of them */
    bool audible;     /* frames from it to one other, or to it, were recorded: so would be the answers that it
                       * got */
    bool talked_with; /* the same, whatever is said of directions */
};

struct owner_key {
    struct ip_addr address;
    uint32_t point;
    struct mac_addr mac;
    uint8_t unused[2];
};

/* A MAC address that used an address. */
struct owner {
    struct owner_key key;
    bool claims; /* it answered ARP or NDP for it, or announced it */
    uint64_t first_claim_us, last_claim_us;
    bool speaks; /* in its name */
    uint64_t spoke_us;
    uint32_t claim_frame, spoke_frame; /* the numbers of the frames of these times: of the first claim */
};

struct talker_key {
    struct ip_addr address;
    uint32_t point;
};

/* An address in whose name something was said to one other machine: whoever does so has learned where that
 * is. */
struct talker {
    struct talker_key key;
    bool says, is_told;
    uint64_t said_us; /* the last time */
};

struct client_key {
    struct mac_addr mac;
    uint8_t unused[2];
};

enum { CLIENT_MESSAGES = 16 }; /* of one client, the last ones */

/* Who asks for an address by DHCP. */
struct client {
    struct client_key key;
    uint32_t point;        /* where it is heard */
    bool wants_broadcasts; /* what it is answered is for all to hear */
    unsigned count;
    struct client_message {
        uint32_t digest; /* of its frame */
        struct observation seen;
    } messages[CLIENT_MESSAGES];
};

/* All questions of one kind that one machine asked for one address, as recorded at one point. */
struct conversation_key {
    struct ip_addr address;
    uint32_t point; /* the interface that recorded it, 0 if the file does not tell them apart */
    struct mac_addr asker;
    uint8_t probe; /* enum probe_id */
    uint8_t unused;
};

struct conversation {
    struct conversation_key key;
    struct ip_addr asker;
    struct mac_addr to;
    int vid;                  /* of the first question; others in another VLAN do not count */
    unsigned asked;           /* questions so far, for their numbers */
    struct tally tally;       /* of those that are closed: answered, or had their time */
    unsigned open;            /* whose time had not passed when the recording ended, … */
    uint64_t open_longest_us; /* … and how old the oldest of them was: not those that hope for silence */
    struct tally nameless; /* ARP probes (RFC 5227) without an answer, which may be just what the asker hopes
                              for */
    unsigned mistagged;    /* answers in another VLAN than the question */
    unsigned doubled;      /* each frame of them was recorded more than once */
    unsigned without_checksum; /* answers, which may be right or wrong */
    unsigned repeated;         /* seen more often than they were answered, for whatever reason */
    unsigned in_vain;          /* of no answer: see struct question; or with a low TTL, … */
    uint8_t ttl;               /* … where not all have this one: somebody asks how far it is */
    bool other_ttls;
    unsigned by_others; /* of the duplicates: by another machine than the one that answered first, … */
    struct mac_addr first, other; /* … and which these two were, the last time */
    bool was_silent;              /* some were not answered, … */
    uint64_t unanswered_us;       /* … the last of them asked then */
    bool audible; /* if there were answers to the asker, they would have been recorded; set at the end */
    struct observation *kept; /* replies, up to CONVERSATION_REPLIES_KEPT */
    unsigned kept_count;
};

/* Echo requests by addresses, id and sequence. ARP and ND have neither. */
struct question_key {
    struct ip_addr asker, address;
    uint32_t point;
    uint16_t id, sequence;
    uint8_t probe;
    uint8_t unused[3];
};

struct question {
    struct question_key key;
    struct mac_addr from, to;
    uint8_t payload[PROBE_PAYLOAD_SIZE];
    uint8_t ttl;
    uint32_t ip_id;
    uint32_t digest, padding; /* of the whole frame */
    uint32_t frame;           /* its number in the file */
    int vid;
    enum direction direction;
    uint64_t asked_us;
    uint64_t last_us;  /* when it, or a copy of it, was seen last */
    unsigned number;   /* in its conversation, from 1 */
    unsigned copies;   /* the same frame again, more often than there were answers */
    unsigned returns;  /* of them: that came in after it went out */
    bool padded;       /* one of them was longer, by padding: it came by another way than the first */
    bool again;        /* asked not long after the same one, which was answered: it may be a copy of that */
    unsigned in_a_row; /* how often the frame was seen without a pause, also as questions before, … */
    unsigned answered_before; /* … and their answers */
    bool goes_on;             /* it is one of those for another question */
    bool passed_on;           /* by a router or a relay, which had been asked the same right before */
    bool answered_elsewhere;  /* the one that was passed on got the answer, or the one before it */
    bool rejected;            /* by an ICMP error, … */
    bool in_vain;             /* … which told how far it is, or that this was too big */
    unsigned reply_count;
    struct observation replies[REPLIES_KEPT];
};

/* Questions that were seen again and again without a direction. What somebody asks once more at once, and
 * what the capture sees more than once, looks the same as what came back, but stays few, or of one kind. */
struct circling {
    unsigned questions, sightings, most; /* most: of one of them */
    uint32_t digest;                     /* of the first */
    bool several;                        /* there was another one */
};

/* Observations, once of each address and MAC (and, of a tag, VID). */
struct kept {
    struct observation items[OBSERVATIONS_KEPT];
    unsigned count;
};

struct recording {
    const struct check_options *options;
    const struct target *target;
    struct pool stations, owners, talkers, conversations, questions, clients;
    uint64_t frames, foreign, malformed, lost;
    uint64_t dhcp_frames;
    struct observation router; /* the last advertisement of one; another kind: there was none */
    uint64_t first_us, last_us;
    uint64_t until_us;  /* when it ended, if that was later than the last frame, and is known */
    bool looks_for_tag; /* this frame asks what was asked before in another VLAN */
    struct return_observation returned;
    struct circling circling;
    struct mac_addr returned_to; /* who sent the first of them */
    struct kept tags, errors;
    struct {
        uint64_t since_us;
        struct broadcast_observation now, most; /* of this second, and of the busiest */
        uint32_t seen[REPEATS_KEPT];            /* digests of the last ones, by digest */
        uint64_t seen_us[REPEATS_KEPT];
    } broadcasts;
};

/* One frame, and what the file says of it beside its bytes. */
struct sighting {
    const struct frame *frame;
    struct cooked where;
};

/* ---- machines ---- */

/* Whether an address is looked at: by the options, and by those that were named. */
bool machine_is_wanted(const struct recording *recording, struct ip_addr address);
/* Who sent this frame and to whom. */
void machine_seen(struct recording *recording, const struct sighting *sighting);
/* That a MAC address answered for an address or announced it, or that the sender spoke in its name. */
void machine_claims(struct recording *recording, const struct sighting *sighting, struct ip_addr address,
                    struct mac_addr mac);
void machine_speaks(struct recording *recording, const struct sighting *sighting, struct ip_addr address);
/* That somebody talked as an address, and was talked to, after that time. */
bool machine_talks(const struct recording *recording, struct ip_addr address, uint32_t point,
                   uint64_t after_us);
/* That it sends on what others send: a bridge of a wireless station, which has to use its own MAC address.
 * Who does so for other addresses than this one is no rival for it. */
void machine_passes_on(struct recording *recording, struct mac_addr mac, struct ip_addr asker);
bool machine_is_relay(const struct recording *recording, struct mac_addr mac, struct ip_addr address);
bool machine_is_heard(const struct recording *recording, struct mac_addr mac);
/* That what it says to one other, or is told, is there. */
bool machine_is_talked_with(const struct recording *recording, struct mac_addr mac);
/* How many machines speak. */
unsigned machine_count(const struct recording *recording);

/* ---- questions ---- */

/* A question in that frame, as yet without what its kind has besides. */
struct question question_from(const struct sighting *sighting, enum probe_id probe, struct ip_addr asker,
                              struct ip_addr address);
/* Notes a question, or that it is a copy of one. */
void question_ask(struct recording *recording, struct question *question);
/* Notes an answer to a question with this key and (NULL: whatever) payload. False if there is none. */
bool question_answer(struct recording *recording, const struct sighting *sighting,
                     const struct question_key *key, const uint8_t *payload);
/* Notes an ICMP error that quotes a question with this key. False if there is none. */
bool question_reject(struct recording *recording, const struct frame *error, const struct question_key *key);

/* ---- conversations ---- */

struct conversation_key conversation_of(const struct question *question);
/* The conversation of a question, which is new if need be. */
struct conversation *conversation_join(struct recording *recording, const struct question *question);
/* What came of a question, into its conversation. */
void conversation_close(struct recording *recording, const struct question *question);

/* ---- clients of DHCP ---- */

/* A message of one, or for one that asked. */
void client_hears(struct recording *recording, const struct sighting *sighting);
/* A router's advertisement: there may be addresses without DHCP. */
void client_hears_router(struct recording *recording, const struct frame *frame);

/* ---- all together ---- */

/* Keeps one more, as long as there is room. */
void recording_keep(struct kept *kept, const struct observation *observation);
/* Another second of broadcasts is over. */
void recording_turn_second(struct recording *recording);
/* Time between two stamps of the file; 0 if they are in the wrong order. */
static inline uint64_t recording_since(uint64_t then_us, uint64_t now_us)
{
    return now_us > then_us ? now_us - then_us : 0;
}

#endif

/* Probes: one file each in probes/, small state machines that the session drives. A probe gets frames and the
 * time, sends, and says what it saw; it has no clock, no socket and no opinion. */
#ifndef VMNETCHECK_PROBE_H
#define VMNETCHECK_PROBE_H

#include "observation.h"
#include "options.h"
#include "target.h"

struct probe;

/* An address that probes are sent from, shared by the probes of one target. See probes/source.c. */
struct source {
    enum source_state state;
    struct ip_addr address;
    struct mac_addr mac;
    struct ip_addr neighbour; /* borrowed, IPv4: the guest's address that it was chosen for */
    unsigned candidates;      /* how many were tried */
    unsigned asked;           /* how often it was asked whether anybody has it */
    uint64_t due_us;          /* asking: when to go on */
    unsigned questions;       /* how often the guest asked who has it */
    bool was_delivered;       /* that a packet came for it was observed */
};

enum { LINK_SOURCES_MAX = 4, SOURCES_MAX = TARGET_ADDRESSES_MAX + 2 + LINK_SOURCES_MAX };

/* What the session lends to the probes of one target. */
struct probe_env {
    const struct check_options *options;
    const struct host_facts *facts;
    struct target *target; /* probes only read it */
    struct builder *builder;
    struct observations *observations;
    struct source sources[SOURCES_MAX];
    size_t source_count;
    unsigned other_questions; /* of the guest, for others than our sources; only the first few are observed */
    bool has_guest_mac;       /* some unicast source address was heard from the guest */
    struct mac_addr guest_mac;
    uint64_t now_us;             /* set before each call */
    uint64_t patience_until_us;  /* -w: until then a probe that nobody answers goes on; 0: it does not */
    uint64_t last_reply_us;      /* of first copies */
    bool holds_back;             /* frames of ours come back, and more of them would feed the loop */
    bool floods;                 /* the guest; what is lost then is not lost by a limit of its answers */
    bool host_is_unanswered;     /* a ping of its own was not answered */
    bool asks_more;              /* some probes were not answered at first */
    bool loses;                  /* and others like them were */
    uint64_t queue_dropped;      /* so many frames to the guest, as far as it was looked */
    uint64_t slow_us;            /* when the next probe may go that is asked slowly, by whichever train */
    uint64_t more_us;            /* the same for those that are asked again, with pauses */
    bool hears_questions;        /* ARP and ND of what goes out, too */
    unsigned *tag_searches_left; /* that may yet be begun, by all targets together; NULL: any number */
    void *context;
    /* The frame's number in the file that keeps it (0: none does), or -errno; -ENODEV if there is no way to
     * send there. */
    int (*send)(void *context, enum vantage at, const struct packet *packet);
    bool (*has_vantage)(void *context, enum vantage at);
    uint64_t (*random)(void *context);
    /* Has the kernel watch what becomes of an echo by the host's stack; NULL: asks it what became of that,
     * and ends the watch. The answer to either comes to told(). 0, -EAGAIN: another one is watched now, or
     * -errno. */
    int (*trace)(void *context, const struct trace_question *question);
    /* As of struct check_means. */
    bool (*neighbour_was_refused)(void *context, enum ip_family family);
    /* A search found an address of the guest; so many of its questions for that may be answered yet. */
    void (*found)(void *context, struct ip_addr address, enum address_origin origin, unsigned asked);
    /* Takes a line about what was decided; NULL: nobody wants to know. */
    void (*tell)(void *context, const char *text);
};

/* When a probe is started; bits, of which any is enough. */
enum probe_start {
    STARTS_ALWAYS = 1,        /* for each address */
    STARTS_UNNAMED = 2,       /* where the user named no address */
    STARTS_WHEN_SILENT = 4,   /* when silent() is true of an address that has had silence_us to answer */
    STARTS_WHEN_DOUBTFUL = 8, /* when all others are done and doubtful() is true of the address */
    /* When all others are done and a finding asks for it, or the user does (--deep). */
    STARTS_WHEN_ASKED = 16,
    /* The same, but a finding only, and when no other one is wanted: it goes by what they saw. */
    STARTS_LAST = 32,
};

/* Every vantage that it may hear at. */
enum { ANYWHERE = VANTAGE_BIT(VANTAGE_COUNT) - 1 };

/* The descriptor of a kind of probe. */
struct probe_class {
    enum probe_id id;
    bool of_target;        /* one for the target; otherwise one for each address */
    enum ip_family family; /* of the addresses that it is for; IP_NONE: any */
    unsigned starts;       /* bits of enum probe_start */
    unsigned
        needs; /* where it sends besides AT_TAP: bits VANTAGE_BIT(); without one of them it is not started */
    unsigned hears;     /* where it gets what comes in, … */
    unsigned hears_out; /* … and what goes out: bits VANTAGE_BIT() */
    uint64_t silence_us;
    bool (*silent)(const struct probe_env *env, struct ip_addr address);
    bool (*doubtful)(const struct probe_env *env, struct ip_addr address);
    /* How long it takes at most; NULL: as long as the options say. */
    uint64_t (*lasts_us)(const struct check_options *options);
    size_t state_size;                  /* of probe->state, zeroed before start */
    void (*start)(struct probe *probe); /* NULL: it only looks */
    /* True if the frame was an answer to this probe. */
    bool (*frame)(struct probe *probe, const struct frame *frame);
    /* The kernel's answer to env->trace(), whichever probe asked: one that waits for none leaves it. NULL: it
     * never asks. */
    void (*told)(struct probe *probe, const struct trace_answer *answer);
    /* Called when probe->due_us has come; sets the next one, or done. */
    void (*timer)(struct probe *probe);
    /* Says what came of it; once, at the end. NULL: all was said. */
    void (*finish)(struct probe *probe);
    /* Looks at the host's facts of this moment, as soon as doubtful() is true of an address, and at the
     * end. */
    void (*look)(struct probe_env *env, const struct host_facts *now);
};

struct probe {
    const struct probe_class *class;
    struct probe_env *env;
    struct ip_addr address;
    uint64_t due_us; /* when to call timer; 0: never */
    bool done;       /* nothing more to send or to wait for; frames still come, for duplicates */
    void *state;
};

/* All of probes.def; ends with NULL. */
extern const struct probe_class *const PROBES[];

/* The tag that probes are sent with and that answers must have. */
int probe_vid(const struct probe_env *env);
/* Whether a frame came in the VLAN that we expect of the guest. */
bool probe_vlan_matches(const struct probe_env *env, const struct frame *frame);
/* Whether a MAC is one that we send with, or the host: that of a hop of the path. A frame from it that comes
 * in is one of ours that came back, or the guest uses it. */
bool probe_is_own_mac(const struct probe_env *env, struct mac_addr mac);
/* In whose name a frame speaks, as far as it says so itself: a packet may have been forwarded, unless it
 * cannot leave its link. IP_NONE: that is not known. */
struct ip_addr probe_speaker_of(const struct frame *frame);
/* Whether a reply to what was asked of an address comes from it: who has an anycast address answers from one
 * of its own (RFC 4443 4.2). */
bool probe_is_reply_of(const struct probe_env *env, const struct frame *frame, struct ip_addr address);
/* Observes, once a VID, that a frame about an address came in another VLAN than expected. */
void probe_note_tag(struct probe_env *env, struct ip_addr address, const struct frame *frame);
/* Sends a packet that was built with result `built` (0 or -errno). Returns its number in the file that keeps
 * it (0: none does), as all that send, or -errno. */
int probe_send(struct probe_env *env, enum vantage at, int built, const struct packet *packet);

/* A broadcast ARP request on the tap, in the name of a source; NULL: in nobody's (a probe, RFC 5227 2.1.1),
 * from the target's MAC. The guest learns from the other where that source is. */
int probe_send_arp(struct probe_env *env, const struct source *speaker, struct ip_addr target);
/* Builds a broadcast request in the name of `sender` (0.0.0.0: nobody), in a VLAN (VID_NONE: untagged) and
 * from a MAC of ours. 0 or -errno. */
int probe_build_arp(struct probe_env *env, struct mac_addr mac, int vid, struct ip_addr sender,
                    struct ip_addr target, struct packet *ret_packet);
/* And the solicitation. */
int probe_build_solicitation(struct probe_env *env, struct mac_addr mac, int vid, struct ip_addr source,
                             struct ip_addr target, struct packet *ret_packet);
/* A neighbour solicitation to the solicited-node group, from the IPv6 source, with its link-layer address. */
int probe_send_solicitation(struct probe_env *env, const struct source *source, struct ip_addr target);

/* Observes that a MAC answered for an address, once at each vantage. */
void probe_observe_claim(struct probe_env *env, const struct frame *frame, struct ip_addr address,
                         struct mac_addr mac);
/* Where the segment is asked from this source: on the bridge; in the host's own name at its end of the path,
 * since of a chain of bridges the next one would learn that the host is on the guest's side, and lose what
 * the guest sends it. */
enum vantage probe_vantage_of_segment(const struct probe_env *env, const struct source *source);
/* Whether the source has still to be asked for (probe->due_us says until when), or there is none (the probe
 * is done). */
bool probe_waits_for_source(struct probe *probe, const struct source *source);
/* How often a search asked for an address that is checked: answers to that may come as late as those to
 * us. */
unsigned probe_asked_by_search(const struct probe_env *env, struct ip_addr address);
/* Whether somebody was heard on the tap to answer for the address. */
bool probe_is_answered(const struct probe_env *env, struct ip_addr address);
/* The only MAC that answers for the address; false if there is none, or several. */
bool probe_find_owner(const struct probe_env *env, struct ip_addr address, struct mac_addr *ret);
/* Nobody answered an echo request to it, so far. */
bool probe_is_echo_silent(const struct probe_env *env, struct ip_addr address);
/* The longest time that an answer of that machine took, by whichever of its addresses; 0: there was none. */
uint64_t probe_longest_rtt_us(const struct probe_env *env, struct mac_addr mac);
/* Whether what the host knew beforehand speaks against the answers for an address: its neighbour table has
 * another MAC for it, or the bridge learned the MAC that answered on another port. Old entries do, too. */
bool doubt_of_claim(const struct probe_env *env, struct ip_addr address);
/* That nothing of this probe was answered may be for a limit of the guest's, which what was asked of its
 * other addresses used up: they are answered, and so is who has this one. */
bool doubt_may_be_limit(const struct probe *probe);

/* ---- the bridge's forwarding table ---- */

/* The port of the target's bridge, other than the target, where these facts have a MAC learned; NULL:
 * none. */
const struct link_facts *doubt_learned_elsewhere(const struct probe_env *env, const struct host_facts *facts,
                                                 struct mac_addr mac);

/* ---- sources ---- */

/* The source for probes to an address (for an unspecified one: to the link). It may still have to be asked
 * whether it is free; NULL if there is none. */
struct source *source_for(struct probe_env *env, struct ip_addr address);
/* Those to talk to all IPv6 nodes of the link from: one for link-local addresses, and the host's own of each
 * other prefix that it has there. Returns how many. */
size_t sources_of_link(struct probe_env *env, struct source *ret[LINK_SOURCES_MAX]);
/* Whether it may be sent from now. */
bool source_is_usable(const struct source *source);
/* Whether an address is one that we send from. */
bool source_is_ours(const struct probe_env *env, struct ip_addr address);
/* Watches a frame from the guest: answers for borrowed addresses, notices those that are taken. True: it was
 * for us. */
bool sources_frame(struct probe_env *env, const struct frame *frame);
/* Goes on asking whether sources are free; returns when to call again, 0: never. */
uint64_t sources_timer(struct probe_env *env);
/* Whether it is still being asked if one of them is free. */
bool sources_are_asked(const struct probe_env *env);
/* Observes what became of each source, if that was not observed yet. */
void sources_finish(struct probe_env *env);

#endif

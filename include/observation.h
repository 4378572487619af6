/* What was seen while checking one target: an append-only, typed log. It says what was seen, never what it
 * means. Pure. */
#ifndef VMNETCHECK_OBSERVATION_H
#define VMNETCHECK_OBSERVATION_H

#include "trace.h"
#include "wire.h"

enum observation_kind {
    OBSERVED_CHECK,      /* the outcome of one probe of one address */
    OBSERVED_REPLY,      /* one reply to one of our probes, or a further copy of one */
    OBSERVED_CLAIM,      /* a MAC answered for an address */
    OBSERVED_PROXY,      /* a MAC answered for an address that nobody has */
    OBSERVED_HEARD,      /* the guest spoke without being asked, in the name of an address */
    OBSERVED_ALIVE,      /* a frame came from a MAC in nobody's name; one of each sort */
    OBSERVED_DHCP,       /* what a client behind the target asked for, or what it was answered */
    OBSERVED_ROUTER,     /* the guest asked for routers, or one advertised itself to it */
    OBSERVED_LISTENED,   /* until then all that DHCP clients and servers said was heard */
    OBSERVED_QUESTION,   /* the guest asked who has an address */
    OBSERVED_DELIVERY,   /* the guest sent a packet to a source of our probes: it knows the MAC of that */
    OBSERVED_ICMP_ERROR, /* an ICMP error that quotes one of our probes */
    OBSERVED_RETURN,     /* frames that we sent came back in */
    OBSERVED_TAG,        /* the guest's frames carry a VID */
    OBSERVED_LEARNED,    /* on which port the bridge has a MAC learned that answered on the target */
    OBSERVED_BROADCASTS, /* how many broadcast and multicast frames came in */
    OBSERVED_SOURCE,     /* which source address the probes of a family used, and what became of it */
    OBSERVED_SEARCH,     /* one means by which addresses of the guest were looked for */
    OBSERVED_WAY,        /* whom the guest asked for, to answer an echo request from a source near or far */
    OBSERVED_STACK,      /* what became of the echo that the host's own stack sent */
    OBSERVED_RESOLVE,    /* what became of the questions of host and guest for each other's MAC address */
    OBSERVED_ENTRY,      /* the MAC address that the host knows for it in the end; all zero: none */
    OBSERVED_TRACE,      /* what the kernel says became of the echo of the host's own stack */
    OBSERVED_MTU,        /* whether large echo requests are answered, where small ones are */
    OBSERVED_TROUBLE,    /* something that makes silence or absence prove nothing */
};

/* Which question a check or a reply belongs to. */
enum probe_id {
#define PROBE(id, name, summary) PROBE_##id,
#include "probes.def"
#undef PROBE
    PROBE_COUNT
};

/* Why answers that a recording lacks may have been there. */
enum doubt {
    DOUBT_NONE,
    DOUBT_ONE_SIDED, /* nothing that is sent to who asked was recorded */
    DOUBT_TALKS,     /* who has the address talks with others meanwhile */
    DOUBT_STRANGER,  /* others are there, nobody uses the address, and the user did not name it */
    DOUBT_CHECKSUM,  /* they are there, without an IP checksum, as a machine that records itself has them */
};

enum { FRAMES_KEPT = 3 };

/* The first frames of one sort, by their numbers in the file that keeps them; 0: there are no more. */
struct frame_numbers {
    uint32_t of[FRAMES_KEPT];
};

/* Adds one that has a number (is not 0), if there is room. */
void observation_keep_frame(struct frame_numbers *numbers, uint32_t number);

struct check_observation {
    enum probe_id probe;
    unsigned sent, received; /* received: probes that got an answer; a further copy is a duplicate */
    unsigned duplicates;
    unsigned bad_checksums; /* replies that were ours but for their checksum */
    unsigned send_failures;
    int send_error;   /* the errno of the last failure */
    enum doubt doubt; /* recorded: why it is not concluded, though it had its time */
    bool concluded;   /* every probe was answered or had its time; false: stopped before */
    /* So many more were not answered, but all that were asked with pauses: a limit of the guest's, or our own
     * burst, took them. They do not count as sent. */
    unsigned set_aside;
    unsigned elsewhere; /* answers that came to the bridge by another port than the target */
    bool off_link;      /* nobody answers for the address itself, but for the gateway to it on the target */
    bool no_mac;        /* nothing was sent, because no MAC to send to was known */
    bool no_source;     /* nothing was sent, because no address to send from could be had */
    uint64_t rtt_min_us, rtt_avg_us, rtt_max_us; /* of first copies; 0 without any */
    uint64_t lost_us;  /* when the last one that was not answered was sent; 0: unknown, or none */
    uint64_t pause_us; /* between the fragments of an OVERSIZE request; 0: unknown */
    struct ip_addr source;
    struct frame_numbers unanswered, spoilt; /* questions; replies with a wrong checksum */
};

struct reply_observation {
    enum probe_id probe;
    unsigned sequence;           /* of the probe, from 1 */
    unsigned copy;               /* 0: the first reply, 1: its first duplicate, … */
    struct mac_addr to;          /* whom the probe was sent to; all zero for ARP and ND */
    struct mac_addr destination; /* of the reply's frame */
    uint64_t rtt_us;             /* since the probe was sent */
    uint64_t after_us;           /* since the first copy */
    struct ip_addr source;
    uint8_t ttl;
    bool has_ip_id;
    uint32_t ip_id; /* IPv6: of the fragment header */
    int vid;
    uint32_t digest; /* of the captured frame: equal for identical copies */
};

/* Frames of ours that came back in: `frames` of them at least once, `returns` in all. */
struct return_observation {
    unsigned frames, returns;
    unsigned most;      /* of one frame */
    unsigned host_most; /* how often one frame of the host's own kernel came in, which may send it more than
                           once */
    struct frame_numbers came; /* as they came in */
};

struct broadcast_observation {
    uint64_t count;
    uint64_t during_us;
    uint64_t repeated; /* of them: the very same bytes as one before */
    struct frame_numbers first;
};

struct icmp_error_observation {
    uint8_t type, code;
    uint32_t value;
    struct ip_addr sender;
};

/* What sort of frame it was. */
struct alive_observation {
    enum frame_kind kind;
    uint16_t ethertype;
    enum ip_family family; /* IP_NONE: it was no IP */
};

struct dhcp_observation {
    uint8_t type; /* enum dhcp_type */
    bool checksum_bad;
    bool one_sided;         /* in a recording: answers to the client need not be there */
    struct ip_addr server;  /* as it names itself; IP_NONE: it does not */
    struct mac_addr sender; /* of the frame */
};

struct router_observation {
    bool advertised; /* otherwise asked for */
    bool autonomous, managed;
};

enum source_state {
    SOURCE_NONE,     /* no address to send from */
    SOURCE_ASKING,   /* meant to be borrowed; whether anybody has it is being asked */
    SOURCE_OURS,     /* the host has it */
    SOURCE_BORROWED, /* nobody had it, as far as was seen; we answer for it */
    SOURCE_TAKEN,    /* meant to be borrowed, but somebody else has it */
};

enum { SEARCH_PART_LENGTH = 24 /* of the prefix that is swept of a subnet that is too large */ };

enum search_means { SEARCH_NEIGHBOURS, SEARCH_LINK_LOCAL, SEARCH_ALL_NODES, SEARCH_SWEEP };

struct search_observation {
    enum search_means means;
    unsigned asked;        /* addresses that were asked, 1 for all-nodes */
    struct ip_addr subnet; /* of a sweep */
    unsigned prefix_length;
    bool too_large;   /* only the part was swept in which the host's address is */
    bool answers_all; /* so many addresses were answered for that they cannot all be its own */
};

enum { STACK_FRAMES_MAX = 8 };

/* The observation's MAC is whom the host sent its request to, its vantage where that was seen first. */
struct stack_observation {
    unsigned sent, received;
    unsigned heard;             /* where it was listened: bits VANTAGE_BIT() */
    unsigned requests, replies; /* and where one was seen, likewise; AT_HOST: it was sent, it was received */
    int send_error;        /* the errno with which the kernel refused the last one that it refused, or 0 */
    int unsent;            /* that of the last one that failed on our side, which was no try */
    bool no_room;          /* meanwhile the host had no room for another neighbour */
    bool concluded;        /* it was answered, or had its time after the guest did answer on the target */
    uint64_t rtt_us;       /* 0: not answered */
    struct ip_addr source; /* that the host chose; IP_NONE: it was not seen */
    /* On the target: whom the request came from, and whom a reply was for: that MAC, if any was. */
    struct mac_addr asked_by, answered_to;
    uint32_t frames[STACK_FRAMES_MAX]; /* numbers of the first ones that were seen at each place; 0: none */
};

/* What one of them asked for the other, and was answered: where it was seen, bits VANTAGE_BIT(). */
struct asking {
    unsigned times; /* that it asked, as seen where it sends; without those in the host's name that we sent */
    unsigned questions, answers;
    unsigned given, got; /* answers, as seen where they are sent, and where they are to come to */
};

/* The observation's vantage is the host's end of the path. */
struct resolve_observation {
    unsigned heard; /* where it was listened */
    struct asking by_host, by_guest;
    unsigned sent;           /* of us, in the host's name, … */
    unsigned send_failures;  /* … of which so many could not be sent */
    int send_error;          /* the errno of the last failure */
    unsigned strangers;      /* so many neighbours that nobody knows the host sent an echo request to, … */
    bool asked_for_stranger; /* … and asked for one of them at least */
    bool concluded;          /* question and answer got through, or had their time when the guest was there */
    struct ip_addr own;      /* the host's name there */
};

struct trace_observation {
    bool answered; /* the echo came through this time */
    const struct trace_answer *answer;
};

enum trouble_kind {
    TROUBLE_CAPTURE_LOST, /* `count` frames were dropped before we saw them */
    TROUBLE_LINK_LOST,    /* the interface went away or down; `error` */
    TROUBLE_INTERRUPTED,  /* the user stopped it */
    TROUBLE_FLOOD,        /* more came in than is looked at; `count` frames were passed over */
    TROUBLE_QUEUE_FULL,   /* the queue of the tap dropped `count` frames to the guest */
    TROUBLE_REPLIES_LOST, /* `count` replies to the host's own pings, whosever, were dropped on their last
                             step to us: for want of room, or (IPv6) for a wrong checksum */
    TROUBLE_NOT_ALL_TAGS, /* the address was not asked for in all VLANs: too many targets are silent */
    TROUBLE_UNWATCHED,    /* what host and guest ask by ARP and ND was not heard: too many might say it */
};

struct trouble_observation {
    enum trouble_kind kind;
    uint64_t count;
    int error;
};

enum way_source {
    WAY_NEAR,       /* the source has `shared` leading bits in common with the guest's address, and no more */
    WAY_FAR,        /* it is on no link: of a network for benchmarks */
    WAY_LINK_LOCAL, /* it is on any */
};

/* What became of an echo request to the address from a source that nobody has, so that the guest has to say
 * how it would answer it. */
struct way_observation {
    enum way_source of;
    struct ip_addr source;
    unsigned shared;
    struct ip_addr asked;                 /* whom it asked for: the source, a gateway; IP_NONE: nobody */
    unsigned times;                       /* that it did so, each time at once when it got such a request */
    bool answered;                        /* somebody answered that question */
    bool sent;                            /* the echo reply was sent, to `mac` */
    bool asked_by_name, answered_by_name; /* FAR: for the address by ARP in the name of the host's own */
    struct frame_numbers frames;          /* the request, and what shows whom the guest asked or answered */
};

/* How large an echo request was sent. */
enum mtu_way {
    MTU_ECHO,   /* by us, on the target: one that fills the packet */
    MTU_PADDED, /* likewise: a small one, in a frame that is padded to that size */
    MTU_HOST,   /* by the host's own stack: as MTU_ECHO */
    MTU_SPLIT,  /* by us, on the target: a larger one, in fragments; so the reply comes in fragments, too */
    MTU_WAYS,
};

/* Small and large ones in turn. Sizes are those of IP packets. */
struct mtu_observation {
    struct {
        unsigned small, large; /* sizes; 0: it was not asked this way */
        unsigned small_sent, small_answered, large_sent, large_answered;
    } of[MTU_WAYS];                    /* PADDED, SPLIT: their small ones are those of ECHO */
    unsigned tails;                    /* SPLIT: so many answers came, but for their first fragments */
    unsigned heard, requests, replies; /* HOST: where it was listened, and where large ones were seen */
    bool is_told;   /* an ICMP error about a large one came: whoever sends it does learn its size */
    bool concluded; /* all were sent and had their time */
    enum mtu_way searched;
    unsigned passes; /* the largest that was answered of those that were `searched`; 0: they were not */
};

enum { MTU_PROOFS = 3 };
/* Whether large ones get lost, and no small one that was sent before, between and after them: behind the
 * target, whatever is in them, or (of those of the host's own stack) before it, or on their way back from
 * there. */
bool observation_mtu_lost_behind(const struct mtu_observation *mtu);
bool observation_mtu_lost_before(const struct mtu_observation *mtu);
/* Or behind the target on their way to it alone: frames of that size do reach the guest. It may also not like
 * large pings; or it does answer them, as the rests of its answers show. */
bool observation_mtu_may_be_lost_back(const struct mtu_observation *mtu);
bool observation_mtu_lost_back(const struct mtu_observation *mtu);

/* How many broadcasts a second, and whether they are more than any guest can mean. There may be, if more came
 * than could be read. */
double observation_broadcast_rate(const struct broadcast_observation *broadcasts);
bool observation_is_storm(const struct broadcast_observation *broadcasts);
bool observation_may_be_storm(const struct broadcast_observation *broadcasts);

struct observation {
    enum observation_kind kind;
    uint64_t time_us;
    uint32_t frame; /* the number of the frame that it was made of; 0: of none, or of one that has none */
    struct ip_addr address; /* what it is about; CHECK, REPLY, CLAIM, ERROR: the address probed; DHCP: that is
                               offered, granted or requested */
    struct mac_addr mac;    /* REPLY, CLAIM, HEARD, QUESTION: who; CHECK: to whom the probes went, if known;
                               DHCP: the client */
    enum vantage at;        /* where it was seen */
    union {
        struct check_observation check;
        struct reply_observation reply;
        struct ip_addr asker; /* QUESTION: in whose name, unspecified in a probe */
        bool yields; /* CLAIM: by an advertisement that overrides nothing, as for an anycast address or by a
                        proxy (RFC 4861 7.2.4) */
        struct alive_observation alive;
        struct dhcp_observation dhcp;
        struct router_observation router;
        struct icmp_error_observation error;
        struct return_observation returned;
        struct {
            struct vlan_tag tag;   /* TAG; tpid 0: there is none */
            struct vlan_tag inner; /* the one behind it; tpid 0: there is none */
        };
        int port; /* LEARNED: ifindex */
        struct broadcast_observation broadcasts;
        enum source_state source;
        struct search_observation search;
        struct way_observation way;
        struct stack_observation stack;
        struct resolve_observation resolve;
        struct trace_observation trace;
        struct mtu_observation mtu;
        struct trouble_observation trouble;
    };
};

enum { HOST_RETURNS_MIN = 8 };    /* of one frame in a check: more than any kernel sends it */
enum { OBSERVATIONS_MAX = 1024 }; /* of one target; a hostile guest cannot make it more */

/* Zero-initialised is empty. */
struct observations {
    struct observation *items;
    size_t count, capacity;
    uint64_t left_out; /* what came when it was full */
    uint64_t foreign;  /* frames that answered none of our probes */
    uint64_t malformed;
};

/* What a frame shows about an address: the tags that it carries, the ICMP error that it is, or the reply to a
 * question for the address. Of the reply *known is what the frame does not show: the probe, which of its
 * questions it answers, and when. */
struct observation observation_of_tags(const struct frame *frame, struct ip_addr address);
struct observation observation_of_error(const struct frame *frame, struct ip_addr address);
struct observation observation_of_reply(const struct frame *frame, struct ip_addr address,
                                        const struct reply_observation *known);

/* Appends a copy, of what it points to as well. Checks, sources and troubles always find room. */
void observation_add(struct observations *observations, const struct observation *observation);
/* The same, but only if none of the same kind, address and MAC is there yet. */
void observation_add_once(struct observations *observations, const struct observation *observation);
/* Those from number `first` on that were made of this frame bear its number. */
void observations_number(struct observations *observations, size_t first, const struct frame *frame);
/* Whether one of this kind, address and MAC is there; a family IP_NONE or a NULL mac stands for any. */
bool observation_exists(const struct observations *observations, enum observation_kind kind,
                        struct ip_addr address, const struct mac_addr *mac);
/* Whether an address was asked for by ARP or ND, and nobody answered though there was time. */
bool observation_of_silence(const struct observations *observations, struct ip_addr address);
void observations_free(struct observations *observations); /* leaves it empty */

/* One line for people: "reply at tap 10.9.0.2 52:54:00:12:04:11: to icmp 2, copy 0, after 0.241 ms, ttl 64,
 * id 7121". The caller frees it. */
char *observation_text(const struct observation *observation);

/* "arp", "ndp", … and "ARP requests for the address", … */
const char *probe_name(enum probe_id probe);
const char *probe_summary(enum probe_id probe);
/* What an address is asked by: ARP or NDP; an echo of its family. */
enum probe_id probe_of_neighbour(struct ip_addr address);
enum probe_id probe_of_echo(struct ip_addr address);

#endif

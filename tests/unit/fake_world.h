/* A world for one session: the host's facts, a clock that only the test moves, events, and what was sent. The
 * link is in fake_link.h, who lives behind the tap in fake_guest.h; a test includes fake_session.h. */
#ifndef VMNETCHECK_FAKE_WORLD_H
#define VMNETCHECK_FAKE_WORLD_H

#include "frames.h"
#include "check.h"
#include "verdict.h"

#define TAP_MAC    "fe:54:00:12:04:11"
#define BRIDGE_MAC "fe:00:00:00:00:01"
#define WRONG_MAC  "52:54:00:12:04:99"
#define GUEST_LL   "fe80::5054:ff:fe12:411" /* of GUEST_MAC */
#define GUEST_ULA  "fd00:9::2"
#define HOST_ULA   "fd00:9::1"

enum { TAP_INDEX = 3, BRIDGE_INDEX = 4, UPLINK_INDEX = 2 };
enum { EVENTS_MAX = 2048, SENT_MAX = 8192, GUEST_ADDRESSES_MAX = 20, CACHE_MAX = 32, PENDING_MAX = 32 };
enum { MS = 1000, SECOND = 1000000 };
#define WORLD_START_US UINT64_C(5000000)

struct world;

struct event {
    uint64_t due_us;
    uint64_t number; /* of two that are due at once the lower is first */
    void (*happen)(struct world *world, const struct event *event);
    bool only_at_bridge;    /* it does not come by the tap */
    struct ip_addr address; /* for those about a neighbour */
    struct mac_addr mac;
    enum vantage at;     /* for those of the host's own ping */
    struct writer frame; /* for those about a frame; the last, because it is long and mostly empty */
};

/* The host's own stack: where its ping is seen, with its replies. */
struct fake_stack {
    bool is_there;
    int send_error;             /* what sending gives (errno) */
    bool has_lost_source;       /* any that it is told */
    unsigned requests, replies; /* bits VANTAGE_BIT() */
    size_t packet_max;          /* larger ones are lost, but for where they are seen; 0: none is */
    unsigned large_requests, large_replies; /* where: bits VANTAGE_BIT() */
    unsigned silent_until;                  /* its sequences below this one are lost at once */
    bool has_wrong_entry;                   /* the guest's replies are for WRONG_MAC */
    unsigned sent;
};

/* What goes out is heard, and who asks for whom: the host's stack asks before it sends, for whom it does not
 * know. */
struct fake_questions {
    bool are_heard;
    bool host_knows;       /* the guest, and need not ask */
    bool host_is_mute;     /* what its stack asks gets lost at once */
    bool are_lost;         /* what is sent into the bridge does not come to the tap */
    bool answers_are_lost; /* what the guest sends does not come to the bridge */
};

/* The kernel, asked what becomes of the host's own echo. */
struct fake_trace {
    bool is_there;     /* otherwise nobody may ask it */
    bool is_dumb;      /* it is there, and never answers */
    unsigned busy;     /* so often it is another one's turn */
    bool lets_through; /* while it watches, the echo comes through */
    struct trace_answer begins, ends;
    struct trace_question question; /* the last one */
    unsigned watches, asks;
};

/* One frame that we sent. */
struct sent {
    uint64_t time_us;
    enum vantage at;
    struct frame frame;
    size_t length;
    uint8_t bytes[128]; /* the first ones */
};

/* An address and whose it is: in the guest's neighbour cache, or on the bridge. */
struct neighbour {
    struct ip_addr address;
    struct mac_addr mac;
};

/* An echo reply that waits until the guest knows where to send it. */
struct pending {
    struct ip_addr source, destination;
    uint16_t id, sequence;
    uint16_t length;
    uint8_t payload[64];
};

struct fake_guest {
    struct mac_addr mac;
    struct ip_addr addresses[GUEST_ADDRESSES_MAX];
    size_t address_count;
    unsigned prefix_length; /* IPv4 */
    struct ip_addr gateway; /* IPv4; IP_NONE: it has none */
    int hear_vid, speak_vid;
    uint64_t up_us;      /* it is there from this time on */
    uint64_t delay_us;   /* between a request and its reply */
    uint64_t pace_us;    /* between two frames that it takes: the others wait */
    uint64_t free_us;    /* when it takes the next one */
    uint64_t waiting_us; /* so long the last one waits, at most */
    bool deaf, no_arp, no_arp_probes, no_ndp, no_echo, rejects, bad_checksum, no_all_nodes, queues;
    size_t frame_max;     /* longer ones do not reach it; 0: all do */
    size_t sends_max;     /* and longer ones of its own get lost */
    struct pending split; /* of which the first fragment came */
    uint16_t echo_max;    /* it answers none with more payload; 0: all */
    bool confirms;        /* asks a link-local address that sends an echo request whether it is there still */
    bool is_frugal;       /* sends a reply to where the request came from, without asking */
    bool proxies;         /* answers ARP for everybody */
    uint64_t proxy_delay_us;        /* at most; random */
    unsigned lose_from, lose_to;    /* of its replies, from 1; 0: none */
    unsigned loses_each;            /* of its replies: the second of two, third of three, …; 0: none */
    uint64_t asks_in_vain_until_us; /* its questions are lost, and what it would have answered */
    unsigned replies;
    unsigned copies;                                           /* of each reply, besides the first */
    uint64_t copy_after_us, copies_later_us;                   /* later: each reply's so much more */
    void (*tamper)(struct world *world, struct writer *frame); /* with each frame that it sends */
    struct neighbour cache[CACHE_MAX];
    size_t cache_count;
    struct pending pending[PENDING_MAX];
    size_t pending_count;
};

struct world {
    uint64_t now_us, ended_us;
    uint32_t frames; /* that passed: the last one's number */
    struct check_options options;
    struct link_facts links[3];
    struct address_facts own[16];
    struct neighbour_facts neighbours[16];
    struct fdb_facts fdb[16];
    struct host_facts facts;
    const struct host_facts *later; /* what they have become when they are looked at again; NULL: the same */
    struct target target;
    bool neighbour_was_refused; /* for want of room */
    int way_in; /* what its kernel says of a packet from the guest, where it filters strictly: 0 or -errno */
    struct ip_addr host_gateway; /* of the host's default route; IP_NONE: it has none */
    struct fake_guest guest;
    struct fake_stack stack;
    struct fake_trace trace;
    struct fake_questions questions;
    struct neighbour others[8]; /* machines on the other ports of the bridge */
    size_t other_count;
    uint64_t others_answer_us;
    struct event *events; /* unordered */
    size_t event_count;
    uint64_t event_number;
    struct sent *sent;
    size_t sent_count;
    int send_error; /* what sending gives (errno), for the frames from … to …, counted from 1 */
    unsigned send_from, send_until; /* 0: none */
    unsigned sendings;
    uint64_t lost, passed_over;  /* frames, as the driver counted them */
    unsigned *tag_searches_left; /* struct check_means */
    bool bridge_cannot_be_opened;
    bool is_done;
    struct builder *builder;
    struct check *check;
    struct observations seen; /* what the last verdict was made of */
    struct verdict verdict;
    uint64_t random_state;
};

/* For chance, which has no context everywhere. */
static struct world *the_world;
/* Of the one world that there is: megabytes, which take longer to get and to give back than many a check. */
static struct event the_events[EVENTS_MAX];
static struct sent the_sent[SENT_MAX];

/* ---- chance, the same in every run ---- */

static inline uint64_t world_random(void *context)
{
    (void)context;
    uint64_t *state = &the_world->random_state; /* xorshift64*: Vigna 2016 */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint32_t world_chance(uint32_t limit)
{
    return (uint32_t)(world_random(NULL) >> 32) % limit;
}

/* ---- the host ---- */

static inline bool is_own(const struct world *world, struct ip_addr address)
{
    return facts_own_address(&world->facts, 0, address) != NULL;
}

static inline int world_route(void *context, struct ip_addr destination, struct ip_addr source, int ifindex,
                              struct route_facts *ret)
{
    const struct world *world = context;

    (void)source;

    *ret = (struct route_facts){.kind = ROUTE_NONE};
    if (is_own(world, destination)) {
        *ret = (struct route_facts){.kind = ROUTE_LOCAL, .source = destination};
        return 0;
    }
    for (size_t i = 0; i < world->facts.address_count; i++) {
        const struct address_facts *own = &world->own[i];
        if (ip_in_prefix(destination, own->address, own->prefix_length) &&
            (ifindex == 0 || ifindex == own->ifindex)) {
            *ret = (struct route_facts){.kind = ROUTE_ON_LINK, .ifindex = own->ifindex};
            if (!own->deprecated) /* then the kernel leaves it open, as for most of IPv6 */
                ret->source = own->address;
            return 0;
        }
    }
    if (world->host_gateway.family == destination.family)
        *ret = (struct route_facts){
            .kind = ROUTE_GATEWAY, .ifindex = UPLINK_INDEX, .gateway = world->host_gateway};
    return 0;
}

static inline bool world_neighbour_was_refused(void *context, enum ip_family family)
{
    const struct world *world = context;

    (void)family;
    return world->neighbour_was_refused;
}

static inline int world_route_in(void *context, struct ip_addr destination, struct ip_addr source,
                                 int ifindex)
{
    const struct world *world = context;

    (void)destination;
    (void)source;
    (void)ifindex;
    return world->way_in;
}

static inline void add_own(struct world *world, int ifindex, const char *address, unsigned length)
{
    world->own[world->facts.address_count++] =
        (struct address_facts){.ifindex = ifindex, .address = ip(address), .prefix_length = length};
}

static inline void add_guest_address(struct world *world, const char *address)
{
    world->guest.addresses[world->guest.address_count++] = ip(address);
}

static inline void add_other(struct world *world, const char *address, const char *mac_text)
{
    world->others[world->other_count++] = (struct neighbour){ip(address), mac(mac_text)};
}

static inline void give(struct world *world, const char *address)
{
    world->target.given[world->target.given_count++] = ip(address);
}

/* A tap without any address of the host's, no bridge, and an ordinary guest behind it. */
static inline void world_bare(struct world *world)
{
    *world = (struct world){
        .now_us = WORLD_START_US,
        .options = {.ipv4 = true,
                    .ipv6 = true,
                    .count = 3,
                    .interval_us = 20 * MS,
                    .timeout_us = SECOND,
                    .linger_us = 100 * MS,
                    .vlan = VLAN_AUTOMATIC},
        .links = {{.ifindex = TAP_INDEX,
                   .name = "tap0",
                   .kind = LINK_TAP,
                   .ethernet = true,
                   .up = true,
                   .carrier = true,
                   .mac = mac(TAP_MAC),
                   .port = PORT_NONE}},
        .guest = {.mac = mac(GUEST_MAC),
                  .prefix_length = 24,
                  .hear_vid = VID_NONE,
                  .speak_vid = VID_NONE,
                  .delay_us = 200},
        .others_answer_us = MS,
        .random_state = UINT64_C(0x9e3779b97f4a7c15),
    };
    world->facts = (struct host_facts){.links = world->links,
                                       .link_count = 1,
                                       .addresses = world->own,
                                       .neighbours = world->neighbours,
                                       .fdb = world->fdb};
    world->target.name = (char *)(uintptr_t) "tap0";
    world->target.link = &world->links[0];
    world->events = the_events;
    world->sent = the_sent;
    add_guest_address(world, GUEST_4);
    add_guest_address(world, GUEST_ULA);
    add_guest_address(world, GUEST_LL);
    the_world = world;
}

/* The same, with the host's addresses on the tap. */
static inline void world_tap(struct world *world)
{
    world_bare(world);
    add_own(world, TAP_INDEX, HOST_4, 24);
    add_own(world, TAP_INDEX, HOST_ULA, 64);
}

static inline void world_bare_bridge(struct world *world)
{
    world_bare(world);
    world->links[0].master = BRIDGE_INDEX;
    world->links[0].port = PORT_FORWARDING;
    world->links[1] = (struct link_facts){.ifindex = BRIDGE_INDEX,
                                          .name = "br0",
                                          .kind = LINK_BRIDGE,
                                          .ethernet = true,
                                          .up = true,
                                          .carrier = true,
                                          .mac = mac(BRIDGE_MAC),
                                          .port = PORT_NONE};
    world->facts.link_count = 2;
    world->target.bridge = &world->links[1];
}

static inline void world_bridge(struct world *world)
{
    world_bare_bridge(world);
    add_own(world, BRIDGE_INDEX, HOST_4, 24);
    add_own(world, BRIDGE_INDEX, HOST_ULA, 64);
}

/* ---- events ---- */

/* The result is good until the next one is added. */
static inline struct event *world_at(struct world *world, uint64_t due_us,
                                     void (*happen)(struct world *world, const struct event *event))
{
    assert_true(world->event_count < EVENTS_MAX);
    struct event *event = &world->events[world->event_count++];
    memset(event, 0, offsetof(struct event, frame.bytes));
    event->due_us = due_us;
    event->number = world->event_number++;
    event->happen = happen;
    return event;
}

static inline void event_copy(struct event *to, const struct event *from)
{
    memmove(to, from, offsetof(struct event, frame.bytes) + from->frame.length);
}

/* NULL if there is none. */
static inline struct event *next_event(struct world *world)
{
    struct event *next = NULL;
    for (size_t i = 0; i < world->event_count; i++)
        if (next == NULL || world->events[i].due_us < next->due_us ||
            (world->events[i].due_us == next->due_us && world->events[i].number < next->number))
            next = &world->events[i];
    return next;
}

static inline void frame_passes(struct world *world, const struct event *event, enum direction direction)
{
    size_t length = event->frame.length;
    uint8_t *exact = malloc(length ? length : 1); /* so that the sanitizer sees a read behind it */

    assert_non_null(exact);
    memcpy(exact, event->frame.bytes, length);
    struct arrival arrival = {.at = AT_TAP,
                              .direction = direction,
                              .bytes = span_of(exact, length),
                              .wire_length = (uint32_t)length,
                              .time_us = world->now_us,
                              .number = ++world->frames};
    if (!event->only_at_bridge)
        check_frame(world->check, &arrival, world->now_us);
    arrival.at = AT_BRIDGE;
    if (world->target.bridge != NULL && direction == DIRECTION_IN && !world->questions.answers_are_lost)
        check_frame(world->check, &arrival, world->now_us);
    free(exact);
}

static inline void frame_comes_in(struct world *world, const struct event *event)
{
    frame_passes(world, event, DIRECTION_IN);
}

static inline void frame_goes_out(struct world *world, const struct event *event)
{
    frame_passes(world, event, DIRECTION_OUT);
}

static inline void comes_in(struct world *world, uint64_t due_us, const struct writer *frame)
{
    world_at(world, due_us, frame_comes_in)->frame = *frame;
}

/* What others send to the guest. */
static inline void goes_out(struct world *world, uint64_t due_us, const struct writer *frame)
{
    world_at(world, due_us, frame_goes_out)->frame = *frame;
}

#endif

/* Addresses that are borrowed to send from: nobody has them, and we answer for them as long as we run.
 *
 * That nobody has one is proved before the guest can come to ask for it: it is asked for on the tap and,
 * where the tap is a port of a bridge, through that (RFC 5227 2.1.1, RFC 4862 5.4.2), and whoever has it had
 * the time to say so. It is never an address that tables, answers or heard frames show. It is the same one in
 * each check: a guest remembers whom it answered, and forty checks shall not leave forty entries in its
 * tables. */
#include "source.h"

#include "hash.h"

enum {
    NEAR_MAX = 5, /* the middle of a /29, see candidate_near() */
    FAR_MAX = 16,
    FAR_LAST = 253,      /* of a /24; the one behind it is a gateway by custom */
    CANDIDATES_MAX = 12, /* each takes the time of its questions */
};

/* ---- what source.c needs, too ---- */

struct source *source_add(struct probe_env *env, enum source_state state, struct ip_addr address)
{
    if (env->source_count == SOURCES_MAX)
        return NULL;
    struct source *source = &env->sources[env->source_count++];
    *source = (struct source){
        .state = state,
        .address = address,
        .mac = state == SOURCE_OURS ? path_end(&env->target->path)->mac : env->target->link->mac,
    };
    return source;
}

void source_note_question(struct probe_env *env, const struct frame *frame, struct ip_addr asked,
                          struct ip_addr asker)
{
    observation_add_once(env->observations, &(struct observation){.kind = OBSERVED_QUESTION,
                                                                  .time_us = frame->time_us,
                                                                  .address = asked,
                                                                  .mac = frame->source,
                                                                  .asker = asker});
}

/* ---- asking whether anybody has it ---- */

static void ask(struct probe_env *env, struct ip_addr address, enum vantage at)
{
    struct mac_addr mac = at == AT_TAP ? env->target->link->mac : env->target->bridge->mac;
    struct ip_addr group = ip_solicited_node(address);
    struct neighbour_fields neighbour = {.target = address};
    struct packet packet;
    int built;

    if (address.family == IP_V4)
        built =
            probe_build_arp(env, mac, probe_vid(env), (struct ip_addr){.family = IP_V4}, address, &packet);
    else
        built = build_neighbour_solicitation(
            env->builder, &(struct ethernet_spec){mac_of_multicast(group), mac, probe_vid(env)},
            (struct ip_addr){.family = IP_V6}, group, &neighbour, &packet);
    probe_send(env, at, built, &packet);
}

void borrow_ask_owner(struct probe_env *env, struct ip_addr address)
{
    ask(env, address, AT_TAP);
    if (env->target->bridge != NULL)
        ask(env, address, AT_BRIDGE);
}

static void ask_everywhere(struct probe_env *env, struct source *source)
{
    borrow_ask_owner(env, source->address);
    source->asked++;
    source->due_us = env->now_us + (source->asked < OWNER_QUESTIONS ? OWNER_PAUSE_US : OWNER_ANSWER_US);
}

bool borrow_has_owner(const struct probe_env *env, struct ip_addr candidate)
{
    return facts_own_address(env->facts, 0, candidate) != NULL ||
           facts_next_neighbour_at(env->facts, candidate, NULL) != NULL ||
           observation_exists(env->observations, OBSERVED_CLAIM, candidate, NULL) ||
           observation_exists(env->observations, OBSERVED_HEARD, candidate, NULL) ||
           target_checks(env->target, candidate);
}

bool borrow_is_gateway(const struct probe_env *env, struct ip_addr candidate)
{
    for (size_t i = 0; i < env->target->address_count; i++)
        if (ip_equal(env->target->addresses[i].route.gateway, candidate))
            return true;
    return false;
}

/* First addresses so near to the guest's that any guest with a subnet of 8 addresses or more takes them for
 * neighbours, and that are neither the first nor the last of such a subnet: those are gateways and broadcast
 * addresses by custom. Where machines are all around, then some near the end of its /24, which pools seldom
 * hand out. */
static struct ip_addr candidate_near(struct ip_addr address, unsigned number)
{
    uint32_t value = ip_v4_value(address), base = value & ~7u;

    for (uint32_t i = 0; i < NEAR_MAX; i++)
        if (base + 2 + i != value && number-- == 0)
            return ip_v4(base + 2 + i);
    for (uint32_t last = FAR_LAST; last > FAR_LAST - FAR_MAX; last--) {
        uint32_t far = (value & ~255u) + last;
        if ((far & ~7u) != base && number-- == 0)
            return ip_v4(far);
    }
    return (struct ip_addr){0};
}

/* Points the source at the next candidate that may be free, and asks for it. */
static void borrow_next(struct probe_env *env, struct source *source)
{
    source->state = SOURCE_NONE;
    for (unsigned number = 0; number < NEAR_MAX + FAR_MAX && source->candidates < CANDIDATES_MAX; number++) {
        struct ip_addr candidate = candidate_near(source->neighbour, number);
        if (candidate.family == IP_NONE || borrow_has_owner(env, candidate) ||
            borrow_is_gateway(env, candidate))
            continue;
        source->candidates++;
        source->address = candidate;
        source->state = SOURCE_ASKING;
        source->asked = 0;
        ask_everywhere(env, source);
        return;
    }
}

bool borrow_can_ask(const struct probe_env *env)
{
    return env->target->bridge == NULL || env->has_vantage(env->context, AT_BRIDGE);
}

struct source *borrow_given(struct probe_env *env, struct ip_addr given)
{
    struct source *source = source_add(env, SOURCE_NONE, given);

    if (source != NULL && borrow_can_ask(env) && !borrow_has_owner(env, given)) {
        source->state = SOURCE_ASKING;
        ask_everywhere(env, source);
    }
    return source;
}

/* A link-local address that belongs to the tap: 64 bits that nobody else makes. */
static struct ip_addr link_local_for(const struct probe_env *env)
{
    struct ip_addr address = {IP_V6, {0xfe, 0x80}};
    struct {
        struct mac_addr mac;
        uint8_t part;
    } seed = {env->target->link->mac, 0};

    for (; seed.part < 2; seed.part++) {
        uint32_t hash = hash_bytes(&seed, sizeof seed);
        memcpy(address.bytes + 8 + 4 * (size_t)seed.part, &hash, sizeof hash);
    }
    return address;
}

static struct source *borrow_link_local(struct probe_env *env)
{
    for (size_t i = 0; i < env->source_count; i++)
        if (env->sources[i].address.family == IP_V6 && env->sources[i].state == SOURCE_BORROWED)
            return &env->sources[i];
    return source_add(env, SOURCE_BORROWED, link_local_for(env));
}

/* One that serves a near neighbour serves this one as well. */
static struct source *borrowed_near(struct probe_env *env, struct ip_addr address)
{
    for (size_t i = 0; i < env->source_count; i++)
        if (env->sources[i].neighbour.family == IP_V4 &&
            ip_in_prefix(address, env->sources[i].neighbour, 29) &&
            !ip_equal(address, env->sources[i].address))
            return &env->sources[i];
    return NULL;
}

struct source *borrow_near(struct probe_env *env, struct ip_addr address)
{
    if (address.family == IP_V6)
        return borrow_link_local(env);
    struct source *source = borrowed_near(env, address);
    if (source != NULL)
        return source;
    source = source_add(env, SOURCE_NONE, (struct ip_addr){0});
    if (source != NULL && borrow_can_ask(env)) {
        source->neighbour = address;
        borrow_next(env, source);
    }
    return source;
}

uint64_t sources_timer(struct probe_env *env)
{
    uint64_t next_us = 0;

    for (size_t i = 0; i < env->source_count; i++) {
        struct source *source = &env->sources[i];
        if (source->state == SOURCE_ASKING && env->now_us >= source->due_us) {
            if (source->asked < OWNER_QUESTIONS)
                ask_everywhere(env, source);
            else if (!borrow_has_owner(env, source->address))
                source->state = SOURCE_BORROWED;
            else
                borrow_next(env, source);
        }
        if (source->state == SOURCE_ASKING && (next_us == 0 || source->due_us < next_us))
            next_us = source->due_us;
    }
    return next_us;
}

bool sources_are_asked(const struct probe_env *env)
{
    for (size_t i = 0; i < env->source_count; i++)
        if (env->sources[i].state == SOURCE_ASKING)
            return true;
    return false;
}

/* ---- somebody has it after all ---- */

static void taken(struct probe_env *env, struct source *source, const struct frame *frame, enum vantage at,
                  struct mac_addr owner)
{
    observation_add_once(env->observations, &(struct observation){.kind = OBSERVED_CLAIM,
                                                                  .time_us = frame->time_us,
                                                                  .address = source->address,
                                                                  .mac = owner,
                                                                  .at = at});
    source->state = SOURCE_TAKEN;
    if (source->neighbour.family == IP_V4)
        borrow_next(env, source);
}

/* Unless that is our own answer, which came back. */
static void may_be_taken(struct probe_env *env, struct source *source, const struct frame *frame)
{
    if (!probe_is_own_mac(env, frame->source))
        taken(env, source, frame, frame->at, frame->source);
}

/* The guest sends what is for `address` to somebody beyond its tap: to whoever has it, or to its gateway, if
 * it sends there what is for others, too. */
static bool is_way_to_others(const struct probe_env *env, struct ip_addr address, struct mac_addr mac)
{
    const struct observations *seen = env->observations;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_CLAIM && mac_equal(seen->items[i].mac, mac) &&
            !ip_equal(seen->items[i].address, address))
            return true;
    return false;
}

static void delivered(struct probe_env *env, struct source *source, const struct frame *frame)
{
    if (!probe_is_own_mac(env, frame->destination) && !mac_is_multicast(frame->destination) &&
        !is_way_to_others(env, source->address, frame->destination))
        taken(env, source, frame, AT_BRIDGE, frame->destination);
}

/* ---- answering for it ---- */

static void answer_arp(struct probe_env *env, const struct source *source, const struct arp_fields *request)
{
    struct ethernet_spec ethernet = {request->sender_mac, source->mac, probe_vid(env)};
    struct arp_fields arp = {.operation = ARP_REPLY,
                             .sender_mac = source->mac,
                             .sender = source->address,
                             .target_mac = request->sender_mac,
                             .target = request->sender};
    struct packet packet;

    probe_send(env, AT_TAP, build_arp(env->builder, &ethernet, &arp, &packet), &packet);
}

static void answer_solicitation(struct probe_env *env, const struct source *source, const struct frame *frame)
{
    const struct neighbour_fields *request = &frame->neighbour;
    struct mac_addr asker = request->has_link_address ? request->link_address : frame->source;
    struct ethernet_spec ethernet = {asker, source->mac, probe_vid(env)};
    struct neighbour_fields neighbour = {.target = source->address,
                                         .solicited = true,
                                         .override = true,
                                         .has_link_address = true,
                                         .link_address = source->mac};
    struct packet packet;

    probe_send(env, AT_TAP,
               build_neighbour_advertisement(env->builder, &ethernet, source->address, frame->ip.source,
                                             &neighbour, &packet),
               &packet);
}

static bool is_borrowed(const struct source *source)
{
    return source->state == SOURCE_BORROWED || source->state == SOURCE_ASKING;
}

static bool arp_about(struct probe_env *env, struct source *source, const struct frame *frame)
{
    const struct arp_fields *arp = &frame->arp;

    if (is_borrowed(source) && ip_equal(arp->sender, source->address)) {
        may_be_taken(env, source, frame);
        return true;
    }
    if (frame->at != AT_TAP || arp->operation != ARP_REQUEST || !ip_equal(arp->target, source->address) ||
        ip_is_unspecified(arp->sender))
        return false;
    source_note_question(env, frame, arp->target, arp->sender);
    source->questions++;
    if (source->state == SOURCE_BORROWED)
        answer_arp(env, source, arp);
    return true;
}

static bool neighbour_about(struct probe_env *env, struct source *source, const struct frame *frame)
{
    bool takes = frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT ||
                 ip_is_unspecified(frame->ip.source); /* RFC 4862 5.4.3: it is about to be taken */

    if (!ip_equal(frame->neighbour.target, source->address))
        return false;
    if (takes && is_borrowed(source))
        may_be_taken(env, source, frame);
    if (takes || frame->at != AT_TAP)
        return true;
    source_note_question(env, frame, frame->neighbour.target, frame->ip.source);
    source->questions++;
    if (source->state == SOURCE_BORROWED)
        answer_solicitation(env, source, frame);
    return true;
}

bool source_frame(struct probe_env *env, struct source *source, const struct frame *frame)
{
    if (frame->kind == FRAME_ARP && source->address.family == IP_V4)
        return arp_about(env, source, frame);
    if ((frame->kind == FRAME_NEIGHBOUR_SOLICITATION || frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT) &&
        source->address.family == IP_V6)
        return neighbour_about(env, source, frame);
    if (frame->at == AT_TAP && frame->kind == FRAME_ECHO_REPLY && source->state == SOURCE_BORROWED &&
        ip_equal(frame->ip.destination, source->address))
        delivered(env, source, frame);
    return false;
}

/* The addresses that probes are sent from.
 *
 * An address of the host is taken as it is: its kernel answers for it. Otherwise one is borrowed that nobody
 * has, and we answer for it as long as we run. That nobody has it is proved like this:
 * - IPv6: a link-local address with 64 random bits. It also makes advertisements for it ours beyond doubt,
 * since neighbour advertisements carry no id and the host's kernel asks the guest, too. On a host with very
 * many interfaces its own is taken nevertheless: for each frame to a link-local address that is not its own,
 * the kernel goes through the link-local routes of all interfaces.
 * - IPv4: it is asked for on the tap (RFC 5227 2.1.1). If the tap is a port of a bridge, others may have it;
 * the guest's own question for it is heard by all of them, so our answer is held back until they had the time
 * for theirs: an echo reply that then goes to another MAC says that the address is taken. */
#include "probe.h"

enum { NEAR_MAX = 5, LINKS_MANY = 128, CANDIDATES_MAX = 4, HOLD_BACK_US = 15000, OTHER_QUESTIONS_MAX = 8 };

static bool is_on_target(const struct probe_env *env, int ifindex)
{
    const struct target *target = env->target;
    return ifindex == target->link->ifindex || (target->bridge != NULL && ifindex == target->bridge->ifindex);
}

static struct mac_addr own_mac(const struct probe_env *env)
{
    const struct target *target = env->target;
    return target->bridge != NULL ? target->bridge->mac : target->link->mac;
}

static struct source *add_source(struct probe_env *env, enum source_state state, struct ip_addr address)
{
    for (size_t i = 0; i < env->source_count; i++)
        if (ip_equal(env->sources[i].address, address) && env->sources[i].state != SOURCE_TAKEN)
            return &env->sources[i];
    if (env->source_count == SOURCES_MAX)
        return NULL;
    struct source *source = &env->sources[env->source_count++];
    *source = (struct source){
        .state = state,
        .address = address,
        .mac = state == SOURCE_OURS ? own_mac(env) : env->target->link->mac,
    };
    return source;
}

/* The host's kernel answers for it on the target. Inside of a VLAN it does not: its addresses there are on
 * another interface, if it has any. */
static bool is_ours(const struct probe_env *env, struct ip_addr address)
{
    return probe_vid(env) == VID_NONE && facts_own_address(env->facts, 0, address) != NULL;
}

/* The host's own address from which it would talk to `address` over this link; IP_NONE if there is none. */
static struct ip_addr own_source(const struct probe_env *env, struct ip_addr address)
{
    const struct target *target = env->target;

    for (size_t i = 0; i < target->address_count; i++) {
        const struct route_facts *route = &target->addresses[i].route;
        if (ip_equal(target->addresses[i].address, address) && route->kind == ROUTE_ON_LINK &&
            is_on_target(env, route->ifindex) && route->source.family == IP_V4)
            return route->source;
    }
    const struct address_facts *subnet = facts_subnet_of(
        env->facts, target->bridge != NULL ? target->bridge->ifindex : target->link->ifindex, address);
    return subnet != NULL ? subnet->address : (struct ip_addr){0};
}

/* Addresses so near to the guest's that any guest with a subnet of 8 addresses or more takes them for
 * neighbours, and that are neither the first nor the last of such a subnet: those are gateways and broadcast
 * addresses by custom. */
static struct ip_addr candidate_near(struct ip_addr address, unsigned number, uint64_t random)
{
    uint32_t value = ip_v4_value(address), base = value & ~7u;
    uint32_t start = (uint32_t)(random % NEAR_MAX);

    for (uint32_t i = 0; i < NEAR_MAX; i++) {
        uint32_t host = base + 2 + (start + i) % NEAR_MAX;
        if (host != value && number-- == 0)
            return ip_v4(host);
    }
    return (struct ip_addr){0};
}

static bool may_borrow(const struct probe_env *env, struct ip_addr candidate)
{
    if (candidate.family == IP_NONE || facts_own_address(env->facts, 0, candidate) != NULL)
        return false;
    if (facts_next_neighbour_at(env->facts, candidate, NULL) != NULL)
        return false;
    for (size_t i = 0; i < env->target->address_count; i++)
        if (ip_equal(env->target->addresses[i].route.gateway, candidate) ||
            ip_equal(env->target->addresses[i].address, candidate))
            return false;
    return !observed(env->observations, OBSERVED_CLAIM, candidate, NULL);
}

/* Points the source at the next candidate that may be free, and asks for it. Those that were taken are known.
 */
static void borrow_next(struct probe_env *env, struct source *source)
{
    uint64_t random = env->random(env->context);

    source->state = SOURCE_NONE;
    for (unsigned number = 0; number < NEAR_MAX && source->candidates < CANDIDATES_MAX; number++) {
        struct ip_addr candidate = candidate_near(source->neighbour, number, random);
        if (!may_borrow(env, candidate))
            continue;
        source->candidates++;
        source->address = candidate;
        source->state = SOURCE_BORROWED;
        send_arp_request(env, (struct ip_addr){.family = IP_V4}, candidate);
        return;
    }
}

static struct source *ipv4_source(struct probe_env *env, struct ip_addr address)
{
    struct ip_addr given = env->options->source_ipv4;

    if (given.family == IP_V4) {
        bool ours = is_ours(env, given);
        struct source *source = add_source(env, ours ? SOURCE_OURS : SOURCE_BORROWED, given);
        if (!ours && source != NULL && source->candidates++ == 0)
            send_arp_request(env, (struct ip_addr){.family = IP_V4}, given);
        return source;
    }
    struct ip_addr own = own_source(env, address);
    if (own.family == IP_V4 && !ip_equal(own, address) && is_ours(env, own))
        return add_source(env, SOURCE_OURS, own);

    for (size_t i = 0; i < env->source_count;
         i++) /* one that serves a near neighbour serves this one as well */
        if (env->sources[i].neighbour.family == IP_V4 &&
            ip_in_prefix(address, env->sources[i].neighbour, 29) &&
            !ip_equal(address, env->sources[i].address))
            return &env->sources[i];
    struct source *source = add_source(env, SOURCE_NONE, (struct ip_addr){0});
    if (source != NULL) {
        source->neighbour = address;
        borrow_next(env, source);
    }
    return source;
}

/* The host's own link-local address on the target or its bridge; IP_NONE if there is none. */
static struct ip_addr own_link_local(const struct probe_env *env)
{
    const struct target *target = env->target;
    const struct link_facts *link = target->bridge != NULL ? target->bridge : target->link;
    const struct address_facts *own = NULL;

    while ((own = facts_next_address(env->facts, link->ifindex, own)) != NULL)
        if (own->address.family == IP_V6 && ip_is_link_local(own->address) && !own->tentative)
            return own->address;
    return (struct ip_addr){0};
}

static struct ip_addr random_link_local(struct probe_env *env)
{
    struct ip_addr address = {IP_V6, {0xfe, 0x80}};
    uint64_t random = env->random(env->context);

    memcpy(address.bytes + 8, &random, sizeof random);
    return address;
}

/* Does anybody have the address? As in duplicate address detection, RFC 4862 5.4.2: nobody asks. */
static void ask_before_borrowing(struct probe_env *env, struct ip_addr address)
{
    struct ip_addr group = ip_solicited_node(address);
    struct ethernet_spec ethernet = {mac_of_multicast(group), env->target->link->mac, probe_vid(env)};
    struct neighbour_fields neighbour = {.target = address};
    struct packet packet;
    int built = build_neighbour_solicitation(env->builder, &ethernet, (struct ip_addr){.family = IP_V6},
                                             group, &neighbour, &packet);

    probe_send(env, AT_TAP, built, &packet);
}

static struct source *ipv6_source(struct probe_env *env)
{
    struct ip_addr given = env->options->source_ipv6;

    if (given.family == IP_V6) {
        bool ours = is_ours(env, given);
        struct source *source = add_source(env, ours ? SOURCE_OURS : SOURCE_BORROWED, given);
        if (!ours && source != NULL && source->candidates++ == 0)
            ask_before_borrowing(env, given);
        return source;
    }
    for (size_t i = 0; i < env->source_count; i++)
        if (env->sources[i].address.family == IP_V6)
            return &env->sources[i];
    struct ip_addr own = env->facts->link_count > LINKS_MANY ? own_link_local(env) : (struct ip_addr){0};
    return is_ours(env, own) ? add_source(env, SOURCE_OURS, own)
                             : add_source(env, SOURCE_BORROWED, random_link_local(env));
}

struct source *source_for(struct probe_env *env, struct ip_addr address)
{
    struct source *source = address.family == IP_V4 ? ipv4_source(env, address) : ipv6_source(env);
    return source != NULL && (source->state == SOURCE_OURS || source->state == SOURCE_BORROWED) ? source
                                                                                                : NULL;
}

static void take_note_of_question(struct probe_env *env, const struct frame *frame, struct ip_addr asked,
                                  struct ip_addr asker)
{
    observe_once(env->observations, &(struct observation){.kind = OBSERVED_QUESTION,
                                                          .time_us = frame->time_us,
                                                          .address = asked,
                                                          .mac = frame->source,
                                                          .asker = asker});
}

static void answer_arp(struct probe_env *env, struct source *source)
{
    struct ethernet_spec ethernet = {source->asker_mac, source->mac, probe_vid(env)};
    struct arp_fields arp = {.operation = ARP_REPLY,
                             .sender_mac = source->mac,
                             .sender = source->address,
                             .target_mac = source->asker_mac,
                             .target = source->asker};
    struct packet packet;

    source->asked_us = 0;
    probe_send(env, AT_TAP, build_arp(env->builder, &ethernet, &arp, &packet), &packet);
}

static void answer_solicitation(struct probe_env *env, struct source *source)
{
    struct ethernet_spec ethernet = {source->asker_mac, source->mac, probe_vid(env)};
    struct neighbour_fields neighbour = {.target = source->address,
                                         .solicited = true,
                                         .override = true,
                                         .has_link_address = true,
                                         .link_address = source->mac};
    struct packet packet;

    source->asked_us = 0;
    probe_send(env, AT_TAP,
               build_neighbour_advertisement(env->builder, &ethernet, source->address, source->asker,
                                             &neighbour, &packet),
               &packet);
}

/* Somebody has the address after all: `owner`. */
static void taken(struct probe_env *env, struct source *source, const struct frame *frame,
                  struct mac_addr owner)
{
    observe_once(env->observations, &(struct observation){.kind = OBSERVED_CLAIM,
                                                          .time_us = frame->time_us,
                                                          .address = source->address,
                                                          .mac = owner});
    source->state = SOURCE_TAKEN;
    source->asked_us = 0;
    if (source->neighbour.family == IP_V4)
        borrow_next(env, source);
}

/* Somebody says that he has it; unless that is our own answer, which came back. */
static void may_be_taken(struct probe_env *env, struct source *source, const struct frame *frame)
{
    if (source->state == SOURCE_BORROWED && !is_own_mac(env, frame->source))
        taken(env, source, frame, frame->source);
}

static bool source_arp(struct probe_env *env, struct source *source, const struct frame *frame)
{
    const struct arp_fields *arp = &frame->arp;

    if (source->state == SOURCE_BORROWED && ip_equal(arp->sender, source->address)) {
        may_be_taken(env, source, frame);
        return true;
    }
    if (arp->operation != ARP_REQUEST || !ip_equal(arp->target, source->address) ||
        ip_is_unspecified(arp->sender))
        return false;
    take_note_of_question(env, frame, arp->target, arp->sender);
    source->questions++;
    if (source->state != SOURCE_BORROWED)
        return true;
    source->asker_mac = arp->sender_mac;
    source->asker = arp->sender;
    if (env->target->bridge == NULL)
        answer_arp(env, source);
    else if (source->asked_us == 0)
        source->asked_us = env->now_us;
    return true;
}

static bool source_neighbour(struct probe_env *env, struct source *source, const struct frame *frame)
{
    if (!ip_equal(frame->neighbour.target, source->address))
        return false;
    if (frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT ||
        ip_is_unspecified(frame->ip.source)) { /* RFC 4862 5.4.3: the guest is about to take it for itself */
        may_be_taken(env, source, frame);
        return true;
    }
    take_note_of_question(env, frame, frame->neighbour.target, frame->ip.source);
    source->questions++;
    if (source->state != SOURCE_BORROWED)
        return true;
    source->asker_mac = frame->neighbour.has_link_address ? frame->neighbour.link_address : frame->source;
    source->asker = frame->ip.source;
    answer_solicitation(env, source);
    return true;
}

/* A guest that asks for somebody else when it is to answer a borrowed source does not take that for a
 * neighbour. */
static void note_other_question(struct probe_env *env, const struct frame *frame)
{
    const struct arp_fields *arp = &frame->arp;

    if (frame->kind != FRAME_ARP || arp->operation != ARP_REQUEST || ip_is_unspecified(arp->sender) ||
        ip_equal(arp->sender, arp->target) || env->other_questions == OTHER_QUESTIONS_MAX)
        return;
    env->other_questions++;
    take_note_of_question(env, frame, arp->target, arp->sender);
}

/* In whatever VLAN. */
static void note_deliveries(struct probe_env *env, const struct frame *frame)
{
    for (size_t i = 0; i < env->source_count; i++) {
        struct source *source = &env->sources[i];
        if (source->was_delivered || !frame->has_ip || mac_is_multicast(frame->destination) ||
            !ip_equal(frame->ip.destination, source->address))
            continue;
        source->was_delivered = true;
        observe(env->observations, &(struct observation){.kind = OBSERVED_DELIVERY,
                                                         .time_us = frame->time_us,
                                                         .address = source->address,
                                                         .mac = frame->source});
    }
}

bool sources_frame(struct probe_env *env, const struct frame *frame)
{
    bool ours = false;

    note_deliveries(env, frame);
    if (!probe_vlan_matches(env, frame))
        return false;
    for (size_t i = 0; i < env->source_count; i++) {
        struct source *source = &env->sources[i];
        if (frame->kind == FRAME_ARP && source->address.family == IP_V4)
            ours |= source_arp(env, source, frame);
        else if ((frame->kind == FRAME_NEIGHBOUR_SOLICITATION ||
                  frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT) &&
                 source->address.family == IP_V6)
            ours |= source_neighbour(env, source, frame);
        else if (frame->kind == FRAME_ECHO_REPLY && source->state == SOURCE_BORROWED &&
                 ip_equal(frame->ip.destination, source->address) && !is_own_mac(env, frame->destination) &&
                 !mac_is_multicast(frame->destination))
            taken(env, source, frame, frame->destination);
    }
    if (!ours)
        note_other_question(env, frame);
    return ours;
}

uint64_t sources_timer(struct probe_env *env)
{
    uint64_t next_us = 0;

    for (size_t i = 0; i < env->source_count; i++) {
        struct source *source = &env->sources[i];
        if (source->asked_us == 0 || source->state != SOURCE_BORROWED)
            continue;
        uint64_t due_us = source->asked_us + HOLD_BACK_US;
        if (env->now_us >= due_us)
            answer_arp(env, source);
        else if (next_us == 0 || due_us < next_us)
            next_us = due_us;
    }
    return next_us;
}

static bool is_observed(const struct probe_env *env, const struct source *source)
{
    for (size_t i = 0; i < env->observations->count; i++) {
        const struct observation *seen = &env->observations->items[i];
        if (seen->kind == OBSERVED_SOURCE && ip_equal(seen->address, source->address) &&
            seen->source == source->state)
            return true;
    }
    return false;
}

void sources_finish(struct probe_env *env)
{
    for (size_t i = 0; i < env->source_count; i++)
        if (!is_observed(env, &env->sources[i]))
            observe(env->observations, &(struct observation){.kind = OBSERVED_SOURCE,
                                                             .time_us = env->now_us,
                                                             .address = env->sources[i].address,
                                                             .mac = env->sources[i].mac,
                                                             .source = env->sources[i].state});
}

/* The addresses that probes are sent from: one of the host's own as the host would choose it, since its
 * kernel answers for it and the guest may admit no others; where it has none for the guest, one that is
 * borrowed (borrow.c). */
#include "source.h"

static struct source *find_source(struct probe_env *env, struct ip_addr address)
{
    for (size_t i = 0; i < env->source_count; i++)
        if (ip_equal(env->sources[i].address, address) && env->sources[i].state != SOURCE_TAKEN)
            return &env->sources[i];
    return NULL;
}

/* Inside of a VLAN the host's kernel does not answer: its addresses there are on another interface, if it has
 * any. */
static bool is_ours(const struct probe_env *env, struct ip_addr address)
{
    const struct address_facts *own =
        probe_vid(env) == VID_NONE ? facts_own_address(env->facts, 0, address) : NULL;

    return own != NULL && !own->tentative;
}

static const struct route_facts *route_over_path(const struct probe_env *env, struct ip_addr address)
{
    const struct target_address *known = target_address_of(env->target, address);

    return known != NULL && target_is_on_route(env->target, &known->route) ? &known->route : NULL;
}

/* The host takes an address that is deprecated only where the interface has no other one of that kind (RFC
 * 6724 5, rule 3). */
static bool is_eligible(const struct probe_env *env, const struct address_facts *own)
{
    const struct address_facts *other = NULL;

    while (own->deprecated && (other = facts_next_address(env->facts, own->ifindex, other)) != NULL)
        if (!other->deprecated && !other->tentative &&
            ip_is_link_local(other->address) == ip_is_link_local(own->address) &&
            ip_in_prefix(other->address, own->address, own->prefix_length))
            return false;
    return !own->tentative;
}

/* An address of the host's stack on the path that is link-local or not; IP_NONE if there is none. */
static struct ip_addr own_ipv6_on_path(const struct probe_env *env, bool link_local)
{
    const struct address_facts *own = NULL;

    while ((own = facts_next_address(env->facts, path_end(&env->target->path)->ifindex, own)) != NULL)
        if (own->address.family == IP_V6 && ip_is_link_local(own->address) == link_local &&
            is_eligible(env, own))
            return own->address;
    return (struct ip_addr){0};
}

/* One that the host has on another interface, such as lo: it uses those where the interface that it sends by
 * has none (RFC 6724 4). */
static struct ip_addr own_ipv6_elsewhere(const struct probe_env *env)
{
    for (size_t i = 0; i < env->facts->address_count; i++) {
        const struct address_facts *own = &env->facts->addresses[i];
        if (own->address.family == IP_V6 && ip_may_be_host(own->address) && !ip_is_link_local(own->address) &&
            is_eligible(env, own))
            return own->address;
    }
    return (struct ip_addr){0};
}

/* The host's own address of the subnet of `address` on the path, other than that one. */
static struct ip_addr own_of_subnet(const struct probe_env *env, struct ip_addr address)
{
    const struct address_facts *own = NULL;

    while ((own = facts_next_address(env->facts, path_end(&env->target->path)->ifindex, own)) != NULL)
        if (own->address.family == address.family && is_eligible(env, own) &&
            !ip_equal(own->address, address) && ip_in_prefix(address, own->address, own->prefix_length))
            return own->address;
    return (struct ip_addr){0};
}

static struct ip_addr own_ipv6(const struct probe_env *env, struct ip_addr address)
{
    struct ip_addr own = {0};

    if (!ip_is_link_local(address) && !ip_is_unspecified(address)) {
        own = own_of_subnet(env, address);
        if (own.family == IP_NONE && route_over_path(env, address) != NULL)
            own = own_ipv6_on_path(env, false);
        if (own.family == IP_NONE && route_over_path(env, address) != NULL)
            own = own_ipv6_elsewhere(env);
    }
    return own.family != IP_NONE ? own : own_ipv6_on_path(env, true);
}

/* The host's own address from which it would talk to `address` over the path; IP_NONE if there is none.
 * Policy rules and hints of routes are in what the kernel answers; of IPv6 routes it does not say the
 * source. */
static struct ip_addr own_source(const struct probe_env *env, struct ip_addr address)
{
    const struct route_facts *route = route_over_path(env, address);

    if (route != NULL && route->source.family == address.family)
        return route->source;
    return address.family == IP_V4 ? own_of_subnet(env, address) : own_ipv6(env, address);
}

static struct source *own_as_source(struct probe_env *env, struct ip_addr own)
{
    struct source *source = find_source(env, own);

    return source != NULL ? source : source_add(env, SOURCE_OURS, own);
}

static struct source *given_source(struct probe_env *env, struct ip_addr given)
{
    struct source *source = find_source(env, given);

    if (source != NULL)
        return source;
    return is_ours(env, given) ? source_add(env, SOURCE_OURS, given) : borrow_given(env, given);
}

struct source *source_for(struct probe_env *env, struct ip_addr address)
{
    struct ip_addr given = address.family == IP_V4 ? env->options->source_ipv4 : env->options->source_ipv6;

    if (given.family != IP_NONE)
        return given_source(env, given);
    struct ip_addr own = own_source(env, address);
    if (own.family == IP_NONE || ip_equal(own, address) || !is_ours(env, own))
        return borrow_near(env, address);
    return own_as_source(env, own);
}

static bool has_source_of_prefix(struct source *const *sources, size_t count, const struct address_facts *own)
{
    for (size_t i = 0; i < count; i++)
        if (ip_in_prefix(sources[i]->address, own->address, own->prefix_length))
            return true;
    return false;
}

size_t sources_of_link(struct probe_env *env, struct source *ret[LINK_SOURCES_MAX])
{
    struct source *source = source_for(env, (struct ip_addr){.family = IP_V6});
    const struct address_facts *own = NULL;
    size_t count = 0;

    if (source != NULL)
        ret[count++] = source;
    while (env->options->source_ipv6.family == IP_NONE && count < LINK_SOURCES_MAX &&
           (own = facts_next_address(env->facts, path_end(&env->target->path)->ifindex, own)) != NULL) {
        if (own->address.family != IP_V6 || ip_is_link_local(own->address) || !is_ours(env, own->address) ||
            !is_eligible(env, own) || has_source_of_prefix(ret, count, own))
            continue;
        source = own_as_source(env, own->address);
        if (source != NULL)
            ret[count++] = source;
    }
    return count;
}

bool source_is_usable(const struct source *source)
{
    return source != NULL && (source->state == SOURCE_OURS || source->state == SOURCE_BORROWED);
}

bool probe_waits_for_source(struct probe *probe, const struct source *source)
{
    if (source_is_usable(source))
        return false;
    probe->done = source == NULL || source->state != SOURCE_ASKING;
    probe->due_us = probe->done ? 0 : source->due_us;
    return true;
}

bool source_is_ours(const struct probe_env *env, struct ip_addr address)
{
    for (size_t i = 0; i < env->source_count; i++)
        if (source_is_usable(&env->sources[i]) && ip_equal(env->sources[i].address, address))
            return true;
    return false;
}

/* ---- what the guest sends to and asks for them ---- */

enum { OTHER_QUESTIONS_MAX = 8 };

/* A guest that asks for somebody else when it is to answer a borrowed source does not take that for a
 * neighbour. */
static void note_other_question(struct probe_env *env, const struct frame *frame)
{
    const struct arp_fields *arp = &frame->arp;

    if (frame->kind != FRAME_ARP || arp->operation != ARP_REQUEST || ip_is_unspecified(arp->sender) ||
        ip_equal(arp->sender, arp->target) || env->other_questions == OTHER_QUESTIONS_MAX)
        return;
    env->other_questions++;
    source_note_question(env, frame, arp->target, arp->sender);
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
        observation_add(env->observations, &(struct observation){.kind = OBSERVED_DELIVERY,
                                                                 .time_us = frame->time_us,
                                                                 .address = source->address,
                                                                 .mac = frame->source});
    }
}

bool sources_frame(struct probe_env *env, const struct frame *frame)
{
    bool ours = false;

    if (frame->at == AT_TAP)
        note_deliveries(env, frame);
    if (!probe_vlan_matches(env, frame))
        return false;
    for (size_t i = 0; i < env->source_count; i++)
        ours |= source_frame(env, &env->sources[i], frame);
    if (!ours && frame->at == AT_TAP)
        note_other_question(env, frame);
    return ours;
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
            observation_add(env->observations, &(struct observation){.kind = OBSERVED_SOURCE,
                                                                     .time_us = env->now_us,
                                                                     .address = env->sources[i].address,
                                                                     .mac = env->sources[i].mac,
                                                                     .source = env->sources[i].state});
}

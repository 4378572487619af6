/* What probes share. */
#include "probe.h"

void probe_observe_claim(struct probe_env *env, const struct frame *frame, struct ip_addr address,
                         struct mac_addr mac)
{
    struct observations *seen = env->observations;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_CLAIM && seen->items[i].at == frame->at &&
            ip_equal(seen->items[i].address, address) && mac_equal(seen->items[i].mac, mac))
            return;
    observation_add(seen, &(struct observation){.kind = OBSERVED_CLAIM,
                                                .time_us = frame->time_us,
                                                .address = address,
                                                .mac = mac,
                                                .at = frame->at,
                                                .yields = frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT &&
                                                          !frame->neighbour.override});
}

bool probe_is_reply_of(const struct probe_env *env, const struct frame *frame, struct ip_addr address)
{
    bool is_it = ip_equal(frame->ip.source, address);

    for (size_t i = 0; i < env->observations->count && !is_it; i++) {
        const struct observation *seen = &env->observations->items[i];
        is_it = seen->kind == OBSERVED_CLAIM && seen->at == AT_TAP && seen->yields &&
                ip_equal(seen->address, address);
    }
    return is_it;
}

unsigned probe_asked_by_search(const struct probe_env *env, struct ip_addr address)
{
    const struct target_address *known = target_address_of(env->target, address);

    return known != NULL ? known->asked : 0;
}

bool probe_is_answered(const struct probe_env *env, struct ip_addr address)
{
    for (size_t i = 0; i < env->observations->count; i++) {
        const struct observation *seen = &env->observations->items[i];
        if (seen->kind == OBSERVED_CLAIM && seen->at == AT_TAP && ip_equal(seen->address, address))
            return true;
    }
    return false;
}

int probe_vid(const struct probe_env *env)
{
    int vlan = env->options->vlan;
    return vlan == VLAN_AUTOMATIC || vlan == VLAN_UNTAGGED ? VID_NONE : vlan;
}

/* Priority tags (VID 0) make no VLAN. Two tags are another network than either alone, and so is a tag of
 * 802.1ad. */
bool probe_vlan_matches(const struct probe_env *env, const struct frame *frame)
{
    unsigned vlans = 0;

    for (size_t i = 0; i < frame->tag_count; i++) {
        if (frame->tags[i].vid == 0)
            continue;
        if (frame->tags[i].tpid != ETHERTYPE_8021Q || frame->tags[i].vid != probe_vid(env))
            return false;
        vlans++;
    }
    return vlans == (probe_vid(env) == VID_NONE ? 0 : 1);
}

int probe_send(struct probe_env *env, enum vantage at, int built, const struct packet *packet)
{
    return built < 0 ? built : env->send(env->context, at, packet);
}

enum vantage probe_vantage_of_segment(const struct probe_env *env, const struct source *source)
{
    const struct target *target = env->target;

    return target->bridge != NULL && source->state == SOURCE_OURS
               ? target_vantage_of(target, target->path.count - 1)
               : AT_BRIDGE;
}

bool probe_is_own_mac(const struct probe_env *env, struct mac_addr mac)
{
    return path_has_mac(&env->target->path, mac);
}

void probe_note_tag(struct probe_env *env, struct ip_addr address, const struct frame *frame)
{
    struct observation seen = observation_of_tags(frame, address);

    for (size_t i = 0; i < env->observations->count; i++) {
        const struct observation *other = &env->observations->items[i];
        if (other->kind == OBSERVED_TAG && ip_equal(other->address, address) &&
            other->tag.vid == seen.tag.vid && other->tag.tpid == seen.tag.tpid &&
            other->inner.vid == seen.inner.vid)
            return;
    }
    observation_add(env->observations, &seen);
}

struct ip_addr probe_speaker_of(const struct frame *frame)
{
    if (frame->kind == FRAME_ARP)
        return frame->arp.sender;
    if (frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT)
        return frame->neighbour.target;
    bool is_own = frame->has_ip && (ip_stays_on_link(frame->ip.destination) ||
                                    (frame->ip.source.family == IP_V6 && ip_is_link_local(frame->ip.source)));
    return is_own ? frame->ip.source : (struct ip_addr){0};
}

int probe_build_arp(struct probe_env *env, struct mac_addr mac, int vid, struct ip_addr sender,
                    struct ip_addr target, struct packet *ret_packet)
{
    struct ethernet_spec ethernet = {MAC_BROADCAST, mac, vid};
    struct arp_fields arp = {.operation = ARP_REQUEST, .sender_mac = mac, .sender = sender, .target = target};

    return build_arp(env->builder, &ethernet, &arp, ret_packet);
}

int probe_send_arp(struct probe_env *env, const struct source *speaker, struct ip_addr target)
{
    struct mac_addr mac = speaker != NULL ? speaker->mac : env->target->link->mac;
    struct ip_addr sender = speaker != NULL ? speaker->address : (struct ip_addr){.family = IP_V4};
    struct packet packet;
    int built = probe_build_arp(env, mac, probe_vid(env), sender, target, &packet);

    return probe_send(env, AT_TAP, built, &packet);
}

int probe_build_solicitation(struct probe_env *env, struct mac_addr mac, int vid, struct ip_addr source,
                             struct ip_addr target, struct packet *ret_packet)
{
    struct ip_addr group = ip_solicited_node(target);
    struct ethernet_spec ethernet = {mac_of_multicast(group), mac, vid};
    struct neighbour_fields neighbour = {.target = target, .has_link_address = true, .link_address = mac};

    return build_neighbour_solicitation(env->builder, &ethernet, source, group, &neighbour, ret_packet);
}

int probe_send_solicitation(struct probe_env *env, const struct source *source, struct ip_addr target)
{
    struct packet packet;
    int built = probe_build_solicitation(env, source->mac, probe_vid(env), source->address, target, &packet);

    return probe_send(env, AT_TAP, built, &packet);
}

bool probe_find_owner(const struct probe_env *env, struct ip_addr address, struct mac_addr *ret)
{
    const struct observations *seen = env->observations;
    bool found = false;

    for (size_t i = 0; i < seen->count; i++) {
        const struct observation *claim = &seen->items[i];
        if (claim->kind != OBSERVED_CLAIM || !ip_equal(claim->address, address))
            continue;
        if (found && !mac_equal(*ret, claim->mac))
            return false;
        found = true;
        *ret = claim->mac;
    }
    return found && probe_is_answered(env, address) && !mac_is_multicast(*ret);
}

static bool is_echo_reply(const struct observation *seen, struct ip_addr address)
{
    return seen->kind == OBSERVED_REPLY && ip_equal(seen->address, address) &&
           (seen->reply.probe == PROBE_ICMP || seen->reply.probe == PROBE_ICMPV6);
}

bool probe_is_echo_silent(const struct probe_env *env, struct ip_addr address)
{
    for (size_t i = 0; i < env->observations->count; i++)
        if (is_echo_reply(&env->observations->items[i], address))
            return false;
    return true;
}

uint64_t probe_longest_rtt_us(const struct probe_env *env, struct mac_addr mac)
{
    const struct observations *seen = env->observations;
    uint64_t rtt_us = 0;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_REPLY && mac_equal(seen->items[i].mac, mac) &&
            seen->items[i].reply.rtt_us > rtt_us)
            rtt_us = seen->items[i].reply.rtt_us;
    return rtt_us;
}

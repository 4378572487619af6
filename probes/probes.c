/* The table of probes, and what they share. */
#include "probe.h"

#include <stddef.h>

const struct probe_class *const ADDRESS_PROBES[] = {
    &PROBE_CLASS_ARP, &PROBE_CLASS_NDP, &PROBE_CLASS_ICMP, &PROBE_CLASS_ICMPV6, NULL,
};

int probe_vid(const struct probe_env *env)
{
    int vlan = env->options->vlan;
    return vlan == VLAN_AUTOMATIC || vlan == VLAN_UNTAGGED ? VID_NONE : vlan;
}

bool probe_vlan_matches(const struct probe_env *env, const struct frame *frame)
{
    return frame_vid(frame) == probe_vid(env);
}

int probe_send(struct probe_env *env, int built, const struct packet *packet)
{
    return built < 0 ? built : env->send(env->context, packet);
}

int send_arp_request(struct probe_env *env, struct ip_addr sender, struct ip_addr target)
{
    struct mac_addr mac = env->target->link->mac;
    struct ethernet_spec ethernet = {MAC_BROADCAST, mac, probe_vid(env)};
    struct arp_fields arp = {.operation = ARP_REQUEST, .sender_mac = mac, .sender = sender, .target = target};
    struct packet packet;

    return probe_send(env, build_arp(env->builder, &ethernet, &arp, &packet), &packet);
}

int send_neighbour_solicitation(struct probe_env *env, const struct source *source, struct ip_addr target)
{
    struct ip_addr group = ip_solicited_node(target);
    struct ethernet_spec ethernet = {mac_of_multicast(group), source->mac, probe_vid(env)};
    struct neighbour_fields neighbour = {
        .target = target, .has_link_address = true, .link_address = source->mac};
    struct packet packet;

    return probe_send(
        env,
        build_neighbour_solicitation(env->builder, &ethernet, source->address, group, &neighbour, &packet),
        &packet);
}

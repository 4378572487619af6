/* All nodes of the link, asked. */
#include "all_nodes.h"

enum { ON_LINK_HOPS = 1 };

void all_nodes_begin(struct all_nodes *all_nodes, struct probe_env *env)
{
    all_nodes->id = (uint16_t)env->random(env->context);
    all_nodes->nonce = env->random(env->context);
    all_nodes->source_count = env->options->ipv6 ? sources_of_link(env, all_nodes->sources) : 0;
}

static void ask_from(struct all_nodes *all_nodes, struct probe_env *env, const struct source *source)
{
    static const struct ip_addr group = {IP_V6, {0xff, 0x02, [15] = 1}};
    struct ethernet_spec ethernet = {mac_of_multicast(group), source->mac, probe_vid(env)};
    struct echo_spec echo = {.source = source->address,
                             .destination = group,
                             .id = all_nodes->id,
                             .sequence = (uint16_t)++all_nodes->asked,
                             .ttl = ON_LINK_HOPS,
                             .nonce = all_nodes->nonce,
                             .payload_length = PROBE_PAYLOAD_SIZE};
    struct packet packet;

    probe_send(env, AT_TAP, build_echo_request(env->builder, &ethernet, &echo, &packet), &packet);
}

void all_nodes_ask(struct all_nodes *all_nodes, struct probe_env *env)
{
    for (size_t i = 0; i < all_nodes->source_count; i++)
        if (source_is_usable(all_nodes->sources[i]))
            ask_from(all_nodes, env, all_nodes->sources[i]);
}

bool all_nodes_answered(const struct all_nodes *all_nodes, const struct frame *frame)
{
    uint8_t payload[PROBE_PAYLOAD_SIZE];

    if (frame->ip.source.family != IP_V6 || frame->echo.id != all_nodes->id || frame->echo.checksum_bad ||
        !ip_may_be_host(frame->ip.source))
        return false;
    build_probe_payload(all_nodes->nonce, payload);
    return memcmp(payload, frame->echo.payload, sizeof payload) == 0;
}

/* What tells the segment of a target from those of other hosts: its subnets, its gateways, and whether it
 * leads out of the host. */
#include "judgement.h"

static void add_subnets(struct segment_result *segment, const struct host_facts *facts, int ifindex)
{
    const struct address_facts *own = NULL;

    while (segment->subnet_count < SEGMENT_SUBNETS_MAX &&
           (own = facts_next_routable(facts, ifindex, own)) != NULL)
        segment->subnets[segment->subnet_count++] =
            (struct subnet_result){ip_prefix_of(own->address, own->prefix_length), own->prefix_length};
}

static void add_gateway(struct segment_result *segment, const struct host_facts *facts, int ifindex,
                        struct ip_addr address)
{
    if (address.family == IP_NONE)
        return;
    const struct neighbour_facts *entry = facts_neighbour_of(facts, ifindex, address);
    struct gateway_result *added = &segment->gateways[segment->gateway_count++];
    *added = (struct gateway_result){.address = address, .has_mac = entry != NULL};
    if (entry != NULL)
        added->mac = entry->mac;
}

/* Behind a bridge may be any number of machines, and any host. */
void segment_add(struct judgement *judgement)
{
    const struct verdict_input *input = judgement->input;
    const struct target *target = input->target;
    struct segment_result *segment = &judgement->verdict->segment;

    if (input->facts == NULL || target_host_link(target) == NULL || input->scope.many_machines ||
        (target->link->kind != LINK_TAP && target->link->kind != LINK_MACVTAP))
        return;
    int ifindex = target_host_link(target)->ifindex;
    segment->is_known = true;
    segment->is_confined =
        target->bridge != NULL && target->bridge->kind == LINK_BRIDGE && !target->bridge->leads_out;
    add_subnets(segment, input->facts, ifindex);
    add_gateway(segment, input->facts, ifindex, target->gateway_ipv4);
    add_gateway(segment, input->facts, ifindex, target->gateway_ipv6);
}

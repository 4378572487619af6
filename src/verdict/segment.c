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

/* Who is on the target's path. Behind a tap that is a segment of its own there is only the guest. */
static void add_gateway(struct segment_result *segment, const struct verdict_input *input,
                        const struct route_facts *far)
{
    if (far->kind != ROUTE_GATEWAY || input->target->path.count < 2 ||
        !target_is_on_route(input->target, far))
        return;
    const struct neighbour_facts *entry = facts_neighbour_of(input->facts, far->ifindex, far->gateway);
    struct gateway_result *added = &segment->gateways[segment->gateway_count++];
    *added = (struct gateway_result){.address = far->gateway, .has_mac = entry != NULL};
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
    segment->is_known = true;
    segment->is_confined =
        target->bridge != NULL && target->bridge->kind == LINK_BRIDGE && !target->bridge->leads_out;
    add_subnets(segment, input->facts, target_host_link(target)->ifindex);
    add_gateway(segment, input, &input->facts->far_ipv4);
    add_gateway(segment, input, &input->facts->far_ipv6);
}

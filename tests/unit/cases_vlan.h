/* The cases of bridges that filter by VLAN. */
#ifndef VMNETCHECK_CASES_VLAN_H
#define VMNETCHECK_CASES_VLAN_H

#include "cases_path.h"

/* A bridge that filters: the VLANs of the port of the tap, and of its own end. The host's ping of an address
 * on the bridge is not answered. */
static void filter_vlans(struct scene *s, const struct vlan_facts vlans[3])
{
    static struct vlan_facts of_scene[3];

    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE, 0);
    s->links[1].filters_vlans = true;
    memcpy(of_scene, vlans, sizeof of_scene);
    s->facts.vlans = of_scene;
    s->facts.vlan_count = 3;
}

static void port_is_in_another_vlan(struct scene *s)
{
    filter_vlans(s, (const struct vlan_facts[]){{SCENE_TAP, 321, 321, true, true},
                                                {SCENE_TAP, 5, 7, false, false},
                                                {SCENE_BRIDGE, 1, 1, true, true}});
}

static void port_takes_nothing_untagged(struct scene *s)
{
    filter_vlans(s, (const struct vlan_facts[]){{SCENE_TAP, 5, 7, false, false},
                                                {SCENE_TAP, 9, 9, false, true},
                                                {SCENE_BRIDGE, 1, 1, true, true}});
}

static void host_is_given_tags(struct scene *s)
{
    filter_vlans(s, (const struct vlan_facts[]){{SCENE_TAP, 1, 1, true, true},
                                                {SCENE_BRIDGE, 1, 1, true, false},
                                                {SCENE_BRIDGE, 2, 4, false, false}});
}

/* VLANs are configured, and the bridge does not look at them. */
static void bridge_ignores_vlans(struct scene *s)
{
    port_is_in_another_vlan(s);
    s->links[1].filters_vlans = false;
    forget(s, OBSERVED_STACK, SCENE_4);
    see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, ON_TAP | ON_BRIDGE | ON_HOST);
}

/* A router, or another machine, joins the two. */
static void vlans_are_joined(struct scene *s)
{
    port_is_in_another_vlan(s);
    forget(s, OBSERVED_STACK, SCENE_4);
    is_routed(s, ROUTE_GATEWAY, SCENE_BRIDGE);
}

static const struct finding_case VLAN_CASES[] = {
    {FINDING_VLAN_TAG_MISMATCH, port_is_in_another_vlan, "vlan-tag-mismatch", bridge_ignores_vlans},
    {FINDING_VLAN_TAG_MISMATCH, port_takes_nothing_untagged, "vlan-tag-mismatch", vlans_are_joined},
    {FINDING_VLAN_TAG_MISMATCH, host_is_given_tags, "vlan-tag-mismatch", vlans_are_joined},
};

#endif

/* The cases of findings of the host's layer. */
#ifndef VMNETCHECK_CASES_HOST_H
#define VMNETCHECK_CASES_HOST_H

#include "scene.h"

#include <errno.h>

static void no_tap(struct scene *s)
{
    s->target.link = NULL;
}

static void any_tap(struct scene *s)
{
    (void)s;
}

static void tun(struct scene *s)
{
    s->links[0].kind = LINK_TUN;
    s->links[0].ethernet = false;
}

static void veth(struct scene *s)
{
    s->links[0].kind = LINK_VETH;
}

static void down(struct scene *s)
{
    s->links[0].up = s->links[0].carrier = false;
}

static void no_carrier(struct scene *s)
{
    s->links[0].carrier = false;
}

static void veth_without_carrier(struct scene *s)
{
    veth(s);
    no_carrier(s);
}

static void long_ifname(struct scene *s)
{
    read_script(s, "qemu-system-x86_64 -netdev tap,id=n,ifname=tap-of-the-web-server,script=no,downscript=no "
                   "-device virtio-net-pci,netdev=n,mac=" SCENE_MAC "\n");
}

static void ifname_of_15(struct scene *s)
{
    read_script(s, "qemu-system-x86_64 -netdev tap,id=n,ifname=tap-of-the-web1,script=no,downscript=no "
                   "-device virtio-net-pci,netdev=n,mac=" SCENE_MAC "\n");
}

static void two_holders(struct scene *s)
{
    s->target.vm.holders[0] = (struct tap_holder){.pid = 100, .name = "web1"};
    s->target.vm.holders[1] = (struct tap_holder){.pid = 200, .name = "web2"};
    s->target.vm.holder_count = s->target.vm.proven_count = 2;
}

static void one_holder(struct scene *s)
{
    two_holders(s);
    s->target.vm.holder_count = s->target.vm.proven_count = 1;
}

static void paused(struct scene *s)
{
    s->qmp.running = false;
    s->qmp.status = (char *)(uintptr_t) "paused";
    s->target.vm.qmp = &s->qmp;
    is_deaf_about(s, SCENE_4);
    is_deaf_about(s, SCENE_6);
}

/* Of another VMM than QEMU. */
static void stopped(struct scene *s)
{
    one_holder(s);
    s->target.vm.holders[0].state = 'T';
    s->target.vm.holders_hang = true;
    is_deaf_about(s, SCENE_4);
    is_deaf_about(s, SCENE_6);
}

static void stopped_a_moment_ago(struct scene *s)
{
    stopped(s);
    see_claim(s, SCENE_4, SCENE_MAC);
}

static void running(struct scene *s)
{
    s->qmp.running = true;
    s->qmp.status = (char *)(uintptr_t) "running";
    s->target.vm.qmp = &s->qmp;
}

static void script_with(struct scene *s, int error)
{
    read_script(s, "qemu-system-x86_64 -netdev tap,id=n,ifname=tap0,script=/etc/up,downscript=no "
                   "-device virtio-net-pci,netdev=n,mac=" SCENE_MAC "\n");
    s->script = (struct script_facts){
        .path = "/etc/up", .source = &s->target.vm.vm->backends[0].source, .error = error};
    s->target.vm.scripts = &s->script;
    s->target.vm.script_count = 1;
}

static void script_is_not_executable(struct scene *s)
{
    script_with(s, EACCES);
}

static void script_is_fine(struct scene *s)
{
    script_with(s, 0);
}

/* The guest's answer to somebody far went to this MAC. The host does not forward IPv4. */
static void replies_far(struct scene *s, const char *to)
{
    s->links[0].no_forwarding_v4 = true;
    see(s, (struct observation){.kind = OBSERVED_WAY,
                                .address = ip(SCENE_4),
                                .mac = mac(to),
                                .way = {.of = WAY_FAR, .source = ip("198.18.5.5"), .sent = true}});
}

static void host_is_gateway(struct scene *s)
{
    replies_far(s, TAP_MAC);
    see(s, (struct observation){
               .kind = OBSERVED_WAY,
               .address = ip(SCENE_4),
               .way = {.of = WAY_NEAR, .source = ip("10.9.0.4"), .shared = 29, .asked = ip("10.9.0.4")}});
}

static void gateway_forwards(struct scene *s)
{
    host_is_gateway(s);
    s->links[0].no_forwarding_v4 = false;
}

static void host_is_gateway_v6(struct scene *s)
{
    s->links[0].no_forwarding_v6 = true;
    see(s, (struct observation){.kind = OBSERVED_WAY,
                                .address = ip(SCENE_6),
                                .mac = mac(TAP_MAC),
                                .way = {.of = WAY_FAR, .source = ip("2001:2::5"), .sent = true}});
    see(s, (struct observation){
               .kind = OBSERVED_WAY,
               .address = ip(SCENE_6),
               .way = {.of = WAY_NEAR, .source = ip("fd00:9::8"), .shared = 124, .asked = ip("fd00:9::8")}});
}

static void gateway_forwards_that_family(struct scene *s)
{
    host_is_gateway_v6(s);
    s->links[0].no_forwarding_v4 = true;
    s->links[0].no_forwarding_v6 = false;
}

static void another_one_is_gateway(struct scene *s)
{
    replies_far(s, OTHER_MAC);
}

/* It may have no routes, and answer whoever asked: that was our MAC, which is the tap's. */
static void answers_whoever_asked(struct scene *s)
{
    replies_far(s, TAP_MAC);
}

/* Another target of the run is on the bridge, and a chain drops what that forwards. */
static struct target *meet_other(struct scene *s)
{
    static struct link_facts link;
    static struct target other;

    put_on_bridge(s);
    link = (struct link_facts){.name = "tap1"};
    other = (struct target){.name = (char *)(uintptr_t) "tap1", .link = &link};
    s->target.between = (struct target_between){.other = &other, .chain_v4 = "ip filter FORWARD"};
    return &other;
}

static void forwarding_is_dropped_by_policy(struct scene *s)
{
    meet_other(s);
}

static void forwarding_of_ipv6_is_dropped(struct scene *s)
{
    meet_other(s);
    s->target.between.chain_v4 = NULL;
    s->target.between.chain_v6 = "ip6 filter FORWARD";
}

static void nobody_else_is_checked(struct scene *s)
{
    meet_other(s);
    s->target.between.other = NULL;
}

static void nothing_is_dropped_between(struct scene *s)
{
    meet_other(s);
    s->target.between.chain_v4 = NULL;
}

static void both_are_isolated(struct scene *s)
{
    static struct link_facts isolated;
    struct target *other = meet_other(s);

    isolated = (struct link_facts){.name = "tap1", .isolated = true};
    other->link = &isolated;
    s->links[0].isolated = true;
}

static void that_family_is_silent(struct scene *s)
{
    meet_other(s);
    is_silent_about(s, PROBE_ICMP, SCENE_4);
}

static const struct finding_case HOST_CASES[] = {
    {FINDING_TAP_NAME_TOO_LONG, long_ifname, "tap-name-too-long", ifname_of_15},
    {FINDING_NO_SUCH_TAP, no_tap, "no-such-tap", any_tap},
    {FINDING_NOT_ETHERNET, tun, "not-ethernet", veth},
    {FINDING_TAP_DOWN, down, "tap-down", no_carrier},
    {FINDING_TAP_UNATTACHED, no_carrier, "tap-unattached", veth_without_carrier},
    {FINDING_TAP_SHARED, two_holders, "tap-shared", one_holder},
    {FINDING_VM_NOT_READING, paused, "vm-not-reading", running},
    {FINDING_VM_NOT_READING, stopped, "vm-not-reading", stopped_a_moment_ago},
    {FINDING_SCRIPT_UNUSABLE, script_is_not_executable, "script-unusable", script_is_fine},
    {FINDING_FORWARDING_OFF, host_is_gateway, "forwarding-off", gateway_forwards},
    {FINDING_FORWARDING_OFF, host_is_gateway_v6, "forwarding-off", gateway_forwards_that_family},
    {FINDING_FORWARDING_OFF, host_is_gateway, "forwarding-off", another_one_is_gateway},
    {FINDING_FORWARDING_OFF, host_is_gateway, "forwarding-off", answers_whoever_asked},
    {FINDING_BRIDGE_FILTER, forwarding_is_dropped_by_policy, "bridge-filter", nobody_else_is_checked},
    {FINDING_BRIDGE_FILTER, forwarding_is_dropped_by_policy, "bridge-filter", nothing_is_dropped_between},
    {FINDING_BRIDGE_FILTER, forwarding_of_ipv6_is_dropped, "bridge-filter", both_are_isolated},
    {FINDING_BRIDGE_FILTER, forwarding_of_ipv6_is_dropped, "bridge-filter", that_family_is_silent},
};

#endif

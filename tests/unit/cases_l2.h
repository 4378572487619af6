/* The cases of findings of layer 2. */
#ifndef VMNETCHECK_CASES_L2_H
#define VMNETCHECK_CASES_L2_H

#include "scene.h"

#define QEMU "qemu-system-x86_64 "
#define TAP  "-netdev tap,id=n,ifname=tap0,script=no,downscript=no "

/* ---- MAC addresses ---- */

static void claim_is_from(struct scene *s, const char *owner)
{
    forget(s, OBSERVED_CLAIM, SCENE_4);
    forget(s, OBSERVED_CLAIM, SCENE_6);
    see_claim(s, SCENE_4, owner);
    see_claim(s, SCENE_6, owner);
}

static void has_tap_mac(struct scene *s)
{
    claim_is_from(s, TAP_MAC);
}

static void has_group_mac(struct scene *s)
{
    claim_is_from(s, "03:00:00:00:00:01");
}

static void has_local_mac(struct scene *s)
{
    claim_is_from(s, "02:00:00:00:00:01");
}

static void has_unexpected_mac(struct scene *s)
{
    s->target.has_mac = true;
    s->target.mac = mac(OTHER_MAC);
}

static void has_expected_mac_too(struct scene *s)
{
    has_unexpected_mac(s);
    see_claim(s, "10.9.0.8", OTHER_MAC);
}

static void is_heard_with_expected_mac(struct scene *s)
{
    has_unexpected_mac(s);
    see(s, (struct observation){.kind = OBSERVED_QUESTION,
                                .address = ip("10.9.0.254"),
                                .mac = mac(OTHER_MAC),
                                .asker = ip("10.9.0.8")});
}

static void answers_as_virtual_router(struct scene *s)
{
    has_unexpected_mac(s);
    claim_is_from(s, "00:00:5e:00:01:07");
}

static void answers_nearly_as_virtual_router(struct scene *s)
{
    has_unexpected_mac(s);
    claim_is_from(s, "00:00:5e:00:03:07");
}

/* The VM's start-up gives the card another MAC than the one that answers, and QEMU says that the guest told
 * the card this. */
static void rx_filter(struct scene *s, const char *own, const char *other, bool promiscuous)
{
    know_vm(s, "qemu -netdev tap,id=n,ifname=tap0 -device virtio-net-pci,id=v,netdev=n,mac=" OTHER_MAC "\n");
    has_unexpected_mac(s);
    s->target.vm.gave_mac = true;
    s->other = mac(other);
    s->filter = (struct qmp_filter){.name = (char *)(uintptr_t) "v",
                                    .mac = mac(own),
                                    .others = &s->other,
                                    .other_count = 1,
                                    .promiscuous = promiscuous};
    s->qmp = (struct qmp_facts){
        .running = true, .status = (char *)(uintptr_t) "running", .filters = &s->filter, .filter_count = 1};
    s->target.vm.qmp = &s->qmp;
}

static void mac_was_changed(struct scene *s)
{
    rx_filter(s, SCENE_MAC, TAP_MAC, false);
}

static void another_machine_answers(struct scene *s)
{
    rx_filter(s, OTHER_MAC, TAP_MAC, false);
}

static void has_mac_besides(struct scene *s)
{
    rx_filter(s, OTHER_MAC, SCENE_MAC, false);
}

static void bridges_inside(struct scene *s)
{
    rx_filter(s, OTHER_MAC, TAP_MAC, true);
}

static void qemu_cannot_tell(struct scene *s)
{
    mac_was_changed(s);
    s->target.vm.qmp = NULL;
}

static void is_a_bond(struct scene *s)
{
    know_vm(s, "qemu -nic tap,ifname=tap0,mac=" OTHER_MAC " -nic tap,ifname=tap1,mac=" SCENE_MAC "\n");
    has_unexpected_mac(s);
    s->target.vm.gave_mac = true;
}

/* ---- start-up ---- */

static void hubs_differ(struct scene *s)
{
    read_script(s, QEMU "-net nic,vlan=1,macaddr=" SCENE_MAC
                        " -net tap,vlan=4,ifname=tap0,script=no,downscript=no\n");
}

static void hubs_agree(struct scene *s)
{
    read_script(s, QEMU "-net nic,vlan=4,macaddr=" SCENE_MAC
                        " -net tap,vlan=4,ifname=tap0,script=no,downscript=no\n");
}

static void nic_names_nothing(struct scene *s)
{
    read_script(s, QEMU TAP "-device virtio-net-pci,netdev=m,mac=" SCENE_MAC "\n");
}

static void nic_names_variable(struct scene *s)
{
    read_script(s, QEMU TAP "-device virtio-net-pci,netdev=$N,mac=" SCENE_MAC "\n");
}

static void nic_is_joined(struct scene *s)
{
    read_script(s, QEMU TAP "-device virtio-net-pci,netdev=n,mac=" SCENE_MAC "\n");
}

static void nic_is_off(struct scene *s)
{
    nic_is_joined(s);
    s->vms.items[0]->nics[0].link_down = true;
}

#define SECOND_VM(mac)                                                                                       \
    QEMU "-netdev tap,id=m,ifname=tap1,script=no,downscript=no -device virtio-net-pci,netdev=m" mac "\n"

static void both_run(struct scene *s, const char *text)
{
    read_script(s, text);
    for (size_t i = 0; i < s->vms.count; i++)
        s->vms.items[i]->pid = 100 + (pid_t)i;
}

static void two_without_mac(struct scene *s)
{
    both_run(s, QEMU TAP "-device virtio-net-pci,netdev=n\n" SECOND_VM(""));
}

static void two_with_macs(struct scene *s)
{
    both_run(s, QEMU TAP "-device virtio-net-pci,netdev=n,mac=" SCENE_MAC "\n" SECOND_VM(",mac=" OTHER_MAC));
}

/* ---- frames that come back, storms, tags ---- */

static void see_returns(struct scene *s, unsigned most)
{
    see(s, (struct observation){.kind = OBSERVED_RETURN,
                                .mac = mac(TAP_MAC),
                                .returned = {.frames = 5, .returns = 5 * most, .most = most}});
}

static void frames_go_round(struct scene *s)
{
    see_returns(s, 20);
    check_in(s, PROBE_ICMP, SCENE_4)->duplicates = 30;
    has_tap_mac(s);
}

static void frames_come_back(struct scene *s)
{
    see_returns(s, 1);
    check_in(s, PROBE_ICMP, SCENE_4)->duplicates = 3;
}

static void see_broadcasts(struct scene *s, uint64_t count, uint64_t during_us)
{
    see(s, (struct observation){.kind = OBSERVED_BROADCASTS,
                                .broadcasts = {count, .during_us = during_us, .repeated = count / 2}});
}

static void storm(struct scene *s)
{
    see_broadcasts(s, 20000, 100000);
}

static void busy_segment(struct scene *s)
{
    see_broadcasts(s, 40, 100000);
}

static void see_tag(struct scene *s, const char *address)
{
    see(s, (struct observation){.kind = OBSERVED_TAG,
                                .address = *address ? ip(address) : (struct ip_addr){0},
                                .mac = mac(SCENE_MAC),
                                .tag = {.tpid = ETHERTYPE_8021Q, .vid = 217}});
}

static void answers_in_vlan(struct scene *s)
{
    is_deaf_about(s, SCENE_4);
    see_tag(s, SCENE_4);
}

static void speaks_in_vlan_besides(struct scene *s)
{
    see_tag(s, "");
    see_tag(s, SCENE_4);
}

/* ---- duplicates: two replies to each of six echo requests ---- */

struct copies {
    uint16_t first_id, copy_id,
        step; /* IP ids: of the first replies, of their copies; from one probe to the next */
    uint8_t ttl, copy_ttl;
    bool identical;
};

static void see_replies(struct scene *s, enum probe_id probe, const struct copies *copies)
{
    for (unsigned i = 0; i < 12; i++) {
        bool copy = i % 2;
        struct reply_observation reply = {
            .probe = probe,
            .sequence = i / 2 + 1,
            .copy = copy,
            .after_us = copy ? 20 : 0,
            .ttl = copy ? copies->copy_ttl : copies->ttl,
            .has_ip_id = true,
            .ip_id = (uint16_t)((copy ? copies->copy_id : copies->first_id) + i / 2 * copies->step),
            .digest = copies->identical ? i / 2 : i,
        };
        see(s, (struct observation){.kind = OBSERVED_REPLY,
                                    .time_us = 1000 * i,
                                    .address = ip(SCENE_4),
                                    .mac = mac(SCENE_MAC),
                                    .reply = reply});
    }
}

static void answers_twice(struct scene *s, const struct copies *copies)
{
    check_in(s, PROBE_ICMP, SCENE_4)->duplicates = 3;
    see_check(s, PROBE_ECHO_AGAIN, SCENE_4);
    *check_in(s, PROBE_ECHO_AGAIN, SCENE_4) = (struct check_observation){
        .probe = PROBE_ECHO_AGAIN, .sent = 6, .received = 6, .duplicates = 6, .concluded = true};
    see_replies(s, PROBE_ECHO_AGAIN, copies);
}

static void request_copied(struct scene *s)
{
    answers_twice(s,
                  &(struct copies){.first_id = 1000, .copy_id = 1001, .step = 2, .ttl = 64, .copy_ttl = 64});
}

static void reply_copied(struct scene *s)
{
    answers_twice(
        s, &(struct copies){
               .first_id = 1000, .copy_id = 1000, .step = 1, .ttl = 64, .copy_ttl = 64, .identical = true});
}

static void two_guests(struct scene *s)
{
    answers_twice(
        s, &(struct copies){.first_id = 22524, .copy_id = 50551, .step = 24, .ttl = 64, .copy_ttl = 64});
}

static void forwarded(struct scene *s)
{
    answers_twice(s,
                  &(struct copies){.first_id = 1000, .copy_id = 1000, .step = 1, .ttl = 64, .copy_ttl = 63});
}

static void no_ids(struct scene *s) /* and no oversize echo: nothing tells */
{
    answers_twice(s, &(struct copies){.ttl = 64, .copy_ttl = 64});
    for (size_t i = 0; i < s->seen.count; i++)
        if (s->seen.items[i].kind == OBSERVED_REPLY)
            s->seen.items[i].reply.has_ip_id = false;
}

static void others_ask_as_well(struct scene *s)
{
    check_in(s, PROBE_ARP, SCENE_4)->duplicates = 2;
    check_in(s, PROBE_NDP, SCENE_6)->duplicates = 2;
}

/* ---- silence and loss ---- */

static void all_deaf(struct scene *s)
{
    is_deaf_about(s, SCENE_4);
    is_deaf_about(s, SCENE_6);
}

static void ipv6_deaf(struct scene *s)
{
    is_deaf_about(s, SCENE_6);
}

static void answers_echo_only(struct scene *s)
{
    is_silent_about(s, PROBE_ARP, SCENE_4);
    forget(s, OBSERVED_CLAIM, SCENE_4);
}

/* Who has a permanent entry does not ask, and reaches who does not answer. */
static void host_has_an_entry(struct scene *s)
{
    answers_echo_only(s);
    s->neighbour = (struct neighbour_facts){
        .ifindex = SCENE_TAP, .address = ip(SCENE_4), .mac = mac(SCENE_MAC), .permanent = true};
    s->facts.neighbours = &s->neighbour;
    s->facts.neighbour_count = 1;
}

static void entry_is_of_another(struct scene *s)
{
    host_has_an_entry(s);
    s->neighbour.mac = mac("52:54:00:12:04:99");
}

static void not_sent(struct scene *s)
{
    all_deaf(s);
    check_in(s, PROBE_ARP, SCENE_4)->send_failures = 1;
}

static void not_concluded(struct scene *s)
{
    ipv6_deaf(s);
    check_in(s, PROBE_NDP, SCENE_6)->concluded = false;
}

static void one_lost(struct scene *s)
{
    check_in(s, PROBE_ICMP, SCENE_4)->received = 2;
}

static void see_flood(struct scene *s)
{
    see(s, (struct observation){.kind = OBSERVED_TROUBLE, .trouble = {.kind = TROUBLE_FLOOD, .count = 1}});
}

static void one_lost_by_us(struct scene *s)
{
    one_lost(s);
    see_flood(s);
}

/* ARP is answered by a bond that balances, now by this card and now by that. */
static void answers_by_two_cards(struct scene *s, const char *other)
{
    put_on_bridge(s);
    know_vm(s, "qemu -nic tap,ifname=tap0,mac=" SCENE_MAC " -nic tap,ifname=tap1,mac=" OTHER_MAC "\n");
    check_in(s, PROBE_ARP, SCENE_4)->received = 1;
    see(s, (struct observation){
               .kind = OBSERVED_CLAIM, .address = ip(SCENE_4), .mac = mac(other), .at = AT_BRIDGE});
}

static void other_card_answers_too(struct scene *s)
{
    answers_by_two_cards(s, OTHER_MAC);
}

static void only_this_card_answers(struct scene *s)
{
    answers_by_two_cards(s, SCENE_MAC);
}

static void queue_was_full(struct scene *s)
{
    one_lost(s);
    see(s,
        (struct observation){.kind = OBSERVED_TROUBLE, .trouble = {.kind = TROUBLE_QUEUE_FULL, .count = 9}});
}

static void queue_dropped_less(struct scene *s)
{
    queue_was_full(s);
    check_in(s, PROBE_ICMP, SCENE_4)->sent = 30;
}

static const struct finding_case L2_CASES[] = {
    {FINDING_HOST_MAC, has_tap_mac, "host-mac", has_local_mac},
    {FINDING_INVALID_MAC, has_group_mac, "invalid-mac", has_local_mac},
    {FINDING_UNEXPECTED_MAC, has_unexpected_mac, "unexpected-mac", has_expected_mac_too},
    {FINDING_UNEXPECTED_MAC, has_unexpected_mac, "unexpected-mac", is_heard_with_expected_mac},
    {FINDING_UNEXPECTED_MAC, answers_nearly_as_virtual_router, "unexpected-mac", answers_as_virtual_router},
    {FINDING_UNEXPECTED_MAC, another_machine_answers, "unexpected-mac", has_mac_besides},
    {FINDING_UNEXPECTED_MAC, another_machine_answers, "unexpected-mac", bridges_inside},
    {FINDING_UNEXPECTED_MAC, mac_was_changed, "unexpected-mac", qemu_cannot_tell},
    {FINDING_UNEXPECTED_MAC, mac_was_changed, "unexpected-mac", is_a_bond},
    {FINDING_VLAN_MISMATCH, hubs_differ, "vlan-mismatch", hubs_agree},
    {FINDING_NIC_UNCONNECTED, nic_names_nothing, "nic-unconnected nic-unconnected", nic_names_variable},
    {FINDING_LINK_OFF, nic_is_off, "link-off", nic_is_joined},
    {FINDING_L2_LOOP, frames_go_round, "l2-loop", frames_come_back},
    {FINDING_FRAME_REFLECTION, frames_come_back, "frame-reflection", frames_go_round},
    {FINDING_BROADCAST_STORM, storm, "broadcast-storm", busy_segment},
    {FINDING_DUPLICATE_MAC, two_without_mac, "duplicate-mac", two_with_macs},
    {FINDING_VLAN_TAG_MISMATCH, answers_in_vlan, "vlan-tag-mismatch", speaks_in_vlan_besides},
    {FINDING_DUP_REQUEST_COPIED, request_copied, "dup-request-copied", reply_copied},
    {FINDING_DUP_REPLY_COPIED, reply_copied, "dup-reply-copied", request_copied},
    {FINDING_DUP_TWO_GUESTS, two_guests, "dup-two-guests", request_copied},
    {FINDING_DUP_FORWARDED, forwarded, "dup-forwarded", reply_copied},
    {FINDING_DUP_UNEXPLAINED, no_ids, "dup-unexplained", others_ask_as_well},
    {FINDING_ARP_NO_REPLY, answers_echo_only, "arp-no-reply", host_has_an_entry},
    {FINDING_ARP_NO_REPLY, entry_is_of_another, "arp-no-reply", host_has_an_entry},
    {FINDING_ARP_NO_REPLY, all_deaf, "arp-no-reply ndp-no-reply", not_sent},
    {FINDING_NDP_NO_REPLY, ipv6_deaf, "ndp-no-reply", not_concluded},
    {FINDING_PACKET_LOSS, one_lost, "packet-loss", one_lost_by_us},
    {FINDING_PACKET_LOSS, one_lost, "packet-loss", queue_was_full},
    {FINDING_PACKET_LOSS, only_this_card_answers, "packet-loss", other_card_answers_too},
    {FINDING_PACKET_LOSS, queue_dropped_less, "packet-loss", queue_was_full},
};

#endif

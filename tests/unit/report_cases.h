/* The reports of which golden files are kept: what every kind of run ends with. */
#ifndef VMNETCHECK_TEST_REPORT_CASES_H
#define VMNETCHECK_TEST_REPORT_CASES_H

#include "report_maker.h"

static void make_healthy(struct report *report)
{
    *report = new_report(108342);
    struct target_report *t = add_target(report, "tap0", STATUS_HEALTHY, LAYER_NONE);
    add_address(t, "10.9.0.2", ORIGIN_GIVEN, true);
    add_address(t, "fe80::5054:ff:fe12:411", ORIGIN_LINK_LOCAL, true);
    add_check(t, "arp", "10.9.0.2", CHECK_PASS, 3);
    add_check(t, "ndp", "fe80::5054:ff:fe12:411", CHECK_PASS, 3);
    add_check(t, "icmp", "10.9.0.2", CHECK_PASS, 3);
    add_check(t, "icmpv6", "fe80::5054:ff:fe12:411", CHECK_PASS, 3);
    text_list_addf(&t->verdict.notes,
                   "the probes had the source address 10.9.0.1, which the host has on this link");
}

static void make_known_vm(struct report *report)
{
    make_healthy(report);
    add_vm(&report->targets[0]);
}

static void make_waited(struct report *report)
{
    make_healthy(report);
    report->elapsed_us = report->targets[0].elapsed_us = 3210987;
    report->targets[0].waited = true;
}

static void make_waited_in_vain(struct report *report)
{
    *report = new_report(30000123);
    struct target_report *t = add_target(report, "tap0", STATUS_FAULT, LAYER_HOST);
    t->waited = true;
    struct finding *f = add_finding(t, FINDING_NO_SUCH_TAP, "", "the host has no interface tap0",
                                    "start the VM, or name one of the interfaces that exist");
    text_list_addf(&f->evidence, "interfaces of this network namespace: lo, eth0, br0, tap1");
}

static void make_tap_down(struct report *report)
{
    *report = new_report(2210);
    struct target_report *t = add_target(report, "tap0", STATUS_FAULT, LAYER_HOST);
    t->bridge = text_format("br0");
    struct finding *f =
        add_finding(t, FINDING_TAP_DOWN, "", "the interface tap0 is down", "ip link set dev tap0 up");
    text_list_addf(&f->evidence, "the kernel's flags of tap0 lack IFF_UP");
}

static void make_host_filter(struct report *report)
{
    *report = new_report(1208345);
    struct target_report *t = add_target(report, "vnet0", STATUS_FAULT, LAYER_HOST);
    add_vm(t);
    add_address(t, "10.9.0.2", ORIGIN_GIVEN, true);
    add_check(t, "arp", "10.9.0.2", CHECK_PASS, 3);
    add_check(t, "icmp", "10.9.0.2", CHECK_PASS, 3);
    t->verdict.path = (struct path_result){.host = ip("10.9.0.1"), .broken_after = 2};
    add_hop(t, "host", "br0", PASSING_SEEN, PASSING_LOST);
    add_hop(t, "bridge", "br0", PASSING_SEEN, PASSING_LOST);
    add_hop(t, "tap", "vnet0", PASSING_SEEN, PASSING_SEEN);
    struct finding *f =
        add_finding(t, FINDING_HOST_FILTER, "10.9.0.2",
                    "the host cannot ping 10.9.0.2: the reply is lost between vnet0 and br0",
                    "look for a rule that drops it between vnet0 and br0: nft list ruleset; ebtables-save");
    text_list_addf(&f->evidence, "vnet0: request seen, reply seen");
    text_list_addf(&f->evidence, "br0: request seen, reply not seen");
    f->frames[0] = 12;
    f->frames[1] = 17;
    f->frame_count = 2;
}

static void make_arp_no_reply(struct report *report)
{
    *report = new_report(1083420);
    struct target_report *t = add_target(report, "tap0", STATUS_FAULT, LAYER_L2);
    add_address(t, "10.9.0.2", ORIGIN_GIVEN, false);
    add_check(t, "arp", "10.9.0.2", CHECK_FAIL, 0);
    add_skip(t, "icmp", "10.9.0.2", "not sent, because no MAC to send to is known");
    struct finding *f =
        add_finding(t, FINDING_ARP_NO_REPLY, "10.9.0.2", "nobody answers ARP for the address",
                    "check that the guest runs and its interface is up, and that its network card and "
                    "this tap are the two ends of one netdev");
    text_list_addf(&f->evidence,
                   "3 ARP requests for 10.9.0.2 were broadcast on tap0; none was answered within 1 s");
    text_list_addf(&f->evidence, "nothing was heard from the guest");
    text_list_addf(&t->verdict.notes, "swept 10.9.0.0/24: 253 addresses were asked, none answered");
}

static void make_icmp_no_reply(struct report *report)
{
    *report = new_report(1101200);
    struct target_report *t = add_target(report, "tap0", STATUS_FAULT, LAYER_L3);
    add_address(t, "10.9.0.2", ORIGIN_HEARD, true);
    add_check(t, "arp", "10.9.0.2", CHECK_PASS, 3);
    add_check(t, "icmp", "10.9.0.2", CHECK_FAIL, 0);
    struct finding *f =
        add_finding(t, FINDING_ICMP_NO_REPLY, "10.9.0.2", "the guest answers ARP, but no echo request",
                    "allow ICMP echo in the guest's firewall, and check its routes");
    text_list_addf(&f->evidence, "52:54:00:12:04:11 answered 3 of 3 ARP requests");
    text_list_addf(&f->evidence,
                   "0 of 3 echo requests to 52:54:00:12:04:11, 10.9.0.2 were answered within 1 s");
    add_moment(t, "arp", "10.9.0.2", MOMENT_ANSWER, 500);
    add_moment(t, "arp", "10.9.0.2", MOMENT_COPY, 700);
    add_moment(t, "icmp", "10.9.0.2", MOMENT_LOSS, 40000);
}

/* Faults in two layers, a warning, duplicates and an unanswered question at once. */
static void make_several_faults(struct report *report)
{
    *report = new_report(1250000);
    struct target_report *t = add_target(report, "tap0", STATUS_FAULT, LAYER_L2);
    add_vm(t);
    add_address(t, "192.0.2.7", ORIGIN_GIVEN, true);
    add_address(t, "2001:db8::7", ORIGIN_GIVEN, false);
    add_check(t, "arp", "192.0.2.7", CHECK_PASS, 3);
    add_check(t, "ndp", "2001:db8::7", CHECK_FAIL, 0);
    add_check(t, "icmp", "192.0.2.7", CHECK_FAIL, 3)->duplicates = 2;
    add_check(t, "icmp", "192.0.2.7", CHECK_WARN, 2)->duplicates = 1;
    add_skip(t, "icmpv6", "2001:db8::7", NULL);
    struct finding *f =
        add_finding(t, FINDING_DUP_UNEXPLAINED, "192.0.2.7",
                    "probes were answered more than once, for a reason that could not be proved",
                    "look for a second path: a hub or socket netdev shared by VMs, a bridge loop, two "
                    "VMs with one MAC and IP address");
    text_list_addf(&f->evidence,
                   "2 echo requests were answered twice: after 0.02 ms and 0.03 ms, TTL 64, IP ID 100, 101");
    f = add_finding(t, FINDING_NDP_NO_REPLY, "2001:db8::7",
                    "nobody answers neighbour solicitations for the address", "check that IPv6 is on");
    text_list_addf(&f->evidence, "3 neighbour solicitations were sent, none was answered within 1 s");
    f = add_finding(t, FINDING_WRONG_SUBNET, "192.0.2.7",
                    "the guest's address is in none of the host's subnets",
                    "ip address add 192.0.2.1/24 dev tap0");
    text_list_addf(&f->evidence, "br0 has 10.9.0.1/24");
    add_finding(t, FINDING_DOCUMENTATION_ADDRESS, "192.0.2.7", "the address is reserved for documentation",
                NULL);
    text_list_addf(&t->verdict.unknown,
                   "whether fe80::1 answers: sending failed (No buffer space available)");
}

static void make_warning(struct report *report)
{
    *report = new_report(1104000);
    struct target_report *t = add_target(report, "tap0", STATUS_WARNING, LAYER_L2);
    add_address(t, "10.9.0.2", ORIGIN_SWEEP, true);
    add_check(t, "arp", "10.9.0.2", CHECK_PASS, 3);
    struct check_result *check = add_check(t, "icmp", "10.9.0.2", CHECK_WARN, 2);
    check->rtt_max_us = 1040250;
    struct finding *f =
        add_finding(t, FINDING_PACKET_LOSS, "10.9.0.2", "some of the probes were not answered",
                    "check the load of the host and of the guest, and tx_dropped of the tap");
    text_list_addf(&f->evidence, "2 of 3 echo requests were answered; our own capture lost nothing");
}

static void make_unknown(struct report *report)
{
    *report = new_report(1300000);
    struct target_report *t = add_target(report, "tap0", STATUS_UNKNOWN, LAYER_NONE);
    add_address(t, "10.9.0.2", ORIGIN_GIVEN, false);
    add_check(t, "arp", "10.9.0.2", CHECK_UNKNOWN, 0)->note = text_format("12 frames were lost");
    text_list_addf(
        &t->verdict.unknown,
        "the capture lost 12 frames, so that a probe without a reply proves nothing; try again when there is "
        "less traffic on the tap");
}

#define HOSTILE "\033]0;owned\a\r\n\033[2J\xff\xc3\x28\x9b\"\\</script>\x7f"

static void make_hostile(struct report *report)
{
    *report = new_report(1000);
    struct target_report *t = add_target(report, HOSTILE, STATUS_FAULT, LAYER_L3);
    t->bridge = text_format(HOSTILE);
    t->has_vm = true;
    t->vm = (struct vm_result){.name = text_format("m\u00fcller " HOSTILE), .netdev = text_format(HOSTILE)};
    add_check(t, "arp", "10.9.0.2", CHECK_PASS, 1)->note = text_format(HOSTILE);
    struct finding *f = add_finding(t, FINDING_ICMP_REJECTED, "10.9.0.2", HOSTILE, HOSTILE);
    text_list_addf(&f->evidence, HOSTILE);
    text_list_addf(&t->verdict.unknown, HOSTILE);
    text_list_addf(&t->verdict.notes, HOSTILE);
    report->failure = text_format(HOSTILE);
    report->failure_exit = EXIT_OS;
}

/* Named one by one: each gets its line, and those that are not healthy their details. */
static void make_three(struct report *report)
{
    static const enum verdict_status statuses[] = {STATUS_HEALTHY, STATUS_FAULT, STATUS_WARNING};
    static const enum layer layers[] = {LAYER_NONE, LAYER_L3, LAYER_L2};
    static const unsigned answered[] = {3, 0, 2};

    *report = new_report(1101200);
    for (unsigned i = 0; i < 3; i++) {
        char *name = text_format("vnet%u", i), *address = text_format("10.9.%u.2", i);
        struct target_report *t = add_target(report, name, statuses[i], layers[i]);
        t->named = t->has_vm = true;
        t->vm.name = text_format("web%u", i);
        add_address(t, address, ORIGIN_GIVEN, true);
        add_address(t, "fe80::5054:ff:fe12:411", ORIGIN_LINK_LOCAL, true);
        add_check(t, "arp", address, CHECK_PASS, 3);
        add_check(t, "icmp", address, i == 1 ? CHECK_FAIL : i == 2 ? CHECK_WARN : CHECK_PASS, answered[i]);
        if (i > 0)
            add_finding(t, i == 1 ? FINDING_ICMP_NO_REPLY : FINDING_PACKET_LOSS, address,
                        "it is not as it should be", "do what is to be done");
        text_list_addf(&t->verdict.notes, "processes of others may not be looked at: 7");
        free(address);
        free(name);
    }
}

/* All that a host has, a fifth of it faulty. */
static void make_sixty(struct report *report)
{
    static const enum finding_id ids[] = {FINDING_ICMP_NO_REPLY, FINDING_ARP_NO_REPLY, FINDING_TAP_UNATTACHED,
                                          FINDING_ADDRESS_NOT_ASSIGNED};
    *report = new_report(1420000);
    for (unsigned i = 0; i < 60; i++) {
        bool faulty = i % 5 == 4;
        enum finding_id id = ids[i % 4];
        char *name = text_format("vnet%u", i), *address = text_format("10.9.%u.2", i);
        struct target_report *t = add_target(report, name, faulty ? STATUS_FAULT : STATUS_HEALTHY,
                                             faulty ? FINDINGS[id].layer : LAYER_NONE);
        t->has_vm = true;
        t->vm.name = text_format("web%u", i);
        add_check(t, "arp", address, CHECK_PASS, 3);
        char *fix = id == FINDING_TAP_UNATTACHED
                        ? text_format("start the VM with -netdev tap,ifname=%s", name)
                    : id == FINDING_ADDRESS_NOT_ASSIGNED
                        ? text_format("in the guest: ip address add %s/24 dev eth0", address)
                        : finding_fix_text(FINDINGS[id].fix, t->vm.name);
        if (faulty)
            add_finding(t, id, FINDINGS[id].layer == LAYER_HOST ? "" : address, FINDINGS[id].summary, fix);
        free(fix);
        free(address);
        free(name);
    }
}

static void make_many(struct report *report)
{
    *report = new_report(1420000);
    for (unsigned i = 0; i < 12; i++) {
        char *name = text_format("tap%u", i);
        enum verdict_status status = i == 4 ? STATUS_FAULT : i == 7 ? STATUS_UNKNOWN : STATUS_HEALTHY;
        struct target_report *t = add_target(report, name, status, i == 4 ? LAYER_HOST : LAYER_NONE);
        t->elapsed_us = 108000 + i;
        if (i == 4)
            add_finding(t, FINDING_TAP_UNATTACHED, "", "no virtual machine is attached to tap4",
                        "start the VM with ifname=tap4");
        else
            add_check(t, "arp", "10.9.0.2", i == 7 ? CHECK_UNKNOWN : CHECK_PASS, i == 7 ? 0 : 3);
        if (i == 7)
            text_list_addf(&t->verdict.unknown, "stopped by the user");
        free(name);
    }
}

/* One target with as much to say as can be. */
static void make_long_lists(struct report *report)
{
    *report = new_report(1100000);
    struct target_report *t = add_target(report, NULL, STATUS_FAULT, LAYER_L2);
    t->has_vm = true;
    t->vm.name = text_format("web1");
    for (unsigned i = 1; i <= TARGET_ADDRESSES_MAX; i++) {
        char *address = text_format("10.9.%u.%u", i % 2 ? 0 : 200, i);
        add_check(t, "arp", address, CHECK_FAIL, 0);
        struct finding *f = add_finding(t, FINDING_ARP_NO_REPLY, address,
                                        "nobody answers ARP for the address", "check that the guest runs");
        text_list_addf(&f->evidence, "3 ARP requests for %s were broadcast; none was answered", address);
        free(address);
    }
    struct finding *f = add_finding(t, FINDING_PACKET_LOSS, "", "some of the probes were not answered", NULL);
    for (unsigned i = 1; i <= 20; i++) {
        text_list_addf(&f->evidence, "echo request %u was not answered", i);
        text_list_addf(&t->verdict.notes,
                       "note number %u, which is long enough that it has to be continued on a second "
                       "line of the terminal",
                       i);
    }
}

/* Several of a kind that are about no address. */
static void make_unconnected(struct report *report)
{
    *report = new_report(2000);
    struct target_report *t = add_target(report, NULL, STATUS_FAULT, LAYER_HOST);
    for (unsigned i = 0; i < 3; i++) {
        struct finding *f = add_finding(t, FINDING_NIC_UNCONNECTED, "",
                                        "a network card is connected to nothing", "connect it");
        text_list_addf(&f->evidence, "-device e1000,netdev=eth%u", i);
    }
}

static void make_failed_halfway(struct report *report)
{
    make_healthy(report);
    report->failure = text_format("cannot read the host's links: Cannot allocate memory");
    report->failure_exit = EXIT_OS;
}

static void make_failed_at_once(struct report *report)
{
    *report = new_report(950);
    struct target_report *t = add_target(report, "tap0", STATUS_UNKNOWN, LAYER_NONE);
    t->elapsed_us = 0;
    text_list_addf(&t->verdict.unknown, "not checked: permission is missing");
    report->failure = text_format("no permission to capture on tap0: CAP_NET_RAW is missing; grant it with "
                                  "`setcap cap_net_raw+ep /usr/sbin/vmnetcheck`");
    report->failure_exit = EXIT_NO_PERMISSION;
}

static void make_nothing(struct report *report)
{
    *report = new_report(950);
}

/* Of two hosts, with more healthy targets than are listed. */
static void make_merged(struct report *report)
{
    static char names[][4] = {"hv1", "hv2"}, netns[] = "blue";
    static const struct host_identity hosts[] = {{.name = names[0]}, {.name = names[1], .netns = netns}};
    static const char *const labels[] = {"hv1:tap0", "hv2:blue/tap0"};

    *report = new_report(6400);
    report->command = "merge";
    report->merged = (struct merged_counts){.documents = 2, .hosts = 2, .targets = 12000};
    for (size_t i = 0; i < 2; i++) {
        struct target_report *target = add_target(report, "tap0", STATUS_FAULT, LAYER_L2);
        target->host = &hosts[i];
        target->place = text_format("%s", labels[i]);
        target->netns = i == 1 ? text_format("blue") : NULL;
        target->started_us = report->started_us;
        add_address(target, "10.9.0.2", ORIGIN_HEARD, true);
        target->verdict.segment = (struct segment_result){
            .is_known = true,
            .subnets = {{ip("10.9.0.0"), 24}},
            .subnet_count = 1,
            .gateways = {{.address = ip("10.9.0.1"), .has_mac = i == 0, .mac = GUEST}},
            .gateway_count = 1,
        };
        struct finding *finding = add_finding(target, FINDING_DUPLICATE_MAC, "",
                                              "the other one has its MAC address", "give each another one");
        text_list_addf(&finding->evidence, "both answered");
    }
}

#endif

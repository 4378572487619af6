/* What a verdict looks at, at random: any of what a check, a recording or a start-up may show, be it likely
 * together or not. A seed makes the same case each time. */
#ifndef VMNETCHECK_RANDOM_CASE_H
#define VMNETCHECK_RANDOM_CASE_H

#include "findings_text.h"
#include "script.h"
#include "vm_index.h"
#include "qmp.h"

#include <errno.h>

#define GUEST_MAC "52:54:00:12:04:11"
#define OTHER_MAC "52:54:00:99:99:99"
#define TAP_MAC   "fe:54:00:12:04:11"

enum { CASE_TAP = 3, CASE_BRIDGE = 4, CASE_PORT = 5 };

/* The start-ups that a case may know of; the first VM of each is the target's. Parsed once. */
#define QEMU "qemu-system-x86_64 "
#define TAP0 "-netdev tap,id=n,ifname=tap0,script=no,downscript=no "
static const char *const START_UPS[] = {
    QEMU TAP0 "-device virtio-net-pci,netdev=n,mac=" GUEST_MAC "\n",
    QEMU "-net nic,vlan=1,macaddr=" GUEST_MAC " -net tap,vlan=4,ifname=tap0,script=no,downscript=no\n",
    QEMU TAP0 "-device virtio-net-pci,netdev=m,mac=" GUEST_MAC "\n",
    QEMU TAP0 "-device virtio-net-pci,netdev=n\n" QEMU
              "-netdev tap,id=m,ifname=tap1,script=no,downscript=no -device virtio-net-pci,netdev=m\n",
    QEMU TAP0 "-device virtio-net-pci,netdev=n,mac=" TAP_MAC "\n",
    QEMU TAP0 "-device virtio-net-pci,netdev=n,mac=" GUEST_MAC "\n",
};
enum { START_UP_COUNT = sizeof START_UPS / sizeof START_UPS[0], LINK_OFF = START_UP_COUNT - 1 };

struct start_up {
    struct vm_list vms;
    struct vm_index *index;
};

struct random_case {
    uint64_t seed, state;
    struct link_facts links[3];
    struct address_facts own[3];
    struct host_facts facts;
    struct check_options options;
    struct target target;
    struct observations seen;
    struct qmp_facts qmp;
    struct scope scope;
    bool host_known;
    struct verdict verdict;
};

/* splitmix64, by Sebastiano Vigna, in the public domain. */
static inline uint64_t next_random(struct random_case *c)
{
    uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline unsigned below(struct random_case *c, unsigned limit)
{
    return (unsigned)(next_random(c) % limit);
}

static inline bool one_in(struct random_case *c, unsigned chances)
{
    return below(c, chances) == 0;
}

/* ---- addresses ---- */

enum { UNIVERSE = 5 };

static struct ip_addr universe[UNIVERSE];
static struct mac_addr guest_mac, other_mac, tap_mac, group_mac;

static inline void make_universe(void)
{
    static const char *const addresses[UNIVERSE] = {"10.9.0.2", "10.9.0.7", "10.77.0.2", "fd00:9::2",
                                                    "fe80::5054:ff:fe12:411"};
    for (size_t i = 0; i < UNIVERSE; i++)
        universe[i] = ip(addresses[i]);
    guest_mac = mac(GUEST_MAC);
    other_mac = mac(OTHER_MAC);
    tap_mac = mac(TAP_MAC);
    group_mac = mac("03:00:00:00:00:01");
}

static inline struct ip_addr any_address(struct random_case *c)
{
    return universe[below(c, UNIVERSE)];
}

/* The guest's, mostly. */
static inline struct mac_addr any_mac(struct random_case *c)
{
    switch (below(c, 24)) {
    case 0:
        return tap_mac;
    case 1:
        return group_mac;
    case 2:
    case 3:
    case 4:
        return other_mac;
    default:
        return guest_mac;
    }
}

static inline enum probe_id neighbour_probe(struct ip_addr address)
{
    return address.family == IP_V4 ? PROBE_ARP : PROBE_NDP;
}

static inline enum probe_id echo_probe(struct ip_addr address)
{
    return address.family == IP_V4 ? PROBE_ICMP : PROBE_ICMPV6;
}

/* ---- what was seen ---- */

static inline void see_any(struct random_case *c, struct observation observation)
{
    observation.time_us = c->seen.count * 1000;
    observation_add(&c->seen, &observation);
}

static inline struct check_observation any_outcome(struct random_case *c, enum probe_id probe)
{
    struct check_observation outcome = {.probe = probe, .sent = 3, .received = 3, .concluded = true};

    switch (below(c, 12)) {
    case 0:
    case 1:
    case 2:
        outcome.received = 0;
        break;
    case 3:
        outcome.received = 1 + below(c, 2);
        break;
    case 4:
        outcome.duplicates = 1 + below(c, 300);
        break;
    case 5:
        outcome.received = below(c, 4);
        outcome.bad_checksums = below(c, 4);
        break;
    case 6:
        outcome.sent = below(c, 4);
        outcome.received = below(c, outcome.sent + 1);
        outcome.concluded = false;
        break;
    case 7:
        outcome =
            (struct check_observation){.probe = probe, .concluded = one_in(c, 2), .no_mac = one_in(c, 2)};
        outcome.no_source = !outcome.no_mac;
        break;
    case 8:
        outcome.received = below(c, 3);
        outcome.send_failures = 1 + below(c, 3 - outcome.received);
        break;
    case 9:
        outcome.sent = 13;
        outcome.received = below(c, 14);
        break;
    }
    return outcome;
}

static inline void see_check_of(struct random_case *c, enum probe_id probe, struct ip_addr address)
{
    struct observation check = {
        .kind = OBSERVED_CHECK, .address = address, .mac = guest_mac, .check = any_outcome(c, probe)};

    check.check.source = any_address(c);
    see_any(c, check);
    if (probe == neighbour_probe(address) && check.check.received > 0) /* an answer is a claim */
        see_any(c, (struct observation){.kind = OBSERVED_CLAIM, .address = address, .mac = any_mac(c)});
}

static inline void add_target_address(struct random_case *c, struct ip_addr address)
{
    c->target.addresses[c->target.address_count++] = (struct target_address){
        .address = address,
        .route = {.kind = (enum route_kind)below(c, ROUTE_REJECTED + 1), .ifindex = CASE_TAP}};
    if (!one_in(c, 20))
        see_check_of(c, neighbour_probe(address), address);
    if (!one_in(c, 20))
        see_check_of(c, echo_probe(address), address);
    if (one_in(c, 12))
        see_check_of(c, PROBE_ECHO_AGAIN, address);
    if (one_in(c, 12))
        see_check_of(c, PROBE_OVERSIZE, address);
}

static inline bool was_answered(const struct random_case *c, enum probe_id probe, struct ip_addr address)
{
    for (size_t i = 0; i < c->seen.count; i++) {
        const struct observation *seen = &c->seen.items[i];
        if (seen->kind == OBSERVED_CHECK && seen->check.probe == probe && ip_equal(seen->address, address))
            return seen->check.received > 0;
    }
    return true; /* who knows */
}

/* To a check that got no answer it came too late. */
static inline struct reply_observation any_reply(struct random_case *c, struct ip_addr address)
{
    const enum probe_id probes[] = {neighbour_probe(address), echo_probe(address), PROBE_ECHO_AGAIN,
                                    PROBE_OVERSIZE, PROBE_CLAIMANTS};

    struct reply_observation reply = {.probe = probes[below(c, 5)],
                                      .sequence = 1 + below(c, 3),
                                      .copy = below(c, 3),
                                      .to = any_mac(c),
                                      .rtt_us = below(c, 2000000),
                                      .ttl = (uint8_t)(61 + below(c, 4)),
                                      .has_ip_id = one_in(c, 2),
                                      .ip_id = below(c, 8),
                                      .digest = below(c, 4)};
    if (!was_answered(c, reply.probe, address))
        reply.rtt_us += c->options.timeout_us;
    return reply;
}

/* What was said unasked. */
static inline void fill_heard(struct random_case *c, struct observation *seen)
{
    switch (seen->kind) {
    case OBSERVED_ALIVE:
        seen->address = (struct ip_addr){0};
        seen->alive.family = one_in(c, 3) ? IP_NONE : one_in(c, 2) ? IP_V4 : IP_V6;
        break;
    case OBSERVED_DHCP:
        seen->address = one_in(c, 2) ? (struct ip_addr){0} : seen->address;
        seen->dhcp = (struct dhcp_observation){.type = (uint8_t)(1 + below(c, DHCP_INFORM)),
                                               .checksum_bad = one_in(c, 4),
                                               .one_sided = one_in(c, 4),
                                               .server = any_address(c),
                                               .sender = any_mac(c)};
        break;
    case OBSERVED_ROUTER:
        seen->router.advertised = one_in(c, 2);
        break;
    case OBSERVED_LISTENED:
        seen->time_us = below(c, 10000000);
        break;
    default:
        break;
    }
}

static inline struct trace_answer any_answer(struct random_case *c)
{
    struct trace_answer answer = {.no_drops = one_in(c, 3) ? EPERM : 0, .no_rules = one_in(c, 3) ? EBUSY : 0};

    answer.drop_count = below(c, TRACE_DROPS_MAX + 1);
    for (size_t i = 0; i < answer.drop_count; i++)
        answer.drops[i] = (struct kernel_drop){
            .was_reply = one_in(c, 2), .ifindex = CASE_TAP + (int)below(c, 3), .reason = "NETFILTER_DROP"};
    answer.has_rule = one_in(c, 2);
    answer.rule.handle = below(c, 9);
    answer.has_legacy = one_in(c, 4);
    return answer;
}

static inline struct asking any_asking(struct random_case *c)
{
    return (struct asking){.times = below(c, 4),
                           .questions = below(c, 8),
                           .answers = below(c, 8),
                           .given = below(c, 3),
                           .got = below(c, 3)};
}

static inline struct resolve_observation any_resolve(struct random_case *c)
{
    return (struct resolve_observation){.heard = below(c, 8),
                                        .by_host = any_asking(c),
                                        .by_guest = any_asking(c),
                                        .sent = below(c, 4),
                                        .send_failures = below(c, 4),
                                        .send_error = one_in(c, 2) ? ENOBUFS : 0,
                                        .strangers = below(c, 4),
                                        .asked_for_stranger = one_in(c, 2),
                                        .concluded = !one_in(c, 4),
                                        .own = any_address(c)};
}

/* Another observation of the kind, filled with anything. */
static inline void see_any_of(struct random_case *c, enum observation_kind kind)
{
    struct observation seen = {.kind = kind, .address = any_address(c), .mac = any_mac(c)};
    struct trace_answer answer = any_answer(c);

    switch (kind) {
    case OBSERVED_CHECK:
        return; /* there is one of each probe and address */
    case OBSERVED_CLAIM:
        seen.at = c->target.bridge != NULL && one_in(c, 2) ? AT_BRIDGE : AT_TAP;
        break;
    case OBSERVED_REPLY:
        seen.reply = any_reply(c, seen.address);
        break;
    case OBSERVED_QUESTION:
        seen.asker = any_address(c);
        break;
    case OBSERVED_ICMP_ERROR:
        seen.error = (struct icmp_error_observation){.type = 3, .code = 13, .sender = any_address(c)};
        break;
    case OBSERVED_RETURN:
        seen.returned.most = below(c, 4);
        seen.returned.frames = seen.returned.most > 0;
        seen.returned.returns = seen.returned.most;
        seen.returned.host_most = below(c, 12);
        break;
    case OBSERVED_TAG:
        seen.address = one_in(c, 3) ? (struct ip_addr){0} : seen.address;
        seen.tag = (struct vlan_tag){.tpid = one_in(c, 4) ? 0 : ETHERTYPE_8021Q, .vid = 217};
        break;
    case OBSERVED_LEARNED:
        seen.port = CASE_TAP + (int)below(c, 3);
        break;
    case OBSERVED_BROADCASTS:
        seen.broadcasts.count = below(c, 30000);
        seen.broadcasts.during_us = 1 + below(c, 2000000);
        seen.broadcasts.repeated = below(c, 30000);
        break;
    case OBSERVED_SOURCE:
        seen.source = (enum source_state)below(c, SOURCE_TAKEN + 1);
        break;
    case OBSERVED_RESOLVE:
        seen.resolve = any_resolve(c);
        break;
    case OBSERVED_TRACE:
        seen.trace = (struct trace_observation){.answered = one_in(c, 4), .answer = &answer};
        break;
    case OBSERVED_TROUBLE:
        seen.trouble.kind = (enum trouble_kind)below(c, TROUBLE_UNWATCHED + 1);
        break;
    default:
        fill_heard(c, &seen);
        break;
    }
    see_any(c, seen);
}

/* ---- the target ---- */

static inline void choose_place(struct random_case *c)
{
    bool bridged = one_in(c, 3);

    c->links[0] = (struct link_facts){.ifindex = CASE_TAP, .name = "tap0", .kind = LINK_TAP};
    c->links[0].ethernet = c->links[0].up = c->links[0].carrier = true;
    c->links[0].mac = tap_mac;
    c->links[0].master = bridged ? CASE_BRIDGE : 0;
    c->links[0].port = bridged ? PORT_FORWARDING : PORT_NONE;
    c->links[1] = c->links[2] = c->links[0];
    c->links[1].ifindex = CASE_BRIDGE;
    c->links[1].kind = LINK_BRIDGE;
    c->links[1].master = 0;
    c->links[1].port = PORT_NONE;
    c->links[2].ifindex = CASE_PORT;
    c->own[0] = (struct address_facts){bridged ? CASE_BRIDGE : CASE_TAP, ip("10.9.0.1"), 24, false, false};
    c->own[1] = (struct address_facts){bridged ? CASE_BRIDGE : CASE_TAP, ip("fd00:9::1"), 64, false, false};
    c->own[2] = (struct address_facts){CASE_PORT, universe[2], 24, false, false};
    c->facts = (struct host_facts){
        .links = c->links, .link_count = 3, .addresses = c->own, .address_count = one_in(c, 8) ? 3 : 2};
    c->host_known = !one_in(c, 8);
    if (c->host_known) {
        c->target.link = &c->links[one_in(c, 12)];
        c->target.bridge = bridged && c->target.link == &c->links[0] ? &c->links[1] : NULL;
        c->scope = scope_of_check(&c->target);
    } else {
        c->scope = SCOPE_RECORDING;
    }
}

static inline void choose_vm(struct random_case *c, const struct start_up *start_ups)
{
    const struct start_up *known = &start_ups[below(c, START_UP_COUNT)];

    c->target.has_mac = one_in(c, 3);
    c->target.mac = guest_mac;
    if (!c->host_known || one_in(c, 2))
        return;
    c->target.vm.vm = known->vms.items[0];
    c->target.vm.connections = vm_index_connections(known->index, c->target.vm.vm);
    c->target.vm.backend = &c->target.vm.vm->backends[0];
    c->target.vm.others = known->index;
    if (!one_in(c, 3))
        return;
    c->qmp.running = one_in(c, 2);
    c->qmp.status = (char *)(uintptr_t)(c->qmp.running ? "running" : "paused");
    c->target.vm.qmp = &c->qmp;
}

/* With `extra` observations besides the checks, none of them of a kind that is not allowed. */
static inline void make_case(struct random_case *c, uint64_t seed, const struct start_up *start_ups,
                             unsigned extra)
{
    unsigned first = 0;

    *c = (struct random_case){.seed = seed, .state = seed};
    c->options = (struct check_options){
        .ipv4 = true, .ipv6 = true, .count = 3, .timeout_us = 1000000, .vlan = VLAN_AUTOMATIC};
    c->target.name = (char *)(uintptr_t) "tap0";
    choose_place(c);
    choose_vm(c, start_ups);
    first = below(c, UNIVERSE);
    for (unsigned i = below(c, 4); i > 0; i--)
        add_target_address(c, universe[(first + i) % UNIVERSE]);
    while (extra-- > 0)
        see_any_of(c, (enum observation_kind)below(c, OBSERVED_TROUBLE + 1));
}

static inline void judge_case(struct random_case *c)
{
    if (c->target.link != NULL)
        path_find(&c->facts, c->target.link, &c->target.path);
    struct verdict_input input = {c->host_known ? &c->facts : NULL, &c->target, &c->options, &c->seen,
                                  c->scope};
    verdict_evaluate(&input, &c->verdict);
}

static inline void end_case(struct random_case *c)
{
    verdict_free(&c->verdict);
    observations_free(&c->seen);
}

#endif

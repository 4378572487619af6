/* Layer 3: addresses, silence to ICMP, errors, subnets. */
#include "judgement.h"
#include "vm.h"

#include <stdlib.h>

enum {
    ONE_COUNTER_STEP = 256, /* a machine sends no more between two of our questions; another counter is as
                               near once in 256 times, and this often in a row never */
    CLAIMS_SHOWN = 8,       /* lines of evidence that anybody reads */
};

/* By its routes the host takes another way than over the link, or none. What is local to it, or rejected on
 * purpose, is no matter of subnets; nor is it where the kernel could not be asked. */
static bool is_routed_elsewhere(const struct target *target, const struct route_facts *route)
{
    return route->kind != ROUTE_UNKNOWN && route->kind != ROUTE_LOCAL && route->kind != ROUTE_ANYCAST &&
           route->kind != ROUTE_REJECTED && !target_is_on_route(target, route);
}

/* Found, not asked for: a guest that the host has a subnet for may have others that are none of its business.
 * A sweep would have found its IPv4 address of that subnet. An IPv6 one may be quiet, but who has one answers
 * all nodes with it (RFC 6724 5); and it has to do that the guest is in a subnet at all. */
static bool is_besides(const struct judgement *judgement, const struct target_address *found)
{
    const struct target *target = judgement->input->target;

    if (found->origin <= ORIGIN_CONFIGURED)
        return false;
    if (found->address.family == IP_V6 && found->origin != ORIGIN_ALL_NODES)
        return true;
    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr other = target->addresses[i].address;
        if ((other.family == found->address.family || other.family == IP_V4) && !ip_is_link_local(other) &&
            judgement_has_subnet_of(judgement, other) && claim_exists(judgement, other))
            return true;
    }
    return false;
}

/* By the prefixes of the host's addresses: a rule or a more specific route that leads elsewhere is not the
 * guest's fault. */
static void wrong_subnet(struct judgement *judgement, enum finding_id id)
{
    const struct verdict_input *input = judgement->input;
    const struct link_facts *link = target_host_link(input->target);
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; input->facts != NULL && i < input->target->address_count; i++) {
        const struct target_address *address = &input->target->addresses[i];
        if (ip_is_link_local(address->address) || !claim_exists(judgement, address->address) ||
            judgement_has_subnet_of(judgement, address->address) ||
            !is_routed_elsewhere(input->target, &address->route) || !judgement_is_host_only(judgement) ||
            is_besides(judgement, address))
            continue;
        char *subnets = judgement_own_subnets(judgement, address->address.family);
        if (subnets == NULL)
            continue;
        struct finding *finding = finding_add(judgement, id, address->address);
        const struct link_facts *elsewhere = facts_link(input->facts, address->route.ifindex);
        finding_summarize(finding, "%s is in none of the host's subnets on %s",
                          ip_format(address->address, ip), link->name);
        finding_add_evidence(finding, "the guest answers for %s; the host's addresses on %s: %s", ip,
                             link->name, subnets);
        finding_add_evidence(finding, "the host's route to %s: %s%s", ip,
                             elsewhere != NULL ? "by way of " : "none",
                             elsewhere != NULL ? elsewhere->name : "");
        finding_set_fix(finding,
                        "give the guest an address like those of the host (%s), or the host one of the "
                        "guest's subnet, on %s",
                        subnets, link->name);
        free(subnets);
    }
}

static bool is_proxy(const struct judgement *judgement, struct mac_addr mac)
{
    return observation_exists(judgement->input->seen, OBSERVED_PROXY, (struct ip_addr){0}, &mac);
}

static bool is_echo(const struct observation *reply)
{
    return reply->reply.probe == PROBE_CLAIMANTS || reply->reply.probe == probe_of_echo(reply->address);
}

/* Echo requests to this claimant were answered, whoever sent the replies. */
static bool was_answered_for(const struct judgement *judgement, const struct observation *claim)
{
    const struct observation *reply = NULL;

    while ((reply = judgement_next(judgement, reply, OBSERVED_REPLY, claim->address)) != NULL)
        if (is_echo(reply) && mac_equal(reply->reply.to, claim->mac))
            return true;
    return false;
}

/* The replies may have come in another order than they were sent in. */
static const struct observation *reply_of_sequence(const struct judgement *judgement, struct ip_addr address,
                                                   unsigned sequence)
{
    const struct observation *reply = NULL;

    do
        reply = judgement_next(judgement, reply, OBSERVED_REPLY, address);
    while (reply != NULL && (reply->reply.probe != PROBE_CLAIMANTS || reply->reply.copy > 0 ||
                             reply->reply.sequence != sequence));
    return reply;
}

static unsigned last_sequence(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *reply = NULL;
    unsigned last = 0;

    while ((reply = judgement_next(judgement, reply, OBSERVED_REPLY, address)) != NULL)
        if (reply->reply.probe == PROBE_CLAIMANTS && reply->reply.sequence > last)
            last = reply->reply.sequence;
    return last;
}

static bool one_counter_counted(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *reply, *before = NULL;

    for (unsigned i = 1, last = last_sequence(judgement, address); i <= last; i++) {
        if ((reply = reply_of_sequence(judgement, address, i)) == NULL)
            continue;
        unsigned step = before != NULL ? (uint16_t)(reply->reply.ip_id - before->reply.ip_id) : 1;
        if (!reply->reply.has_ip_id || step == 0 || step > ONE_COUNTER_STEP)
            return false;
        before = reply;
    }
    return before != NULL;
}

/* The one card that all replies to echo requests came from, whichever MAC they were sent to; NULL: there were
 * several, or none. */
static const struct mac_addr *only_replier(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *reply = NULL, *first = NULL;

    while ((reply = judgement_next(judgement, reply, OBSERVED_REPLY, address)) != NULL) {
        if (!is_echo(reply))
            continue;
        first = first == NULL ? reply : first;
        if (!mac_equal(reply->mac, first->mac))
            return NULL;
    }
    return first != NULL ? &first->mac : NULL;
}

/* One machine with two network cards on one segment, or with a macvlan beside its card, answers for all of
 * its addresses on both (ARP flux): either its start-up says so, or each of the MACs was asked in turn, and
 * one card sent all the replies, or one counter counted their IP ids. */
static bool is_one_machine(const struct judgement *judgement, struct ip_addr address)
{
    const struct mac_addr *replier = only_replier(judgement, address);
    const struct observation *claim = NULL;
    bool same_vm = true, all_answered = true, others_answered = replier != NULL;

    while ((claim = judgement_next(judgement, claim, OBSERVED_CLAIM, address)) != NULL) {
        if (is_proxy(judgement, claim->mac))
            continue;
        bool answered = was_answered_for(judgement, claim);
        same_vm = same_vm && vm_has_mac(judgement->input->target->vm.vm, claim->mac);
        all_answered = all_answered && answered;
        others_answered = others_answered && (answered || mac_equal(claim->mac, *replier));
    }
    return same_vm || others_answered || (all_answered && one_counter_counted(judgement, address));
}

static bool answers_by_name(const struct judgement *judgement, const struct observation *claim)
{
    const struct observation *reply = NULL;

    while ((reply = judgement_next(judgement, reply, OBSERVED_REPLY, claim->address)) != NULL)
        if (reply->reply.probe == PROBE_NAMED && mac_equal(reply->mac, claim->mac))
            return true;
    return false;
}

/* It answers on the target who asks in nobody's name, but neither who bears one, as others do, nor an echo
 * request: a card of the guest's whose reverse path filter takes nothing from there. Nobody takes it for who
 * has the address. */
static bool only_answers_nobody(const struct judgement *judgement, const struct observation *claim)
{
    const struct observation *other = NULL;
    bool is_here = false, others_answer = false;

    while ((other = claim_next(judgement, other, claim->address)) != NULL) {
        bool same = mac_equal(other->mac, claim->mac);
        is_here |= same;
        others_answer |= !same && answers_by_name(judgement, other);
    }
    return is_here && others_answer && !answers_by_name(judgement, claim) &&
           !was_answered_for(judgement, claim);
}

/* The guest's own claim of an address; NULL if there is none. Routers that answer for everybody claim
 * nothing, nor do cards that answer nobody. */
static const struct observation *own_claim(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *claim = NULL;

    do
        claim = claim_next(judgement, claim, address);
    while (claim != NULL && (is_proxy(judgement, claim->mac) || only_answers_nobody(judgement, claim)));
    return claim;
}

/* A claim of the same address by another machine, here or on the bridge. Who yields to others is a proxy, or
 * has it as an anycast address. */
static const struct observation *rival_of(const struct judgement *judgement, const struct observation *own)
{
    const struct observation *claim = NULL;

    do
        claim = judgement_next(judgement, claim, OBSERVED_CLAIM, own->address);
    while (claim != NULL && (mac_equal(claim->mac, own->mac) || claim->yields ||
                             is_proxy(judgement, claim->mac) || only_answers_nobody(judgement, claim)));
    return claim;
}

static void host_has_it(struct judgement *judgement, enum finding_id id, struct ip_addr address)
{
    const struct verdict_input *input = judgement->input;
    const struct address_facts *own = judgement_host_claim(judgement, address);
    const struct observation *claim = claim_next(judgement, NULL, address);
    char ip[IP_TEXT_SIZE];

    if (own == NULL || !claim_exists(judgement, address))
        return;
    const struct link_facts *link = facts_link(input->facts, own->ifindex);
    struct finding *finding = finding_add(judgement, id, address);
    finding_summarize(finding, "the host itself has the guest's address %s", ip_format(address, ip));
    finding_add_evidence(finding, "%s is an address of %s, and the guest answers for it as well", ip,
                         link != NULL ? link->name : "the host");
    if (claim != NULL)
        finding_add_frame(finding, claim->frame);
    finding_set_fix(finding, "give host and guest different addresses of the same subnet");
}

static void add_claims(struct finding *finding, const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *claim = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
    unsigned count = 0;

    ip_format(address, ip);
    while ((claim = judgement_next(judgement, claim, OBSERVED_CLAIM, address)) != NULL)
        if (++count <= CLAIMS_SHOWN) {
            finding_add_evidence(finding, "%s answered for %s, asked on %s", mac_format(claim->mac, mac), ip,
                                 judgement_place_at(judgement, claim->at));
            finding_add_frame(finding, claim->frame);
        }
    if (count > CLAIMS_SHOWN)
        finding_add_evidence(finding, "and %u more", count - CLAIMS_SHOWN);
}

static void address_conflict(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    char ip[IP_TEXT_SIZE], a[MAC_TEXT_SIZE], b[MAC_TEXT_SIZE];

    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr address = target->addresses[i].address;
        const struct observation *own = own_claim(judgement, address);
        const struct observation *rival = own != NULL ? rival_of(judgement, own) : NULL;

        host_has_it(judgement, id, address);
        if (rival == NULL || is_one_machine(judgement, address) || finding_exists(judgement, id, address))
            continue;
        struct finding *finding = finding_add(judgement, id, address);
        finding_summarize(finding, "%s and %s both claim %s", mac_format(own->mac, a),
                          mac_format(rival->mac, b), ip_format(address, ip));
        add_claims(finding, judgement, address);
    }
}

static void proxy_arp(struct judgement *judgement, enum finding_id id)
{
    const struct observation *proxy = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    while ((proxy = judgement_next(judgement, proxy, OBSERVED_PROXY, (struct ip_addr){0})) != NULL) {
        if (finding_exists(judgement, id, (struct ip_addr){0}))
            return;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "%s answers ARP for addresses that are not its own",
                          mac_format(proxy->mac, mac));
        finding_add_evidence(finding,
                             "%s answered for %s, an address at random of a network that is on no link", mac,
                             ip_format(proxy->address, ip));
        finding_add_frame(finding, proxy->frame);
    }
}

static void icmp_rejected(struct judgement *judgement, enum finding_id id)
{
    const struct observation *error = NULL;
    char ip[IP_TEXT_SIZE], sender[IP_TEXT_SIZE];

    while ((error = judgement_next(judgement, error, OBSERVED_ICMP_ERROR, (struct ip_addr){0})) != NULL) {
        const struct observation *check =
            judgement_check(judgement, probe_of_echo(error->address), error->address);
        if (finding_exists(judgement, id, error->address) || check == NULL || check->check.received > 0 ||
            silence_is_beside_routable(judgement, check) || silence_may_be_of_one_address(judgement, check) ||
            silence_is_proven(judgement,
                              judgement_check(judgement, probe_of_neighbour(error->address), error->address)))
            continue;
        const char *name = icmp_error_name(error->address.family, error->error.type, error->error.code);
        struct finding *finding = finding_add(judgement, id, error->address);
        finding_summarize(finding, "echo requests to %s are rejected: %s", ip_format(error->address, ip),
                          name);
        finding_add_icmp_error(finding, error);
        finding_set_fix(finding,
                        "allow echo requests (nft list ruleset; iptables-save) in the firewall of %s",
                        ip_format(error->error.sender, sender));
    }
}

/* A probe that a right reply answered as well did its job: what was wrong then is a damaged copy. */
static void bad_checksum(struct judgement *judgement, enum finding_id id)
{
    const struct observation *check = NULL;
    char ip[IP_TEXT_SIZE];

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (check->check.bad_checksums == 0 || check->check.received == check->check.sent)
            continue;
        struct finding *finding = finding_add(judgement, id, check->address);
        finding_add_evidence(finding,
                             "%u echo replies of %s are ours by address, id, sequence and payload, but "
                             "their checksum is wrong; %u had a right one",
                             check->check.bad_checksums, ip_format(check->address, ip),
                             check->check.received);
        finding_add_frames(finding, &check->check.spoilt);
    }
}

static void echo_no_reply(struct judgement *judgement, enum finding_id id)
{
    enum probe_id probe = id == FINDING_ICMP_NO_REPLY ? PROBE_ICMP : PROBE_ICMPV6;
    const struct observation *check = NULL;
    char ip[IP_TEXT_SIZE], source[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (check->check.probe != probe || !silence_is_proven(judgement, check) ||
            !claim_exists(judgement, check->address) || silence_asked_elsewhere(judgement, check) != NULL ||
            silence_may_be_of_host(judgement, check))
            continue;
        bool asked = observation_exists(judgement->input->seen, OBSERVED_QUESTION, check->check.source, NULL);
        struct finding *finding = finding_add(judgement, id, check->address);
        finding_summarize(finding, "%s answers %s, but no echo request", ip_format(check->address, ip),
                          probe == PROBE_ICMP ? "ARP" : "neighbour solicitations");
        finding_add_evidence(finding, "%u echo requests from %s to %s at %s, none was answered within %.3g s",
                             check->check.sent, ip_format(check->check.source, source), ip,
                             mac_format(check->mac, mac),
                             (double)judgement->input->options->timeout_us / 1e6);
        finding_add_frames(finding, &check->check.unanswered);
        if (asked)
            finding_add_evidence(
                finding, "the guest did ask who has %s, so it was about to send something there", source);
        else
            horizon_add_ways(judgement, check->address, finding);
    }
}

static void documentation_address(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr address = target->addresses[i].address;
        if (!ip_is_documentation(address))
            continue;
        struct finding *finding = finding_add(judgement, id, address);
        finding_summarize(finding, "%s is reserved for documentation", ip_format(address, ip));
        finding_add_evidence(finding, "%s lies in a prefix of RFC %s", ip,
                             address.family == IP_V4    ? "5737"
                             : address.bytes[0] == 0x3f ? "9637"
                                                        : "3849");
    }
}

const struct rule L3_RULES[] = {
    {FINDING_PROXY_ARP, proxy_arp},
    {FINDING_ADDRESS_CONFLICT, address_conflict},
    {FINDING_WRONG_SUBNET, wrong_subnet},
    {FINDING_ICMP_REJECTED, icmp_rejected},
    {FINDING_BAD_CHECKSUM, bad_checksum},
    {FINDING_ICMP_NO_REPLY, echo_no_reply},
    {FINDING_ICMPV6_NO_REPLY, echo_no_reply},
    {FINDING_DOCUMENTATION_ADDRESS, documentation_address},
    {FINDING_COUNT, NULL},
};

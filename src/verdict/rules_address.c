/* Addresses that the guest is to have and does not have. */
#include "judgement.h"

enum { SIGNS_SHOWN = 8 };

/* What the guest answers in the name of another address, or says: it is there. For an IPv6 address only
 * another IPv6 one counts, or that it speaks IPv6: every interface with IPv6 has a link-local address, so
 * silence of all of them is not about this one. An ICMP error is an answer, too. In a recording nobody asked
 * for its other addresses: that it speaks as one of them has to do. */
static const struct observation *sign_of_life(const struct judgement *judgement, struct ip_addr address)
{
    enum ip_family family = address.family == IP_V6 ? IP_V6 : IP_NONE;
    const struct observation *sign = claim_of_other(judgement, address, family), *heard = NULL;

    if (sign != NULL || judgement->input->scope.many_machines)
        return sign;
    while (judgement->input->scope.others_asked &&
           (heard = judgement_next(judgement, heard, OBSERVED_HEARD, (struct ip_addr){0})) != NULL)
        if (family == IP_NONE || heard->address.family == family)
            return heard;
    sign = judgement_next(judgement, NULL, OBSERVED_ICMP_ERROR, address);
    return sign != NULL ? sign : heard_next_sign(judgement, NULL, family);
}

/* A kernel sends no echo request to whom ARP finds nobody; a check asks the guest's MAC address. */
static bool was_asked_by_echo(const struct judgement *judgement, const struct observation *echo)
{
    return echo != NULL || judgement->input->scope.others_asked;
}

/* Of what was heard, each sort of frames of each MAC once. */
static void add_signs_of_life(const struct judgement *judgement, struct finding *finding)
{
    const struct observation *sign = NULL;
    char mac[MAC_TEXT_SIZE];
    unsigned shown = 0;

    while ((sign = heard_next_sign(judgement, sign, IP_NONE)) != NULL && shown < SIGNS_SHOWN)
        if (sign->kind == OBSERVED_ALIVE) {
            finding_add_evidence(finding, "%s was heard on %s: %s", mac_format(sign->mac, mac),
                                 judgement_place(judgement),
                                 wire_sort_name(sign->alive.kind, sign->alive.ethertype));
            finding_add_frame(finding, sign->frame);
            shown++;
        }
}

static void add_what_it_has(const struct judgement *judgement, struct finding *finding)
{
    const struct observation *claim = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL) {
        finding_add_evidence(finding, "%s does answer for %s", mac_format(claim->mac, mac),
                             ip_format(claim->address, ip));
        finding_add_frame(finding, claim->frame);
    }
}

static void add_speaker(struct finding *finding, const struct observation *heard)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    if (heard->address.family == IP_NONE)
        finding_add_evidence(finding, "%s is heard to speak", mac_format(heard->mac, mac));
    else
        finding_add_evidence(finding, "%s is heard to speak as %s", mac_format(heard->mac, mac),
                             ip_format(heard->address, ip));
    finding_add_frame(finding, heard->frame);
}

/* Nobody behind the target answers for it; what shows that somebody is there all the same, or NULL. */
static const struct observation *sign_without(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *echo = judgement_check(judgement, probe_of_echo(address), address);
    const struct observation *neighbour = judgement_check(judgement, probe_of_neighbour(address), address);

    return !was_asked_by_echo(judgement, echo) || heard_as(judgement, address) ||
                   !silence_is_proven(judgement, neighbour)
               ? NULL
               : sign_of_life(judgement, address);
}

/* The machine that answers for the address elsewhere in the segment, as one does that has it. */
static const struct observation *owner_elsewhere(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *claim = NULL;

    do
        claim = judgement_next(judgement, claim, OBSERVED_CLAIM, address);
    while (claim != NULL && (claim->at == AT_TAP || claim->yields || mac_is_virtual_router(claim->mac) ||
                             heard_from(judgement, claim->mac)));
    return claim;
}

static void add_owner(const struct judgement *judgement, struct finding *finding, struct ip_addr address)
{
    const struct observation *other = owner_elsewhere(judgement, address);
    const struct address_facts *own = judgement_host_claim(judgement, address);
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    ip_format(address, ip);
    if (other != NULL) {
        finding_add_evidence(finding, "%s answers for %s, asked on %s", mac_format(other->mac, mac), ip,
                             judgement_place_at(judgement, other->at));
        finding_add_frame(finding, other->frame);
    }
    if (own != NULL)
        finding_add_evidence(finding, "%s is an address of the host's %s", ip,
                             facts_link(judgement->input->facts, own->ifindex)->name);
}

/* The questions for its address that nobody answered. */
static void add_unanswered(const struct judgement *judgement, struct finding *finding)
{
    const struct observation *neighbour =
        judgement_check(judgement, probe_of_neighbour(finding->address), finding->address);

    if (neighbour != NULL)
        finding_add_frames(finding, &neighbour->check.unanswered);
}

/* Of a host that has no subnet there, nobody knows the prefix length. */
static void set_address_fix(const struct judgement *judgement, struct finding *finding,
                            struct ip_addr address)
{
    const struct address_facts *own = judgement_subnet_of(judgement, address);
    char ip[IP_TEXT_SIZE];

    if (own != NULL)
        finding_set_fix(finding,
                        "in the guest: ip address add %s/%u dev eth0; or check the address that it has",
                        ip_format(address, ip), own->prefix_length);
    else
        finding_set_fix(finding, "give the guest the address %s, or check the address that it has",
                        ip_format(address, ip));
}

static void address_not_assigned(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr address = target->addresses[i].address;
        const struct observation *echo = judgement_check(judgement, probe_of_echo(address), address);
        const struct observation *sign = sign_without(judgement, address);
        if (sign == NULL)
            continue;
        struct finding *finding = finding_add(judgement, id, address);
        finding_summarize(finding, "the guest is there, but it does not have %s", ip_format(address, ip));
        finding_add_evidence(finding, "nobody answers %s for %s", probe_name(probe_of_neighbour(address)),
                             ip);
        add_unanswered(judgement, finding);
        if (silence_is_proven(judgement, echo))
            finding_add_evidence(finding,
                                 "%u echo requests for %s sent straight to %s were not answered either",
                                 echo->check.sent, ip, mac_format(echo->mac, mac));
        add_what_it_has(judgement, finding);
        if (sign->kind == OBSERVED_ICMP_ERROR)
            finding_add_icmp_error(finding, sign);
        else if (sign->kind == OBSERVED_HEARD)
            add_speaker(finding, sign);
        else if (sign->kind != OBSERVED_CLAIM)
            add_signs_of_life(judgement, finding);
        add_owner(judgement, finding, address);
        set_address_fix(judgement, finding, address);
    }
}

/* ---- IPv6 ---- */

/* Whoever named this address may have meant that one. */
static bool has_other_routable(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *claim = NULL;

    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL)
        if (claim->address.family == IP_V6 && !ip_is_link_local(claim->address) &&
            !ip_equal(claim->address, address))
            return true;
    return false;
}

/* As long as the host's, or as SLAAC has it (RFC 4862). */
static unsigned prefix_length_of(const struct judgement *judgement, struct ip_addr address)
{
    enum { USUAL = 64 };
    const struct address_facts *own = judgement_subnet_of(judgement, address);

    return own != NULL ? own->prefix_length : USUAL;
}

static bool is_taken(const struct judgement *judgement, struct ip_addr address)
{
    return owner_elsewhere(judgement, address) != NULL || judgement_host_claim(judgement, address) != NULL;
}

static void dad_failed(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    for (size_t i = 0; i < target->address_count; i++) {
        struct ip_addr address = target->addresses[i].address;
        const struct observation *asked = judgement_next(judgement, NULL, OBSERVED_QUESTION, address);
        if (address.family != IP_V6 || target->addresses[i].origin > ORIGIN_CONFIGURED ||
            !is_taken(judgement, address) || sign_without(judgement, address) == NULL ||
            (asked == NULL && has_other_routable(judgement, address)))
            continue;
        unsigned length = prefix_length_of(judgement, address);
        struct finding *finding = finding_add(judgement, id, address);
        finding_summarize(finding, "the guest does not use %s, which another machine has",
                          ip_format(address, ip));
        finding_add_evidence(finding, "the guest does not answer for %s", ip);
        add_owner(judgement, finding, address);
        add_what_it_has(judgement, finding);
        if (asked != NULL) {
            finding_add_evidence(finding, "%s asked whether anybody has it", mac_format(asked->mac, mac));
            finding_add_frame(finding, asked->frame);
        } else {
            finding_add_evidence(finding,
                                 "inferred: that the guest is to have it, and found it taken, was not "
                                 "seen; in the guest: ip -6 address show (dadfailed)");
        }
        finding_set_fix(
            finding,
            "give one of the two another address; then, in the guest: ip address del %s/%u dev eth0; ip "
            "address add %s/%u dev eth0",
            ip, length, ip, length);
    }
}

static bool was_searched_by(const struct judgement *judgement, enum search_means means)
{
    const struct observation *search = NULL;

    while ((search = judgement_next(judgement, search, OBSERVED_SEARCH, (struct ip_addr){0})) != NULL)
        if (search->search.means == means && search->search.asked > 0)
            return true;
    return false;
}

/* Anything came from behind the target that is IPv6, or was not understood. */
static bool may_speak_ipv6(const struct judgement *judgement)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = 0; i < seen->count; i++) {
        const struct observation *one = &seen->items[i];
        bool is_said = one->kind == OBSERVED_REPLY || one->kind == OBSERVED_CLAIM ||
                       one->kind == OBSERVED_HEARD || one->kind == OBSERVED_QUESTION ||
                       one->kind == OBSERVED_DELIVERY || one->kind == OBSERVED_ICMP_ERROR;
        if (one->at == AT_TAP && ((is_said && one->address.family == IP_V6) ||
                                  (one->kind == OBSERVED_ALIVE && one->alive.family == IP_V6) ||
                                  (one->kind == OBSERVED_ROUTER && !one->router.advertised)))
            return true;
    }
    return seen->malformed > 0;
}

/* Who has no IPv6 on purpose is not asked for it by name. */
static void ipv6_off(struct judgement *judgement, enum finding_id id)
{
    const struct verdict_input *input = judgement->input;
    char ip[IP_TEXT_SIZE], other[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    for (size_t i = 0; i < input->target->address_count; i++) {
        const struct target_address *wanted = &input->target->addresses[i];
        const struct observation *ipv4 = claim_of_other(judgement, wanted->address, IP_V4);
        if (wanted->address.family != IP_V6 || wanted->origin > ORIGIN_CONFIGURED || ipv4 == NULL ||
            input->scope.others_asked || may_speak_ipv6(judgement) ||
            !was_searched_by(judgement, SEARCH_LINK_LOCAL) || !was_searched_by(judgement, SEARCH_ALL_NODES) ||
            !silence_is_proven(judgement, judgement_check(judgement, PROBE_NDP, wanted->address)))
            continue;
        struct finding *finding = finding_add(judgement, id, wanted->address);
        finding_summarize(finding, "the guest speaks IPv4, but says nothing in IPv6 (%s)",
                          ip_format(wanted->address, ip));
        finding_add_evidence(finding, "%s answers for %s", mac_format(ipv4->mac, mac),
                             ip_format(ipv4->address, other));
        finding_add_frame(finding, ipv4->frame);
        finding_add_evidence(finding,
                             "nobody answers for %s, nor for the link-local address of that MAC, nor do all "
                             "nodes (ff02::1); and nothing that was heard is IPv6",
                             ip);
    }
}

const struct rule ADDRESS_RULES[] = {
    {FINDING_IPV6_OFF, ipv6_off},
    {FINDING_DAD_FAILED, dad_failed},
    {FINDING_ADDRESS_NOT_ASSIGNED, address_not_assigned},
    {FINDING_COUNT, NULL},
};

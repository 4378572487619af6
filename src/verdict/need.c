/* What a healthy guest must have beside answers: addresses that are good for something. Where none is found
 * that is no proof that there is none, since a guest may be quiet about it; that it gave itself one of
 * 169.254/16 (RFC 3927), or asks DHCP in vain, is. */
#include "dhcp_exchange.h"
#include "judgement.h"

#include <stdlib.h>

static const enum ip_family FAMILIES[] = {IP_V4, IP_V6};

/* ---- what the path has ---- */

static bool is_subnet(const struct address_facts *own, enum ip_family family)
{
    return own->address.family == family && !ip_is_link_local(own->address) && !own->tentative &&
           own->prefix_length < 8 * ip_size(family);
}

static bool path_has_subnet(const struct judgement *judgement, enum ip_family family)
{
    const struct path *path = &judgement->input->target->path;

    if (judgement_parted_port(judgement) != NULL)
        return false;
    for (size_t i = 0; i < path->count; i++) {
        const struct address_facts *own = NULL;
        while ((own = facts_next_address(judgement->input->facts, path->hops[i]->ifindex, own)) != NULL)
            if (is_subnet(own, family))
                return true;
    }
    return false;
}

/* ---- what the guest has ---- */

static bool is_routed_here(const struct target *target, struct ip_addr address)
{
    const struct target_address *known = target_address_of(target, address);

    return known != NULL && target_is_on_route(target, &known->route);
}

/* Where nobody but the host is a neighbour, that has to reach it. */
static bool is_good(const struct judgement *judgement, struct ip_addr address)
{
    if (ip_is_link_local(address))
        return address.family == IP_V4 && judgement_has_subnet_of(judgement, address);
    return judgement->input->options->need != 0 || judgement_has_subnet_of(judgement, address) ||
           is_routed_here(judgement->input->target, address) || !judgement_is_host_only(judgement);
}

static bool claims_good(const struct judgement *judgement, enum ip_family family)
{
    const struct observation *claim = NULL, *check = NULL;

    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL)
        if (claim->address.family == family && is_good(judgement, claim->address))
            return true;
    /* Whom somebody named to the host by hand need not answer ARP. */
    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL)
        if (check->address.family == family && check->check.probe == probe_of_echo(check->address) &&
            check->check.received > 0 && is_good(judgement, check->address))
            return true;
    return false;
}

static bool speaks_as_good(const struct judgement *judgement, enum ip_family family)
{
    const struct observation *heard = NULL;

    while ((heard = judgement_next(judgement, heard, OBSERVED_HEARD, (struct ip_addr){0})) != NULL)
        if (heard->address.family == family && is_good(judgement, heard->address))
            return true;
    return false;
}

/* ---- what it needs ---- */

static bool is_of_one_guest(const struct judgement *judgement)
{
    const struct verdict_input *input = judgement->input;

    return input->facts != NULL && input->target->link != NULL && !input->scope.others_asked &&
           !input->scope.many_machines;
}

static bool may_have(const struct judgement *judgement, enum ip_family family)
{
    return options_want(judgement->input->options, family) && path_has_subnet(judgement, family);
}

/* Whether it is to have an address of the family, and has not, as far as `has` says. Where nobody said what
 * it needs, one of a family of the path has to do, and on a bridge with a way out one of any. */
static bool lacks(const struct judgement *judgement, enum ip_family family,
                  bool (*has)(const struct judgement *judgement, enum ip_family family))
{
    const struct verdict_input *input = judgement->input;

    if (!is_of_one_guest(judgement))
        return false;
    if (input->options->need != 0)
        return (input->options->need & NEED_BIT(family)) != 0 && !has(judgement, family);
    if (input->target->given_count > 0 || !may_have(judgement, family))
        return false;
    for (size_t i = 0; i < 2; i++)
        if ((may_have(judgement, FAMILIES[i]) || !judgement_is_host_only(judgement)) &&
            has(judgement, FAMILIES[i]))
            return false;
    return true;
}

static bool is_known_to_have(const struct judgement *judgement, enum ip_family family)
{
    return claims_good(judgement, family) || speaks_as_good(judgement, family);
}

bool need_is_open(const struct judgement *judgement, enum ip_family family)
{
    return lacks(judgement, family, is_known_to_have);
}

/* ---- of a recording ---- */

static bool is_routable(const struct observation *seen, enum ip_family family)
{
    return (seen->kind == OBSERVED_HEARD || seen->kind == OBSERVED_CLAIM) && seen->address.family == family &&
           !ip_is_link_local(seen->address);
}

static bool uses_routable(const struct judgement *judgement, struct mac_addr machine)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = 0; i < seen->count; i++)
        if (mac_equal(seen->items[i].mac, machine) &&
            (is_routable(&seen->items[i], IP_V4) || is_routable(&seen->items[i], IP_V6)))
            return true;
    return false;
}

/* Who has an address of IPv6, and that alone, may say nothing for long. */
static bool has_ipv6_around(const struct judgement *judgement)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = 0; i < seen->count; i++)
        if (is_routable(&seen->items[i], IP_V6) ||
            (seen->items[i].kind == OBSERVED_ROUTER &&
             (seen->items[i].router.autonomous || seen->items[i].router.managed)))
            return options_want(judgement->input->options, IP_V6);
    return false;
}

bool need_is_open_of(const struct judgement *judgement, struct mac_addr machine)
{
    return !uses_routable(judgement, machine) && !has_ipv6_around(judgement);
}

bool need_may_be_met_of(const struct judgement *judgement, struct mac_addr machine)
{
    return !uses_routable(judgement, machine) && has_ipv6_around(judgement);
}

/* ---- the doubts ---- */

void need_add_doubts(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;
    struct text_list *unknown = &judgement->verdict->unknown;

    if (target->address_count == 0)
        return;
    for (size_t i = 0; i < 2; i++) {
        if (!lacks(judgement, FAMILIES[i], claims_good))
            continue;
        char *subnets = judgement_own_subnets(judgement, FAMILIES[i]);
        text_list_addf(
            unknown,
            "no routable %s address of the guest answers%s%s%s: it has none, or is quiet about it; "
            "name it: vmnetcheck %s ADDRESS, or say what it needs (--need any)",
            FAMILIES[i] == IP_V4 ? "IPv4" : "IPv6", subnets != NULL ? ", though the host has " : "",
            subnets != NULL ? subnets : "", subnets != NULL ? " there" : "", target->name);
        free(subnets);
    }
}

/* ---- the rule ---- */

/* In a recording the address may be all that it ever had, or wants, unless it took it when it had asked for
 * another one in vain. */
static bool is_taken_in_vain(const struct judgement *judgement, const struct observation *claim)
{
    struct dhcp_exchange exchange = dhcp_exchange_of(judgement->input->seen, claim->mac);

    return claim->kind == OBSERVED_CLAIM && exchange.unanswered != NULL &&
           exchange.unanswered->time_us < claim->time_us && need_is_open_of(judgement, claim->mac);
}

static bool is_self_given(const struct judgement *judgement, const struct observation *seen)
{
    const struct verdict_input *input = judgement->input;

    return seen->address.family == IP_V4 && ip_is_link_local(seen->address) &&
           (!input->target->has_mac || mac_equal(input->target->mac, seen->mac)) &&
           (!input->scope.others_asked || is_taken_in_vain(judgement, seen));
}

/* That the guest uses an address of 169.254/16; NULL: it does not. */
static const struct observation *next_self_given(const struct judgement *judgement)
{
    const struct observation *claim = NULL, *heard = NULL;

    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL)
        if (is_self_given(judgement, claim))
            return claim;
    while ((heard = judgement_next(judgement, heard, OBSERVED_HEARD, (struct ip_addr){0})) != NULL)
        if (is_self_given(judgement, heard))
            return heard;
    return NULL;
}

/* Whether an address of the path's own subnets would have been found: they are all that the guest may have,
 * and each was swept. */
static bool was_swept(const struct judgement *judgement)
{
    const struct observation *search = NULL;
    bool swept = false;

    while ((search = judgement_next(judgement, search, OBSERVED_SEARCH, (struct ip_addr){0})) != NULL)
        if (search->search.means == SEARCH_SWEEP) {
            swept = true;
            if (search->search.too_large)
                return false;
        }
    return swept && judgement_is_host_only(judgement);
}

/* Whether another address would be known. */
static bool would_be_known(const struct judgement *judgement)
{
    if (judgement->input->scope.others_asked)
        return judgement->input->target->given_count == 0;
    return need_is_open(judgement, IP_V4) && (judgement->input->options->need != 0 || was_swept(judgement));
}

static void no_address(struct judgement *judgement, enum finding_id id)
{
    const struct observation *seen = next_self_given(judgement);
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    if (seen == NULL || !would_be_known(judgement))
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    char *subnets = judgement->input->facts != NULL ? judgement_own_subnets(judgement, IP_V4) : NULL;
    finding_summarize(finding, "the guest has no IPv4 address but %s, which it gave itself",
                      ip_format(seen->address, ip));
    finding_add_evidence(finding,
                         "%s %s %s, of 169.254/16 (APIPA, RFC 3927): what a guest takes that no DHCP "
                         "server answers",
                         mac_format(seen->mac, mac),
                         judgement->input->scope.others_asked ? "asks DHCP in vain, and then announces"
                         : seen->kind == OBSERVED_CLAIM       ? "answers for"
                                                              : "is heard to speak as",
                         ip);
    if (subnets != NULL)
        finding_add_evidence(finding, "the host has %s there, and no address of that is found", subnets);
    free(subnets);
}

const struct rule NEED_RULES[] = {
    {FINDING_NO_ADDRESS, no_address},
    {FINDING_COUNT, NULL},
};

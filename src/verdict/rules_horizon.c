/* What the guest takes for its link, and by whom it answers all others: prefix, gateway, route. */
#include "judgement.h"

#include <stdlib.h>

/* As the probe looks for. One who is reached is not said to miss something because it asked by chance. */
enum { PROOFS = 2, PROOFS_WHERE_REACHED = 3 };

/* What sources near the guest's address tell of its prefix length: it asks for those whose first differing
 * bit is behind its prefix. */
struct prefix_seen {
    unsigned least;                     /* its length is at least this, … */
    unsigned most;                      /* … and at most this */
    bool is_answered;                   /* somebody answers for one of those that it asks for */
    const struct observation *on_link;  /* the farthest that it asked for; NULL: none */
    const struct observation *off_link; /* the nearest that it did not ask for; NULL: none */
};

static const struct observation *next_way(const struct judgement *judgement, const struct observation *after,
                                          struct ip_addr address, enum way_source of)
{
    do
        after = judgement_next(judgement, after, OBSERVED_WAY, address);
    while (after != NULL && after->way.of != of);
    return after;
}

/* False where no one prefix explains what was asked for and what was not. */
static bool see_prefix(const struct judgement *judgement, struct ip_addr address, struct prefix_seen *ret)
{
    struct prefix_seen seen = {.most = 8 * (unsigned)ip_size(address.family)};
    const struct observation *near = NULL;

    while ((near = next_way(judgement, near, address, WAY_NEAR)) != NULL) {
        if (near->way.asked.family != IP_NONE && near->way.shared < seen.most) {
            seen.most = near->way.shared;
            seen.on_link = near;
        }
        if (near->way.asked.family == IP_NONE && near->way.shared + 1 > seen.least) {
            seen.least = near->way.shared + 1;
            seen.off_link = near;
        }
        seen.is_answered |= near->way.answered || near->way.sent;
    }
    *ret = seen;
    return seen.least <= seen.most;
}

static unsigned common_bits(struct ip_addr a, struct ip_addr b)
{
    unsigned bits = 0;

    while (bits < 8 * ip_size(a.family) && ip_in_prefix(a, b, bits + 1))
        bits++;
    return bits;
}

/* It asked who has the host's address, to send something there in the name of this one: what is confirmed
 * from time to time (RFC 4861 7.3.3), is so in another. */
static bool asked_for_host(const struct judgement *judgement, struct ip_addr host, struct ip_addr address)
{
    const struct observation *question = NULL;

    while ((question = judgement_next(judgement, question, OBSERVED_QUESTION, host)) != NULL)
        if (host.family == IP_V4 || ip_equal(question->asker, address))
            return true;
    return false;
}

/* The address answers ARP or ND, but no echo request from the host's own address; and it never asked who has
 * that, nor sent anything there. (Linux needs no route to answer a solicitation.) */
static const struct observation *unanswered_host(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *check = judgement_check(judgement, probe_of_echo(address), address);
    struct ip_addr any = {0}, from = check != NULL ? check->check.source : any;
    const struct observation *source = judgement_next(judgement, NULL, OBSERVED_SOURCE, from);

    if (check == NULL || from.family == IP_NONE || !silence_is_proven(judgement, check) ||
        !claim_exists(judgement, address) || source == NULL || source->source != SOURCE_OURS ||
        asked_for_host(judgement, from, address) ||
        (from.family == IP_V4 && judgement_next(judgement, NULL, OBSERVED_DELIVERY, from) != NULL))
        return NULL;
    return check;
}

/* ---- the prefix ---- */

static char *prefix_text(const struct prefix_seen *seen)
{
    if (seen->least == 0)
        return text_format("/%u or shorter", seen->most);
    return seen->least == seen->most ? text_format("/%u", seen->most)
                                     : text_format("between /%u and /%u", seen->least, seen->most);
}

static void add_prefix(struct judgement *judgement, enum finding_id id, struct ip_addr address,
                       const struct address_facts *own, const struct prefix_seen *seen, bool is_wide)
{
    char ip[IP_TEXT_SIZE], host[IP_TEXT_SIZE], source[IP_TEXT_SIZE], *length = prefix_text(seen);
    struct finding *finding = finding_add(judgement, id, address);

    ip_format(address, ip);
    ip_format(own->address, host);
    finding->warning = is_wide;
    finding_summarize(finding, "the prefix length of %s is %s in the guest, and /%u on the host", ip, length,
                      own->prefix_length);
    finding_add_evidence(finding, "the host's address: %s/%u", host, own->prefix_length);
    finding_add_evidence(finding, "to answer an echo request from %s the guest asks who has it",
                         ip_format(seen->on_link->way.source, source));
    finding_add_frames(finding, &seen->on_link->way.frames);
    if (seen->off_link != NULL) {
        finding_add_evidence(finding, "to answer one from %s it does not",
                             ip_format(seen->off_link->way.source, source));
        finding_add_frames(finding, &seen->off_link->way.frames);
    }
    if (!is_wide)
        finding_add_evidence(finding,
                             "so it takes the host's %s for no neighbour (inferred: a firewall that admits "
                             "only sources so near looks the same)",
                             host);
    if (seen->least == seen->most && address.family == IP_V6) /* has an address once, whatever its length */
        finding_set_fix(finding, "in the guest: ip address del %s%s dev eth0; ip address add %s/%u dev eth0",
                        ip, length, ip, own->prefix_length);
    else if (seen->least == seen->most)
        finding_set_fix(finding, "in the guest: ip address add %s/%u dev eth0; ip address del %s%s dev eth0",
                        ip, own->prefix_length, ip, length);
    else
        finding_set_fix(finding, "in the guest: ip address add %s/%u dev eth0, and take the other one away",
                        ip, own->prefix_length);
    free(length);
}

/* Whoever the guest takes for a neighbour, it reaches. */
static bool is_proxied(const struct link_facts *host, struct ip_addr address)
{
    return address.family == IP_V4 ? host->proxy_arp : host->proxy_ndp;
}

/* Too long a one keeps the host's own requests from being answered; too short a one was looked for since the
 * user wants to know. */
static void prefix_mismatch(struct judgement *judgement, enum finding_id id)
{
    const struct verdict_input *input = judgement->input;

    for (size_t i = 0; i < input->target->address_count; i++) {
        struct ip_addr address = input->target->addresses[i].address;
        struct prefix_seen seen;
        if (!see_prefix(judgement, address, &seen) || seen.on_link == NULL)
            continue;
        const struct observation *unanswered = unanswered_host(judgement, address);
        const struct link_facts *host = target_host_link(input->target);
        const struct address_facts *own = judgement_subnet_of(judgement, address);
        if (own == NULL)
            continue;
        if (unanswered != NULL && common_bits(unanswered->check.source, address) < seen.least)
            add_prefix(judgement, id, address, own, &seen, false);
        else if (judgement_echo_answered(judgement, address) && seen.most < own->prefix_length &&
                 !seen.is_answered && !is_proxied(host, address) && judgement_is_host_only(judgement))
            add_prefix(judgement, id, address, own, &seen, true);
    }
}

/* ---- the gateway ---- */

static const char *question_name(struct ip_addr address)
{
    return address.family == IP_V4 ? "ARP" : "neighbour solicitation";
}

/* Whether it is why the address does not answer the host, or the borrowed source. */
static bool keeps_from_answering(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *check = judgement_check(judgement, probe_of_echo(address), address);

    return unanswered_host(judgement, address) != NULL ||
           (check != NULL && check->check.concluded && check->check.received == 0 &&
            silence_asked_elsewhere(judgement, check) != NULL);
}

/* Whoever is the host's own gateway on this link, or else the host. */
static void set_gateway_fix(const struct judgement *judgement, struct finding *finding,
                            const struct observation *far)
{
    const struct verdict_input *input = judgement->input;
    char missing[IP_TEXT_SIZE], ip[IP_TEXT_SIZE];
    const struct address_facts *own =
        facts_next_routable(input->facts, target_host_link(input->target)->ifindex, NULL);

    while (own != NULL && own->address.family != far->address.family)
        own = facts_next_routable(input->facts, target_host_link(input->target)->ifindex, own);
    ip_format(far->way.asked, missing);
    if (own != NULL)
        finding_set_fix(finding,
                        "bring %s up; or, if the host is to be the gateway, in the guest: ip route replace "
                        "default via %s dev eth0 onlink",
                        missing, ip_format(own->address, ip));
    else
        finding_set_fix(
            finding, "bring %s up, or let the guest's default route lead to a gateway that exists", missing);
}

static void no_gateway(struct judgement *judgement, enum finding_id id)
{
    const struct observation *far = NULL;
    char ip[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE], source[IP_TEXT_SIZE];

    while ((far = next_way(judgement, far, (struct ip_addr){0}, WAY_FAR)) != NULL) {
        bool reached = judgement_echo_answered(judgement, far->address);
        if (far->way.times < (reached ? PROOFS_WHERE_REACHED : PROOFS) || far->way.answered ||
            far->way.sent || (!reached && !keeps_from_answering(judgement, far->address)) ||
            finding_exists(judgement, FINDING_PREFIX_MISMATCH, far->address))
            continue;
        struct finding *finding = finding_add(judgement, id, far->address);
        ip_format(far->way.asked, gateway);
        finding->warning = reached;
        finding_summarize(finding, "nobody answers for %s, the gateway of %s", gateway,
                          ip_format(far->address, ip));
        finding_add_evidence(finding,
                             "to answer echo requests from %s, which is on no link, the guest asked who has "
                             "%s, %u times anew, and nobody answered",
                             ip_format(far->way.source, source), gateway, far->way.times);
        finding_add_frames(finding, &far->way.frames);
        finding_add_evidence(finding, "our own %s for %s was not answered either",
                             question_name(far->address), gateway);
        set_gateway_fix(judgement, finding, far);
    }
}

/* Not one that answers whoever asked it, as stacks without routes do: the host's MAC is not ours, or it asks
 * for its neighbours first. */
static bool is_routing(const struct judgement *judgement, const struct observation *far)
{
    const struct observation *near = NULL;

    if (!mac_equal(far->mac, judgement->input->target->link->mac))
        return true;
    while ((near = next_way(judgement, near, far->address, WAY_NEAR)) != NULL)
        if (near->way.asked.family != IP_NONE)
            return true;
    return false;
}

static void set_forwarding(struct finding *finding, enum ip_family family, const struct link_facts *host)
{
    const char *otherwise = "or, if it is to reach nobody else, take its default route away";

    if (family == IP_V4) {
        finding_add_evidence(finding, "net/ipv4/conf/%s/forwarding is 0", host->name);
        finding_set_fix(finding,
                        "sysctl -w net.ipv4.ip_forward=1 (net/ipv4/conf/%s/forwarding=1, if that is 1 "
                        "already); %s",
                        host->name, otherwise);
    } else {
        finding_add_evidence(finding, "net/ipv6/conf/all/forwarding is 0");
        finding_set_fix(finding,
                        "sysctl -w net.ipv6.conf.all.forwarding=1 (first accept_ra=2 for an interface by "
                        "which the host itself takes its addresses or routes from a router); %s",
                        otherwise);
    }
}

/* The host is the gateway where the reply to somebody far goes to its MAC. */
static void forwarding_off(struct judgement *judgement, enum finding_id id)
{
    const struct verdict_input *input = judgement->input;
    const struct link_facts *host = target_host_link(input->target);
    const struct observation *far = NULL;
    char ip[IP_TEXT_SIZE], source[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    while ((far = next_way(judgement, far, (struct ip_addr){0}, WAY_FAR)) != NULL) {
        bool is_off = far->address.family == IP_V4 ? host->no_forwarding_v4 : host->no_forwarding_v6;
        if (!is_off || facts_vrf_of(input->facts, host) != NULL || !far->way.sent ||
            far->way.asked.family != IP_NONE || !mac_equal(far->mac, host->mac) ||
            !is_routing(judgement, far))
            continue;
        struct finding *finding = finding_add(judgement, id, far->address);
        ip_format(far->address, ip);
        finding_summarize(finding, "the host is the gateway of %s, and does not forward for it", ip);
        finding_add_evidence(finding,
                             "the guest's reply to an echo request from %s, which is on no link, went to %s, "
                             "the MAC address of the host's %s",
                             ip_format(far->way.source, source), mac_format(far->mac, mac), host->name);
        finding_add_frames(finding, &far->way.frames);
        set_forwarding(finding, far->address.family, host);
    }
}

/* ---- the way back ---- */

/* A source on its link makes the guest do something: it lets echo requests through. */
static const struct observation *answered_near(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *way = NULL;

    while ((way = judgement_next(judgement, way, OBSERVED_WAY, address)) != NULL)
        if (way->way.of != WAY_FAR && (way->way.asked.family != IP_NONE || way->way.sent))
            return way;
    return NULL;
}

static void no_return_route(struct judgement *judgement, enum finding_id id)
{
    const struct observation *far = NULL, *check;
    char ip[IP_TEXT_SIZE], host[IP_TEXT_SIZE], source[IP_TEXT_SIZE];

    while ((far = next_way(judgement, far, (struct ip_addr){0}, WAY_FAR)) != NULL) {
        const struct observation *near = answered_near(judgement, far->address);
        bool ignores_name = far->way.asked_by_name && !far->way.answered_by_name;
        if ((check = unanswered_host(judgement, far->address)) == NULL || far->way.asked.family != IP_NONE ||
            far->way.sent || (near == NULL && !ignores_name) ||
            finding_exists(judgement, FINDING_PREFIX_MISMATCH, far->address))
            continue;
        struct finding *finding = finding_add(judgement, id, far->address);
        ip_format(check->check.source, host);
        finding_summarize(finding, "%s has no route back to the host's %s", ip_format(far->address, ip),
                          host);
        if (near != NULL)
            finding_add_evidence(finding,
                                 "to answer an echo request from %s the guest %s (inferred: a firewall that "
                                 "admits only its own subnet looks the same)",
                                 ip_format(near->way.source, source),
                                 near->way.sent ? "sends a reply" : "asks who has it");
        else
            finding_add_evidence(finding,
                                 "it answers ARP in nobody's name, but not in the name of %s (inferred: its "
                                 "reverse path filter knows no route there)",
                                 host);
        finding_add_evidence(finding, "to answer one from %s, or from %s, it asks for nobody", host,
                             ip_format(far->way.source, source));
        finding_add_frames(finding, &check->check.unanswered);
        finding_add_frames(finding, &far->way.frames);
        if (near != NULL)
            finding_add_frames(finding, &near->way.frames);
        finding_set_fix(finding, "in the guest: ip route add %s dev eth0; or give it a default route", host);
    }
}

void horizon_add_ways(const struct judgement *judgement, struct ip_addr address, struct finding *finding)
{
    const struct observation *far = next_way(judgement, NULL, address, WAY_FAR);
    const struct observation *near = answered_near(judgement, address);
    char source[IP_TEXT_SIZE];

    if (far == NULL)
        return;
    if (near != NULL)
        finding_add_evidence(finding, "the guest does react to an echo request from %s",
                             ip_format(near->way.source, source));
    else if (far->way.asked.family == IP_NONE && !far->way.sent)
        finding_add_evidence(finding, "echo requests from whatever source, near or far, make the guest ask "
                                      "for nobody: it drops them, or it has no route back to anybody");
}

const struct rule HORIZON_RULES[] = {
    {FINDING_PREFIX_MISMATCH, prefix_mismatch},
    {FINDING_NO_GATEWAY, no_gateway},
    {FINDING_FORWARDING_OFF, forwarding_off},
    {FINDING_NO_RETURN_ROUTE, no_return_route},
    {FINDING_COUNT, NULL},
};

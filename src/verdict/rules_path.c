/* The path between the host's stack and the guest: the host's own ping judges. */
#include "passage.h"
#include "resolution.h"
#include "traced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the host sends elsewhere ---- */

/* It cannot answer our own echo either: where arp_filter is set (ip-sysctl), the host answers only those by
 * whose interface it would send to them. */
static bool asks_in_vain(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *echo = judgement_check(judgement, probe_of_echo(address), address);

    return echo != NULL && echo->check.received == 0 && silence_may_be_of_host(judgement, echo);
}

/* Of a request that no interface of the path saw, to a guest that is there. */
static const struct route_facts *route_elsewhere_of(const struct judgement *judgement,
                                                    const struct passage *passage)
{
    const struct target *target = judgement->input->target;
    const struct observation *seen = passage->seen;
    const struct target_address *address = target_address_of(target, seen->address);
    bool is_unseen = seen->stack.concluded && seen->stack.received == 0 &&
                     (seen->stack.requests & ~VANTAGE_BIT(AT_HOST)) == 0;

    if (address == NULL || !is_unseen || address->route.kind == ROUTE_UNKNOWN ||
        target_is_on_route(target, &address->route) ||
        !(judgement_echo_answered(judgement, seen->address) || asks_in_vain(judgement, seen->address)))
        return NULL;
    return &address->route;
}

/* "by way of eth0", "prohibited by a route"; the caller frees it. */
static char *route_text(const struct judgement *judgement, const struct route_facts *route, int send_error)
{
    const struct link_facts *link = facts_link(judgement->input->facts, route->ifindex);
    char ip[IP_TEXT_SIZE];

    switch (route->kind) {
    case ROUTE_NONE:
        return text_format("there is none");
    case ROUTE_REJECTED:
        return text_format("a %s route or rule", send_error == EACCES         ? "prohibit"
                                                 : send_error == EHOSTUNREACH ? "unreachable"
                                                 : send_error == EINVAL       ? "blackhole"
                                                                              : "rejecting");
    case ROUTE_LOCAL:
    case ROUTE_ANYCAST:
        return text_format("it is local to the host");
    case ROUTE_GATEWAY:
        return text_format("by way of %s on %s", ip_format(route->gateway, ip),
                           link != NULL ? link->name : "another interface");
    default:
        return text_format("by way of %s", link != NULL ? link->name : "another interface");
    }
}

/* Or the tap is in no bridge, or in another one than the host's subnet. */
static void set_route_fix(const struct judgement *judgement, struct finding *finding,
                          const struct route_facts *route, const char *ip)
{
    const struct verdict_input *input = judgement->input;
    const struct link_facts *link = facts_link(input->facts, route->ifindex),
                            *host_link = target_host_link(input->target);
    bool has_none = facts_next_routable(input->facts, host_link->ifindex, NULL) == NULL;

    if (has_none && route->kind == ROUTE_ON_LINK && link != NULL && link->kind == LINK_BRIDGE)
        finding_set_fix(finding, "ip link set dev %s master %s", input->target->link->name, link->name);
    else
        finding_set_fix(
            finding,
            "see which route or rule wins, and take it away or add a better one: ip route get %s; "
            "ip rule; ip route replace %s dev %s",
            ip, ip, host_link->name);
}

static void route_elsewhere(struct judgement *judgement, enum finding_id id)
{
    const struct link_facts *link = target_host_link(judgement->input->target);
    const struct observation *stack = NULL;
    char ip[IP_TEXT_SIZE], source[IP_TEXT_SIZE];

    if (silence_may_be_of_capture(judgement))
        return;
    while ((stack = judgement_next(judgement, stack, OBSERVED_STACK, (struct ip_addr){0})) != NULL) {
        struct passage passage = passage_of(judgement, stack);
        const struct route_facts *route = route_elsewhere_of(judgement, &passage);
        if (route == NULL)
            continue;
        struct finding *finding = finding_add(judgement, id, stack->address);
        char *text = route_text(judgement, route, stack->stack.send_error);
        ip_format(stack->address, ip);
        bool ruled = route->needs_source.family != IP_NONE;
        finding_summarize(finding, "the host does not send to %s by %s, where the guest is", ip, link->name);
        finding_add_evidence(finding, "the host's route to %s%s%s: %s", ip, ruled ? " from " : "",
                             ruled ? ip_format(route->needs_source, source) : "", text);
        passage_add_evidence(finding, &passage);
        if (passage.lost == LOST_NOTHING)
            finding_add_evidence(finding,
                                 "%s asks for the host on %s, and gets no answer, as with arp_filter", ip,
                                 link->name);
        set_route_fix(judgement, finding, route, ip);
        free(text);
    }
}

/* ---- the host sends to another MAC ---- */

static bool is_claimed_by(const struct judgement *judgement, struct ip_addr address, struct mac_addr mac)
{
    const struct observation *claim = NULL;

    while ((claim = judgement_next(judgement, claim, OBSERVED_CLAIM, address)) != NULL)
        if (mac_equal(claim->mac, mac))
            return true;
    return false;
}

/* The MAC of who does answer, if the host sent its request to another one. */
static const struct observation *right_claim(const struct judgement *judgement, const struct passage *passage)
{
    struct ip_addr next_hop = target_next_hop(judgement->input->target, passage->seen->address);
    bool was_seen = (passage->seen->stack.requests & ~VANTAGE_BIT(AT_HOST)) != 0;

    if (!was_seen || is_claimed_by(judgement, next_hop, passage->seen->mac))
        return NULL;
    return claim_next(judgement, NULL, next_hop);
}

static void stale_neighbour(struct judgement *judgement, enum finding_id id)
{
    const struct verdict_input *input = judgement->input;
    struct passage passage = {0};
    char ip[IP_TEXT_SIZE], wrong[MAC_TEXT_SIZE], right[MAC_TEXT_SIZE];

    if (silence_may_be_of_capture(judgement))
        return;
    for (const struct observation *stack = NULL;
         (stack = judgement_next(judgement, stack, OBSERVED_STACK, (struct ip_addr){0})) != NULL;) {
        passage = passage_of(judgement, stack);
        const struct observation *claim =
            passage.lost != LOST_NOTHING ? right_claim(judgement, &passage) : NULL;
        if (claim == NULL)
            continue;
        struct finding *finding = finding_add(judgement, id, stack->address);
        const char *device = target_host_link(input->target)->name;
        ip_format(claim->address, ip);
        finding_summarize(finding, "the host sends what is for %s to %s, but %s has it", ip,
                          mac_format(stack->mac, wrong), mac_format(claim->mac, right));
        finding_add_evidence(finding, "the host's request to %s went to %s; %s answers for it", ip, wrong,
                             right);
        passage_add_evidence(finding, &passage);
        finding_set_fix(finding, "ip neigh del %s dev %s", ip, device);
    }
}

/* ---- the host does not take what comes from there ---- */

/* The bridge sends what is for the guest to the other machine that has its MAC. */
static bool goes_to_twin(const struct judgement *judgement, const struct passage *passage)
{
    return passage->lost == LOST_REQUEST && passage_next(passage)->at == AT_TAP &&
           finding_exists(judgement, FINDING_DUPLICATE_MAC, (struct ip_addr){0});
}

/* What the kernel answers where its filter of reverse paths drops a packet: since Linux 6.13 as for all that
 * it does not take. */
static bool is_refusal(int way_in_error)
{
    return way_in_error == EXDEV || way_in_error == EINVAL;
}

/* Its reply came as far as to the filter; or there is none: whom it filters, the host does not answer ARP
 * requests either, so that the guest cannot send one. */
static bool is_refused_by_path(const struct judgement *judgement, const struct passage *passage)
{
    const struct stack_observation *stack = &passage->seen->stack;
    const struct target_address *address =
        target_address_of(judgement->input->target, passage->seen->address);
    bool reached = stack->requests & VANTAGE_BIT(AT_TAP), replied = stack->replies & VANTAGE_BIT(AT_TAP);

    return stack->concluded && stack->received == 0 && reached &&
           (!replied || (passage->lost == LOST_REPLY && passage_next(passage)->at == AT_HOST)) &&
           address != NULL && is_refusal(address->way_in_error) &&
           !passage_is_explained(judgement, address->address);
}

static void add_filter_evidence(const struct judgement *judgement, struct finding *finding,
                                const struct target_address *address)
{
    const struct target *target = judgement->input->target;
    const char *device = target_host_link(target)->name;
    char ip[IP_TEXT_SIZE], to[IP_TEXT_SIZE];

    ip_format(address->address, ip);
    finding_add_evidence(finding,
                         "rp_filter is strict (%d) on %s: only packets from whom the host would answer by %s "
                         "are taken there",
                         RP_FILTER_STRICT, device, device);
    if (!target_is_on_route(target, &address->route)) {
        char *text = route_text(judgement, &address->route, 0);
        finding_add_evidence(finding, "the host's route to %s: %s", ip, text);
        free(text);
    }
    finding_add_evidence(finding,
                         "the kernel, asked for its way with a packet from %s to %s that comes in by %s "
                         "(RTM_GETROUTE): %s",
                         ip, ip_format(address->route.source, to), device, strerror(address->way_in_error));
}

static void reverse_path_filter(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct observation *stack = NULL;
    char ip[IP_TEXT_SIZE];

    if (silence_may_be_of_capture(judgement))
        return;
    while ((stack = judgement_next(judgement, stack, OBSERVED_STACK, (struct ip_addr){0})) != NULL) {
        struct passage passage = passage_of(judgement, stack);
        if (!is_refused_by_path(judgement, &passage))
            continue;
        struct finding *finding = finding_add(judgement, id, stack->address);
        const char *device = target_host_link(target)->name;
        ip_format(stack->address, ip);
        finding_summarize(finding, "the host drops what comes from %s: its route back is another than %s", ip,
                          device);
        passage_add_evidence(finding, &passage);
        add_filter_evidence(judgement, finding, target_address_of(target, stack->address));
        finding_set_fix(
            finding,
            "sysctl -w net/ipv4/conf/%s/rp_filter=2; or let the host's route to it lead by %s: ip "
            "route get %s; ip rule",
            device, device, ip);
        traced_add(judgement, finding, &passage);
    }
}

/* ---- something on the way drops it ---- */

/* Where rules are that see it between these two places. */
static void set_filter_fix(struct finding *finding, const struct passage *passage, const char *from,
                           const char *to)
{
    bool at_host = passage->places[passage->after].at == AT_HOST || passage_next(passage)->at == AT_HOST;
    const char *hook = passage->lost == LOST_REQUEST ? "output" : "input";

    if (at_host)
        finding_set_fix(finding,
                        "look for a rule of the %s hook that drops it, and allow ICMP echo there: nft list "
                        "ruleset; iptables-save",
                        hook);
    else
        finding_set_fix(finding,
                        "look for a rule that drops it between %s and %s (families bridge and netdev; with "
                        "net.bridge.bridge-nf-call-iptables=1 also the forward hook of ip and ip6): nft list "
                        "ruleset; ebtables-save",
                        from, to);
}

static void host_filter(struct judgement *judgement, enum finding_id id)
{
    struct passage passage = {0};
    char ip[IP_TEXT_SIZE];

    while (passage_next_lost(judgement, passage.seen, &passage)) {
        if (passage_is_explained(judgement, passage.seen->address) || goes_to_twin(judgement, &passage) ||
            finding_exists(judgement, id, passage.seen->address))
            continue;
        struct finding *finding = finding_add(judgement, id, passage.seen->address);
        const char *from = passage_place_name(&passage.places[passage.after]),
                   *to = passage_place_name(passage_next(&passage));
        const char *what = passage.lost == LOST_REQUEST ? "echo request" : "reply";
        int error = passage.seen->stack.send_error;

        ip_format(passage.seen->address, ip);
        finding_summarize(finding, "the host cannot ping %s: the %s is lost between %s and %s", ip, what,
                          from, to);
        passage_add_evidence(finding, &passage);
        if (error == EPERM)
            finding_add_evidence(finding,
                                 "the kernel refused to send it (%s): a filter dropped it on its way out",
                                 strerror(error));
        set_filter_fix(finding, &passage, from, to);
        if (!traced_add(judgement, finding, &passage) && error != EPERM)
            finding_add_evidence(finding,
                                 "inferred: what is lost there is dropped there; by which rule was not seen");
    }
}

/* ---- what is not known ---- */

/* The guest got the host's own request and did not answer it. */
static bool is_guest_silent(const struct passage *passage)
{
    return passage->lost == LOST_REPLY && passage->after == passage->count;
}

/* It answers so many a second, and our own questions used them up. */
static bool is_limited(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *check = judgement_check(judgement, probe_of_echo(address), address);

    return check != NULL && check->check.set_aside > 0;
}

void path_add_doubts(struct judgement *judgement)
{
    const struct observation *stack = NULL;
    char ip[IP_TEXT_SIZE], source[IP_TEXT_SIZE];

    while ((stack = judgement_next(judgement, stack, OBSERVED_STACK, (struct ip_addr){0})) != NULL) {
        struct passage passage = passage_of(judgement, stack);
        if (!stack->stack.concluded && stack->stack.unsent != 0 &&
            judgement_echo_answered(judgement, stack->address))
            text_list_addf(&judgement->verdict->unknown, "the host's own ping to %s could not be sent: %s",
                           ip_format(stack->address, ip), strerror(stack->stack.unsent));
        if (stack->stack.no_room && judgement_echo_answered(judgement, stack->address))
            text_list_addf(&judgement->verdict->unknown,
                           "the host's own ping to %s was lost, and the kernel may have had no room for "
                           "another neighbour: sysctl net.%s.neigh.default.gc_thresh3",
                           ip_format(stack->address, ip), stack->address.family == IP_V4 ? "ipv4" : "ipv6");
        if (passage.lost == LOST_NOTHING || passage_is_explained(judgement, stack->address) ||
            goes_to_twin(judgement, &passage) ||
            finding_exists(judgement, FINDING_HOST_FILTER, stack->address) ||
            (is_guest_silent(&passage) && is_limited(judgement, stack->address)))
            continue;
        ip_format(stack->address, ip);
        if (is_guest_silent(&passage) && !silence_may_be_of_capture(judgement))
            text_list_addf(
                &judgement->verdict->unknown,
                "%s does not answer the host's own ping from %s, which it got, though it answers on %s", ip,
                ip_format(stack->stack.source, source), passage.places[passage.count - 1].link->name);
        else
            text_list_addf(
                &judgement->verdict->unknown,
                "the host's own ping to %s is not answered, but frames were lost before they were captured",
                ip);
    }
}

const struct rule PATH_RULES[] = {
    {FINDING_ROUTE_ELSEWHERE, route_elsewhere},
    {FINDING_STALE_NEIGHBOUR, stale_neighbour},
    {FINDING_REVERSE_PATH_FILTER, reverse_path_filter},
    {FINDING_HOST_FILTER, resolution_host_filter},
    {FINDING_HOST_FILTER, host_filter},
    {FINDING_COUNT, NULL},
};

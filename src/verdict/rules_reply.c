/* Whom the guest answers: another MAC than asked it? Routers and second cards make it so, and the host gets
 * the reply all the same: its own ping judges. */
#include "passage.h"

/* A question and its answer, as frames on the target. */
struct exchange {
    struct mac_addr asked_by, answered_to;
};

/* The first answer to a probe of the address; NULL: there is none. */
static const struct observation *first_reply(const struct judgement *judgement, enum probe_id probe,
                                             struct ip_addr address)
{
    const struct observation *reply = NULL;

    do
        reply = judgement_next(judgement, reply, OBSERVED_REPLY, address);
    while (reply != NULL && reply->reply.probe != probe);
    return reply;
}

/* False if one end is not known. */
static bool see_exchange(const struct judgement *judgement, const struct observation *reply,
                         struct exchange *ret)
{
    const struct observation *echo =
        judgement_check(judgement, probe_of_echo(reply->address), reply->address);
    const struct observation *source = NULL;

    while (echo != NULL &&
           (source = judgement_next(judgement, source, OBSERVED_SOURCE, echo->check.source)) != NULL)
        if (source->source == SOURCE_OURS || source->source == SOURCE_BORROWED) {
            *ret = (struct exchange){source->mac, reply->reply.destination};
            return true;
        }
    return false;
}

static bool is_crooked(const struct exchange *exchange)
{
    return !mac_equal(exchange->asked_by, exchange->answered_to);
}

/* ---- the finding ---- */

static bool is_of_host(const struct host_facts *facts, struct mac_addr mac)
{
    for (size_t i = 0; i < facts->link_count; i++)
        if (mac_equal(facts->links[i].mac, mac))
            return true;
    return false;
}

/* The exchange that the host's own ping depends on: that ping, or, where the host's stack sent none on the
 * path though nothing refused it, the question who has the address. */
static bool see_needed_exchange(const struct judgement *judgement, const struct passage *passage,
                                struct exchange *ret)
{
    const struct stack_observation *stack = &passage->seen->stack;
    struct ip_addr address = passage->seen->address;

    if (passage->lost == LOST_REPLY) {
        *ret = (struct exchange){stack->asked_by, stack->answered_to};
        return (stack->requests & stack->replies & VANTAGE_BIT(AT_TAP)) != 0;
    }
    const struct observation *reply = first_reply(judgement, probe_of_neighbour(address), address);
    return passage->after == 0 && stack->send_error == 0 && reply != NULL &&
           see_exchange(judgement, reply, ret);
}

/* Somebody else that the host knows to have this MAC; NULL: nobody. */
static const struct neighbour_facts *owner_of(const struct judgement *judgement, struct ip_addr guest,
                                              struct mac_addr mac)
{
    const struct host_facts *facts = judgement->input->facts;

    for (size_t i = 0; i < facts->neighbour_count; i++)
        if (mac_equal(facts->neighbours[i].mac, mac) && facts->neighbours[i].address.family == guest.family &&
            !ip_equal(facts->neighbours[i].address, guest))
            return &facts->neighbours[i];
    return NULL;
}

/* Either the entry is wrong, or a route leads to somebody who does not forward. */
static void set_fix(struct finding *finding, const struct neighbour_facts *owner, const char *host)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    if (owner == NULL) {
        finding_set_fix(finding,
                        "in the guest: ip neigh del %s dev eth0 (or whatever its interface is called)", host);
        return;
    }
    finding_add_evidence(finding, "%s is known to the host as %s", mac_format(owner->mac, mac),
                         ip_format(owner->address, ip));
    finding_set_fix(finding,
                    "in the guest, see whether a route leads to %s by %s: ip route get %s; if none does: ip "
                    "neigh del %s dev eth0",
                    host, ip, host, host);
}

static void add_finding(struct judgement *judgement, enum finding_id id, const struct passage *passage,
                        const struct exchange *exchange)
{
    struct ip_addr address = passage->seen->address;
    const struct observation *echo = judgement_check(judgement, probe_of_echo(address), address);
    struct finding *finding = finding_add(judgement, id, address);
    char ip[IP_TEXT_SIZE], host[IP_TEXT_SIZE], wrong[MAC_TEXT_SIZE], right[MAC_TEXT_SIZE];

    ip_format(passage->lost == LOST_REPLY ? passage->seen->stack.source : echo->check.source, host);
    finding_summarize(finding, "%s sends its replies for %s to %s, but %s asked", ip_format(address, ip),
                      host, mac_format(exchange->answered_to, wrong), mac_format(exchange->asked_by, right));
    if (passage->lost == LOST_REPLY)
        finding_add_evidence(finding,
                             "the host's echo requests left on %s from %s; the replies to them, which came "
                             "in there, are addressed to %s",
                             judgement_place(judgement), right, wrong);
    else
        finding_add_evidence(finding,
                             "who has %s was asked on %s from %s; the answers are addressed to %s, so that "
                             "the host does not get them either (inferred)",
                             ip, judgement_place(judgement), right, wrong);
    passage_add_evidence(finding, passage);
    set_fix(finding, owner_of(judgement, address, exchange->answered_to), host);
}

static void reply_elsewhere(struct judgement *judgement, enum finding_id id)
{
    struct passage passage = {0};
    struct exchange exchange;

    while (passage_next_lost(judgement, passage.seen, &passage))
        if (see_needed_exchange(judgement, &passage, &exchange) && is_crooked(&exchange) &&
            !is_of_host(judgement->input->facts, exchange.answered_to))
            add_finding(judgement, id, &passage, &exchange);
}

const struct rule REPLY_RULES[] = {
    {FINDING_REPLY_ELSEWHERE, reply_elsewhere},
    {FINDING_COUNT, NULL},
};

/* ---- notes ---- */

static void add_notes(struct judgement *judgement, const struct observation *reply)
{
    const struct observation *claim = judgement_next(judgement, NULL, OBSERVED_CLAIM, reply->address);
    struct text_list *notes = &judgement->verdict->notes;
    char ip[IP_TEXT_SIZE], a[MAC_TEXT_SIZE], b[MAC_TEXT_SIZE];
    struct exchange exchange;

    ip_format(reply->address, ip);
    if (see_exchange(judgement, reply, &exchange) && is_crooked(&exchange))
        text_list_addf(notes, "%s answers echo requests of %s to %s", ip, mac_format(exchange.asked_by, a),
                       mac_format(exchange.answered_to, b));
    if (claim != NULL &&
        !observation_exists(judgement->input->seen, OBSERVED_CLAIM, reply->address, &reply->mac))
        text_list_addf(notes, "%s answers %s from %s, and echo requests from %s", ip,
                       reply->address.family == IP_V4 ? "ARP" : "neighbour solicitations",
                       mac_format(claim->mac, a), mac_format(reply->mac, b));
}

void reply_add_notes(struct judgement *judgement)
{
    const struct observation *check = NULL;

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        const struct observation *reply = first_reply(judgement, check->check.probe, check->address);
        if (check->check.probe == probe_of_echo(check->address) && reply != NULL)
            add_notes(judgement, reply);
    }
}

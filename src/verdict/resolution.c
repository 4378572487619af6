/* Host and guest ask for each other's MAC address before they can send: where that is lost, all is. */
#include "resolution.h"
#include "passage.h"
#include "traced.h"

#include <errno.h>
#include <string.h>

enum { TIMES_MIN = 2 /* that the guest asked in vain: once may be lost */ };

/* Somebody asked; the question or its answer was seen at one place and not at the next. */
struct loss {
    const struct observation *seen; /* OBSERVED_RESOLVE */
    bool of_guest;                  /* the guest asked, otherwise the host */
    bool of_answer;
    struct place from, to;
};

/* The way of what goes along the path from `first` towards `last`: the farthest place where it was seen;
 * `last` itself: it was not lost. */
static size_t farthest(const struct passage *path, unsigned seen, size_t first, size_t last)
{
    size_t at = last;

    while (at != first && !passage_was_at(seen, &path->places[at]))
        at = first < last ? at - 1 : at + 1;
    return at;
}

static void set_gap(struct loss *loss, const struct passage *path, bool of_answer, size_t from, size_t to)
{
    loss->of_answer = of_answer;
    loss->from = path->places[from];
    loss->to = path->places[to];
}

/* ---- the host asks ---- */

/* Its ping waits for the answer: nothing of it was seen, nothing refused it, and the host has no entry. */
static bool waits_for_answer(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *stack = judgement_next(judgement, NULL, OBSERVED_STACK, address), *entry = NULL,
                             *last = NULL;

    while ((entry = judgement_next(judgement, entry, OBSERVED_ENTRY, address)) != NULL)
        last = entry;
    return stack != NULL && stack->stack.concluded && stack->stack.received == 0 &&
           stack->stack.send_error == 0 && (stack->stack.requests & ~VANTAGE_BIT(AT_HOST)) == 0 &&
           last != NULL && mac_is_zero(last->mac);
}

/* A port that is meant to get no questions, as in an EVPN. */
static bool is_spared(const struct passage *path)
{
    for (size_t i = 1; i < path->count; i++)
        if (path->places[i].link->answers)
            return true;
    return false;
}

/* Between the hops of the path. What others answer on the way, as a bridge may do, is an answer; but what is
 * asked on the target itself is answered, too. */
static bool is_lost_on_path(const struct passage *path, struct loss *loss)
{
    const struct asking *asking = &loss->seen->resolve.by_host;
    size_t last = path->count - 1;

    if (loss->seen->resolve.sent == 0)
        return false;
    size_t asked = farthest(path, asking->questions, 1, last),
           answered = farthest(path, asking->answers, last, 1);
    if (asked < last && passage_was_at(asking->questions, &path->places[asked]) &&
        asking->got <= asking->given && !is_spared(path)) {
        set_gap(loss, path, false, asked, asked + 1);
        return true;
    }
    if (answered > 1 && passage_was_at(asking->answers, &path->places[answered])) {
        set_gap(loss, path, true, answered, answered - 1);
        return true;
    }
    return false;
}

/* It had to ask for the guest, and for strangers, and did not; or could not even be asked for. */
static bool is_mute(const struct judgement *judgement, const struct loss *loss)
{
    const struct resolve_observation *seen = &loss->seen->resolve;
    const struct observation *stack = judgement_next(judgement, NULL, OBSERVED_STACK, loss->seen->address);
    bool leaves = stack != NULL && (stack->stack.requests & VANTAGE_BIT(loss->seen->at));

    return seen->by_host.times == 0 &&
           ((seen->strangers > 1 && !seen->asked_for_stranger) ||
            (leaves && seen->send_failures > 1 && seen->send_failures == seen->sent &&
             seen->send_error == ENOBUFS /* as a filter on the way out has it */));
}

/* Between its stack and the first interface, where only its own question and its ping show it. */
static bool is_lost_at_host(const struct judgement *judgement, const struct passage *path, struct loss *loss)
{
    const struct asking *asking = &loss->seen->resolve.by_host;
    bool waits = waits_for_answer(judgement, loss->seen->address);

    if (waits && asking->times > 0 && passage_was_at(asking->answers, &path->places[1]))
        set_gap(loss, path, true, 1, 0);
    else if ((waits && asking->times == 0) || is_mute(judgement, loss))
        set_gap(loss, path, false, 0, 1);
    else
        return false;
    return true;
}

static bool find_loss_of_host(const struct judgement *judgement, const struct passage *path,
                              struct loss *loss)
{
    loss->of_guest = false;
    return loss->seen->resolve.concluded &&
           (is_lost_on_path(path, loss) || is_lost_at_host(judgement, path, loss));
}

/* ---- the guest asks ---- */

static bool find_loss_of_guest(const struct passage *path, struct loss *loss)
{
    const struct asking *asking = &loss->seen->resolve.by_guest;
    size_t last = path->count - 1;

    loss->of_guest = true;
    if (asking->times < TIMES_MIN || passage_was_at(asking->answers, &path->places[last]))
        return false;
    size_t asked = farthest(path, asking->questions, last, 1),
           answered = farthest(path, asking->answers, 1, last);
    if (passage_was_at(asking->answers, &path->places[answered]))
        set_gap(loss, path, true, answered, answered + 1);
    else
        set_gap(loss, path, false, asked, asked - 1);
    return true;
}

/* ---- words ---- */

static const char *question_name(const struct loss *loss)
{
    return loss->seen->address.family == IP_V4 ? "ARP request" : "neighbour solicitation";
}

static const char *answer_name(const struct loss *loss)
{
    return loss->seen->address.family == IP_V4 ? "ARP reply" : "neighbour advertisement";
}

static const char *seen_text(unsigned vantages, const struct place *place)
{
    return passage_was_at(vantages, place) ? "seen" : "not seen";
}

static void add_places(struct finding *finding, const struct loss *loss, const struct passage *path)
{
    const struct resolve_observation *seen = &loss->seen->resolve;
    const struct asking *asking = loss->of_guest ? &seen->by_guest : &seen->by_host;
    const char *asker = loss->of_guest ? "guest" : "host", *other = loss->of_guest ? "host" : "guest";

    if (loss->of_guest)
        finding_add_evidence(finding, "the guest asked %u times, and got no answer", asking->times);
    else
        finding_add_evidence(finding,
                             "the host's kernel was heard to ask %u times, and %u more were sent in its name",
                             asking->times, seen->sent);
    if (!loss->of_guest && seen->strangers > 0)
        finding_add_evidence(
            finding, "the host was made to ping %u neighbours that it does not know, and asked for %s",
            seen->strangers, seen->asked_for_stranger ? "one of them" : "none of them");
    if (!loss->of_guest && seen->send_failures > 0)
        finding_add_evidence(finding, "%u of ours could not be sent: %s", seen->send_failures,
                             strerror(seen->send_error));
    for (size_t i = 1; i < path->count; i++)
        finding_add_evidence(finding, "%s: the %s's %s %s, the %s's %s %s", path->places[i].link->name, asker,
                             question_name(loss), seen_text(asking->questions, &path->places[i]), other,
                             answer_name(loss), seen_text(asking->answers, &path->places[i]));
}

/* That it works all the same does not last. */
static void add_ping(const struct judgement *judgement, struct finding *finding, const struct loss *loss)
{
    const struct observation *stack = judgement_next(judgement, NULL, OBSERVED_STACK, loss->seen->address);

    if (stack == NULL)
        return;
    if (stack->stack.received > 0)
        finding_add_evidence(finding,
                             "the host's own ping was answered all the same: it knows the guest's MAC "
                             "address yet, or learned it when the guest asked for the host");
    else if ((stack->stack.requests & ~VANTAGE_BIT(AT_HOST)) == 0)
        finding_add_evidence(finding, "the host's own ping waits for that: it was not seen to leave");
}

/* ---- what keeps the host from answering ---- */

/* By arp_ignore (ip-sysctl): 1 and 2 for addresses of other interfaces, 2 for those who ask from other
 * subnets, 8 always. */
static bool is_ignored(const struct host_facts *facts, const struct link_facts *host, const struct loss *loss)
{
    const struct address_facts *own = facts_own_address(facts, host->ifindex, loss->seen->resolve.own);

    return loss->seen->address.family == IP_V4 &&
           (host->arp_ignore == 8 || ((host->arp_ignore == 1 || host->arp_ignore == 2) && own == NULL) ||
            (host->arp_ignore == 2 && !ip_in_prefix(loss->seen->address, own->address, own->prefix_length)));
}

/* A flag or a setting of the host's interface. False: there is none, so it is a filter. */
static bool add_setting(const struct judgement *judgement, struct finding *finding, const struct loss *loss)
{
    const struct link_facts *host = loss->from.link;

    if (host->noarp) {
        finding_add_evidence(finding,
                             "%s does no ARP (its flags have NOARP): it asks for nobody, and answers nobody",
                             host->name);
        finding_set_fix(finding, "ip link set dev %s arp on", host->name);
    } else if (is_ignored(judgement->input->facts, host, loss)) {
        finding_add_evidence(
            finding, "arp_ignore is %u on %s (net/ipv4/conf/%s or all): so it does not answer for that",
            host->arp_ignore, host->name, host->name);
        finding_set_fix(finding, "sysctl -w net/ipv4/conf/%s/arp_ignore=0 net/ipv4/conf/all/arp_ignore=0",
                        host->name);
    } else {
        return false;
    }
    return true;
}

/* ---- the finding ---- */

static void set_fix(struct finding *finding, const struct loss *loss)
{
    bool is_arp = loss->seen->address.family == IP_V4,
         at_host = loss->from.at == AT_HOST || loss->to.at == AT_HOST;

    if (at_host)
        finding_set_fix(finding,
                        is_arp ? "look for a rule that drops it (families arp and netdev), and allow ARP "
                                 "there: nft list ruleset; arptables-save"
                               : "look for a rule that drops it (families ip6, inet and netdev), and "
                                 "allow neighbour discovery there (RFC 4890 4.4): nft list ruleset; "
                                 "ip6tables-save");
    else
        finding_set_fix(finding,
                        "look for a rule that drops it between %s and %s (families bridge and netdev)%s: nft "
                        "list ruleset; ebtables-save",
                        passage_place_name(&loss->from), passage_place_name(&loss->to),
                        is_arp ? "" : ", or for multicast snooping without a querier");
}

/* Of what the guest asks in vain at the host's end either way may be the lost one. */
static void summarize(struct finding *finding, const struct loss *loss)
{
    char ip[IP_TEXT_SIZE];
    bool is_hosts = loss->of_guest == loss->of_answer;

    finding_summarize(finding, "the %s cannot find %s: the %s's %s%s is lost between %s and %s",
                      loss->of_guest ? "guest" : "host",
                      ip_format(loss->of_guest ? loss->seen->resolve.own : loss->seen->address, ip),
                      is_hosts ? "host" : "guest", loss->of_answer ? answer_name(loss) : question_name(loss),
                      loss->of_guest && loss->to.at == AT_HOST ? ", or the answer to it," : "",
                      passage_place_name(&loss->from), passage_place_name(&loss->to));
}

/* The kernel's word, where it was asked about a ping that waits for this. */
static bool add_trace(const struct judgement *judgement, struct finding *finding, const struct loss *loss)
{
    const struct observation *stack = judgement_next(judgement, NULL, OBSERVED_STACK, loss->seen->address);
    struct passage passage = {.seen = stack, .lost = loss->of_answer ? LOST_REPLY : LOST_REQUEST};

    return stack != NULL && stack->stack.received == 0 && !loss->of_guest &&
           traced_add(judgement, finding, &passage);
}

static void add_finding(struct judgement *judgement, enum finding_id id, const struct loss *loss,
                        const struct passage *path)
{
    struct finding *finding = finding_add(judgement, id, loss->seen->address);

    summarize(finding, loss);
    add_places(finding, loss, path);
    add_ping(judgement, finding, loss);
    if (loss->of_guest && loss->to.at == AT_HOST && add_setting(judgement, finding, loss))
        return;
    set_fix(finding, loss);
    if (!add_trace(judgement, finding, loss))
        finding_add_evidence(finding,
                             "inferred: what is lost there is dropped there; by which rule was not seen");
}

void resolution_host_filter(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct observation *seen = NULL;

    if (silence_may_be_of_capture(judgement))
        return;
    while ((seen = judgement_next(judgement, seen, OBSERVED_RESOLVE, (struct ip_addr){0})) != NULL) {
        struct passage path = {0};
        struct loss loss = {.seen = seen};
        passage_find_places(target, seen->resolve.heard, &path);
        if (path.count < 2 || !claim_exists(judgement, target_next_hop(target, seen->address)) ||
            passage_is_explained(judgement, seen->address))
            continue;
        if (find_loss_of_host(judgement, &path, &loss) ||
            (!silence_may_be_of_full_table(judgement, seen->address.family) &&
             find_loss_of_guest(&path, &loss)))
            add_finding(judgement, id, &loss, &path);
    }
}

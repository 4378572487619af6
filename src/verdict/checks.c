/* Addresses and checks as reports show them. */
#include "judgement.h"

#include <stdlib.h>
#include <string.h>

/* More answers than questions, without copies of frames: two machines claim the address, or somebody else
 * asks for it, too. */
static char *more_answers_text(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *claim = judgement_next(judgement, NULL, OBSERVED_CLAIM, check->address);

    if (judgement_next(judgement, claim, OBSERVED_CLAIM, check->address) != NULL)
        return text_format("by more than one MAC address");
    return text_format("echo shows no copies: another program seems to ask, too");
}

/* Why a check is not finished. */
static char *unfinished_text(const struct judgement *judgement, const struct check_observation *outcome)
{
    static const char *const doubts[] = {
        [DOUBT_ONE_SIDED] =
            "the recording has only broadcasts of who asked, so its answers would not be there",
        [DOUBT_TALKS] = "not answered, but it talks with others meanwhile: its answers were not recorded",
        [DOUBT_CHECKSUM] =
            "answered without an IP checksum: right if who answers recorded it, wrong anywhere else",
        [DOUBT_STRANGER] = "not answered, and nobody is heard to have it: name it if somebody should",
    };

    if (!judgement->input->scope.others_asked)
        return text_format("stopped before its end");
    if (outcome->doubt != DOUBT_NONE)
        return text_format("%s", doubts[outcome->doubt]);
    return outcome->sent == 0 ? text_format("nobody asks for it in the recording")
                              : text_format("the recording ends before there was time for an answer (-W)");
}

/* Silence of an echo means something only if it is known whether somebody is there. */
static bool is_out_of_context(const struct judgement *judgement, const struct observation *check)
{
    enum probe_id probe = probe_of_neighbour(check->address);

    return check->check.probe != probe && !claim_exists(judgement, check->address) &&
           !silence_is_proven(judgement, judgement_check(judgement, probe, check->address));
}

static char *out_of_context_text(const struct judgement *judgement, const struct observation *check)
{
    return text_format("not answered, and %s whether anybody answers %s for it",
                       judgement->input->scope.others_asked ? "the recording does not show"
                                                            : "it is not known",
                       probe_name(probe_of_neighbour(check->address)));
}

static char *off_link_text(const struct judgement *judgement, const struct observation *seen)
{
    struct ip_addr gateway = target_next_hop(judgement->input->target, seen->address);
    char ip[IP_TEXT_SIZE];

    return text_format("it is off-link, behind %s, which answers", ip_format(gateway, ip));
}

/* What is to be said of a check of which every probe was answered; NULL: nothing. */
static char *pass_text(const struct judgement *judgement, const struct observation *seen)
{
    if (seen->check.duplicates > 0)
        return more_answers_text(judgement, seen);
    if (seen->check.elsewhere > 0)
        return text_format(
            "%u %s came by another port of the bridge: the guest has a second network card there",
            seen->check.elsewhere, text_plural(seen->check.elsewhere, "answer", "answers"));
    if (seen->check.set_aside == 0)
        return NULL;
    return text_format("%u more were not answered, but all that were asked with pauses: a limit of the "
                       "guest's, or our own burst",
                       seen->check.set_aside);
}

/* Why answers that are missing mean nothing; NULL: they may. */
static char *incomplete_text(const struct judgement *judgement, const struct observation *seen)
{
    const struct check_observation *outcome = &seen->check;

    if (outcome->no_source)
        return text_format("no free address to send from was found; name one with -S");
    if (outcome->send_failures > 0)
        return text_format("%u of %u could not be sent: %s", outcome->send_failures, outcome->sent,
                           strerror(outcome->send_error));
    if (!outcome->concluded)
        return unfinished_text(judgement, outcome);
    if (outcome->received == 0 && is_out_of_context(judgement, seen))
        return out_of_context_text(judgement, seen);
    if (silence_may_be_of_capture(judgement))
        return text_format("answers may be among the frames that the capture lost");
    return NULL;
}

/* Why silence need not be the guest's fault; NULL: it is. */
static char *silence_text(const struct judgement *judgement, const struct observation *seen)
{
    const struct observation *elsewhere = silence_asked_elsewhere(judgement, seen);
    char source[IP_TEXT_SIZE], ip[IP_TEXT_SIZE];

    ip_format(seen->check.source, source);
    if (seen->check.sent == 0)
        return NULL;
    if (silence_may_be_loss(judgement, seen))
        return text_format("not answered, but so many others are lost that it may be chance");
    if (silence_may_be_of_one_address(judgement, seen))
        return text_format(
            "not answered, but its link-local address answers such requests: a firewall may keep "
            "them from this one, which nobody named");
    if (elsewhere != NULL)
        return text_format(
            "the guest does not take the source %s for a neighbour and asks for %s instead; name a "
            "source with -S",
            source, ip_format(elsewhere->address, ip));
    if (silence_is_towards_stranger(judgement, seen))
        return text_format(
            "asked from %s, which nobody has and which the guest never asked for: it may only answer whom it "
            "knows; name a source with -S",
            source);
    if (silence_is_towards_link_local(judgement, seen))
        return text_format(
            "asked from the link-local %s; it answers neighbours of its own prefix, and may have no route to "
            "link-local ones: name a source with -S",
            source);
    if (silence_may_lack_answer(judgement, seen))
        return text_format("asked from the host's %s, and meanwhile the kernel had no room for another "
                           "neighbour, so that it may not have told the guest where to send the answer: "
                           "sysctl net.%s.neigh.default.gc_thresh3",
                           source, seen->address.family == IP_V4 ? "ipv4" : "ipv6");
    if (silence_may_be_of_host(judgement, seen))
        return text_format(
            "the guest asked who has the host's %s and sent nothing there: the host may not have answered "
            "(arp_ignore, a filter, a full neighbour table)",
            source);
    return NULL;
}

static enum check_status status_without_mac(const struct judgement *judgement, const struct observation *seen)
{
    const struct observation *asked =
        judgement_check(judgement, probe_of_neighbour(seen->address), seen->address);

    return seen->check.concluded || silence_is_proven(judgement, asked) ? CHECK_SKIP : CHECK_UNKNOWN;
}

static void give_status(const struct judgement *judgement, const struct observation *seen,
                        struct check_result *check)
{
    const struct check_observation *outcome = &seen->check;

    if (judgement_proves_duplicates(judgement, seen)) {
        check->status = CHECK_FAIL;
    } else if (outcome->sent > 0 && outcome->received == outcome->sent && outcome->concluded) {
        check->status = CHECK_PASS;
        check->note = pass_text(judgement, seen);
    } else if (outcome->off_link) {
        check->status = CHECK_SKIP;
        check->note = off_link_text(judgement, seen);
    } else if (outcome->no_mac && !outcome->no_source) {
        check->status = status_without_mac(judgement, seen);
        check->note = text_format("not asked: no MAC address to send to");
    } else if ((check->note = incomplete_text(judgement, seen)) != NULL) {
        check->status = CHECK_UNKNOWN;
    } else if (outcome->received == 0 && silence_is_beside_routable(judgement, seen)) {
        check->status = CHECK_SKIP;
        check->note = text_format(
            ip_is_link_local(seen->address)
                ? "not answered, as a routable address is: the guest may only talk to its own prefix"
                : "not answered, as another address of the guest is: name it if it should be");
    } else if (outcome->received == 0 && silence_is_of_no_need(judgement, seen)) {
        check->status = CHECK_SKIP;
        check->note = text_format("not answered, and need not be: the host has a permanent entry for it");
    } else if (silence_is_of_queue(judgement, seen)) {
        check->status = CHECK_PASS;
        check->sent = outcome->received;
        check->note =
            text_format("%u more were not answered, while the queue of %s was full and dropped what "
                        "it did not hold: others send much to the guest",
                        outcome->sent - outcome->received, judgement_place(judgement));
    } else if (silence_is_by_other_card(judgement, seen)) {
        check->status = CHECK_PASS;
        check->sent = outcome->received;
        check->note =
            text_format("%u more were not seen to be answered: the guest answers by another card as well",
                        outcome->sent - outcome->received);
    } else if (silence_is_partial(judgement, seen)) {
        check->status = CHECK_WARN;
    } else {
        check->note = silence_text(judgement, seen);
        check->status = check->note != NULL ? CHECK_UNKNOWN : CHECK_FAIL;
    }
}

static void add_check(struct judgement *judgement, const struct observation *seen)
{
    struct verdict *verdict = judgement->verdict;
    const struct check_observation *outcome = &seen->check;

    verdict->checks = memory_resize(verdict->checks, verdict->check_count + 1, sizeof *verdict->checks);
    struct check_result *check = &verdict->checks[verdict->check_count++];
    *check = (struct check_result){
        .name = probe_name(outcome->probe),
        .address = seen->address,
        .sent = outcome->sent,
        .received = outcome->received,
        .duplicates = outcome->duplicates,
        .has_rtt = outcome->received > 0,
        .rtt_min_us = outcome->rtt_min_us,
        .rtt_avg_us = outcome->rtt_avg_us,
        .rtt_max_us = outcome->rtt_max_us,
    };
    give_status(judgement, seen, check);
}

static void add_results(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;

    for (size_t i = 0; i < target->address_count; i++)
        for (enum probe_id probe = PROBE_ARP; probe <= PROBE_ICMPV6; probe++) {
            const struct observation *seen = judgement_check(judgement, probe, target->addresses[i].address);
            if (seen != NULL)
                add_check(judgement, seen);
        }
}

static void add_addresses(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;
    struct verdict *verdict = judgement->verdict;

    verdict->addresses = memory_new(target->address_count, sizeof *verdict->addresses);
    for (size_t i = 0; i < target->address_count; i++) {
        struct address_result *address = &verdict->addresses[verdict->address_count++];
        const struct observation *claim = claim_next(judgement, NULL, target->addresses[i].address);
        *address = (struct address_result){.address = target->addresses[i].address,
                                           .origin = target->addresses[i].origin,
                                           .has_mac = claim != NULL};
        if (claim != NULL)
            address->mac = claim->mac;
    }
}

static bool has_family(const struct target *target, enum ip_family family)
{
    for (size_t i = 0; i < target->address_count; i++)
        if (target->addresses[i].address.family == family)
            return true;
    return false;
}

/* A family of which no address was given or found is not checked; whoever reads "healthy" is to know that. */
static void add_unchecked_family(struct judgement *judgement, enum ip_family family, bool wanted)
{
    struct verdict *verdict = judgement->verdict;
    const struct target *target = judgement->input->target;

    if (!wanted || judgement->input->scope.others_asked || target->given_count > 0 ||
        target->address_count == 0 || has_family(target, family))
        return;
    verdict->checks = memory_resize(verdict->checks, verdict->check_count + 1, sizeof *verdict->checks);
    verdict->checks[verdict->check_count++] =
        (struct check_result){.name = probe_name(family == IP_V4 ? PROBE_ARP : PROBE_NDP),
                              .status = CHECK_SKIP,
                              .note = text_format("no %s address of the guest was given or found",
                                                  family == IP_V4 ? "IPv4" : "IPv6")};
}

void checks_add(struct judgement *judgement)
{
    const struct check_options *options = judgement->input->options;

    add_addresses(judgement);
    add_results(judgement);
    add_unchecked_family(judgement, IP_V4, options->ipv4);
    add_unchecked_family(judgement, IP_V6, options->ipv6);
}

const char *check_status_name(enum check_status status)
{
    static const char *const names[] = {"pass", "skip", "warn", "unknown", "fail"};
    return names[status];
}

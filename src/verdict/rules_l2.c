#include "judgement.h"

#include <stdlib.h>

static void host_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct link_facts *owners[] = {target->link, target->bridge};
    const struct observation *claim = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    while ((claim = next_observation(judgement, claim, OBSERVED_CLAIM, (struct ip_addr){0})) != NULL) {
        for (size_t i = 0; i < 2; i++) {
            if (owners[i] == NULL || !mac_equal(claim->mac, owners[i]->mac))
                continue;
            struct finding *finding = finding_add(judgement, id, claim->address);
            finding_add_evidence(finding,
                                 "%s answered for %s from behind %s, and %s is the MAC address of %s",
                                 mac_format(claim->mac, mac), ip_format(claim->address, ip),
                                 target->link->name, mac, owners[i]->name);
            return;
        }
    }
}

static bool is_invalid(struct mac_addr mac)
{
    return mac_is_multicast(mac) || mac_is_zero(mac);
}

static void invalid_mac(struct judgement *judgement, enum finding_id id)
{
    const struct observation *claim = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    while ((claim = next_observation(judgement, claim, OBSERVED_CLAIM, (struct ip_addr){0})) != NULL) {
        if (!is_invalid(claim->mac))
            continue;
        struct finding *finding = finding_add(judgement, id, claim->address);
        finding_add_evidence(finding, "%s answered for %s: %s", mac_format(claim->mac, mac),
                             ip_format(claim->address, ip),
                             mac_is_zero(claim->mac) ? "all zero" : "the group bit is set");
        return;
    }
}

static void unexpected_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct observation *claim = NULL;
    struct finding *finding = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE], expected[MAC_TEXT_SIZE];

    if (!target->has_mac ||
        observed(judgement->input->seen, OBSERVED_CLAIM, (struct ip_addr){0}, &target->mac))
        return;
    mac_format(target->mac, expected);
    while ((claim = next_observation(judgement, claim, OBSERVED_CLAIM, (struct ip_addr){0})) != NULL) {
        if (finding == NULL) {
            finding = finding_add(judgement, id, (struct ip_addr){0});
            finding_summarize(finding, "%s answers, but the guest is to have %s", mac_format(claim->mac, mac),
                              expected);
        }
        finding_add_evidence(finding, "%s answered for %s; nothing answered from %s",
                             mac_format(claim->mac, mac), ip_format(claim->address, ip), expected);
    }
}

static void add_copies(struct finding *finding, const struct judgement *judgement,
                       const struct observation *check)
{
    const struct observation *reply = NULL;
    char mac[MAC_TEXT_SIZE];

    while ((reply = next_observation(judgement, reply, OBSERVED_REPLY, check->address)) != NULL) {
        if (reply->reply.probe != check->check.probe)
            continue;
        char *ip_id =
            reply->reply.has_ip_id ? text_format(", IP id %u", reply->reply.ip_id) : text_format("%s", "");
        char *ttl = reply->reply.ttl ? text_format(", TTL %u", reply->reply.ttl) : text_format("%s", "");
        if (reply->reply.copy == 0)
            finding_add_evidence(finding, "%s %u: answered by %s%s%s", probe_name(reply->reply.probe),
                                 reply->reply.sequence, mac_format(reply->mac, mac), ttl, ip_id);
        else
            finding_add_evidence(finding, "%s %u: copy %u by %s%s%s, %.3f ms after the first",
                                 probe_name(reply->reply.probe), reply->reply.sequence, reply->reply.copy,
                                 mac_format(reply->mac, mac), ttl, ip_id,
                                 (double)reply->reply.after_us / 1000);
        free(ip_id);
        free(ttl);
    }
}

static void dup_unexplained(struct judgement *judgement, enum finding_id id)
{
    const struct observation *check = NULL;
    char ip[IP_TEXT_SIZE];

    while ((check = next_observation(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (!has_proven_duplicates(judgement, check) || finding_exists(judgement, id, check->address))
            continue;
        struct finding *finding = finding_add(judgement, id, check->address);
        finding_summarize(finding, "%s answers more than once to each probe, or somebody copies frames",
                          ip_format(check->address, ip));
        finding_add_evidence(finding, "%s: %u probes of %s were answered, and %u further replies came",
                             probe_name(check->check.probe), check->check.received, ip,
                             check->check.duplicates);
        add_copies(finding, judgement, check);
    }
}

/* What was heard of the guest while it did not answer: is the cable cut, or only one way of it? */
static void add_what_was_heard(struct finding *finding, const struct judgement *judgement)
{
    const struct observation *heard = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
    unsigned count = 0;

    while ((heard = next_observation(judgement, heard, OBSERVED_HEARD, (struct ip_addr){0})) != NULL &&
           ++count <= 4)
        finding_add_evidence(finding, "the guest can send: %s was heard to speak as %s",
                             mac_format(heard->mac, mac), ip_format(heard->address, ip));
    if (count == 0)
        finding_add_evidence(finding,
                             "nothing that it said of its own accord was heard meanwhile (%lu other frames)",
                             (unsigned long)judgement->input->seen->foreign);
}

static void add_echo_without_neighbour(struct finding *finding, const struct judgement *judgement,
                                       struct ip_addr address)
{
    const struct observation *echo = check_of(judgement, echo_probe_of(address), address);
    char mac[MAC_TEXT_SIZE];

    if (echo != NULL && echo->check.received > 0)
        finding_add_evidence(finding,
                             "it does have the address: echo requests sent straight to %s were answered",
                             mac_format(echo->mac, mac));
}

static void neighbour_no_reply(struct judgement *judgement, enum finding_id id)
{
    enum probe_id probe = id == FINDING_ARP_NO_REPLY ? PROBE_ARP : PROBE_NDP;
    const struct observation *check = NULL;
    char ip[IP_TEXT_SIZE];

    while ((check = next_observation(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (check->check.probe != probe || !is_silent(judgement, check))
            continue;
        struct finding *finding = finding_add(judgement, id, check->address);
        finding_summarize(finding,
                          probe == PROBE_ARP ? "nobody answers ARP for %s"
                                             : "nobody answers neighbour solicitations for %s",
                          ip_format(check->address, ip));
        finding_add_evidence(
            finding, "%u %s for %s went out on %s, none was answered within %.3g s", check->check.sent,
            probe == PROBE_ARP ? "ARP requests" : "neighbour solicitations", ip,
            judgement->input->target->link->name, (double)judgement->input->options->timeout_us / 1e6);
        add_what_was_heard(finding, judgement);
        add_echo_without_neighbour(finding, judgement, check->address);
    }
}

static void packet_loss(struct judgement *judgement, enum finding_id id)
{
    const struct observation *check = NULL;
    char ip[IP_TEXT_SIZE];

    while ((check = next_observation(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (!is_lossy(judgement, check))
            continue;
        struct finding *finding = finding_add(judgement, id, check->address);
        unsigned lost = check->check.sent - check->check.received;
        finding_summarize(finding, "%u of %u %s probes of %s were not answered", lost, check->check.sent,
                          probe_name(check->check.probe), ip_format(check->address, ip));
        finding_add_evidence(finding, "sent %u, answered %u within %.3g s each; our own capture lost nothing",
                             check->check.sent, check->check.received,
                             (double)judgement->input->options->timeout_us / 1e6);
    }
}

const struct rule L2_RULES[] = {
    {FINDING_HOST_MAC, host_mac},
    {FINDING_INVALID_MAC, invalid_mac},
    {FINDING_UNEXPECTED_MAC, unexpected_mac},
    {FINDING_DUP_UNEXPLAINED, dup_unexplained},
    {FINDING_ARP_NO_REPLY, neighbour_no_reply},
    {FINDING_NDP_NO_REPLY, neighbour_no_reply},
    {FINDING_PACKET_LOSS, packet_loss},
    {FINDING_COUNT, NULL},
};

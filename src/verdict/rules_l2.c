/* Layer 2: nobody answers, tags, loss, what comes back. */
#include "judgement.h"

#include <stdlib.h>

static void add_copies(struct finding *finding, const struct judgement *judgement,
                       const struct observation *check)
{
    const struct observation *reply = NULL;
    char mac[MAC_TEXT_SIZE];

    while ((reply = judgement_next(judgement, reply, OBSERVED_REPLY, check->address)) != NULL) {
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
        finding_add_frame(finding, reply->frame);
    }
}

/* A cause that is proved for another address of the same machine, where this one was asked for its own in
 * vain; NULL if there is none. */
static struct finding *cause_for_machine(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *claim = judgement_next(judgement, NULL, OBSERVED_CLAIM, address);
    const struct verdict *verdict = judgement->verdict;

    if (claim == NULL || judgement_check(judgement, PROBE_OVERSIZE, address) == NULL)
        return NULL;
    for (size_t i = 0; i < verdict->finding_count; i++) {
        struct finding *finding = &verdict->findings[i];
        bool is_cause = finding_hides(&FINDINGS[finding->id], FINDING_DUP_UNEXPLAINED);
        if (is_cause && finding->address.family != IP_NONE && !ip_equal(finding->address, address) &&
            observation_exists(judgement->input->seen, OBSERVED_CLAIM, finding->address, &claim->mac))
            return finding;
    }
    return NULL;
}

static void dup_unexplained(struct judgement *judgement, enum finding_id id)
{
    const struct observation *check = NULL;
    struct finding *cause;
    char ip[IP_TEXT_SIZE];

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (!judgement_proves_duplicates(judgement, check) || finding_exists(judgement, id, check->address))
            continue;
        if ((cause = cause_for_machine(judgement, check->address)) != NULL) {
            if (check->check.probe == probe_of_echo(check->address))
                finding_add_evidence(cause,
                                     "%s of the same machine is answered more than once, too (that the "
                                     "cause is the same is inferred)",
                                     ip_format(check->address, ip));
            continue;
        }
        struct finding *finding = finding_add(judgement, id, check->address);
        finding_summarize(finding, "%s answers more than once to each probe, or somebody copies frames",
                          ip_format(check->address, ip));
        finding_add_evidence(
            finding, "%s: %u %s of %s got an answer, and %u further %s came", probe_name(check->check.probe),
            check->check.received, text_plural(check->check.received, "probe", "probes"), ip,
            check->check.duplicates, text_plural(check->check.duplicates, "reply", "replies"));
        add_copies(finding, judgement, check);
        qemu_sockets_add(judgement, finding);
    }
}

/* What was heard of the guest while it did not answer: is the cable cut, or only one way of it? Among many
 * machines it is whoever speaks as the address. */
static void add_what_was_heard(struct finding *finding, const struct judgement *judgement,
                               struct ip_addr address)
{
    struct ip_addr whose = judgement->input->scope.many_machines ? address : (struct ip_addr){0};
    const struct observation *heard = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
    unsigned count = 0;

    while ((heard = judgement_next(judgement, heard, OBSERVED_HEARD, whose)) != NULL && ++count <= 4) {
        finding_add_evidence(finding, "the guest can send: %s was heard to speak as %s",
                             mac_format(heard->mac, mac), ip_format(heard->address, ip));
        finding_add_frame(finding, heard->frame);
    }
    if (count == 0)
        finding_add_evidence(finding,
                             "nothing that it said of its own accord was heard meanwhile (%lu other frames)",
                             (unsigned long)judgement->input->seen->foreign);
}

static void add_echo_without_neighbour(struct finding *finding, const struct judgement *judgement,
                                       struct ip_addr address)
{
    const struct observation *echo = judgement_check(judgement, probe_of_echo(address), address);
    char mac[MAC_TEXT_SIZE];

    if (echo != NULL && echo->check.received > 0)
        finding_add_evidence(finding,
                             "it does have the address: echo requests sent straight to %s were answered",
                             mac_format(echo->mac, mac));
}

/* What comes after the time-out is no answer, but somebody is there. */
static void add_late_reply(struct finding *finding, const struct judgement *judgement,
                           const struct observation *check)
{
    const struct observation *reply = NULL;
    char mac[MAC_TEXT_SIZE];

    while ((reply = judgement_next(judgement, reply, OBSERVED_REPLY, check->address)) != NULL)
        if (reply->reply.probe == check->check.probe) {
            finding_add_evidence(finding, "%s did answer, but too late, after %.3g s; -W waits longer",
                                 mac_format(reply->mac, mac), (double)reply->reply.rtt_us / 1e6);
            finding_add_frame(finding, reply->frame);
            return;
        }
}

static void neighbour_no_reply(struct judgement *judgement, enum finding_id id)
{
    enum probe_id probe = id == FINDING_ARP_NO_REPLY ? PROBE_ARP : PROBE_NDP;
    const struct observation *check = NULL;
    char ip[IP_TEXT_SIZE];

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (check->check.probe != probe || !silence_is_proven(judgement, check))
            continue;
        struct finding *finding = finding_add(judgement, id, check->address);
        finding_summarize(finding,
                          probe == PROBE_ARP ? "nobody answers ARP for %s"
                                             : "nobody answers neighbour solicitations for %s",
                          ip_format(check->address, ip));
        finding_add_evidence(finding, "%u %s for %s went out on %s, none was answered within %.3g s",
                             check->check.sent,
                             probe == PROBE_ARP ? "ARP requests" : "neighbour solicitations", ip,
                             judgement_place(judgement), (double)judgement->input->options->timeout_us / 1e6);
        finding_add_frames(finding, &check->check.unanswered);
        add_late_reply(finding, judgement, check);
        add_what_was_heard(finding, judgement, check->address);
        add_echo_without_neighbour(finding, judgement, check->address);
    }
}

static void broadcast_storm(struct judgement *judgement, enum finding_id id)
{
    const struct observation *seen = judgement_last(judgement, OBSERVED_BROADCASTS);

    if (seen == NULL || !observation_is_storm(&seen->broadcasts))
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "%.0f broadcast frames a second come from the guest",
                      observation_broadcast_rate(&seen->broadcasts));
    finding_add_evidence(finding, "%lu broadcast and multicast frames came in within %.3f s",
                         (unsigned long)seen->broadcasts.count, (double)seen->broadcasts.during_us / 1e6);
    finding_add_evidence(
        finding,
        "%lu of them were the very same as one shortly before, as they are in a loop (but none of our "
        "own frames came back more than once)",
        (unsigned long)seen->broadcasts.repeated);
    finding_add_frames(finding, &seen->broadcasts.first);
    if (judgement->input->facts != NULL)
        finding_set_fix(
            finding, "look for a loop; find the program in the guest: tcpdump -i %s -e -n 'ether multicast'",
            judgement_place(judgement));
}

static bool has_two_tags(const struct observation *seen)
{
    return seen->inner.tpid != 0;
}

static bool is_plain_8021q(const struct observation *seen)
{
    return seen->tag.tpid == ETHERTYPE_8021Q && !has_two_tags(seen);
}

/* "untagged", "with VID 217", "with VIDs 5 (802.1ad) and 217". */
static char *tag_text(const struct observation *seen)
{
    const char *kind = seen->tag.tpid == ETHERTYPE_8021AD ? " (802.1ad)" : "";

    if (seen->tag.tpid == 0)
        return text_format("untagged");
    if (has_two_tags(seen))
        return text_format("with VIDs %u%s and %u", seen->tag.vid, kind, seen->inner.vid);
    return text_format("with VID %u%s", seen->tag.vid, kind);
}

/* Frames in another VLAN are no fault of a guest that also answers as expected: it may have VLANs besides. Of
 * an address that is only in a VLAN Linux answers ARP untagged, too, and echo requests for an IPv6 one: no
 * kind of probes may have failed. */
static bool answers_as_expected(const struct judgement *judgement, struct ip_addr address)
{
    const struct observation *check = NULL;
    bool answered = false;

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, address)) != NULL) {
        if (check->check.probe > PROBE_ICMPV6 || check->check.sent == 0)
            continue;
        if (check->check.received == 0 && address.family != IP_NONE)
            return false;
        answered |= check->check.received > 0 && check->check.probe == probe_of_echo(check->address);
    }
    return answered;
}

/* What probes carry: one tag of 802.1Q at most. */
static char *expected_vlan(const struct judgement *judgement, const struct observation *seen)
{
    int vlan = judgement->input->options->vlan;

    if (vlan == VLAN_AUTOMATIC || vlan == VLAN_UNTAGGED)
        return text_format("untagged");
    return text_format("tagged with VID %d%s", vlan,
                       seen->tag.tpid == 0 || is_plain_8021q(seen) ? "" : " (802.1Q) alone");
}

/* The guest keeps its tag: the bridge, if it looks at tags, has to let it through. */
static void set_8021q_fix(const struct judgement *judgement, struct finding *finding, unsigned vid)
{
    const struct target *target = judgement->input->target;
    bool is_dropped = target->bridge != NULL && target->bridge->filters_vlans &&
                      !facts_carries_vlan(judgement->input->facts, target->link->ifindex, vid);
    char *port = is_dropped ? text_format(" (bridge vlan add dev %s vid %u)", target->name, vid)
                            : text_format("%s", "");

    finding_set_fix(finding,
                    "take the tag off in the guest; or, if it is meant to be in VLAN %u%s, check it there: "
                    "vmnetcheck%s -V %u %s",
                    vid, port, judgement->input->scope.others_asked ? " read" : "", vid, target->name);
    free(port);
}

/* The guest speaks without a tag, and is expected to use this one. */
static void set_untagged_fix(const struct judgement *judgement, struct finding *finding)
{
    const struct target *target = judgement->input->target;
    int vid = judgement->input->options->vlan;
    char *port =
        target->bridge != NULL
            ? text_format("or let its port tag for it: bridge vlan add dev %s vid %d pvid untagged; ",
                          target->name, vid)
            : text_format("%s", "");

    finding_set_fix(finding,
                    "in the guest: ip link add link eth0 name eth0.%d type vlan id %d, and move the address "
                    "there; %sor, if it is meant to use no tag, check it like that: vmnetcheck%s -V 0 %s",
                    vid, vid, port, judgement->input->scope.others_asked ? " read" : "", target->name);
    free(port);
}

static void set_vlan_fix(const struct judgement *judgement, const struct observation *seen,
                         struct finding *finding)
{
    if (seen->tag.tpid == 0)
        set_untagged_fix(judgement, finding);
    else if (is_plain_8021q(seen))
        set_8021q_fix(judgement, finding, seen->tag.vid);
    else
        finding_set_fix(
            finding,
            "take the tag of 802.1ad, or the second one, off in the guest, or let a bridge do it that "
            "has vlan_protocol 802.1ad and nothing else on it");
}

static void add_vlan_finding(struct judgement *judgement, enum finding_id id, const struct observation *seen)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE], *tag = tag_text(seen),
                                               *expected = expected_vlan(judgement, seen);
    struct finding *finding = finding_add(judgement, id, seen->address);

    finding_summarize(finding, "the guest's frames come %s, but are expected %s", tag, expected);
    if (seen->address.family != IP_NONE)
        finding_add_evidence(finding, "%s answered for %s %s", mac_format(seen->mac, mac),
                             ip_format(seen->address, ip), tag);
    else
        finding_add_evidence(finding, "%s was heard to speak %s", mac_format(seen->mac, mac), tag);
    finding_add_frame(finding, seen->frame);
    set_vlan_fix(judgement, seen, finding);
    free(expected);
    free(tag);
}

/* Whether nobody can have been asked the way that it speaks: no address is known, or probes do not use such
 * tags. Otherwise a guest that is deaf here and silent there would seem to be there. */
static bool could_not_be_asked(const struct judgement *judgement, const struct observation *heard)
{
    return judgement->input->target->address_count == 0 || heard->tag.tpid == ETHERTYPE_8021AD ||
           has_two_tags(heard);
}

/* Linux answers untagged ARP for the address of a VLAN interface, too: what is tagged says more. */
static bool is_tagged_elsewhere(const struct judgement *judgement, const struct observation *seen)
{
    const struct observation *other = NULL;

    while (seen->tag.tpid == 0 &&
           (other = judgement_next(judgement, other, OBSERVED_TAG, seen->address)) != NULL)
        if (other->tag.tpid != 0)
            return true;
    return false;
}

/* Frames in the name of an address that is checked name it; others count where nothing better is there. */
static void vlan_tag_mismatch(struct judgement *judgement, enum finding_id id)
{
    const struct observation *seen = NULL, *heard = NULL;
    size_t before = judgement->verdict->finding_count;

    while ((seen = judgement_next(judgement, seen, OBSERVED_TAG, (struct ip_addr){0})) != NULL) {
        if (seen->address.family == IP_NONE)
            heard = heard == NULL && could_not_be_asked(judgement, seen) ? seen : heard;
        else if (target_checks(judgement->input->target, seen->address) &&
                 !answers_as_expected(judgement, seen->address) && !is_tagged_elsewhere(judgement, seen) &&
                 !finding_exists(judgement, id, seen->address))
            add_vlan_finding(judgement, id, seen);
    }
    if (heard != NULL && judgement->verdict->finding_count == before &&
        !answers_as_expected(judgement, (struct ip_addr){0}))
        add_vlan_finding(judgement, id, heard);
}

static void packet_loss(struct judgement *judgement, enum finding_id id)
{
    const struct observation *check = NULL;
    char ip[IP_TEXT_SIZE];

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (check->check.probe > PROBE_ICMPV6 || !silence_is_partial(judgement, check))
            continue; /* what the diagnosing ones lose, their own crowd may have pushed out */
        const struct observation *error =
            judgement_next(judgement, NULL, OBSERVED_ICMP_ERROR, check->address);
        struct finding *finding = finding_add(judgement, id, check->address);
        unsigned lost = check->check.sent - check->check.received;
        finding_summarize(finding, "%u of %u %s probes of %s were not answered", lost, check->check.sent,
                          probe_name(check->check.probe), ip_format(check->address, ip));
        finding_add_evidence(finding, "sent %u, answered %u within %.3g s each%s", check->check.sent,
                             check->check.received, (double)judgement->input->options->timeout_us / 1e6,
                             judgement->input->scope.others_asked ? "" : "; our own capture lost nothing");
        finding_add_frames(finding, &check->check.unanswered);
        if (check->check.probe == probe_of_echo(check->address) && error != NULL)
            finding_add_icmp_error(finding, error);
        if (judgement->input->facts != NULL)
            finding_set_fix(
                finding, "check the load of host and guest, and what the tap dropped: ip -s link show dev %s",
                judgement_place(judgement));
    }
}

const struct rule L2_RULES[] = {
    {FINDING_DUP_UNEXPLAINED, dup_unexplained},
    {FINDING_BROADCAST_STORM, broadcast_storm},
    {FINDING_VLAN_TAG_MISMATCH, vlan_tag_mismatch},
    {FINDING_ARP_NO_REPLY, neighbour_no_reply},
    {FINDING_NDP_NO_REPLY, neighbour_no_reply},
    {FINDING_PACKET_LOSS, packet_loss},
    {FINDING_COUNT, NULL},
};

/* The MAC addresses that answer. Those that VMs are configured with are in rules_mac.c. */
#include "judgement.h"
#include "qmp.h"
#include "vm.h"

#include <string.h>

static void host_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct link_facts *owners[] = {target->link, target->bridge};
    const struct observation *claim = NULL;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    if (judgement->input->facts == NULL || finding_exists(judgement, id, (struct ip_addr){0}))
        return; /* no host is known, or the start-up says it already */
    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL) {
        for (size_t i = 0; i < 2; i++) {
            if (owners[i] == NULL || !mac_equal(claim->mac, owners[i]->mac))
                continue;
            struct finding *finding = finding_add(judgement, id, claim->address);
            finding_add_evidence(finding,
                                 "%s answered for %s from behind %s, and %s is the MAC address of %s",
                                 mac_format(claim->mac, mac), ip_format(claim->address, ip),
                                 judgement_place(judgement), mac, owners[i]->name);
            finding_add_frame(finding, claim->frame);
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

    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL) {
        if (!is_invalid(claim->mac))
            continue;
        struct finding *finding = finding_add(judgement, id, claim->address);
        finding_add_evidence(finding, "%s answered for %s: %s", mac_format(claim->mac, mac),
                             ip_format(claim->address, ip),
                             mac_is_zero(claim->mac) ? "all zero" : "the group bit is set");
        finding_add_frame(finding, claim->frame);
        return;
    }
}

/* ---- another MAC than expected ---- */

/* What QEMU says of the card behind the tap; where that has no name, of any card. */
static const struct qmp_filter *next_filter(const struct judgement *judgement, const struct qmp_filter *after)
{
    const struct target_vm *known = judgement_vm(judgement);
    const char *id = known->nic != NULL ? known->nic->id : NULL;
    size_t i = after == NULL || known->qmp == NULL ? 0 : (size_t)(after - known->qmp->filters) + 1;

    for (; known->qmp != NULL && i < known->qmp->filter_count; i++)
        if (id == NULL || strcmp(known->qmp->filters[i].name, id) == 0)
            return &known->qmp->filters[i];
    return NULL;
}

/* The guest told its card to take frames for this MAC besides its own. */
static bool is_taken_besides(const struct judgement *judgement, struct mac_addr mac)
{
    const struct qmp_filter *filter = NULL;

    while ((filter = next_filter(judgement, filter)) != NULL)
        for (size_t i = 0; i < filter->other_count; i++)
            if (mac_equal(filter->others[i], mac))
                return true;
    return false;
}

static bool takes_any(const struct judgement *judgement)
{
    const struct qmp_filter *filter = NULL;

    while ((filter = next_filter(judgement, filter)) != NULL)
        if (filter->promiscuous)
            return true;
    return false;
}

/* QEMU says of the card what it takes, or may yet be asked. */
static bool qemu_knows(const struct judgement *judgement)
{
    const struct target_vm *known = judgement_vm(judgement);

    return next_filter(judgement, NULL) != NULL ||
           (!known->qmp_asked && known->vm != NULL && known->vm->qmp_sockets.count > 0);
}

/* Whether the guest itself may well have this MAC, too: as a virtual router or, unless the user named the one
 * that it must have, for a bond with its other card, or for a bridge inside. Where QEMU cannot tell, that is
 * not known. */
static bool may_be_the_guest(const struct judgement *judgement, struct mac_addr mac)
{
    if (mac_is_virtual_router(mac) || is_taken_besides(judgement, mac))
        return true;
    return judgement_vm(judgement)->gave_mac &&
           (vm_has_mac(judgement_vm(judgement)->vm, mac) || takes_any(judgement) || !qemu_knows(judgement));
}

/* If it is this one, the guest itself took it. */
static void add_what_qemu_says(struct finding *finding, const struct judgement *judgement)
{
    const struct qmp_filter *filter = NULL;
    char mac[MAC_TEXT_SIZE];

    while ((filter = next_filter(judgement, filter)) != NULL)
        finding_add_evidence(finding, "QEMU says (query-rx-filter) that %s has %s now", filter->name,
                             mac_format(filter->mac, mac));
}

static void note_other_mac(struct judgement *judgement, const struct observation *claim)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE], expected[MAC_TEXT_SIZE];

    text_list_addf(&judgement->verdict->notes,
                   "%s answers for %s, and not %s, with which the guest is configured: a bridge, a bond or a "
                   "virtual router inside, or it was changed there",
                   mac_format(claim->mac, mac), ip_format(claim->address, ip),
                   mac_format(judgement->input->target->mac, expected));
}

static void unexpected_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct observation *claim = NULL;
    struct finding *finding = NULL;
    bool noted = false;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE], expected[MAC_TEXT_SIZE];

    if (!target->has_mac || heard_from(judgement, target->mac))
        return;
    mac_format(target->mac, expected);
    while ((claim = claim_next(judgement, claim, (struct ip_addr){0})) != NULL) {
        if (may_be_the_guest(judgement, claim->mac)) {
            if (!noted)
                note_other_mac(judgement, claim);
            noted = true;
            continue;
        }
        if (finding == NULL) {
            finding = finding_add(judgement, id, (struct ip_addr){0});
            finding_summarize(finding, "%s answers, but the guest is to have %s", mac_format(claim->mac, mac),
                              expected);
        }
        finding_add_evidence(finding, "%s answered for %s; nothing answered from %s",
                             mac_format(claim->mac, mac), ip_format(claim->address, ip), expected);
        finding_add_frame(finding, claim->frame);
    }
    if (finding != NULL)
        add_what_qemu_says(finding, judgement);
}

/* ---- on another port as well ---- */

/* The bridge had learned the MAC here when the guest answered, and later on another port: another machine
 * spoke in between. */
static void duplicate_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target *target = judgement->input->target;
    const struct observation *learned = judgement_learned_elsewhere(judgement);
    char mac[MAC_TEXT_SIZE];

    /* In a loop the guest's own frames come by every port. */
    if (learned == NULL || finding_exists(judgement, FINDING_L2_LOOP, (struct ip_addr){0}))
        return;
    const struct link_facts *port = facts_link(judgement->input->facts, learned->port);
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "another machine on %s uses the guest's MAC address %s", port->name,
                      mac_format(learned->mac, mac));
    finding_add_evidence(
        finding, "%s answered on %s, and %s had learned it there; right afterwards it was learned on %s", mac,
        judgement_place(judgement), target->bridge->name, port->name);
}

const struct rule SEEN_MAC_RULES[] = {
    {FINDING_HOST_MAC, host_mac},
    {FINDING_INVALID_MAC, invalid_mac},
    {FINDING_UNEXPECTED_MAC, unexpected_mac},
    {FINDING_DUPLICATE_MAC, duplicate_mac},
    {FINDING_COUNT, NULL},
};

/* The MAC addresses that VMs are configured with. Those that answer are in rules_mac_seen.c. */
#include "ways.h"

#include <stdlib.h>
#include <string.h>

enum {
    TWINS_SHOWN = 8,       /* lines of evidence that anybody reads */
    TWINS_LOOKED_AT = 128, /* of one MAC, before and behind it: more are made up … */
    LOOKS = 64,            /* … and so many of a file's: all of them would cost the square of its size */
};

static char *mac_evidence(const struct vm *vm, const struct vm_nic *nic)
{
    char mac[MAC_TEXT_SIZE], *name = vm_text(vm), *line = text_format("%s", "");
    const char *origin =
        nic->mac_origin == VM_MAC_DEFAULT ? ", QEMU's default, since no mac= is written" : "";

    if (nic->source.line > 0) {
        free(line);
        line = text_format("line %u: ", nic->source.line);
    }
    char *text =
        text_format("%s: %s%s: %s%s", name, line, nic->source.text, mac_format(nic->mac, mac), origin);
    free(line);
    free(name);
    return text;
}

/* What is written of one network card and of its twins. */
struct twins {
    struct text_list sure, perhaps,
        apart;                /* perhaps: they need not run at the same time; apart: or not meet */
    size_t count;             /* of the sure ones */
    bool more;                /* than were looked at */
    const struct vm *claimed; /* one of a user whose word does not count */
};

/* One of the two is the other, before or after it moved. */
static bool are_migrating(const struct judgement *judgement, const struct vm *other)
{
    static const char *const states[] = {"inmigrate", "finish-migrate", "postmigrate"};
    const struct target_vm *known = judgement_vm(judgement);

    for (size_t i = 0; known->qmp != NULL && i < sizeof states / sizeof states[0]; i++)
        if (strcmp(known->qmp->status, states[i]) == 0)
            return true;
    return known->vm->incoming || other->incoming;
}

/* Takes one card with the MAC of ours. Within the same VM a pair is found once, by its first. */
static void add_twin(const struct judgement *judgement, const struct vm_place *ours, const struct ways *ways,
                     const struct vm_place *twin, struct twins *twins)
{
    const struct vm *vm = ours->vm;
    const struct vm_nic *theirs = &twin->vm->nics[twin->number];
    bool stands_in = theirs->stands_in || vm->nics[ours->number].stands_in;

    if (twin->vm == vm ? twin->number == ours->number || stands_in : vm_is_same(vm, twin->vm))
        return;
    if (!vm_place_concerns(twin, vm)) {
        twins->claimed = twin->vm;
        return;
    }
    bool together = vm_run_together(vm, twin->vm) && !are_migrating(judgement, twin->vm);
    bool apart = vm_places_apart(ours, twin) || !ways_meet(judgement, ways, twin);
    struct text_list *list = !together ? &twins->perhaps : apart ? &twins->apart : &twins->sure;
    twins->count += list == &twins->sure;
    if (list->count < TWINS_SHOWN)
        text_list_add(list, mac_evidence(twin->vm, theirs));
}

static void report_twins(struct judgement *judgement, enum finding_id id, const struct vm_nic *ours,
                         const struct twins *twins, const char *evidence)
{
    const struct vm *vm = judgement_vm(judgement)->vm;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    char mac[MAC_TEXT_SIZE];

    if (twins->count > 0)
        finding_summarize(finding, "%s%zu network cards have the MAC address %s",
                          twins->more ? "more than " : "", twins->count + 1, mac_format(ours->mac, mac));
    else
        finding_summarize(finding, "all VMs that this line starts have the MAC address %s",
                          mac_format(ours->mac, mac));
    finding_add_evidence(finding, "%s", evidence);
    if (vm->repeated_by != NULL)
        finding_add_evidence(finding, "line %u: %s, in the background", vm->line, vm->repeated_by);
    for (size_t i = 0; i < twins->sure.count; i++)
        finding_add_evidence(finding, "%s", twins->sure.items[i]);
}

/* Of twins that need not be a fault. */
static void note_twins(struct judgement *judgement, const struct vm_nic *ours, const struct twins *twins,
                       const char *evidence)
{
    struct text_list *notes = &judgement->verdict->notes;
    char mac[MAC_TEXT_SIZE];

    if (twins->perhaps.count > 0)
        text_list_addf(notes, "no fault as long as they do not run at the same time: %s; %s", evidence,
                       twins->perhaps.items[0]);
    if (twins->apart.count > 0)
        text_list_addf(notes, "no fault as long as their networks do not meet: %s; %s", evidence,
                       twins->apart.items[0]);
    if (twins->claimed != NULL)
        text_list_addf(
            notes, "a QEMU of user %lu (process %ld) says that it has %s, too, but holds no tap for it",
            (unsigned long)twins->claimed->uid, (long)twins->claimed->pid, mac_format(ours->mac, mac));
}

/* Cards with one MAC address: one of our VM, and those before and behind it in the index. A file that was
 * made to have very many of them must not cost time with their square. */
struct sharers {
    const struct vm_place *ours, *first, *end;
    bool more; /* of them than these */
};

static bool find_group(const struct vm_index *index, const struct vm *vm, size_t nic, struct sharers *ret)
{
    const struct vm_place *ours = vm_index_nic(index, vm, nic); /* not there: its network ends inside of QEMU,
                                                                   where the same MAC twice harms nobody */
    size_t count;

    if (ours == NULL)
        return false;
    const struct vm_place *first = vm_index_nics(index, vm->nics[nic].mac, &count), *end = first + count;
    *ret = (struct sharers){.ours = ours,
                            .first = ours - first > TWINS_LOOKED_AT ? ours - TWINS_LOOKED_AT : first,
                            .end = end - ours > TWINS_LOOKED_AT ? ours + TWINS_LOOKED_AT : end};
    ret->more = ret->first != first || ret->end != end;
    return true;
}

static void look_for_twins(struct judgement *judgement, enum finding_id id, const struct sharers *group)
{
    const struct vm *vm = group->ours->vm;
    const struct vm_nic *nic = &vm->nics[group->ours->number];
    char *evidence = mac_evidence(vm, nic);
    struct ways ways = group->end - group->first > 1 ? ways_of(judgement, group->ours) : (struct ways){0};
    struct twins twins = {.more = group->more};

    for (const struct vm_place *card = group->first; card < group->end; card++)
        add_twin(judgement, group->ours, &ways, card, &twins);
    if (twins.count > 0 || vm->repeated_by != NULL)
        report_twins(judgement, id, nic, &twins, evidence);
    else
        note_twins(judgement, nic, &twins, evidence);
    text_list_free(&twins.sure);
    text_list_free(&twins.perhaps);
    text_list_free(&twins.apart);
    free(evidence);
}

/* One report is enough for all of the VM's cards that are in one network. */
static void mark_told(const struct sharers *group, bool *told)
{
    for (const struct vm_place *card = group->first; card < group->end; card++)
        if (card->vm == group->ours->vm && !vm_places_apart(group->ours, card))
            told[card->number] = true;
}

static void duplicate_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *known = judgement_vm(judgement);
    const struct vm *vm = known->vm;
    bool *told = vm != NULL ? memory_new(vm->nic_count, sizeof *told) : NULL;
    struct sharers group;
    size_t looks = 0;

    for (size_t n = 0; vm != NULL && n < vm->nic_count && finding_wanted(judgement, id); n++) {
        if (told[n] || !vm_nic_has_mac(&vm->nics[n]) || !judgement_concerns_nic(judgement, n) ||
            !find_group(known->others, vm, n, &group))
            continue;
        mark_told(&group, told);
        looks += group.end - group.first > 1;
        if (looks <= LOOKS)
            look_for_twins(judgement, id, &group);
    }
    if (looks > LOOKS)
        text_list_addf(&judgement->verdict->unknown,
                       "more than %d groups of network cards with one MAC address: the rest "
                       "was not compared",
                       LOOKS);
    free(told);
}

static void invalid_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    char mac[MAC_TEXT_SIZE];

    for (size_t n = 0; vm->vm != NULL && n < vm->vm->nic_count; n++) {
        const struct vm_nic *nic = &vm->vm->nics[n];
        bool malformed = nic->mac_origin == VM_MAC_MALFORMED;
        bool group = vm_nic_has_mac(nic) && (mac_is_multicast(nic->mac) || mac_is_zero(nic->mac));
        if ((!malformed && !group) || !judgement_concerns_nic(judgement, n))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        if (malformed)
            finding_summarize(finding, "\"%s\" is no MAC address", nic->mac_text);
        else
            finding_summarize(finding, "%s is no valid address of a station: %s", mac_format(nic->mac, mac),
                              mac_is_zero(nic->mac) ? "all zero" : "the group bit is set");
        finding_add_argument(finding, &nic->source);
    }
}

/* The tap's interface, or its bridge, if it has the very MAC of the network card; or NULL. */
static const struct link_facts *owner_of(const struct judgement *judgement, const struct vm_backend *backend,
                                         struct mac_addr mac)
{
    const struct host_facts *facts = judgement->input->facts;
    const struct link_facts *link = backend->ifname != NULL ? facts_link_named(facts, backend->ifname) : NULL;
    const struct link_facts *bridge = link != NULL ? facts_bridge_of(facts, link) : NULL;

    if (link == NULL || link->kind != LINK_TAP) /* a macvtap has the guest's MAC, and must */
        return NULL;
    if (mac_equal(link->mac, mac))
        return link;
    return bridge != NULL && mac_equal(bridge->mac, mac) ? bridge : NULL;
}

static void host_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    char mac[MAC_TEXT_SIZE];

    if (vm->vm == NULL || judgement->input->facts == NULL)
        return;
    for (size_t b = 0; b < vm->vm->backend_count; b++)
        for (size_t n = 0; n < vm->vm->nic_count && judgement_concerns_backend(judgement, b); n++) {
            const struct vm_nic *nic = &vm->vm->nics[n];
            const struct link_facts *owner = NULL;
            if (vm_nic_has_mac(nic) &&
                vm->connections->nics[n].segment == vm->connections->backends[b].segment)
                owner = owner_of(judgement, &vm->vm->backends[b], nic->mac);
            if (owner == NULL)
                continue;
            struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
            finding_summarize(finding, "%s is the MAC address of the network card and of the host's %s",
                              mac_format(nic->mac, mac), owner->name);
            finding_add_argument(finding, &nic->source);
            finding_add_evidence(finding, "the kernel says that %s has %s", owner->name, mac);
        }
}

const struct rule MAC_RULES[] = {
    {FINDING_HOST_MAC, host_mac},
    {FINDING_DUPLICATE_MAC, duplicate_mac},
    {FINDING_INVALID_MAC, invalid_mac},
    {FINDING_COUNT, NULL},
};

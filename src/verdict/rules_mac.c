/* The MAC addresses that VMs are configured with. Those that answer are in rules_mac_seen.c. */
#include "ways.h"

#include <stdlib.h>
#include <string.h>

enum { TWINS_SHOWN = 16 };

char *vm_text(const struct vm *vm)
{
    const char *name = vm->name != NULL ? vm->name : vm->program != NULL ? vm->program : "a VM";

    if (vm->pid > 0)
        return text_format("%s (process %ld)", name, (long)vm->pid);
    if (vm->line > 0)
        return vm->file != NULL ? text_format("%s (%s line %u)", name, vm->file, vm->line)
                                : text_format("%s (line %u)", name, vm->line);
    return text_format("%s", name);
}

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
    const struct vm *claimed; /* one of a user whose word does not count */
};

/* One of the two is the other, before or after it moved. */
static bool are_migrating(const struct judgement *judgement, const struct vm *other)
{
    static const char *const states[] = {"inmigrate", "finish-migrate", "postmigrate"};
    const struct target_vm *known = vm_of(judgement);

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
    const struct vm *vm = vm_of(judgement)->vm;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    char mac[MAC_TEXT_SIZE];

    if (twins->count > 0)
        finding_summarize(finding, "%zu network cards have the MAC address %s", twins->count + 1,
                          mac_format(ours->mac, mac));
    else
        finding_summarize(finding, "all VMs that a loop starts have the MAC address %s",
                          mac_format(ours->mac, mac));
    finding_add_evidence(finding, "%s", evidence);
    if (vm->repeated)
        finding_add_evidence(finding, "line %u: a loop starts it in each turn, in the background", vm->line);
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

/* ours: one of the cards, all of which have its MAC. */
static void look_for_twins(struct judgement *judgement, enum finding_id id, const struct vm_place *ours,
                           const struct vm_place *cards, size_t count)
{
    const struct vm_nic *nic = &ours->vm->nics[ours->number];
    char *evidence = mac_evidence(ours->vm, nic);
    struct ways ways = count > 1 ? ways_of(judgement, ours) : (struct ways){0};
    struct twins twins = {0};

    for (size_t i = 0; i < count; i++)
        add_twin(judgement, ours, &ways, &cards[i], &twins);
    if (twins.count > 0 || ours->vm->repeated)
        report_twins(judgement, id, nic, &twins, evidence);
    else
        note_twins(judgement, nic, &twins, evidence);
    text_list_free(&twins.sure);
    text_list_free(&twins.perhaps);
    text_list_free(&twins.apart);
    free(evidence);
}

/* The VM's own card among those with its MAC; NULL if its network ends inside of QEMU: there the same MAC
 * twice harms nobody. Marks all of the VM's cards for which one report is enough. */
static const struct vm_place *find_own(const struct vm *vm, size_t nic, const struct vm_place *cards,
                                       size_t count, bool *told)
{
    const struct vm_place *own = NULL;

    for (size_t i = 0; i < count && own == NULL; i++)
        if (cards[i].vm == vm && cards[i].number == nic)
            own = &cards[i];
    for (size_t i = 0; i < count && own != NULL; i++)
        if (cards[i].vm == vm && !vm_places_apart(own, &cards[i]))
            told[cards[i].number] = true;
    return own;
}

static void duplicate_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *known = vm_of(judgement);
    const struct vm *vm = known->vm;
    bool *told = vm != NULL ? memory_new(vm->nic_count, sizeof *told) : NULL;

    for (size_t n = 0; vm != NULL && n < vm->nic_count; n++) {
        size_t count = 0;
        if (told[n] || !vm_nic_has_mac(&vm->nics[n]) || !concerns_nic(judgement, n))
            continue;
        const struct vm_place *cards = vm_index_nics(known->others, vm->nics[n].mac, &count);
        const struct vm_place *own = find_own(vm, n, cards, count, told);
        if (own != NULL)
            look_for_twins(judgement, id, own, cards, count);
    }
    free(told);
}

static void invalid_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);
    char mac[MAC_TEXT_SIZE];

    for (size_t n = 0; vm->vm != NULL && n < vm->vm->nic_count; n++) {
        const struct vm_nic *nic = &vm->vm->nics[n];
        bool malformed = nic->mac_origin == VM_MAC_MALFORMED;
        bool group = vm_nic_has_mac(nic) && (mac_is_multicast(nic->mac) || mac_is_zero(nic->mac));
        if ((!malformed && !group) || !concerns_nic(judgement, n))
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
    const struct target_vm *vm = vm_of(judgement);
    char mac[MAC_TEXT_SIZE];

    if (vm->vm == NULL || judgement->input->facts == NULL)
        return;
    for (size_t b = 0; b < vm->vm->backend_count; b++)
        for (size_t n = 0; n < vm->vm->nic_count && concerns_backend(judgement, b); n++) {
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

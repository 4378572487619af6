/* QEMU's hubs: who is on another one than its partner, and whom they join that nothing should join. */
#include "partners.h"

#include <stdlib.h>
#include <string.h>

enum { NICS_SHOWN = 3 };

static void add_port(struct finding *finding, const struct vm_port *port, const struct vm_source *source,
                     const char *name)
{
    finding_add_argument(finding, source);
    if (port->hub_source != NULL && port->hub_source != source)
        finding_add_argument(finding, port->hub_source);
    if (port->hub.origin == VM_HUB_DEFAULT)
        finding_add_evidence(finding, "no vlan= is written for %s, so QEMU takes 0", name);
}

static void add_unfollowed(struct finding *finding, const struct vm *vm)
{
    for (size_t i = 0; i < vm->unfollowed.count; i++)
        finding_add_evidence(finding, "what %s holds was not looked into", vm->unfollowed.items[i]);
}

/* The first network cards that are on a hub without a backend: they may be meant for one that has no card. */
struct candidates {
    size_t nics[NICS_SHOWN];
    size_t count;
};

static struct candidates find_candidates(const struct target_vm *vm)
{
    struct candidates found = {0};

    for (size_t n = 0; n < vm->vm->nic_count && found.count < NICS_SHOWN; n++)
        if (partners_lonely_nic(vm, n) && partners_is_known_hub(vm->connections->nics[n].hub))
            found.nics[found.count++] = n;
    return found;
}

static void report_mismatch(struct judgement *judgement, enum finding_id id, size_t backend,
                            const struct candidates *candidates)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct vm_backend *told = &vm->vm->backends[backend];
    const struct vm_port *port = &vm->connections->backends[backend];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    for (size_t i = 0; i < candidates->count; i++) {
        size_t n = candidates->nics[i];
        const struct vm_port *nic = &vm->connections->nics[n];
        char *name = vm_nic_text(&vm->vm->nics[n]);
        if (i == 0)
            finding_summarize(finding, "%s is on QEMU hub %u, but %s on hub %u", name, nic->hub.number,
                              vm_backend_text(told), port->hub.number);
        add_port(finding, nic, &vm->vm->nics[n].source, name);
        free(name);
    }
    add_port(finding, port, &told->source, vm_backend_text(told));
    if (partners_client_of(judgement, told) != NULL)
        partners_add_client(finding, partners_client_of(judgement, told));
    add_unfollowed(finding, vm->vm);
}

/* One finding for each hub with backends but no card. */
static void mismatch_by_start_up(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    struct candidates candidates = find_candidates(vm);
    bool *told = memory_new(vm->connections->segment_count, sizeof *told);

    for (size_t b = 0; b < vm->vm->backend_count && candidates.count > 0; b++) {
        const struct vm_port *port = &vm->connections->backends[b];
        if (told[port->segment] || !partners_is_known_hub(port->hub) ||
            !partners_lonely_backend(judgement, b))
            continue;
        told[port->segment] = true;
        report_mismatch(judgement, id, b, &candidates);
    }
    free(told);
}

/* Of what was plugged since its start only QEMU itself knows. */
static void mismatch_by_qemu(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct qmp_client *tap =
        judgement_is_of_whole_vm(judgement) ? NULL : partners_client_of(judgement, vm->backend);

    if (tap == NULL || !tap->on_hub || partners_has_any(vm->qmp, tap) ||
        finding_exists(judgement, id, (struct ip_addr){0}))
        return;
    for (size_t i = 0; i < vm->qmp->client_count; i++) {
        const struct qmp_client *nic = &vm->qmp->clients[i];
        if (!partners_is_nic(nic) || !nic->on_hub || partners_has_any(vm->qmp, nic))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "%s is on QEMU hub %u, but %s on hub %u", nic->name, nic->hub, tap->name,
                          tap->hub);
        partners_add_client(finding, nic);
        partners_add_client(finding, tap);
        return;
    }
}

/* Whoever is heard on the tap is connected to it, whatever the start-up says: devices can be plugged
 * later. */
static void vlan_mismatch(struct judgement *judgement, enum finding_id id)
{
    if (judgement_vm(judgement)->vm == NULL || heard_anybody(judgement))
        return;
    mismatch_by_start_up(judgement, id);
    mismatch_by_qemu(judgement, id);
}

/* ---- two ways out of one hub ---- */

/* What leads out of the VM into a network of the host, where a bridge may join it with others. */
static bool is_way_out(const struct vm_backend *backend)
{
    return backend->kind == VM_BACKEND_TAP || backend->kind == VM_BACKEND_BRIDGE ||
           backend->kind == VM_BACKEND_MACVTAP;
}

static int bridge_of(const struct judgement *judgement, const struct vm_backend *backend)
{
    const struct host_facts *facts = judgement->input->facts;
    const struct link_facts *link =
        facts != NULL && backend->ifname != NULL ? facts_link_named(facts, backend->ifname) : NULL;

    return link != NULL ? link->master : 0;
}

/* May frames that go into one come back by the other? Not where the bridges are known to be two, nor where
 * the host has the taps but no bridge for both. The same tap twice is another fault. */
static bool may_loop(const struct judgement *judgement, const struct vm_backend *a,
                     const struct vm_backend *b)
{
    if (a->bridge != NULL && b->bridge != NULL)
        return strcmp(a->bridge, b->bridge) == 0;
    if (a->ifname != NULL && b->ifname != NULL && strcmp(a->ifname, b->ifname) == 0)
        return false;
    return judgement->input->facts == NULL ||
           (bridge_of(judgement, a) != 0 && bridge_of(judgement, a) == bridge_of(judgement, b));
}

static void report_joined(struct judgement *judgement, enum finding_id id, size_t first, size_t second)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct vm_backend *a = &vm->vm->backends[first], *b = &vm->vm->backends[second];
    const struct vm_port *port = &vm->connections->backends[first];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    finding_summarize(finding,
                      "QEMU joins %s and %s, which are on hub %u both: on one bridge, that is a loop",
                      vm_backend_text(a), vm_backend_text(b), port->hub.number);
    add_port(finding, port, &a->source, vm_backend_text(a));
    add_port(finding, &vm->connections->backends[second], &b->source, vm_backend_text(b));
    if (judgement->input->facts == NULL && (a->bridge == NULL || b->bridge == NULL))
        finding_add_evidence(finding, "that one bridge has both is inferred: it is not written here");
    finding_set_fix(
        finding,
        "join each network card with its own tap, without a hub: -nic tap,ifname=%s -nic tap,ifname=%s",
        a->ifname != NULL ? a->ifname : "tap0", b->ifname != NULL ? b->ifname : "tap1");
}

/* Two taps on the hub of a network card: every frame that one gets goes out by the other. (Without a card it
 * may be meant: the VM's process joins two networks.) */
static void joined_taps(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (vm->vm == NULL || !judgement_is_of_whole_vm(judgement))
        return;
    size_t *first = memory_new(vm->connections->segment_count, sizeof *first); /* of each segment, plus one */
    for (size_t b = 0; b < vm->vm->backend_count; b++) {
        const struct vm_port *port = &vm->connections->backends[b];
        if (!is_way_out(&vm->vm->backends[b]) || !partners_is_known_hub(port->hub) ||
            partners_segment_of(vm, port)->nics == 0)
            continue;
        size_t *before = &first[port->segment];
        if (*before == 0)
            *before = b + 1;
        else if (*before <= vm->vm->backend_count &&
                 may_loop(judgement, &vm->vm->backends[*before - 1], &vm->vm->backends[b])) {
            report_joined(judgement, id, *before - 1, b);
            *before = vm->vm->backend_count + 1; /* told */
        }
    }
    free(first);
}

const struct rule HUB_RULES[] = {
    {FINDING_VLAN_MISMATCH, vlan_mismatch},
    {FINDING_L2_LOOP, joined_taps},
    {FINDING_COUNT, NULL},
};

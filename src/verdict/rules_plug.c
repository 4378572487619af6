/* Network cards and backends without a partner, or with its link off. */
#include "partners.h"

#include <stdlib.h>

/* Several backends without a network card may be meant: the VM's process joins two networks. So is one that
 * only forwards to the host. */
static bool is_unconnected_backend(const struct judgement *judgement, size_t backend)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct vm_port *port = &vm->connections->backends[backend];

    return partners_lonely_backend(judgement, backend) && partners_segment_of(vm, port)->backends == 1 &&
           port->hub.origin != VM_HUB_UNKNOWN && !vm->vm->backends[backend].guestfwd;
}

static bool is_unconnected_nic(const struct judgement *judgement, size_t nic)
{
    const struct target_vm *vm = judgement_vm(judgement);

    return judgement_is_of_whole_vm(judgement) && partners_lonely_nic(vm, nic) &&
           vm->connections->nics[nic].hub.origin != VM_HUB_UNKNOWN;
}

/* It names no partner: a port of a lab that is not wired yet. */
static bool is_unwired(const struct target_vm *vm, size_t nic)
{
    return partners_lonely_nic(vm, nic) && vm->vm->nics[nic].netdev == NULL;
}

/* A VM that is to have no network, or has one by another card. */
static bool may_be_unwired(const struct target_vm *vm)
{
    bool wired = vm->vm->no_network;

    for (size_t n = 0; n < vm->vm->nic_count; n++)
        wired |= !partners_lonely_nic(vm, n);
    return wired;
}

/* ---- findings ---- */

static void report_backend(struct judgement *judgement, enum finding_id id, size_t backend)
{
    const struct vm *vm = judgement_vm(judgement)->vm;
    const struct vm_backend *told = &vm->backends[backend];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    finding_summarize(finding, "no network card is connected to %s", vm_backend_text(told));
    finding_add_argument(finding, &told->source);
    if (vm->nic_count == 0)
        finding_add_evidence(finding, "the VM has no network card");
    else if (told->id != NULL)
        finding_add_evidence(finding, "none of the VM's %zu network cards has netdev=%s", vm->nic_count,
                             told->id);
    else
        finding_add_evidence(finding, "none of the VM's %zu network cards is on its hub", vm->nic_count);
}

static void report_nic(struct judgement *judgement, enum finding_id id, size_t nic)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct vm_nic *told = &vm->vm->nics[nic];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    char *name = vm_nic_text(told);

    finding_summarize(finding, "%s is connected to no backend", name);
    finding_add_argument(finding, &told->source);
    if (vm->connections->nics[nic].dangling)
        finding_add_evidence(finding, "there is no backend with the id \"%s\"", told->netdev);
    free(name);
}

static void unconnected_by_qemu(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct qmp_client *tap =
        judgement_is_of_whole_vm(judgement) ? NULL : partners_client_of(judgement, vm->backend);

    if (tap == NULL || tap->on_hub || partners_has_any(vm->qmp, tap) ||
        finding_exists(judgement, id, (struct ip_addr){0}))
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "no network card is connected to %s", tap->name);
    partners_add_client(finding, tap);
}

/* QEMU does not start then, whatever else is written. */
static void add_taken(struct judgement *judgement, enum finding_id id, const struct vm_port *port,
                      const struct vm_source *source, const char *netdev, bool is_id)
{
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    finding_summarize(finding, is_id ? "the id \"%s\" is used twice" : "the netdev \"%s\" is used twice",
                      netdev);
    finding_add_argument(finding, port->taken_by);
    finding_add_argument(finding, source);
    finding_add_evidence(finding, "QEMU %s, and refuses the second one",
                         is_id ? "has one netdev of an id"
                               : "connects a netdev with one network card or hub port");
    finding_set_fix(finding,
                    "give each network card a netdev of its own: -netdev tap,id=%s1 -device "
                    "virtio-net-pci,netdev=%s1",
                    netdev, netdev);
}

static void used_twice(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);

    for (size_t b = 0; b < vm->vm->backend_count; b++) {
        const struct vm_backend *backend = &vm->vm->backends[b];
        const struct vm_port *port = &vm->connections->backends[b];
        if (port->taken_by != NULL)
            add_taken(judgement, id, port, &backend->source, port->id_taken ? backend->id : backend->peer,
                      port->id_taken);
    }
    for (size_t n = 0; n < vm->vm->nic_count; n++)
        if (vm->connections->nics[n].taken_by != NULL)
            add_taken(judgement, id, &vm->connections->nics[n], &vm->vm->nics[n].source,
                      vm->vm->nics[n].netdev, false);
}

static bool is_unwired_port(const struct judgement *judgement, size_t nic)
{
    return is_unconnected_nic(judgement, nic) && is_unwired(judgement_vm(judgement), nic);
}

/* All in one finding: a lab's machine may have many. */
static void report_unwired(struct judgement *judgement, enum finding_id id)
{
    const struct vm *vm = judgement_vm(judgement)->vm;
    struct finding *finding = NULL;
    size_t count = 0;

    for (size_t n = 0; n < vm->nic_count; n++) {
        if (!is_unwired_port(judgement, n))
            continue;
        if (count++ == 0)
            finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_add_argument(finding, &vm->nics[n].source);
    }
    if (finding == NULL)
        return;
    finding->warning = true;
    finding_summarize(finding, "%zu network card%s of the VM %s connected to nothing: no netdev= is written",
                      count, count > 1 ? "s" : "", count > 1 ? "are" : "is");
}

static void unconnected_nics(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    bool may_be = may_be_unwired(vm);

    for (size_t n = 0; n < vm->vm->nic_count; n++)
        if (is_unconnected_nic(judgement, n) && !(may_be && is_unwired(vm, n)))
            report_nic(judgement, id, n);
    if (may_be)
        report_unwired(judgement, id);
}

/* Where not all arguments are known, the missing partner may be among the others: plug_add_doubts() says so.
 * Where QEMU refuses one, who else is alone may be so because of it. */
static void nic_unconnected(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (vm->vm == NULL || heard_anybody(judgement))
        return;
    if (judgement_is_of_whole_vm(judgement))
        used_twice(judgement, id);
    if (vm_fully_known(vm->vm) && !finding_exists(judgement, id, (struct ip_addr){0})) {
        for (size_t b = 0; b < vm->vm->backend_count; b++)
            if (is_unconnected_backend(judgement, b))
                report_backend(judgement, id, b);
        unconnected_nics(judgement, id);
    }
    unconnected_by_qemu(judgement, id);
}

static void set_link_fix(struct finding *finding, const struct vm *vm, const struct vm_nic *nic)
{
    const char *name = vm_command_name(vm);
    char mac[MAC_TEXT_SIZE];

    if (name == NULL || !vm_nic_has_mac(nic))
        return;
    mac_format(nic->mac, mac);
    finding_set_fix(finding, "virsh domif-setlink %s %s up; virsh domif-setlink %s %s up --config", name, mac,
                    name, mac);
}

static void link_off(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);

    for (size_t n = 0; vm->vm != NULL && n < vm->vm->nic_count; n++) {
        if (!vm->vm->nics[n].link_down || !judgement_concerns_nic(judgement, n) || heard_anybody(judgement))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        char *name = vm_nic_text(&vm->vm->nics[n]);
        finding_summarize(finding, "the link of %s is switched off", name);
        finding_add_argument(finding, &vm->vm->nics[n].source);
        set_link_fix(finding, vm->vm, &vm->vm->nics[n]);
        free(name);
    }
}

const struct rule PLUG_RULES[] = {
    {FINDING_NIC_UNCONNECTED, nic_unconnected},
    {FINDING_LINK_OFF, link_off},
    {FINDING_COUNT, NULL},
};

/* ---- what was left unknown ---- */

static void doubt_source(struct judgement *judgement, const struct vm_source *source, const char *what)
{
    struct text_list *unknown = &judgement->verdict->unknown;

    if (source->line > 0)
        text_list_addf(unknown, "line %u: %s: %s", source->line, source->text, what);
    else
        text_list_addf(unknown, "%s: %s", source->text, what);
}

/* Adds a reason for each network card and backend whose partner was not found, or may be another one. */
static void doubt_connections(struct judgement *judgement)
{
    static const char no_hub[] = "its hub could not be read",
                      no_partner[] = "nothing that is known is connected to it";
    const struct target_vm *vm = judgement_vm(judgement);
    bool known = vm_fully_known(vm->vm), may_be = may_be_unwired(vm);

    for (size_t n = 0; n < vm->vm->nic_count; n++)
        if (vm->connections->nics[n].hub.origin == VM_HUB_UNKNOWN)
            doubt_source(judgement, &vm->vm->nics[n].source, no_hub);
        else if (!known && is_unconnected_nic(judgement, n) && !(may_be && is_unwired(vm, n)))
            doubt_source(judgement, &vm->vm->nics[n].source, no_partner);
    for (size_t b = 0; b < vm->vm->backend_count; b++)
        if (vm->connections->backends[b].hub.origin == VM_HUB_UNKNOWN)
            doubt_source(judgement, &vm->vm->backends[b].source, no_hub);
        else if (!known && is_unconnected_backend(judgement, b))
            doubt_source(judgement, &vm->vm->backends[b].source, no_partner);
}

/* A VM all of whose known network cards have a backend, and the other way round, is complete in itself: what
 * else is written somewhere need not concern the network. */
void plug_add_doubts(struct judgement *judgement)
{
    const struct vm *vm = judgement_vm(judgement)->vm;
    struct verdict *verdict = judgement->verdict;
    bool explained = finding_exists(judgement, FINDING_VLAN_MISMATCH, (struct ip_addr){0});

    if (!explained)
        doubt_connections(judgement);
    bool complete = vm->nic_count > 0 && verdict->unknown.count == 0;
    for (size_t i = 0; i < vm->unfollowed.count; i++)
        text_list_addf(complete ? &verdict->notes : &verdict->unknown, "what %s holds was not looked into",
                       vm->unfollowed.items[i]);
}

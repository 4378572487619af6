/* What the start-up of VMs says: from command lines of running processes, start scripts, domain XML, and QEMU
 * itself. */
#include "judgement.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = LINK_NAME_SIZE - 1 };

static const struct target_vm *vm_of(const struct judgement *judgement)
{
    return &judgement->input->target->vm;
}

/* "line 7: -net nic,vlan=1", or the argument alone. */
static void add_argument(struct finding *finding, const struct vm_source *source, const char *remark)
{
    if (source->line > 0)
        finding_add_evidence(finding, "line %u: %s%s", source->line, source->text, remark);
    else
        finding_add_evidence(finding, "%s%s", source->text, remark);
}

static const char *default_remark(struct vm_hub hub)
{
    return hub.origin == VM_HUB_DEFAULT ? "   (no vlan= is written, so QEMU takes 0)" : "";
}

static bool is_known_hub(struct vm_hub hub)
{
    return hub.origin == VM_HUB_GIVEN || hub.origin == VM_HUB_DEFAULT;
}

static const char *nic_text(const struct vm_nic *nic)
{
    return nic->id != NULL ? nic->id : nic->model != NULL ? nic->model : "the network card";
}

static const char *backend_text(const struct vm_backend *backend)
{
    return backend->ifname != NULL ? backend->ifname : backend->id != NULL ? backend->id : backend->type;
}

static bool is_in_scope(const struct target_vm *vm, const struct vm_backend *backend)
{
    return backend->kind != VM_BACKEND_HUBPORT && (vm->backend == NULL || vm->backend == backend);
}

/* ---- who is connected to whom ---- */

static size_t nics_beside(const struct target_vm *vm, size_t backend)
{
    return vm->connections->segments[vm->connections->backends[backend].segment].nics;
}

static size_t backends_beside(const struct target_vm *vm, size_t nic)
{
    return vm->connections->segments[vm->connections->nics[nic].segment].backends;
}

static void report_mismatch(struct judgement *judgement, enum finding_id id, size_t nic, size_t backend)
{
    const struct target_vm *vm = vm_of(judgement);
    const struct vm_port *nic_port = &vm->connections->nics[nic], *port = &vm->connections->backends[backend];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    finding_summarize(finding, "%s is on QEMU hub %u, but %s on hub %u", nic_text(&vm->vm->nics[nic]),
                      nic_port->hub.number, backend_text(&vm->vm->backends[backend]), port->hub.number);
    add_argument(finding, &vm->vm->nics[nic].source, "");
    if (nic_port->hub_source != NULL && nic_port->hub_source != &vm->vm->nics[nic].source)
        add_argument(finding, nic_port->hub_source, "");
    add_argument(finding, &vm->vm->backends[backend].source, "");
    if (port->hub_source != NULL && port->hub_source != &vm->vm->backends[backend].source)
        add_argument(finding, port->hub_source, "");
    if (*default_remark(nic_port->hub))
        finding_add_evidence(finding, "%s%s", nic_text(&vm->vm->nics[nic]), default_remark(nic_port->hub));
    if (*default_remark(port->hub))
        finding_add_evidence(finding, "%s%s", backend_text(&vm->vm->backends[backend]),
                             default_remark(port->hub));
}

static void vlan_mismatch(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t b = 0; vm->vm != NULL && b < vm->vm->backend_count; b++) {
        if (!is_in_scope(vm, &vm->vm->backends[b]) || nics_beside(vm, b) > 0 ||
            !is_known_hub(vm->connections->backends[b].hub))
            continue;
        for (size_t n = 0; n < vm->vm->nic_count; n++)
            if (backends_beside(vm, n) == 0 && is_known_hub(vm->connections->nics[n].hub))
                report_mismatch(judgement, id, n, b);
    }
}

/* Several backends without a NIC may be meant: the VM's process joins two networks. */
static void unconnected_backends(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t b = 0; b < vm->vm->backend_count; b++) {
        const struct vm_port *port = &vm->connections->backends[b];
        if (!is_in_scope(vm, &vm->vm->backends[b]) || vm->connections->segments[port->segment].nics > 0 ||
            vm->connections->segments[port->segment].backends > 1 || port->hub.origin == VM_HUB_UNKNOWN)
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "no network card is connected to %s", backend_text(&vm->vm->backends[b]));
        add_argument(finding, &vm->vm->backends[b].source, "");
        finding_add_evidence(finding, "none of the VM's %zu network cards is joined to it",
                             vm->vm->nic_count);
    }
}

static void unconnected_nics(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t n = 0; n < vm->vm->nic_count && vm->backend == NULL; n++) {
        const struct vm_port *port = &vm->connections->nics[n];
        if (vm->connections->segments[port->segment].backends > 0 || port->hub.origin == VM_HUB_UNKNOWN)
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "%s is connected to no backend", nic_text(&vm->vm->nics[n]));
        add_argument(finding, &vm->vm->nics[n].source, "");
        if (port->dangling)
            finding_add_evidence(finding, "there is no backend with the id \"%s\"", vm->vm->nics[n].netdev);
    }
}

/* Where not all arguments are known, the missing partner may be among the others. */
static void nic_unconnected(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    if (vm->vm == NULL || !vm_fully_known(vm->vm))
        return;
    unconnected_backends(judgement, id);
    unconnected_nics(judgement, id);
}

static void link_off(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t n = 0; vm->vm != NULL && n < vm->vm->nic_count; n++) {
        const struct vm_nic *nic = &vm->vm->nics[n];
        if (!nic->link_down || (vm->backend != NULL && vm->nic != nic))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        add_argument(finding, &nic->source, "   (its <link state='down'/>)");
    }
}

/* ---- MAC addresses ---- */

static bool has_mac(const struct vm_nic *nic)
{
    return nic->mac_origin == VM_MAC_GIVEN || nic->mac_origin == VM_MAC_DEFAULT;
}

/* Networks that end inside of QEMU: there the same MAC twice harms nobody. */
static bool is_private(const struct vm *vm, const struct vm_connections *connections, size_t nic)
{
    for (size_t b = 0; b < vm->backend_count; b++)
        if (connections->backends[b].segment == connections->nics[nic].segment &&
            vm->backends[b].kind != VM_BACKEND_HUBPORT && vm->backends[b].kind != VM_BACKEND_USER &&
            vm->backends[b].kind != VM_BACKEND_PASST)
            return false;
    return true;
}

static char *vm_text(const struct vm *vm)
{
    const char *name = vm->name != NULL ? vm->name : vm->program != NULL ? vm->program : "a VM";

    if (vm->pid > 0)
        return text_format("%s (process %ld)", name, (long)vm->pid);
    if (vm->line > 0)
        return text_format("%s (line %u)", name, vm->line);
    return text_format("%s", name);
}

static void add_mac_evidence(struct finding *finding, const struct vm *vm, const struct vm_nic *nic)
{
    char mac[MAC_TEXT_SIZE], *text = vm_text(vm);
    const char *origin =
        nic->mac_origin == VM_MAC_DEFAULT ? ", QEMU's default, since no mac= is written" : "";

    if (nic->source.line > 0)
        finding_add_evidence(finding, "%s: line %u: %s: %s%s", text, nic->source.line, nic->source.text,
                             mac_format(nic->mac, mac), origin);
    else
        finding_add_evidence(finding, "%s: %s: %s%s", text, nic->source.text, mac_format(nic->mac, mac),
                             origin);
    free(text);
}

/* The twins of one NIC in one VM. */
static void find_twins(struct judgement *judgement, enum finding_id id, size_t nic, const struct vm *other)
{
    const struct target_vm *vm = vm_of(judgement);
    const struct vm_nic *ours = &vm->vm->nics[nic];
    struct vm_connections *connections = vm_connections(other);
    char mac[MAC_TEXT_SIZE];

    for (size_t n = 0; n < other->nic_count; n++) {
        const struct vm_nic *theirs = &other->nics[n];
        if (theirs == ours || (other == vm->vm && n < nic) || !has_mac(theirs) ||
            !mac_equal(theirs->mac, ours->mac) || is_private(other, connections, n))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "%s is the MAC address of two network cards", mac_format(ours->mac, mac));
        add_mac_evidence(finding, vm->vm, ours);
        add_mac_evidence(finding, other, theirs);
    }
    vm_connections_free(connections);
}

static void duplicate_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t n = 0; vm->vm != NULL && n < vm->vm->nic_count; n++) {
        const struct vm_nic *nic = &vm->vm->nics[n];
        if (!has_mac(nic) || (vm->backend != NULL && vm->nic != nic) ||
            is_private(vm->vm, vm->connections, n))
            continue;
        for (size_t i = 0; i < vm->other_count; i++)
            find_twins(judgement, id, n, vm->others[i]);
    }
}

static void invalid_mac(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);
    char mac[MAC_TEXT_SIZE];

    for (size_t n = 0; vm->vm != NULL && n < vm->vm->nic_count; n++) {
        const struct vm_nic *nic = &vm->vm->nics[n];
        bool malformed = nic->mac_origin == VM_MAC_MALFORMED;
        bool group = has_mac(nic) && (mac_is_multicast(nic->mac) || mac_is_zero(nic->mac));
        if ((!malformed && !group) || (vm->backend != NULL && vm->nic != nic))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding,
                          malformed ? "\"%s\" is no MAC address" : "%s is no valid address of a station",
                          malformed ? nic->mac_text : mac_format(nic->mac, mac));
        add_argument(finding, &nic->source, "");
    }
}

/* ---- taps and scripts ---- */

static void tap_shared(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    if (vm->holder_count < 2)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "%zu processes hold the tap %s", vm->holder_count,
                      judgement->input->target->name);
    for (size_t i = 0; i < vm->holder_count; i++)
        finding_add_evidence(finding, "process %ld (%s) has it open", (long)vm->holders[i].pid,
                             vm->holders[i].name);
}

/* Two command lines that name the same tap, where both are in one file or on one host. */
static void tap_named_twice(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t b = 0; vm->vm != NULL && b < vm->vm->backend_count; b++) {
        const struct vm_backend *ours = &vm->vm->backends[b];
        if (ours->ifname == NULL || ours->kind != VM_BACKEND_TAP || !is_in_scope(vm, ours) ||
            vm_text_unresolved(&ours->source, ours->ifname) ||
            finding_exists(judgement, id, (struct ip_addr){0}))
            continue;
        for (size_t i = 0; i < vm->other_count; i++)
            for (size_t o = 0; o < vm->others[i]->backend_count; o++) {
                const struct vm_backend *theirs = &vm->others[i]->backends[o];
                if (theirs == ours || theirs->ifname == NULL || strcmp(theirs->ifname, ours->ifname) != 0 ||
                    (vm->others[i] == vm->vm && o < b))
                    continue;
                struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
                finding_summarize(finding, "the tap %s is used twice", ours->ifname);
                add_argument(finding, &ours->source, "");
                add_argument(finding, &theirs->source, "");
            }
    }
}

static void shared_taps(struct judgement *judgement, enum finding_id id)
{
    tap_shared(judgement, id);
    tap_named_twice(judgement, id);
}

static void tap_name_too_long(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);
    const char *name = judgement->input->target->name;

    if (name != NULL && !judgement->input->target->recorded && strlen(name) > LONGEST_NAME) {
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_add_evidence(finding, "\"%s\" has %zu characters, %d are allowed", name, strlen(name),
                             LONGEST_NAME);
    }
    for (size_t b = 0; vm->vm != NULL && b < vm->vm->backend_count; b++) {
        const struct vm_backend *backend = &vm->vm->backends[b];
        if (backend->ifname == NULL || strlen(backend->ifname) <= LONGEST_NAME || !is_in_scope(vm, backend) ||
            vm_text_unresolved(&backend->source, backend->ifname))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "\"%s\" has %zu characters, %d are allowed", backend->ifname,
                          strlen(backend->ifname), LONGEST_NAME);
        add_argument(finding, &backend->source, "");
    }
}

static void script_unusable(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t i = 0; i < vm->script_count; i++) {
        const struct script_facts *script = &vm->scripts[i];
        if (script->error == 0)
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "%s cannot be run: %s", script->path, strerror(script->error));
        add_argument(finding, script->source, "");
    }
}

static void vm_not_reading(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    if (vm->qmp == NULL || vm->qmp->running)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "the VM is not running: QEMU says \"%s\"", vm->qmp->status);
    finding_add_evidence(finding, "QMP query-status of process %ld: \"%s\"",
                         vm->vm != NULL ? (long)vm->vm->pid : 0L, vm->qmp->status);
}

static void documentation_address(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; vm->vm != NULL && vm->backend == NULL && i < vm->vm->address_count; i++) {
        const struct vm_address *address = &vm->vm->addresses[i];
        if (!ip_is_documentation(address->address))
            continue;
        struct finding *finding = finding_add(judgement, id, address->address);
        finding_summarize(finding, "%s is reserved for documentation", ip_format(address->address, ip));
        add_argument(finding, &address->source, "");
    }
}

const struct rule VM_RULES[] = {
    {FINDING_TAP_NAME_TOO_LONG, tap_name_too_long},
    {FINDING_TAP_SHARED, shared_taps},
    {FINDING_VM_NOT_READING, vm_not_reading},
    {FINDING_SCRIPT_UNUSABLE, script_unusable},
    {FINDING_VLAN_MISMATCH, vlan_mismatch},
    {FINDING_NIC_UNCONNECTED, nic_unconnected},
    {FINDING_LINK_OFF, link_off},
    {FINDING_DUPLICATE_MAC, duplicate_mac},
    {FINDING_INVALID_MAC, invalid_mac},
    {FINDING_DOCUMENTATION_ADDRESS, documentation_address},
    {FINDING_COUNT, NULL},
};

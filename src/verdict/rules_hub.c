/* Who is connected to whom inside of QEMU: as it was started, and as it says itself. */
#include "judgement.h"

#include <stdlib.h>
#include <string.h>

enum { NICS_SHOWN = 3 };

static bool is_known_hub(struct vm_hub hub)
{
    return hub.origin == VM_HUB_GIVEN || hub.origin == VM_HUB_DEFAULT;
}

static const struct vm_segment *segment_of(const struct target_vm *vm, const struct vm_port *port)
{
    return &vm->connections->segments[port->segment];
}

/* ---- what QEMU says itself ---- */

static bool is_nic(const struct qmp_client *client)
{
    return client->type != NULL && strcmp(client->type, "nic") == 0;
}

static bool names_interface(const struct qmp_client *client, const char *name)
{
    static const char key[] = "ifname=";
    const char *found = client->info != NULL ? strstr(client->info, key) : NULL;
    size_t length = name != NULL ? strlen(name) : 0;

    return found != NULL && length > 0 && strncmp(found + sizeof key - 1, name, length) == 0 &&
           strchr(",\r\n", found[sizeof key - 1 + length]) != NULL; /* or its end */
}

/* NULL if QEMU was not asked, or does not know it. */
static const struct qmp_client *client_of(const struct judgement *judgement, const struct vm_backend *backend)
{
    const struct qmp_facts *qmp = vm_of(judgement)->qmp;
    const char *name = backend != NULL ? backend->ifname : judgement->input->target->name;

    for (size_t i = 0; qmp != NULL && i < qmp->client_count; i++) {
        const struct qmp_client *client = &qmp->clients[i];
        bool same_id = backend != NULL && backend->id != NULL && strcmp(client->name, backend->id) == 0;
        if (!is_nic(client) && (same_id || names_interface(client, name)))
            return client;
    }
    return NULL;
}

static bool is_beside(const struct qmp_client *a, const struct qmp_client *b)
{
    if (a->on_hub || b->on_hub)
        return a->on_hub && b->on_hub && a->hub == b->hub;
    return a->peer != NULL && strcmp(a->peer, b->name) == 0;
}

/* Is a network card (or, for a card, a backend) connected to it? */
static bool has_partner(const struct qmp_facts *qmp, const struct qmp_client *client)
{
    for (size_t i = 0; i < qmp->client_count; i++)
        if (is_nic(&qmp->clients[i]) != is_nic(client) && is_beside(client, &qmp->clients[i]))
            return true;
    return false;
}

static void add_client(struct finding *finding, const struct qmp_client *client)
{
    if (client->on_hub)
        finding_add_evidence(finding, "QEMU says (info network): hub %u: %s: %s", client->hub, client->name,
                             client->info);
    else
        finding_add_evidence(finding, "QEMU says (info network): %s: %s", client->name, client->info);
}

/* ---- hubs ---- */

/* No network card hears it, as far as anything tells. */
static bool is_lonely_backend(const struct judgement *judgement, size_t backend)
{
    const struct target_vm *vm = vm_of(judgement);

    if (!concerns_backend(judgement, backend) ||
        segment_of(vm, &vm->connections->backends[backend])->nics > 0)
        return false;
    const struct qmp_client *client = client_of(judgement, &vm->vm->backends[backend]);
    return client == NULL || !has_partner(vm->qmp, client);
}

static bool is_lonely_nic(const struct target_vm *vm, size_t nic)
{
    return segment_of(vm, &vm->connections->nics[nic])->backends == 0;
}

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

/* One backend, and the first network cards that may be meant for it. */
static void report_mismatch(struct judgement *judgement, enum finding_id id, size_t backend)
{
    const struct target_vm *vm = vm_of(judgement);
    const struct vm_backend *told = &vm->vm->backends[backend];
    const struct vm_port *port = &vm->connections->backends[backend];
    struct finding *finding = NULL;

    for (size_t n = 0, shown = 0; n < vm->vm->nic_count && shown < NICS_SHOWN; n++) {
        const struct vm_port *nic = &vm->connections->nics[n];
        if (!is_lonely_nic(vm, n) || !is_known_hub(nic->hub))
            continue;
        char *name = nic_text(&vm->vm->nics[n]);
        if (shown++ == 0) {
            finding = finding_add(judgement, id, (struct ip_addr){0});
            finding_summarize(finding, "%s is on QEMU hub %u, but %s on hub %u", name, nic->hub.number,
                              backend_text(told), port->hub.number);
        }
        add_port(finding, nic, &vm->vm->nics[n].source, name);
        free(name);
    }
    if (finding == NULL)
        return;
    add_port(finding, port, &told->source, backend_text(told));
    if (client_of(judgement, told) != NULL)
        add_client(finding, client_of(judgement, told));
    add_unfollowed(finding, vm->vm);
}

/* A backend on the same hub was reported already. */
static bool is_reported(const struct judgement *judgement, size_t backend)
{
    const struct vm_port *ports = vm_of(judgement)->connections->backends;

    for (size_t b = 0; b < backend; b++)
        if (ports[b].segment == ports[backend].segment && is_lonely_backend(judgement, b))
            return true;
    return false;
}

/* Of what was plugged since its start only QEMU itself knows. */
static void mismatch_by_qemu(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);
    const struct qmp_client *tap = is_whole_vm(judgement) ? NULL : client_of(judgement, vm->backend);

    if (tap == NULL || !tap->on_hub || has_partner(vm->qmp, tap) ||
        finding_exists(judgement, id, (struct ip_addr){0}))
        return;
    for (size_t i = 0; i < vm->qmp->client_count; i++) {
        const struct qmp_client *nic = &vm->qmp->clients[i];
        if (!is_nic(nic) || !nic->on_hub || has_partner(vm->qmp, nic))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "%s is on QEMU hub %u, but %s on hub %u", nic->name, nic->hub, tap->name,
                          tap->hub);
        add_client(finding, nic);
        add_client(finding, tap);
        return;
    }
}

/* Whoever is heard on the tap is connected to it, whatever the start-up says: devices can be plugged later.
 */
static void vlan_mismatch(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    if (vm->vm == NULL || is_anybody_heard(judgement))
        return;
    for (size_t b = 0; b < vm->vm->backend_count; b++)
        if (is_lonely_backend(judgement, b) && is_known_hub(vm->connections->backends[b].hub) &&
            !is_reported(judgement, b))
            report_mismatch(judgement, id, b);
    mismatch_by_qemu(judgement, id);
}

/* ---- no partner at all ---- */

/* Several backends without a network card may be meant: the VM's process joins two networks. */
static bool is_unconnected_backend(const struct judgement *judgement, size_t backend)
{
    const struct target_vm *vm = vm_of(judgement);
    const struct vm_port *port = &vm->connections->backends[backend];

    return is_lonely_backend(judgement, backend) && segment_of(vm, port)->backends == 1 &&
           port->hub.origin != VM_HUB_UNKNOWN;
}

static bool is_unconnected_nic(const struct judgement *judgement, size_t nic)
{
    const struct target_vm *vm = vm_of(judgement);

    return is_whole_vm(judgement) && is_lonely_nic(vm, nic) &&
           vm->connections->nics[nic].hub.origin != VM_HUB_UNKNOWN;
}

static void report_backend(struct judgement *judgement, enum finding_id id, size_t backend)
{
    const struct vm *vm = vm_of(judgement)->vm;
    const struct vm_backend *told = &vm->backends[backend];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    finding_summarize(finding, "no network card is connected to %s", backend_text(told));
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
    const struct target_vm *vm = vm_of(judgement);
    const struct vm_nic *told = &vm->vm->nics[nic];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    char *name = nic_text(told);

    finding_summarize(finding, "%s is connected to no backend", name);
    finding_add_argument(finding, &told->source);
    if (vm->connections->nics[nic].dangling)
        finding_add_evidence(finding, "there is no backend with the id \"%s\"", told->netdev);
    free(name);
}

static void unconnected_by_qemu(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);
    const struct qmp_client *tap = is_whole_vm(judgement) ? NULL : client_of(judgement, vm->backend);

    if (tap == NULL || tap->on_hub || has_partner(vm->qmp, tap) ||
        finding_exists(judgement, id, (struct ip_addr){0}))
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "no network card is connected to %s", tap->name);
    add_client(finding, tap);
}

/* Where not all arguments are known, the missing partner may be among the others: add_doubts() says so. */
static void nic_unconnected(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    if (vm->vm == NULL || is_anybody_heard(judgement))
        return;
    for (size_t b = 0; b < vm->vm->backend_count && vm_fully_known(vm->vm); b++)
        if (is_unconnected_backend(judgement, b))
            report_backend(judgement, id, b);
    for (size_t n = 0; n < vm->vm->nic_count && vm_fully_known(vm->vm); n++)
        if (is_unconnected_nic(judgement, n))
            report_nic(judgement, id, n);
    unconnected_by_qemu(judgement, id);
}

static void link_off(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = vm_of(judgement);

    for (size_t n = 0; vm->vm != NULL && n < vm->vm->nic_count; n++) {
        if (!vm->vm->nics[n].link_down || !concerns_nic(judgement, n) || is_anybody_heard(judgement))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        char *name = nic_text(&vm->vm->nics[n]);
        finding_summarize(finding, "the link of %s is switched off", name);
        finding_add_argument(finding, &vm->vm->nics[n].source);
        free(name);
    }
}

const struct rule HUB_RULES[] = {
    {FINDING_VLAN_MISMATCH, vlan_mismatch},
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
    const struct target_vm *vm = vm_of(judgement);
    bool known = vm_fully_known(vm->vm);

    for (size_t n = 0; n < vm->vm->nic_count; n++)
        if (vm->connections->nics[n].hub.origin == VM_HUB_UNKNOWN)
            doubt_source(judgement, &vm->vm->nics[n].source, no_hub);
        else if (!known && is_unconnected_nic(judgement, n))
            doubt_source(judgement, &vm->vm->nics[n].source, no_partner);
    for (size_t b = 0; b < vm->vm->backend_count; b++)
        if (vm->connections->backends[b].hub.origin == VM_HUB_UNKNOWN)
            doubt_source(judgement, &vm->vm->backends[b].source, no_hub);
        else if (!known && is_unconnected_backend(judgement, b))
            doubt_source(judgement, &vm->vm->backends[b].source, no_partner);
}

/* A VM all of whose known network cards have a backend, and the other way round, is complete in itself: what
 * else is written somewhere need not concern the network. */
void add_doubts(struct judgement *judgement)
{
    const struct vm *vm = vm_of(judgement)->vm;
    struct verdict *verdict = judgement->verdict;
    bool explained = finding_exists(judgement, FINDING_VLAN_MISMATCH, (struct ip_addr){0});

    if (!explained)
        doubt_connections(judgement);
    bool complete = vm->nic_count > 0 && verdict->unknown.count == 0;
    for (size_t i = 0; i < vm->unfollowed.count; i++)
        text_list_addf(complete ? &verdict->notes : &verdict->unknown, "what %s holds was not looked into",
                       vm->unfollowed.items[i]);
}

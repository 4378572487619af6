/* The start-up's view and QEMU's own of who is connected to whom. */
#include "partners.h"

#include <string.h>

bool partners_is_known_hub(struct vm_hub hub)
{
    return hub.origin == VM_HUB_GIVEN || hub.origin == VM_HUB_DEFAULT;
}

const struct vm_segment *partners_segment_of(const struct target_vm *vm, const struct vm_port *port)
{
    return &vm->connections->segments[port->segment];
}

bool partners_lonely_backend(const struct judgement *judgement, size_t backend)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (!judgement_concerns_backend(judgement, backend) ||
        partners_segment_of(vm, &vm->connections->backends[backend])->nics > 0)
        return false;
    const struct qmp_client *client = partners_client_of(judgement, &vm->vm->backends[backend]);
    return client == NULL || !partners_has_any(vm->qmp, client);
}

bool partners_lonely_nic(const struct target_vm *vm, size_t nic)
{
    return partners_segment_of(vm, &vm->connections->nics[nic])->backends == 0;
}

/* ---- what QEMU says itself ---- */

bool partners_is_nic(const struct qmp_client *client)
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

const struct qmp_client *partners_client_of(const struct judgement *judgement,
                                            const struct vm_backend *backend)
{
    const struct qmp_facts *qmp = judgement_vm(judgement)->qmp;
    const char *name = backend != NULL ? backend->ifname : judgement->input->target->name;

    for (size_t i = 0; qmp != NULL && i < qmp->client_count; i++) {
        const struct qmp_client *client = &qmp->clients[i];
        bool same_id = backend != NULL && backend->id != NULL && strcmp(client->name, backend->id) == 0;
        if (!partners_is_nic(client) && (same_id || names_interface(client, name)))
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

bool partners_has_any(const struct qmp_facts *qmp, const struct qmp_client *client)
{
    for (size_t i = 0; i < qmp->client_count; i++)
        if (partners_is_nic(&qmp->clients[i]) != partners_is_nic(client) &&
            is_beside(client, &qmp->clients[i]))
            return true;
    return false;
}

void partners_add_client(struct finding *finding, const struct qmp_client *client)
{
    if (client->on_hub)
        finding_add_evidence(finding, "QEMU says (info network): hub %u: %s: %s", client->hub, client->name,
                             client->info);
    else
        finding_add_evidence(finding, "QEMU says (info network): %s: %s", client->name, client->info);
}

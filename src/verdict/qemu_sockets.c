/* Several QEMU processes on one segment by -netdev socket (or stream, dgram): who listens, who connects, and
 * in which order they are to be restarted. */
#include "judgement.h"
#include "vm_index.h"
#include "vm.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 16 }; /* of one segment: more are not named */

/* A socket of the segment and the VM that has it. */
struct member {
    const struct vm *vm;
    const struct vm_backend *backend;
};

struct members {
    struct member items[MEMBERS_MAX];
    size_t count;
    size_t beside; /* so many of them sit beside the target's own backend: they come first */
};

static bool is_socket(const struct vm_backend *backend)
{
    return backend->socket != VM_SOCKET_NONE && backend->address != NULL;
}

/* The port behind the last colon, and what is before it: "127.0.0.1:4444", "[::1]:4444", ":4444". A path has
 * none. */
static const char *port_of(const char *address)
{
    const char *colon = strrchr(address, ':');
    return colon != NULL ? colon + 1 : NULL;
}

static bool host_is(const char *address, const char *host)
{
    size_t length = strlen(host);
    return strncmp(address, host, length) == 0 && address[length] == ':';
}

static bool is_any_host(const char *address)
{
    return *address == ':' || host_is(address, "0.0.0.0") || host_is(address, "[::]") ||
           host_is(address, "::");
}

static bool is_local_host(const char *address)
{
    return host_is(address, "127.0.0.1") || host_is(address, "localhost") || host_is(address, "[::1]") ||
           host_is(address, "::1");
}

static bool is_same_address(const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return true;
    return port_of(a) != NULL && port_of(b) != NULL && strcmp(port_of(a), port_of(b)) == 0 &&
           (is_any_host(a) || is_any_host(b) || (is_local_host(a) && is_local_host(b)));
}

static bool are_peers(const struct vm_backend *a, const struct vm_backend *b)
{
    if (a == b)
        return false;
    if (a->socket == VM_SOCKET_UDP && b->socket == VM_SOCKET_UDP)
        return b->local_address != NULL && is_same_address(a->address, b->local_address);
    bool many = a->socket == b->socket && (a->socket == VM_SOCKET_MCAST || a->socket == VM_SOCKET_CONNECT);
    bool pair = (a->socket == VM_SOCKET_LISTEN && b->socket == VM_SOCKET_CONNECT) ||
                (a->socket == VM_SOCKET_CONNECT && b->socket == VM_SOCKET_LISTEN);
    return (many || pair) && is_same_address(a->address, b->address);
}

static void add_member(struct members *members, const struct vm *vm, const struct vm_backend *backend)
{
    for (size_t i = 0; i < members->count; i++)
        if (members->items[i].backend == backend)
            return;
    if (members->count < MEMBERS_MAX)
        members->items[members->count++] = (struct member){vm, backend};
}

static void find_members(const struct target_vm *target, struct members *members)
{
    const struct vm *vm = target->vm;
    size_t segment = target->connections->backends[target->backend - vm->backends].segment;

    for (size_t b = 0; b < vm->backend_count; b++)
        if (target->connections->backends[b].segment == segment && is_socket(&vm->backends[b]))
            add_member(members, vm, &vm->backends[b]);
    members->beside = members->count;
    for (size_t m = 0; m < members->beside; m++)
        for (size_t v = 0; v < target->others->vm_count; v++)
            for (size_t b = 0; b < target->others->vms[v]->backend_count; b++) {
                const struct vm_backend *other = &target->others->vms[v]->backends[b];
                if (is_socket(other) && are_peers(members->items[m].backend, other))
                    add_member(members, target->others->vms[v], other);
            }
}

static const char *role_text(enum vm_socket_kind kind)
{
    switch (kind) {
    case VM_SOCKET_LISTEN:
        return "listens";
    case VM_SOCKET_CONNECT:
        return "connects";
    case VM_SOCKET_MCAST:
        return "is in the multicast group, which hears its own frames";
    default:
        return "sends and hears";
    }
}

/* "web1 (process 4711), then web2 (process 4712)": those that listen first. The caller frees it. */
static char *restart_order(const struct members *members)
{
    char *order = text_format("%s", "");

    for (int listeners = 1; listeners >= 0; listeners--)
        for (size_t i = 0; i < members->count; i++) {
            if ((members->items[i].backend->socket == VM_SOCKET_LISTEN) != listeners)
                continue;
            char *name = vm_text(members->items[i].vm);
            char *longer = text_format("%s%s%s", order, *order ? ", then " : "", name);
            free(name);
            free(order);
            order = longer;
        }
    return order;
}

void qemu_sockets_add(const struct judgement *judgement, struct finding *finding)
{
    const struct target_vm *target = judgement_vm(judgement);
    struct members members = {0};

    if (target->vm == NULL || target->backend == NULL)
        return;
    find_members(target, &members);
    if (members.count == 0)
        return;
    for (size_t i = 0; i < members.count; i++) {
        const struct member *member = &members.items[i];
        char *name = vm_text(member->vm);
        finding_add_evidence(finding, "%s %s: %s", name, role_text(member->backend->socket),
                             member->backend->source.text);
        free(name);
    }
    char *name = vm_text(target->vm), *order = restart_order(&members);
    finding_set_fix(
        finding,
        "%s has a tap and a socket in one hub: two paths to the same segment, or a socket that hears "
        "itself; take %s out, or give it a hub of its own. Then stop all of these and start them "
        "again in this order: %s",
        name, members.items[0].backend->source.text, order);
    free(order);
    free(name);
}

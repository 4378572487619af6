/* Making and freeing VMs, and lists of them. */
#include "vm.h"

#include "grow.h"

#include <stdlib.h>
#include <string.h>

struct vm *vm_new(void)
{
    return memory_new(1, sizeof(struct vm));
}

static void nic_clear(struct vm_nic *nic)
{
    free(nic->id);
    free(nic->model);
    free(nic->mac_text);
    free(nic->netdev);
    free(nic->source.text);
}

static void backend_clear(struct vm_backend *backend)
{
    free(backend->type);
    free(backend->id);
    free(backend->ifname);
    text_list_free(&backend->fds);
    free(backend->script);
    free(backend->downscript);
    free(backend->bridge);
    free(backend->network);
    free(backend->helper);
    free(backend->address);
    free(backend->local_address);
    free(backend->peer);
    free(backend->source.text);
}

void vm_free(struct vm *vm)
{
    if (vm == NULL)
        return;
    for (size_t i = 0; i < vm->nic_count; i++)
        nic_clear(&vm->nics[i]);
    for (size_t i = 0; i < vm->backend_count; i++)
        backend_clear(&vm->backends[i]);
    for (size_t i = 0; i < vm->address_count; i++)
        free(vm->addresses[i].source.text);
    free(vm->nics);
    free(vm->backends);
    free(vm->addresses);
    text_list_free(&vm->qmp_sockets);
    text_list_free(&vm->unfollowed);
    free(vm->name);
    free(vm->uuid);
    free(vm->program);
    free(vm);
}

struct vm_nic *vm_add_nic(struct vm *vm)
{
    vm->nics = grow(vm->nics, &vm->nic_count, sizeof *vm->nics);
    return &vm->nics[vm->nic_count - 1];
}

struct vm_backend *vm_add_backend(struct vm *vm)
{
    vm->backends = grow(vm->backends, &vm->backend_count, sizeof *vm->backends);
    return &vm->backends[vm->backend_count - 1];
}

struct vm_address *vm_add_address(struct vm *vm)
{
    vm->addresses = grow(vm->addresses, &vm->address_count, sizeof *vm->addresses);
    return &vm->addresses[vm->address_count - 1];
}

void vm_list_add(struct vm_list *list, struct vm *owned)
{
    list->items = grow(list->items, &list->count, sizeof *list->items);
    list->items[list->count - 1] = owned;
}

bool vm_list_is_full(struct vm_list *list)
{
    list->more |= list->count >= VM_LIST_MAX;
    return list->more;
}

void vm_list_cut(struct vm_list *list, size_t count)
{
    while (list->count > count)
        vm_free(list->items[--list->count]);
}

void vm_list_free(struct vm_list *list)
{
    vm_list_cut(list, 0);
    free(list->items);
    *list = (struct vm_list){0};
}

bool vm_nic_has_mac(const struct vm_nic *nic)
{
    return nic->mac_origin == VM_MAC_GIVEN || nic->mac_origin == VM_MAC_DEFAULT;
}

bool vm_has_mac(const struct vm *vm, struct mac_addr mac)
{
    for (size_t i = 0; vm != NULL && i < vm->nic_count; i++)
        if (vm_nic_has_mac(&vm->nics[i]) && mac_equal(vm->nics[i].mac, mac))
            return true;
    return false;
}

const char *vm_tap_name(const struct vm_backend *backend)
{
    bool known = backend->kind == VM_BACKEND_TAP && backend->ifname != NULL &&
                 strchr(backend->ifname, '%') == NULL && /* the kernel puts a number there */
                 !vm_text_unresolved(&backend->source, backend->ifname);
    return known ? backend->ifname : NULL;
}

bool vm_text_unresolved(const struct vm_source *source, const char *text)
{
    return source->unresolved && text != NULL && strpbrk(text, "$`%") != NULL;
}

bool vm_fully_known(const struct vm *vm)
{
    if (vm->unfollowed.count > 0)
        return false;
    for (size_t i = 0; i < vm->nic_count; i++)
        if (vm->nics[i].source.unresolved || vm->nics[i].hub.origin == VM_HUB_UNKNOWN)
            return false;
    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].source.unresolved || vm->backends[i].hub.origin == VM_HUB_UNKNOWN)
            return false;
    return true;
}

static bool is_equal(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool is_known_name(const char *name)
{
    return name != NULL && strpbrk(name, "$`%") == NULL;
}

/* The first tap and the first MAC are the same. */
static bool is_alike(const struct vm *a, const struct vm *b)
{
    if (a->nic_count == 0 || a->backend_count == 0 || b->nic_count == 0 || b->backend_count == 0)
        return false;
    const struct vm_backend *ours = &a->backends[0], *theirs = &b->backends[0];
    return is_equal(ours->ifname, theirs->ifname) && !vm_text_unresolved(&ours->source, ours->ifname) &&
           !vm_text_unresolved(&theirs->source, theirs->ifname) && mac_equal(a->nics[0].mac, b->nics[0].mac);
}

bool vm_is_same(const struct vm *a, const struct vm *b)
{
    bool named = is_known_name(a->name) && is_known_name(b->name), two_files = a->file != b->file;

    if (a == b || (a->pid != 0 && b->pid != 0))
        return a == b;
    if ((named && strcmp(a->name, b->name) != 0) ||
        (a->uuid != NULL && b->uuid != NULL && !is_equal(a->uuid, b->uuid)))
        return false;
    return is_equal(a->uuid, b->uuid) || (named && (a->defined || b->defined || two_files)) ||
           (!named && two_files && is_alike(a, b));
}

bool vm_run_together(const struct vm *a, const struct vm *b)
{
    const struct vm *first = a->line < b->line ? a : b;

    if (a == b || (a->pid != 0 && b->pid != 0) || a->file != b->file)
        return true;
    if (a->choice != 0 && a->choice == b->choice && a->branch != b->branch)
        return false;
    return first->background;
}

const char *vm_script(const struct vm_backend *backend, bool down)
{
    const char *script = down ? backend->downscript : backend->script;

    /* net/tap.c: a descriptor that QEMU is given, or gets from a helper, needs no script. */
    if (backend->kind != VM_BACKEND_TAP || backend->fds.count > 0 || backend->helper != NULL)
        return NULL;
    if (script == NULL)
        return down ? "/etc/qemu-ifdown" : "/etc/qemu-ifup";
    return script[0] == '\0' || strcmp(script, "no") == 0 ? NULL : script;
}

const char *vm_command_name(const struct vm *vm)
{
    return vm != NULL && vm->name != NULL && text_is_plain(vm->name) ? vm->name : NULL;
}

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

char *vm_nic_text(const struct vm_nic *nic)
{
    const char *model = nic->model != NULL ? nic->model : "the network card";
    char mac[MAC_TEXT_SIZE];

    if (nic->id != NULL)
        return text_format("%s", nic->id);
    return vm_nic_has_mac(nic) ? text_format("%s %s", model, mac_format(nic->mac, mac))
                               : text_format("%s", model);
}

const char *vm_backend_text(const struct vm_backend *backend)
{
    return backend->ifname != NULL ? backend->ifname : backend->id != NULL ? backend->id : backend->type;
}

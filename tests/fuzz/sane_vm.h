/* What must hold of every VM that is read, whatever its command line says. */
#ifndef VMNETCHECK_SANE_VM_H
#define VMNETCHECK_SANE_VM_H

#include "vm.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void require(bool holds)
{
    if (!holds)
        abort();
}

static inline void require_sane_nic(const struct vm_nic *nic)
{
    static const uint8_t defaults[] = {0x52, 0x54, 0x00, 0x12, 0x34};

    require(nic->source.text != NULL);
    require((nic->mac_origin != VM_MAC_GIVEN && nic->mac_origin != VM_MAC_MALFORMED) ||
            nic->mac_text != NULL);
    if (nic->mac_origin == VM_MAC_DEFAULT)
        require(memcmp(nic->mac.bytes, defaults, sizeof defaults) == 0 && nic->mac.bytes[5] >= 0x56);
    require(nic->hub.origin != VM_HUB_DEFAULT || nic->hub.number == 0);
}

static inline void require_sane_connections(const struct vm *vm)
{
    struct vm_connections *connections = vm_connections(vm);
    size_t nics = 0, backends = 0, hubports = 0;

    for (size_t i = 0; i < connections->segment_count; i++) {
        nics += connections->segments[i].nics;
        backends += connections->segments[i].backends;
    }
    for (size_t i = 0; i < vm->backend_count; i++) {
        hubports += vm->backends[i].kind == VM_BACKEND_HUBPORT;
        require(connections->backends[i].segment < connections->segment_count);
    }
    for (size_t i = 0; i < vm->nic_count; i++) {
        require(connections->nics[i].segment < connections->segment_count);
        require((connections->nics[i].hub.origin == VM_HUB_NONE) ==
                (connections->nics[i].hub_source == NULL));
    }
    require(nics == vm->nic_count && backends + hubports == vm->backend_count);
    vm_connections_free(connections);
}

static inline void require_sane_vm(const struct vm *vm)
{
    for (size_t i = 0; i < vm->nic_count; i++)
        require_sane_nic(&vm->nics[i]);
    for (size_t i = 0; i < vm->backend_count; i++) {
        require(vm->backends[i].type != NULL && vm->backends[i].source.text != NULL);
        (void)vm_script(&vm->backends[i], false);
    }
    (void)vm_fully_known(vm);
    require_sane_connections(vm);
}

static inline void require_sane_vms(struct vm_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        require_sane_vm(list->items[i]);
    vm_list_free(list);
}

#endif

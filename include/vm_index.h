/* Network cards by MAC address and taps by name, of all VMs that may meet: those of a host or of a file.
 * Pure. Borrows the VMs, which must outlive it and not change. */
#ifndef VMNETCHECK_VM_INDEX_H
#define VMNETCHECK_VM_INDEX_H

#include "vm.h"

/* A network card or a backend of a VM. */
struct vm_place {
    const struct vm *vm;
    size_t number;                    /* in vm->nics or vm->backends */
    bool here;                        /* of a process, which has a tap of our network namespace open for it */
    const struct vm_backend *way_out; /* of a network card: the first one out of the VM */
};

struct vm_index {
    const struct vm **vms; /* as they were given */
    size_t vm_count;
    struct vm_place *nics; /* that have a MAC, and whose network does not end inside of QEMU */
    size_t nic_count;
    struct vm_place *taps; /* whose name is known (vm_tap_name) */
    size_t tap_count;
    struct vm_meeting *meetings; /* inside of each VM, by its address in memory */
};

struct vm_index *vm_index_new(const struct vm *const *vms, size_t count);
/* Of the first VMs of a list. */
struct vm_index *vm_index_of(const struct vm_list *list, size_t count_max);
void vm_index_free(struct vm_index *index); /* NULL is fine */

/* Who is joined with whom inside of a VM of the index. */
const struct vm_connections *vm_index_connections(const struct vm_index *index, const struct vm *vm);
/* The place of a VM's own card or backend, NULL if the index (NULL: none) does not have it: places with the
 * same MAC or name stand before and behind it, in the order of the VMs. */
const struct vm_place *vm_index_nic(const struct vm_index *index, const struct vm *vm, size_t number);
const struct vm_place *vm_index_tap(const struct vm_index *index, const struct vm *vm, size_t number);
/* All that have the MAC or the name: the first of *ret_count. */
const struct vm_place *vm_index_nics(const struct vm_index *index, struct mac_addr mac, size_t *ret_count);
const struct vm_place *vm_index_taps(const struct vm_index *index, const char *name, size_t *ret_count);

/* Whether what another VM says of this card or tap concerns ours. What a process only says of itself does not
 * concern another user's VM, but for root's word. */
bool vm_place_concerns(const struct vm_place *other, const struct vm *ours);

/* Whether two network cards are known to be in networks that do not meet: other bridges, other networks of
 * libvirt, other devices below, other VLANs. */
bool vm_places_apart(const struct vm_place *a, const struct vm_place *b);

#endif

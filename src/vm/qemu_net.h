/* The network options of QEMU as values of the VM model. */
#ifndef VMNETCHECK_QEMU_NET_H
#define VMNETCHECK_QEMU_NET_H

#include "qemu_option.h"
#include "vm.h"

/* Is it one of the NICs that -device can make? */
bool qemu_is_nic_driver(const char *driver);
/* Is it one of the types of -netdev, -nic and -net? */
bool qemu_is_net_type(const char *type);
/* Fills all but `source` from the options of -netdev, -nic or -net. */
void qemu_read_backend(struct vm_backend *backend, const struct qemu_options *options);
/* The hub of -net: vlan=, or hub 0. */
struct vm_hub qemu_read_vlan(const struct qemu_options *options);
/* Fills the MAC fields from a text, which may be NULL (not written). legacy: as -net nic and -nic read it
 * (net_parse_macaddr: single digits, and a plain number for the lower three bytes), not as -device does. A
 * zero MAC counts as not written, as in QEMU. */
void qemu_read_mac(struct vm_nic *nic, const char *text, bool legacy);
/* Gives each NIC without a MAC the one that QEMU would: the first free of 52:54:00:12:34:56 and up, in the
 * order of creation. order: the nics' indices, as they are created. Bases taken before that (by a default NIC
 * that is not in the list) are `taken`. */
void qemu_default_macs(struct vm *vm, const size_t *order, size_t count, unsigned taken);

#endif

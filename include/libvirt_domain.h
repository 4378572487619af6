/* Asks libvirt's daemon for a domain, where this was built with libvirt. Its library is loaded only then. */
#ifndef VMNETCHECK_LIBVIRT_DOMAIN_H
#define VMNETCHECK_LIBVIRT_DOMAIN_H

#include "vm.h"

/* Whatever the environment says: this may run with privileges that the user has not. */
#define LIBVIRT_SYSTEM "qemu:///system"

/* The running domain of this name or UUID. NULL, with the reason in *ret_reason (the caller frees it), if
 * there is none, or nobody could be asked. Free it with vm_free. */
struct vm *libvirt_domain(const char *uri, const char *name, char **ret_reason);

#endif

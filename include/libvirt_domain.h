/* Asks libvirt's daemon for a domain, where this was built with libvirt. Its library is loaded only then. */
#ifndef VMNETCHECK_LIBVIRT_DOMAIN_H
#define VMNETCHECK_LIBVIRT_DOMAIN_H

#include "vm.h"

/* Whatever the environment says: this may run with privileges that the user has not. */
#define LIBVIRT_SYSTEM "qemu:///system"

/* The XML of the running domain of this name or UUID. NULL, with the reason in *ret_reason, if there is none,
 * or nobody could be asked. The caller frees them. */
char *libvirt_describe(const char *uri, const char *name, char **ret_reason);
/* The VM that such a XML describes. NULL, with the reason in *ret_reason, if it describes none. */
struct vm *libvirt_domain_parse(const char *xml, char **ret_reason);
/* Whether this program was built with it. */
bool libvirt_is_built_in(void);

#endif

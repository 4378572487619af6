/* Who is connected to whom inside of a VM: by its start-up, and as QEMU itself says. Inside the verdict
 * only. */
#ifndef VMNETCHECK_PARTNERS_H
#define VMNETCHECK_PARTNERS_H

#include "judgement.h"
#include "qmp.h"
#include "vm.h"

bool partners_is_known_hub(struct vm_hub hub);
const struct vm_segment *partners_segment_of(const struct target_vm *vm, const struct vm_port *port);
/* The backend is judged, and no network card hears it, as far as anything tells. */
bool partners_lonely_backend(const struct judgement *judgement, size_t backend);
/* No backend hears the network card, by the start-up. */
bool partners_lonely_nic(const struct target_vm *vm, size_t nic);

/* A backend as QEMU knows it, NULL: the target's tap. NULL if QEMU was not asked, or does not know it. */
const struct qmp_client *partners_client_of(const struct judgement *judgement,
                                            const struct vm_backend *backend);
bool partners_is_nic(const struct qmp_client *client);
/* Is a network card (or, for a card, a backend) connected to it? */
bool partners_has_any(const struct qmp_facts *qmp, const struct qmp_client *client);
/* What QEMU says of it, as evidence. */
void partners_add_client(struct finding *finding, const struct qmp_client *client);

#endif

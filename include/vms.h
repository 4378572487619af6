/* The VMs of this host: a pass over the processes (beside what else is done: there may be thousands of them),
 * and QEMU itself by QMP. */
#ifndef VMNETCHECK_VMS_H
#define VMNETCHECK_VMS_H

#include "holders.h"
#include "target.h"

struct rights;
struct vms;

/* Begins to look, with rights that must outlive it, in network namespaces of this list, which may grow.
 * wanted: the process that the user named, whatever it is; 0: none. */
struct vms *vms_start(const struct rights *rights, const struct netns_list *spaces, pid_t wanted);
/* Looks anew. What was handed out before stays good until vms_close. */
void vms_restart(struct vms *vms);
/* Whether nothing below would wait any more. */
bool vms_ready(const struct vms *vms);
/* Who holds taps, and which VMs run, as seen from the network namespace of this number. From 0 all are seen,
 * from the others only those that may have to do with it. Waits until the pass is done. */
struct holders *vms_holders(struct vms *vms, int netns);

/* The VMs that are known to run in that network namespace. */
const struct vm_index *vms_here(struct vms *vms, int netns);
/* Only Open vSwitch holds the tap: it is a device of its own. */
bool vms_is_of_switch(struct vms *vms, int netns, const char *tap);
/* One more VM, of which no process was found, in network namespace 0. Takes it. */
void vms_add(struct vms *vms, struct vm *owned);

/* Fills target->vm with what is known of the VM behind the tap, and target->mac if none is expected yet. */
void vms_describe(struct vms *vms, struct target *target);
/* The same for the whole VM of a process that is seen from target->netns, for `lint`. */
void vms_describe_vm(struct vms *vms, const struct holder *holder, struct target *target);
/* Looks whether those who hold the tap run, and asks QEMU over the QMP sockets that its command line names,
 * until one answers, but not longer than 0.3 s, nor after until_us (of clock_now()). */
void vms_ask(struct vms *vms, struct target *target, uint64_t until_us);

void vms_close(struct vms *vms); /* waits; NULL is fine */

/* Fills target->vm from VMs that are no processes: vm is one of all. Scripts are the caller's to free, by
 * target_vm_clear. */
void target_vm_set(struct target_vm *target, const struct vm *vm, const struct vm_index *all);
void target_vm_clear(struct target_vm *target);
/* Looks at the scripts that the start-up names by path, or that QEMU runs where it names none. */
void target_vm_look_at_scripts(struct target_vm *target, const struct rights *rights);
/* Why nobody can run the script of this path, an errno; 0: somebody can. */
int vm_script_look_at(const char *path);

#endif

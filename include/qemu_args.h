/* Reads a QEMU command line. Pure; takes any bytes; linear in their number. */
#ifndef VMNETCHECK_QEMU_ARGS_H
#define VMNETCHECK_QEMU_ARGS_H

#include "vm.h"

/* Is this the name or path of a QEMU: qemu-system-*, qemu-kvm, kvm, qemu? */
bool qemu_is_program(const char *path);
/* Does a command line whose program is a QEMU start a VM? It has options of QEMU, or words that may be some,
 * and does not only ask for help: names of packages and programs are no VM. */
bool qemu_starts_vm(const struct vm_word *words, size_t count);
/* The place of the last option by which a command line is QEMU's, whatever its program is called: -netdev
 * tap,… Or 0. */
size_t qemu_last_network(const struct vm_word *words, size_t count);

/* The command line, its program first. Files that it names (-readconfig) are not read but listed as
 * unfollowed. Default MACs are those that QEMU gives, including the one that its unwritten default NIC takes.
 * The caller frees the VM. */
struct vm *qemu_args_parse(const struct vm_word *words, size_t count);
/* The same, added to a VM that has NICs already. words[0] is no program but an argument. */
void qemu_args_add(struct vm *vm, const struct vm_word *words, size_t count);
/* Each argument ends with NUL (the last one may lack it), as in proc_pid_cmdline(5). */
struct vm *qemu_cmdline_parse(const char *cmdline, size_t size);
/* The same of bytes that may be anything: NULL unless they are the command line of a QEMU that runs a VM. */
struct vm *qemu_cmdline_file_parse(const char *bytes, size_t size);

#endif

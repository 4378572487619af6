/* Reads a QEMU command line. Pure; takes any bytes; linear in their number. */
#ifndef VMNETCHECK_QEMU_ARGS_H
#define VMNETCHECK_QEMU_ARGS_H

#include "vm.h"

struct qemu_word {
    const char *text;
    unsigned line;   /* 0 if it comes from a process */
    bool unresolved; /* has a shell variable that is not known */
};

/* Is this the name or path of a QEMU: qemu-system-*, qemu-kvm, kvm, qemu? */
bool qemu_is_program(const char *path);

/* The command line, its program first. Files that it names (-readconfig) are not read but listed as
 * unfollowed. Default MACs are those that QEMU gives, including the one that its unwritten default NIC takes.
 * The caller frees the VM. */
struct vm *qemu_args_parse(const struct qemu_word *words, size_t count);
/* The same, added to a VM that has NICs already. words[0] is no program but an argument. */
void qemu_args_add(struct vm *vm, const struct qemu_word *words, size_t count);
/* Each argument ends with NUL (the last one may lack it), as in proc_pid_cmdline(5). */
struct vm *qemu_cmdline_parse(const char *cmdline, size_t size);

#endif

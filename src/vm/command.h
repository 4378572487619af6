/* What a command runs in the end: `sudo -u qemu nice -n 5 qemu-system-x86_64 -m 64` runs QEMU. */
#ifndef VMNETCHECK_COMMAND_H
#define VMNETCHECK_COMMAND_H

#include "vm.h"

enum command_kind {
    COMMAND_OTHER,
    COMMAND_VM,     /* a program that runs a VM, with its options */
    COMMAND_SCRIPT, /* a shell, with a script as one word: sh -c '…' */
};

struct command_program {
    enum command_kind kind;
    size_t first;  /* the word that is the program, or the script */
    bool detached; /* it goes on while what stands behind it runs */
};

struct command_program command_look(const struct vm_word *words, size_t count);

#endif

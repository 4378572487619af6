/* Which processes hold which taps, and which VMs run on this host: one pass over /proc. */
#ifndef VMNETCHECK_HOLDERS_H
#define VMNETCHECK_HOLDERS_H

#include "vm.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { HOLDERS_NAME_SIZE = 16 }; /* IFNAMSIZ */

/* A descriptor of a tap or macvtap. A tap with several queues has one for each. */
struct held_tap {
    int fd;
    char name[HOLDERS_NAME_SIZE];
    bool handed_on; /* another process that uses it got this very open file: this one only kept it */
};

/* A process that holds a tap of this network namespace, or is a QEMU. Threads (vhost's too) are not listed by
 * themselves. */
struct holder {
    pid_t pid;
    char *command; /* name of its program, "qemu-system-x86_64"; "" if unknown */
    bool is_qemu;  /* by the name of its program */
    bool readable; /* all its descriptors could be looked at; if not, it may hold more than `taps` */
    bool
        same_net; /* in our network namespace; also true if that could not be read: then it is not readable */
    struct held_tap *taps;
    size_t tap_count;
    bool vm_read; /* by holder_vm() */
    struct vm *vm;
};

/* A descriptor, and who has it. */
struct held {
    const struct held_tap *tap;
    size_t holder; /* place in holders.items */
};

struct holders {
    struct holder *items; /* by pid */
    size_t count;
    struct held *by_tap; /* by name of the tap, then as in items; of our network namespace */
    size_t held_count;
    size_t unreadable; /* processes whose descriptors we may not see: a tap may be held by one of them */
};

/* 0 or -errno. Processes that end meanwhile are left out. proc: "/proc". Free with holders_free. */
int holders_read(const char *proc, struct holders *ret);
void holders_free(struct holders *holders);

/* The next one behind `after` (NULL: the first) that holds the tap, or NULL. A process which handed its
 * descriptor on is not counted. */
struct holder *holders_next(struct holders *holders, const char *tap, const struct holder *after);
struct holder *holders_find(struct holders *holders, pid_t pid);
/* How many queues of the tap it holds, without those that it handed on. */
size_t holder_queues(const struct holder *holder, const char *tap);

/* What its command line says, read when first asked for; the holder keeps it. NULL if it is no QEMU, or has
 * ended. Taps that the command line gives by descriptor, or leaves to a helper or the kernel to name, and one
 * that was renamed, have their ifname set from what the process holds, where that leaves no choice. */
const struct vm *holder_vm(const char *proc, struct holder *holder);

#endif

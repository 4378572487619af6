/* One process, as proc(5) and pidfds show it. Private to src/host. */
#ifndef VMNETCHECK_PROCESS_LINUX_H
#define VMNETCHECK_PROCESS_LINUX_H

#include "holders.h"
#include "netns.h"
#include "patience.h"

#include <sys/types.h>

enum { PROCESS_TEXT_SIZE = 4096 };

struct process {
    pid_t pid;
    int directory; /* /proc/PID */
    ino_t inode;   /* of that: another one is another process, most likely */
    int handle;    /* a pidfd, or -1 */
};

bool process_is_denied(int error);

/* 0 or -errno: -ENOENT or -ESRCH if it has ended. Closed by process_close. */
int process_open(int proc, pid_t pid, struct process *ret);
void process_close(struct process *process);
/* Lets its descriptors be copied, where that is allowed. 0; -errno for lack of means. If the process can be
 * read after it, it is the one that was opened. */
int process_hold(struct process *process);
/* A tree that a test made has no processes behind it, but its numbers may be those of others. */
bool process_is_real(int directory);

/* The name of its executable, without its folder. 0 or -errno; -ENOENT: it has none, as the kernel's own. */
int process_program(const struct process *process, char ret_name[PROCESS_TEXT_SIZE]);
/* Whether a program of that name is QEMU. */
bool process_is_qemu(const char *program);
/* Whose it is and how it is. 0 or -errno. */
int process_status(const struct process *process, uid_t *ret_uid, char *ret_state);
/* How one of ours gets on, by the system's own proc. As if it slept and was never starved if that cannot be
 * read. */
struct processor_time process_time(pid_t pid);
/* The network namespace that it lives in; not known if that cannot be read. */
struct netns_id process_netns(const struct process *process);
/* Its working directory, as long as that is known. The number of bytes, without an end; 0 if it is not. */
size_t process_folder(const struct process *process, char ret_path[PROCESS_TEXT_SIZE]);
/* Its arguments, up to size bytes of them. Its owner decides what stands there, and whether reading it ever
 * ends. The number of bytes or -errno. */
ssize_t process_arguments(const struct process *process, char *buffer, size_t size);

/* Is the descriptor one of a tap or macvtap, by what proc says? 1: *ret is filled, but for where. 0: no.
 * -errno: it may not be looked at. Waits for nobody. */
int process_tap(const struct process *process, int descriptors, const char *entry, struct held_tap *ret);
/* Asks the kernel whether it is one, where the tap is, and what it is called now, by a copy of the
 * descriptor, which takes process_hold. What else the descriptor has become meanwhile decides whether that
 * ever ends. user: our user namespace. 1; 0: it is none; -errno for lack of means. */
int process_locate_tap(const struct process *process, struct netns_id user, struct held_tap *tap);

/* A descriptor of a process. */
struct file_of {
    pid_t pid;
    int fd;
};

/* Whether two descriptors are one open file (0), or else which comes first in an order that is the kernel's
 * own
 * (-1: a, 1: b). False if the kernel does not say. */
bool process_compare_files(const struct file_of *a, const struct file_of *b, int *ret_order);

#endif

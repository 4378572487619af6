/* A pass over the processes, in two halves. Private to src/host.
 *
 * The first looks at all processes, and asks nobody but the kernel. The second has a closer look at those
 * that hold a tap or run QEMU, by a process for each user: what somebody has mapped or opened can be made to
 * block whoever touches it (FUSE, userfaultfd(2)), and then only this user's processes are missing. */
#ifndef VMNETCHECK_PASS_LINUX_H
#define VMNETCHECK_PASS_LINUX_H

#include "process_linux.h"
#include "process_record.h"

#include <sys/uio.h>

/* A process that is looked at. */
struct subject {
    struct holder holder;
    ino_t inode;   /* of its directory: if that changes, it is another process */
    off_t next;    /* where its descriptors are read on */
    bool nameless; /* its executable may not be looked at */
    bool finished;
};

struct pass {
    int proc;             /* directory */
    struct netns_id net;  /* our network namespace, … */
    struct netns_id user; /* … and our user namespace */
    pid_t wanted;         /* counts in any case; 0: none */
    int out;              /* where the records go */
    struct subject *subjects;
    size_t count;
    struct pass_record result;
};

/* The first half: fills subjects with the processes that are worth a closer look. Ends at until_us of
 * clock_now(), whatever is left. */
void pass_look_at_all(struct pass *pass, uint64_t until_us);
/* The second half: writes a record of each that counts. */
void pass_look_closely(struct pass *pass);
/* This process ends when its parent does. */
void pass_end_with(pid_t parent);
/* Appends a record and what follows it, all or nothing. */
void pass_write(const struct pass *pass, struct record_head *head, enum record_kind kind, size_t size,
                const struct iovec *rest, int rest_count);

#endif

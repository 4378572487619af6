/* A pass over the processes, in two halves. Private to src/host.
 *
 * The first looks at all processes, and asks nobody but the kernel. The second has a closer look at those
 * that hold a tap or run QEMU, by a process for each user: what somebody has mapped or opened can be made to
 * block whoever touches it (FUSE, userfaultfd(2)), and then only this user's processes are missing.
 *
 * Each takes PASS_HALF_US at most, not counted what it waits for a processor: who is starved is not stuck. */
#ifndef VMNETCHECK_PASS_LINUX_H
#define VMNETCHECK_PASS_LINUX_H

#include "process_linux.h"
#include "process_record.h"

#include <sys/uio.h>

enum { PASS_HALF_US = 700000 };

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
    uint64_t since_us;    /* when it began, by clock_now(), … */
    uint64_t until_us;    /* … and when it has to be asked whether its time is over */
    struct subject *subjects;
    size_t count;
    struct pass_record result;
};

/* The first half: fills subjects with the processes that are worth a closer look. */
void pass_look_at_all(struct pass *pass);
/* The second half: writes a record of each that counts. False if users were given up. They may hang in the
 * kernel for ever, but hold nothing open of `end`. */
bool pass_look_closely(struct pass *pass, int end);
/* This process ends when its parent does. */
void pass_end_with(pid_t parent);
/* Appends a record and what follows it, all or nothing. */
void pass_write(const struct pass *pass, struct record_head *head, enum record_kind kind, size_t size,
                const struct iovec *rest, int rest_count);

#endif

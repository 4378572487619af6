/* What it takes rights or the file system to do, and who does it: ourselves (rights_of_ours), or a keeper of
 * rights for a process that has none (keeper.h). */
#ifndef VMNETCHECK_RIGHTS_H
#define VMNETCHECK_RIGHTS_H

#include "holders.h"
#include "link.h"
#include "qmp.h"

struct tracer;

struct rights {
    struct link_means links; /* with the number of another network namespace (an int) for a context: there */
    void *context;           /* of what follows */
    /* Begins a pass over the processes: holders_pass_start() of holders.h. */
    int (*look_at_processes)(void *context, pid_t wanted, struct holders_pass **ret);
    /* holder_state_now() of holders.h. */
    char (*state)(void *context, pid_t pid);
    /* qmp_connect() of qmp.h. */
    enum qmp_result (*connect_qmp)(void *context, const char *path, pid_t pid, uid_t uid, int *ret_fd);
    /* Why nobody can run a script: vm_script_look_at() of vms.h. */
    int (*look_at_script)(void *context, const char *path);
    /* libvirt_describe() of libvirt_domain.h. */
    char *(*describe_domain)(void *context, const char *name, char **ret_reason);
    /* tracer_start() of tracer.h, in the network namespace of this number. */
    int (*start_tracer)(void *context, int netns, bool rules, struct tracer **ret);
    /* The network namespace of a process, to be looked into: its number from now on, and what it is in *ret,
     * or -errno: -EACCES, -EPERM as netns_open() and netns_enter() say; -ENOENT: there is no such process.
     * NULL: there are no others. */
    int (*find_netns)(void *context, pid_t pid, struct netns *ret);
    /* forwarding_look() of forwarding.h, there. */
    int (*look_at_forwarding)(void *context, int netns, const char *bridge, enum ip_family family,
                              bool is_handed, char **ret_chain);
    bool may_read; /* privileges_may_read() of privileges.h */
    /* Opens a file that the command line names, to read it by the user's own rights: a descriptor, or
     * -errno. */
    int (*open_input)(void *context, const char *name);
    /* What stays has begun: service_is_ready() of service.h. */
    void (*ready)(void *context);
    /* The output is complete, and takes its name: 0 or -errno. NULL: one does that oneself. */
    int (*keep_output)(void *context);
    /* What there is to say is known, and is written from here on: who cannot go on must not begin anew. NULL:
     * nobody else has to know. */
    void (*says)(void *context);
    /* All is said, and the exit status is this: whatever goes wrong from here on does not matter. NULL:
     * nobody else has to know. */
    void (*said)(void *context, int status);
    const char *unconfined; /* what this system does not do to confine this process; NULL: it does all, or
                               there was nothing to do */
};

extern const struct rights RIGHTS_OF_OURS;

#endif

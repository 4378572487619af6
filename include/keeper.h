/* Two processes instead of one: the worker reads what others wrote (frames, command lines, files, QEMU's
 * answers), as nobody, without a right, a file or a way out; the keeper has the rights and does for it what
 * struct rights says, as far as the command line asks for it, without looking into what passes by. Nothing
 * that a guest or a file makes of the worker gets further than that. */
#ifndef VMNETCHECK_KEEPER_H
#define VMNETCHECK_KEEPER_H

#include "rights.h"

struct host_facts;

/* The network namespaces of processes: of none; of that which counts, or (where none is named) of QEMUs; of
 * any. */
enum more_spaces { SPACES_THESE, SPACES_OF_QEMU, SPACES_ALL };

/* What a worker may ask for. */
struct grants {
    const char *const *inputs; /* files that it may read */
    size_t input_count;
    bool scripts;            /* it may know why nobody can run a script that these name */
    char *const *interfaces; /* where it may send, by name; others are passed over */
    size_t interface_count;
    bool all_taps;                /* it may send to every tap */
    bool processes;               /* it may know the processes of this host, and ask QEMU */
    bool find_rule;               /* it may have the firewall trace its echo */
    struct netns_list *spaces;    /* network namespaces that it may look into; we are in the first of them */
    enum more_spaces more_spaces; /* and which it may add to them */
    const struct host_facts *facts; /* of the first of them, as they are now; NULL: they are not known */
    bool captures;                  /* it may capture */
    bool stays;                     /* it may tell whoever started us that it has begun */
    long process;                   /* that counts, whatever it is; 0: none */
    const char *domain;             /* of which it may have the description; NULL: of none */
    const char *evidence;           /* a file that it may create; NULL: none */
    int output;                     /* a descriptor that stays open, beside the standard ones; -1: none */
    void *context;
    int (*keep_output)(void *context); /* what is written there is complete: 0 or -errno */
};

struct work {
    void *context;
    /* In the worker, before it reads what others wrote: what takes the file system. */
    void (*prepare)(void *context);
    /* In the worker: all of it. The exit status. rights: live as long as the process. */
    int (*run)(void *context, const struct rights *rights);
    /* In the keeper, when the worker came to an end that it should not: says why. says: it was writing what
     * it had to say. The exit status. */
    int (*fail)(void *context, const char *reason, bool says);
};

/* Does the work apart, and returns its exit status in the keeper; the worker does not return. */
int keeper_run(const struct grants *grants, const struct work *work);

#endif

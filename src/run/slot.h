/* One target of a run: does what its check asks for. Private to src/run. */
#ifndef VMNETCHECK_SLOT_H
#define VMNETCHECK_SLOT_H

#include "check.h"
#include "loop.h"
#include "taps.h"
#include "traces.h"

struct slot;
struct space;
struct target_report;
struct vms;

enum { RANDOM_POOL_SIZE = 32 }; /* 256 bytes, which the kernel hands out at once: getrandom(2) */

/* Random bits that nobody has had. */
struct random_pool {
    uint64_t bits[RANDOM_POOL_SIZE];
    unsigned left;
};

/* What the slots of a run share, and whom they tell. */
struct slot_means {
    const struct check_options *options;
    bool alone; /* there is one slot only */
    uint64_t started_us;
    struct loop *loop;
    struct vms *vms;
    uint64_t vms_read_us; /* when their last pass over the processes began; 0: before the run */
    struct builder *builder;
    struct random_pool random;
    unsigned tag_searches_left;
    uint64_t latency_us; /* from beginning with a target to its first frame: a running average */
    void *context;
    void (*finished)(void *context,
                     struct slot *slot); /* it has its verdict, or will have it when QEMU was asked */
    void (*failed)(void *context, int exit_status,
                   char *owned_reason); /* the whole run; the first reason counts */
};

struct slot {
    struct slot_means *means;
    struct space *space;
    struct target *target;
    struct target_report *report;
    struct check *check;
    const struct host_facts *facts; /* that the check works with */
    struct tap *at[VANTAGE_COUNT];  /* NULL where it is not */
    struct tap_user of_stack;
    uint64_t stack_lost; /* replies that its socket had dropped before */
    struct trace_user of_traces;
    char *failure; /* why there is no tap; owned */
    struct timer timer;
    uint64_t begun_us; /* 0: not yet */
    bool heard;        /* a frame came since */
    bool finished;
    bool waits_for_qemu; /* all else is said */
};

/* Its space is open. */
void slot_begin(struct slot *slot);
/* Judges what was seen so far, for good. */
void slot_interrupt(struct slot *slot);
/* Asks QEMU, at most until then, where slot->waits_for_qemu; interrupted: it is not asked. */
void slot_ask_qemu(struct slot *slot, uint64_t until_us, bool interrupted);
void slot_close(struct slot *slot);

#endif

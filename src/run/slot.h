/* What a run is made of: its targets, each in a slot that takes it from its facts to its verdict. Private to
 * src/run. */
#ifndef VMNETCHECK_SLOT_H
#define VMNETCHECK_SLOT_H

#include "clock.h"
#include "loop.h"
#include "receivers.h"
#include "run.h"
#include "session.h"

/* The host's facts at one moment, shared by the targets that were started with them. */
struct snapshot {
    struct host_facts facts;
    uint64_t taken_us;
    uint64_t cost_us; /* what reading them took */
    unsigned users;
};

struct slot {
    struct run *run;
    struct target *target;
    struct target_report *report;
    struct snapshot *snapshot;
    struct link *link; /* its own or the run's; NULL: none yet, or the interface went away */
    int link_ifindex;
    uint64_t link_lost;  /* of the link's count, before this session */
    struct link *bridge; /* to the target's bridge, while a diagnosis needs it; its own or the run's */
    int bridge_ifindex;
    struct session *session;
    struct timer timer;
    uint64_t begun_us;
    bool heard;           /* a frame came since */
    uint64_t lost_us;     /* when the interface went away */
    uint64_t turn;        /* the last in which there was a frame for it, … */
    unsigned turn_frames; /* … and how many */
    uint64_t passed_over; /* frames that were too many to look at */
    bool finished;
    bool described; /* what is known of the VM was looked up */
    bool ask_qemu;  /* something is wrong, and QEMU could say more; the session is kept for that */
};

struct run {
    const struct check_options *options;
    struct report *report;
    struct vms *vms;
    struct loop *loop;
    struct builder *builder;
    struct snapshot *snapshot; /* the newest */
    struct slot *slots;
    size_t slot_count, begun, unfinished, faults;
    unsigned tag_searches_left;
    uint64_t latency_us; /* from beginning with a target to its first frame: a running average */
    size_t settled;      /* the first so many need not be waited for before others begin */
    struct link *link;   /* of several targets */
    struct link_watch *watch;
    struct receivers receivers;
    uint64_t turn; /* counts how often frames were taken from the link */
    struct timer start_timer, progress_timer;
    run_progress *progress;
    uint64_t started_us;
    uint64_t patience_until_us; /* -w: when the user has waited for long enough; 0: he does not wait */
    bool interrupted;
};

/* ---- slot.c ---- */

/* Reads the facts; judges the target by them alone, or starts a session with it. */
void slot_begin(struct slot *slot);
/* A frame from the target or (via_bridge) from its bridge. What follows from it follows soon, by the timer.
 */
void slot_frame(struct slot *slot, const struct captured *captured, bool via_bridge);
/* The interface went away or down. */
void slot_lose_link(struct slot *slot, int error);
/* Judges what was seen so far, for good. */
void slot_interrupt(struct slot *slot);
/* The tap came up, or anew: who holds it now? */
void slot_forget_vm(struct slot *slot);
/* Asks QEMU, at most until then, and judges anew, where slot->ask_qemu. */
void slot_ask_qemu(struct slot *slot, uint64_t until_us);
/* Looks again at a target that is not healthy yet, if the user waits for it. */
void slot_try_later(struct slot *slot);
bool run_may_retry(const struct run *run);
/* Takes the reason over; the first one counts. */
void run_fail(struct run *run, int exit_status, char *owned_reason);
/* The newest facts if they are young enough and were read at not_before_us or later, otherwise new ones. 0 or
 * -errno, after having failed the run. */
int run_refresh_facts(struct run *run, uint64_t not_before_us);
void snapshot_put(struct snapshot *snapshot); /* NULL is fine */

/* ---- slot_link.c: one target has a link of its own, several share the run's ---- */

/* 0, or -errno after having failed the run or put off the target. */
int slot_open_link(struct slot *slot);
void slot_close_link(struct slot *slot);
/* A link to the target's bridge, for its session. Best effort. */
void slot_open_bridge(struct slot *slot);
void slot_close_bridge(struct slot *slot);
/* Whether a socket may yet have to be opened. */
bool run_may_open_more(const struct run *run);
void run_close_links(struct run *run);

#endif

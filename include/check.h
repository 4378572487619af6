/* One check of one target, from the host's facts to the verdict: when to ask whom and for how long, when to
 * look again, when to give up. Pure: it has no clock and no socket. Whoever drives it (src/run, or a unit
 * test in virtual time) calls check_next, does what that says, hands in the answer, and calls it again. */
#ifndef VMNETCHECK_CHECK_H
#define VMNETCHECK_CHECK_H

#include "addr.h"
#include "vantage.h"

struct arrival;
struct builder;
struct check;
struct check_options;
struct host_facts;
struct observations;
struct route_facts;
struct target;
struct trace_answer;
struct trace_question;
struct verdict;

/* What the driver lends. It must outlive the check, and nothing of it may wait. */
struct check_means {
    void *context;
    struct builder *builder;
    unsigned *tag_searches_left; /* shared by all checks of a run, see struct probe_env; NULL: any number */
    /* Sends a frame at a vantage that is there. Its number in the file that keeps it (0: none does), or
     * -errno. */
    int (*send)(void *context, enum vantage at, const uint8_t *frame, size_t length);
    uint64_t (*random)(void *context);
    /* Has the kernel watch what becomes of an echo by the host's stack; NULL: asks what became of it, and
     * ends the watch. Either is answered by check_told(). 0, -EAGAIN: later; or -errno. NULL: nobody can be
     * asked. */
    int (*trace)(void *context, const struct trace_question *question);
    /* The host's route to an address, as host_route() of facts.h. */
    int (*route)(void *context, struct ip_addr destination, struct ip_addr source, int ifindex,
                 struct route_facts *ret);
    /* What the kernel would do with a packet from there, as host_route_in() of facts.h. */
    int (*route_in)(void *context, struct ip_addr destination, struct ip_addr source, int ifindex);
    /* Whether the kernel may have had no room for a neighbour of the host's since the run began. */
    bool (*neighbour_was_refused)(void *context, enum ip_family family);
    bool hears_questions; /* where frames that go out are heard, also who asks for whom by ARP and ND */
    /* Takes one line about what was seen or decided at that time; NULL: nobody wants to know. */
    void (*tell)(void *context, uint64_t time_us, const char *text);
    /* All that the next verdict is made of; NULL: nobody wants to know. */
    void (*judged)(void *context, const struct observations *seen);
};

/* Frames that a check did not get since the last time. */
struct check_losses {
    uint64_t captured;    /* dropped by the kernel where they are captured */
    uint64_t passed_over; /* more came in than is looked at */
    uint64_t replies;     /* to the host's own pings, whosever, on their last step to us */
};

enum check_need_kind {
    CHECK_WAITS,        /* until time_us, or for a frame */
    CHECK_WANTS_FACTS,  /* check_facts: the host's, read at time_us or later; they must stay until the next
                           such answer */
    CHECK_WANTS_GLANCE, /* check_glance: the same, but only for the time of the call */
    CHECK_WANTS_VM, /* check_vm: who is behind the tap, read at time_us or later; how soon, `haste` says */
    CHECK_WANTS_VANTAGE, /* check_vantage: hear and send at interface `ifindex`, which has this name; hear
                            what goes out there, too, if `hears_out` */
    CHECK_WANTS_LOSSES,  /* check_losses: which of its frames it did not get since the last time */
    CHECK_WANTS_QEMU,    /* check_qemu: what QEMU says of the VM. VM_LATER: when all other checks are done, it
                            may be; VM_IF_KNOWN: now, but not if other checks had to wait for it */
    CHECK_FAILED,        /* the vantage at the target could not be had: that is the driver's to report */
    CHECK_DONE,          /* the verdict is there */
};

/* What is read of VMs may take time; whoever has to begin with it early may do so with each of these. */
enum vm_haste {
    VM_LATER,    /* it will be asked for */
    VM_IF_KNOWN, /* now, but not if one had to wait for it */
    VM_NOW,
};

struct check_need {
    enum check_need_kind kind;
    uint64_t time_us;
    enum vm_haste haste;
    enum vantage at;
    bool hears_out;
    int ifindex;
    const char *interface; /* lives until the next call */
};

/* Options and target (its name, given addresses and MAC are filled in) must outlive the check. It fills in
 * link, bridge and addresses of the target; the driver fills in target->vm. now_us is when the user began to
 * wait. */
struct check *check_new(const struct check_means *means, const struct check_options *options,
                        struct target *target, uint64_t now_us);
void check_free(struct check *check); /* NULL is fine */

/* What to do next. The same answer as before, until it is done or time has passed. */
struct check_need check_next(struct check *check, uint64_t now_us);

void check_facts(struct check *check, const struct host_facts *facts, uint64_t now_us);
void check_glance(struct check *check, const struct host_facts *facts, uint64_t now_us);
/* known: target->vm is filled in; false: that would have taken time. */
void check_vm(struct check *check, bool known, uint64_t now_us);
/* error: 0 or -errno, why there is none. */
void check_vantage(struct check *check, enum vantage at, int error, uint64_t now_us);
void check_losses(struct check *check, const struct check_losses *losses, uint64_t now_us);
/* What QEMU said is in target->vm; NULL or, where it was not asked, why not. */
void check_qemu(struct check *check, const char *why_not, uint64_t now_us);

/* A frame that was captured, by the driver's clock. Returns when to call check_next: at once, it may be, but
 * not before all frames were handed in that are there already. */
uint64_t check_frame(struct check *check, const struct arrival *arrival, uint64_t now_us);
/* The kernel's answer to the last trace(). Returns when to call check_next. */
uint64_t check_told(struct check *check, const struct trace_answer *answer, uint64_t now_us);
/* The interface of a vantage went away (ENODEV) or down (ENETDOWN); that vantage is gone. */
void check_lost_vantage(struct check *check, enum vantage at, int error, uint64_t now_us);
/* The user wants an end: what was seen so far is judged. */
void check_interrupt(struct check *check, uint64_t now_us);

/* Whether an answer of the guest is still waited for; false once only duplicates are, and while it is asked
 * whether a source is free. */
bool check_asks(const struct check *check);
/* Hands over the verdict of a check that is done; the caller frees it. */
void check_take_verdict(struct check *check, struct verdict *ret);

#endif

/* Which processes hold which taps, and which VMs run on this host: one pass over all processes.
 *
 * A process is believed as far as it goes. What it runs, whose it is and what it holds the kernel says; its
 * command line says what its owner wrote there. So a QEMU counts if it holds a tap of this network namespace,
 * or if its user is one who would be given one: root, we ourselves, and who holds another, here or in another
 * network namespace that nobody makes without rights. */
#ifndef VMNETCHECK_HOLDERS_H
#define VMNETCHECK_HOLDERS_H

#include "netns.h"
#include "vm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HOLDERS_NAME_SIZE = 16 }; /* IFNAMSIZ */

/* Whether a tap is one of the network namespace that is looked at. It need not be in the namespace of who
 * holds it. */
enum held_where {
    HELD_ELSEWHERE,
    HELD_PROBABLY_HERE, /* its holder lives here, and the kernel would not say where the tap is */
    HELD_HERE,          /* the kernel says so */
};

/* A descriptor of a tap or macvtap. A tap with several queues has one for each. */
struct held_tap {
    int fd;
    char name[HOLDERS_NAME_SIZE];
    struct netns_id netns; /* that it is in, by the kernel's word; not known if that would not say */
    bool given;            /* that namespace belongs to our user namespace: who has it got it from root */
    enum held_where where;
    unsigned file;  /* descriptors of one tap with the same number are one open file; 0: nobody can tell */
    bool handed_on; /* another process that uses it got this very open file: this one only kept it */
};

/* A process that holds a tap of this network namespace, or is a QEMU. Threads (vhost's too) are not listed by
 * themselves. */
struct holder {
    pid_t pid;
    uid_t uid;     /* who started it: the real one */
    char state;    /* as in proc_pid_stat(5): 'R', 'S', 'D' (waits in the kernel), 'T' (stopped), … */
    char *command; /* the name of its executable, "qemu-system-x86_64" */
    bool is_qemu;  /* by that name; by argv[0] only where the executable may not be looked at */
    bool readable; /* executable and all descriptors were looked at; if not, it may hold more */
    struct netns_id netns; /* that it lives in; not known if that could not be read */
    bool same_net;         /* it is the one that is looked at; also true if it is not known */
    struct held_tap *taps;
    size_t tap_count;
    struct vm *vm; /* what its command line says; NULL if it is no QEMU that counts */
};

/* A descriptor, and who has it. */
struct held {
    struct held_tap *tap;
    struct holder *holder;
};

struct holders {
    struct holder *items; /* by pid */
    size_t count;
    struct held *by_tap; /* by name of the tap, then as in items; none that is elsewhere */
    size_t held_count;
    struct strangers *strangers;
    size_t strangers_count;
    size_t unreadable; /* processes whose descriptors we may not see: a tap may be held by one of them */
    size_t late;       /* processes of which not all was looked at, as the time was over */
    size_t missing;    /* those of users about whom nothing was said */
    int error; /* that kept us from looking at some of them, an errno, or ETIMEDOUT: at any; 0: none */
};

struct holders_pass;

/* Begins a pass in a process of its own: what blocks or kills it there does not harm us. wanted: a process
 * that counts in any case, 0 for none. root: where processes are shown, NULL for the usual place. 0 or
 * -errno. */
int holders_pass_start(const char *root, pid_t wanted, struct holders_pass **ret);
/* What a process needs to have of a pass that another one began: it looks at what was found, and when. */
struct holders_ticket {
    int records, end; /* descriptors */
    uint64_t until_us;
};

/* Stays the pass's. */
struct holders_ticket holders_pass_ticket(const struct holders_pass *pass);
/* Takes the descriptors. The pass is for holders_pass_end(). */
struct holders_pass *holders_pass_adopt(struct holders_ticket ticket);
/* In the process that began it: true when it has ended, as its time was over at the latest, or as it shall
 * now; frees the pass then. */
bool holders_pass_expire(struct holders_pass *pass, bool now);
/* What a pass has found, of all network namespaces. */
struct holders_found {
    char *records;
    size_t size;
    bool whole; /* it came to its end, and gave nobody up */
    int error;  /* as in struct holders */
};

/* Waits for its end, however starved it is, but not for longer than thirty seconds from its start. What was
 * found until then is in *ret, to be freed with holders_found_free. Frees the pass. */
void holders_pass_end(struct holders_pass *pass, struct holders_found *ret);
void holders_found_free(struct holders_found *found); /* leaves it empty */
/* The same as seen from one network namespace, that of the pass if it is not known. From another one,
 * processes that are known to have nothing there are left out. To be freed with holders_free. */
void holders_look_from(const struct holders_found *found, struct netns_id here, struct holders *ret);
void holders_free(struct holders *holders);
/* Where a tap is for who looks from there; lives_in: the namespace of its holder. */
enum held_where holders_tap_where(const struct held_tap *tap, struct netns_id lives_in, struct netns_id here);

/* The next one behind `after` (NULL: the first) that holds the tap, or NULL. A process which handed its
 * descriptor on is not counted. */
const struct held *holders_next(const struct holders *holders, const char *tap, const struct held *after);
struct holder *holders_find(const struct holders *holders, pid_t pid);
/* How a process is now, as in struct holder; 0 if that cannot be read. */
char holder_state_now(pid_t pid);
/* Whether the process is a QEMU, by its executable, and whose it is. */
bool holder_is_qemu_now(pid_t pid, uid_t *ret_uid);
/* A switch in userspace (Open vSwitch): what only it holds are devices of its own, behind which is no VM. */
bool holder_is_switch(const struct holder *holder);
/* Holds a tap of this network namespace. */
bool holder_holds(const struct holder *holder);
/* What its command line says is about this network namespace: it holds a tap of it, or lives in it, was
 * looked at, and holds none of another. */
bool holder_is_here(const struct holder *holder);

#endif

/* The system calls of a worker, by libseccomp: what computes, what reads and writes descriptors that are
 * open, and what waits for them. All others end it. */
#include "confine.h"

#include "permits.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define CALL(name) SCMP_SYS(name)

/* Whatever their arguments are. */
static const int ALLOWED[] = {
    /* memory and threads */
    CALL(brk),
    CALL(madvise),
    CALL(futex),
    CALL(futex_time64),
    CALL(set_robust_list),
    CALL(rseq),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(membarrier),
    CALL(gettid),
    CALL(getpid),
    CALL(sysinfo),
    CALL(exit),
    CALL(exit_group),
    CALL(restart_syscall),
    /* time and chance */
    CALL(clock_gettime),
    CALL(clock_gettime64),
    CALL(clock_nanosleep),
    CALL(clock_nanosleep_time64),
    CALL(nanosleep),
    CALL(gettimeofday),
    CALL(getrandom),
    /* signals to itself */
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigreturn),
    CALL(sigaltstack),
    /* descriptors that are open */
    CALL(read),
    CALL(readv),
    CALL(pread64),
    CALL(write),
    CALL(writev),
    CALL(lseek),
    CALL(_llseek),
    CALL(close),
    CALL(ftruncate),
    CALL(ftruncate64),
    CALL(fstat),
    CALL(fstat64),
    CALL(newfstatat),
    CALL(recvfrom),
    CALL(recvmsg),
    CALL(recvmmsg),
    CALL(recvmmsg_time64),
    CALL(recv),
    CALL(send),
    CALL(getsockopt),
    CALL(getsockname),
    /* waiting */
    CALL(poll),
    CALL(ppoll),
    CALL(ppoll_time64),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(timerfd_create),
    CALL(timerfd_settime),
    CALL(timerfd_settime64),
    CALL(signalfd4),
};

/* What the libraries try now and then, and can do without: there is no file for them. */
static const int REFUSED[] = {
    CALL(open),      CALL(openat),     CALL(openat2),   CALL(stat),       CALL(stat64),
    CALL(lstat),     CALL(lstat64),    CALL(fstatat64), CALL(statx),      CALL(access),
    CALL(faccessat), CALL(faccessat2), CALL(readlink),  CALL(readlinkat), CALL(getcwd),
};

/* Allowed if the argument of that place is as said. */
struct condition {
    int call;
    unsigned count;
    struct scmp_arg_cmp arguments[3];
};

#define IS(place, value)         SCMP_CMP64(place, SCMP_CMP_EQ, (scmp_datum_t)(value), 0)
#define HAS_NONE_OF(place, bits) SCMP_CMP64(place, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(bits), 0)
#define IS_BEHIND_PERMITS(place) SCMP_CMP64(place, SCMP_CMP_GE, PERMITS_PLACE + PERMITS_SIZE, 0)
#define IS_PERMIT(place)                                                                                     \
    SCMP_CMP64(place, SCMP_CMP_MASKED_EQ, ~(scmp_datum_t)(PERMITS_SIZE - 1) | (PERMIT_SIZE - 1),             \
               PERMITS_PLACE)
#define HAS_ALL_OF(place, bits)                                                                              \
    SCMP_CMP64(place, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(bits), (scmp_datum_t)(bits))

#ifdef __s390x__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = seccomp_rule_add(filter, action, calls[i], 0);
    return error;
}

/* No new code; another thread, but no process; of a terminal its kind and size; sending to
 * where the keeper permits it, which cannot be changed. */
static int add_conditions(scmp_filter_ctx filter)
{
    const struct condition conditions[] = {
        {CALL(mmap), 2, {HAS_NONE_OF(2, PROT_EXEC), HAS_NONE_OF(3, MAP_FIXED)}},
        {CALL(mmap2), 2, {HAS_NONE_OF(2, PROT_EXEC), HAS_NONE_OF(3, MAP_FIXED)}},
        {CALL(mprotect), 2, {IS_BEHIND_PERMITS(0), HAS_NONE_OF(2, PROT_EXEC)}},
        {CALL(munmap), 1, {IS_BEHIND_PERMITS(0)}},
        {CALL(mremap), 2, {IS_BEHIND_PERMITS(0), HAS_NONE_OF(3, ~(scmp_datum_t)MREMAP_MAYMOVE)}},
        {CALL(clone), 1, {HAS_ALL_OF(CLONE_FLAGS, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND)}},
        {CALL(tgkill), 1, {IS(0, getpid())}},
        {CALL(ioctl), 1, {IS(1, TCGETS)}},
        {CALL(ioctl), 1, {IS(1, TIOCGWINSZ)}},
        {CALL(fcntl), 1, {IS(1, F_GETFL)}},
        {CALL(fcntl), 1, {IS(1, F_SETFL)}},
        {CALL(fcntl64), 1, {IS(1, F_GETFL)}},
        {CALL(fcntl64), 1, {IS(1, F_SETFL)}},
        {CALL(prlimit64), 2, {IS(0, 0), IS(2, 0)}},
        {CALL(sendto), 1, {IS(4, 0)}}, /* to whom the socket is connected or bound to */
        {CALL(sendto), 2, {IS_PERMIT(4), IS(5, permits_address_size())}},
    };
    int error = 0;

    for (size_t i = 0; error == 0 && i < sizeof conditions / sizeof conditions[0]; i++)
        error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, conditions[i].call, conditions[i].count,
                                       conditions[i].arguments);
    return error;
}

int confine_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    if (filter == NULL)
        return -ENOMEM;
    int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (error == 0) /* what the kernel says, not that something went wrong */
        error = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (error == 0)
        error = add_all(filter, SCMP_ACT_ALLOW, ALLOWED, sizeof ALLOWED / sizeof ALLOWED[0]);
    if (error == 0)
        error = add_all(filter, SCMP_ACT_ERRNO(EACCES), REFUSED, sizeof REFUSED / sizeof REFUSED[0]);
    /* Its flags are in memory, where no filter sees them: the library takes clone() instead. */
    if (error == 0)
        error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
    if (error == 0)
        error = add_conditions(filter);
    if (error == 0)
        error = seccomp_load(filter);
    seccomp_release(filter);
    return error;
}

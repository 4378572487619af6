/* A pass over the processes, in a process of its own. */
#include "holders.h"

#include "clock.h"
#include "netns_linux.h"
#include "pass_linux.h"
#include "privileges.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PASS_US = 30000000, /* for all of it, however starved: it knows by itself when it is stuck */
    GRACE_US = 100000,  /* until one that was killed is given up */
};

struct holders_pass {
    pid_t child; /* 0: another process's */
    int records; /* a file in memory */
    int end;     /* closed by the other side, which wrote there before if not all was looked at */
    bool killed;
    uint64_t until_us;
};

/* ---- in that process ---- */

/* Who waits until our output is closed does not wait for this process. */
static void keep_only(int *const *kept, int count)
{
    int nowhere = open("/dev/null", O_RDWR), first = STDERR_FILENO + 1;

    for (int i = 0; i < count; i++)
        *kept[i] = fcntl(*kept[i], F_DUPFD, first + count); /* out of the way of each other */
    for (int standard = 0; standard < first; standard++)
        dup2(nowhere, standard);
    for (int i = 0; i < count; i++)
        *kept[i] = dup2(*kept[i], first + i);
    close_range((unsigned)(first + count), ~0U, 0);
}

static _Noreturn void make_pass(struct pass *pass, int end, pid_t parent)
{
    keep_only((int *const[]){&pass->proc, &pass->out, &end}, 3);
    setpgid(0, 0); /* the terminal's signals are not for it, and all of it can be ended */
    pass_end_with(parent);
    privileges_keep_reading();
    pass_look_at_all(pass);
    pass->result.net = pass->net;
    pass_write(pass, &pass->result.head, RECORD_PASS, sizeof pass->result, NULL, 0);
    if (!pass_look_closely(pass, end) && write(end, "", 1) < 0)
        _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

/* ---- outside of it ---- */

/* The folder that shows the processes, and our network namespace. */
static int open_root(const char *root, struct pass *pass)
{
    pass->proc = open(root != NULL ? root : "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (pass->proc < 0)
        return -errno;
    (void)netns_id_at(pass->proc, "self/ns/user", &pass->user);
    return netns_id_at(pass->proc, "self/ns/net", &pass->net);
}

static int begin(struct pass *pass, struct holders_pass *begun)
{
    uint64_t now_us = clock_now();
    int ends[2];

    pass->out = memfd_create("vmnetcheck-processes", MFD_CLOEXEC);
    /* Several processes write there, and the place in a file of memfd_create(2) is not kept by a lock. */
    if (pass->out < 0 || fcntl(pass->out, F_SETFL, O_APPEND) < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    pid_t parent = getpid(), child = fork();
    int error = child < 0 ? -errno : 0;
    if (child == 0)
        make_pass(pass, ends[1], parent);
    if (child > 0)
        setpgid(child, child); /* as it does itself: whoever is first, it can be ended from here on */
    close(ends[1]);
    if (error < 0)
        close(ends[0]);
    *begun = (struct holders_pass){
        .child = child, .records = pass->out, .end = ends[0], .until_us = now_us + PASS_US};
    return error;
}

int holders_pass_start(const char *root, pid_t wanted, struct holders_pass **ret)
{
    struct pass pass = {.out = -1, .wanted = wanted};
    struct holders_pass begun;
    int error = open_root(root, &pass);

    if (error == 0)
        error = begin(&pass, &begun);
    if (pass.proc >= 0)
        close(pass.proc);
    if (error < 0) {
        if (pass.out >= 0)
            close(pass.out);
        return error;
    }
    *ret = memory_new(1, sizeof **ret);
    **ret = begun;
    return 0;
}

/* False if not all was looked at, or the time was over before. */
static bool wait_for_end(const struct holders_pass *pass)
{
    struct pollfd end = {.fd = pass->end, .events = POLLIN};
    uint64_t now_us;
    char given_up;

    while ((now_us = clock_now()) < pass->until_us)
        if (poll(&end, 1, (int)((pass->until_us - now_us + 999) / 1000)) > 0)
            return read(pass->end, &given_up, 1) == 0;
    return false;
}

static void take_records(const struct holders_pass *pass, struct holders_found *ret)
{
    off_t size = lseek(pass->records, 0, SEEK_END);

    ret->records = size > 0 ? memory_new((size_t)size, 1) : NULL;
    if (size > 0 && pread(pass->records, ret->records, (size_t)size, 0) == size)
        ret->size = (size_t)size;
    else
        ret->error = size == 0 ? ETIMEDOUT : EIO;
}

static void close_pass(struct holders_pass *pass)
{
    close(pass->records);
    close(pass->end);
    free(pass);
}

void holders_pass_end(struct holders_pass *pass, struct holders_found *ret)
{
    *ret = (struct holders_found){.whole = wait_for_end(pass)};
    if (!ret->whole && pass->child > 0)
        kill(-pass->child, SIGKILL);
    take_records(pass, ret);
    while (pass->child > 0 &&
           waitpid(pass->child, NULL, ret->whole ? 0 : WNOHANG /* it may hang for good */) < 0 &&
           errno == EINTR)
        continue;
    close_pass(pass);
}

/* ---- begun by one process, and looked at by another ---- */

struct holders_ticket holders_pass_ticket(const struct holders_pass *pass)
{
    return (struct holders_ticket){pass->records, pass->end, pass->until_us};
}

struct holders_pass *holders_pass_adopt(struct holders_ticket ticket)
{
    struct holders_pass *pass = memory_new(1, sizeof *pass);

    *pass = (struct holders_pass){.records = ticket.records, .end = ticket.end, .until_us = ticket.until_us};
    return pass;
}

/* Who has closed that end is ending, and is waited for; who was killed may hang in the kernel, for ever. */
bool holders_pass_expire(struct holders_pass *pass, bool now)
{
    struct pollfd end = {.fd = pass->end, .events = POLLIN};
    bool ended = poll(&end, 1, 0) > 0;

    if (!ended && !now && clock_now() < pass->until_us)
        return false;
    if (!ended)
        kill(-pass->child, SIGKILL);
    if (!ended && !now && !pass->killed) {
        pass->killed = true;
        pass->until_us += GRACE_US;
        return false;
    }
    while (waitpid(pass->child, NULL, ended ? 0 : WNOHANG) < 0 && errno == EINTR)
        continue;
    close_pass(pass);
    return true;
}

bool holder_is_qemu_now(pid_t pid, uid_t *ret_uid)
{
    char program[PROCESS_TEXT_SIZE], state;
    struct pass pass;
    struct process process;
    bool is_qemu = false;

    if (open_root(NULL, &pass) == 0 && process_open(pass.proc, pid, &process) == 0) {
        is_qemu = process_program(&process, program) == 0 && process_is_qemu(program) &&
                  process_status(&process, ret_uid, &state) == 0;
        process_close(&process);
    }
    if (pass.proc >= 0)
        close(pass.proc);
    return is_qemu;
}

char holder_state_now(pid_t pid)
{
    struct pass pass;
    struct process process;
    uid_t uid;
    char state = 0;

    if (open_root(NULL, &pass) == 0 && process_open(pass.proc, pid, &process) == 0) {
        if (process_status(&process, &uid, &state) < 0)
            state = 0;
        process_close(&process);
    }
    if (pass.proc >= 0)
        close(pass.proc);
    return state;
}

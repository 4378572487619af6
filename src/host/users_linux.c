/* The second half of a pass: what each user's processes hold and say. */
#include "pass_linux.h"

#include "clock.h"
#include "privileges.h"
#include "qemu_args.h"
#include "text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARGUMENTS_MAX = 512 << 10, /* bytes: Linux allows 2 MiB, a VM with 200 disks has 80 KiB */
    USERS_AT_ONCE = 16,
};

/* All of one user's processes that are worth a closer look. */
struct user {
    const struct pass *pass;
    struct subject *subjects;
    bool counts; /* one who would be given a tap */
    char *arguments;
    struct user_record result;
};

static uid_t uid_of(const struct user *user)
{
    return user->subjects[0].holder.uid;
}

void pass_write(const struct pass *pass, struct record_head *head, enum record_kind kind, size_t size,
                const struct iovec *rest, int rest_count)
{
    enum { RESTS_MAX = 4 };
    struct iovec parts[1 + RESTS_MAX] = {{head, size}};

    for (int i = 0; i < rest_count; i++) {
        parts[1 + i] = rest[i];
        size += rest[i].iov_len;
    }
    *head = (struct record_head){(uint32_t)size, kind};
    if (writev(pass->out, parts, 1 + rest_count) != (ssize_t)size)
        _exit(EXIT_FAILURE); /* the sums say that something is missing */
}

/* ---- a closer look ---- */

/* Where nothing else tells, its own word. Linux's own processes have none. */
static void look_at_name(const struct user *user, const struct process *process, struct holder *holder)
{
    ssize_t size = process_arguments(process, user->arguments, ARGUMENTS_MAX);
    const char *slash = size > 0 ? strrchr(user->arguments, '/') : NULL;

    if (size <= 0)
        return;
    holder->command = text_format("%s", slash != NULL ? slash + 1 : user->arguments);
    holder->is_qemu = qemu_is_program(user->arguments);
}

/* Keeps those that are taps. 0, or -errno for lack of means. */
static int look_at_taps(const struct user *user, struct process *process, struct holder *holder)
{
    int error = process_hold(process);
    size_t kept = 0;

    holder->netns = process_netns(process);
    for (size_t t = 0; t < holder->tap_count; t++) {
        struct held_tap tap = holder->taps[t];
        int is_tap = process_locate_tap(process, user->pass->user, &tap);
        tap.where = holders_tap_where(&tap, holder->netns, user->pass->net);
        if (is_tap != 0)
            holder->taps[kept++] = tap;
        error = error < 0 || is_tap > 0 ? error : is_tap;
    }
    holder->tap_count = kept;
    return error;
}

/* That its status is read last proves that it did not end before it was held, and that its number is no
 * other's. */
static bool look_at_process(struct user *user, struct process *process, struct subject *subject)
{
    struct holder *holder = &subject->holder;
    int error = look_at_taps(user, process, holder);
    uid_t uid = holder->uid;

    if (subject->nameless)
        look_at_name(user, process, holder);
    if (process_status(process, &uid, &holder->state) < 0 || uid != holder->uid)
        return false;
    if (error < 0)
        user->result.error = -error;
    return true;
}

/* A tap: here, or where only who has rights can give it to somebody. */
static bool was_given(const struct holder *holder)
{
    bool given = holder_holds(holder);

    for (size_t t = 0; t < holder->tap_count && !given; t++)
        given = holder->taps[t].given;
    return given;
}

static void look_at_subject(struct user *user, struct subject *subject)
{
    struct holder *holder = &subject->holder;
    struct process process;
    bool there = process_open(user->pass->proc, holder->pid, &process) == 0;

    if (there) {
        there = look_at_process(user, &process, subject);
        process_close(&process);
    }
    if (!there) {
        holder->tap_count = 0;
        holder->is_qemu = false;
        return;
    }
    user->counts |= was_given(holder);
    user->result.unreadable += !holder->readable && holder->command != NULL;
}

/* ---- what is said of it ---- */

static struct iovec part(const void *bytes, size_t size)
{
    return (struct iovec){(void *)bytes, size};
}

static void write_process(struct user *user, const struct holder *holder)
{
    char folder[PROCESS_TEXT_SIZE];
    struct process process;
    ssize_t size = 0;
    size_t folder_size = 0;

    if (holder->is_qemu && process_open(user->pass->proc, holder->pid, &process) == 0) {
        folder_size = process_folder(&process, folder);
        size = process_arguments(&process, user->arguments, ARGUMENTS_MAX);
        process_close(&process);
    }
    struct process_record record = {
        .pid = holder->pid,
        .uid = holder->uid,
        .state = holder->state,
        .is_qemu = holder->is_qemu,
        .readable = holder->readable,
        .netns = holder->netns,
        .tap_count = (uint32_t)holder->tap_count,
        .command_size = (uint32_t)strlen(holder->command),
        .folder_size = (uint32_t)folder_size,
        .arguments_size = size > 0 ? (uint32_t)size : 0,
    };
    const struct iovec rest[] = {
        part(holder->taps, holder->tap_count * sizeof *holder->taps),
        part(holder->command, record.command_size),
        part(folder, record.folder_size),
        part(user->arguments, record.arguments_size),
    };
    pass_write(user->pass, &record.head, RECORD_PROCESS, sizeof record, rest, 4);
}

/* A stranger's command line may say anything, and is as long as he likes. */
static void tell(struct user *user, const struct subject *subject)
{
    const struct holder *holder = &subject->holder;
    struct strangers *strangers = &user->result.strangers;

    bool is_wanted = holder->pid == user->pass->wanted;

    if (was_given(holder) || (is_wanted && holder->tap_count > 0) ||
        (holder->is_qemu && (user->counts || subject->nameless || is_wanted)))
        write_process(user, holder);
    else if (holder->is_qemu && strangers->count++ == 0)
        strangers->pid = holder->pid;
}

static void look_at_user(const struct pass *pass, struct subject *subjects, size_t count)
{
    struct user user = {.pass = pass, .subjects = subjects};
    uid_t uid = uid_of(&user);

    user.counts = uid == 0 || uid == getuid();
    user.arguments = memory_new(ARGUMENTS_MAX, 1);
    for (size_t i = 0; i < count; i++)
        look_at_subject(&user, &subjects[i]);
    if (getuid() != 0) /* what the user cannot read himself is not read for him */
        privileges_drop();
    for (size_t i = 0; i < count; i++)
        tell(&user, &subjects[i]);
    user.result.processes = count;
    user.result.strangers.uid = uid;
    pass_write(pass, &user.result.head, RECORD_USER, sizeof user.result, NULL, 0);
    free(user.arguments);
}

static int compare_users(const void *a, const void *b)
{
    const struct subject *x = a, *y = b;
    int order = (x->holder.uid > y->holder.uid) - (x->holder.uid < y->holder.uid);
    return order != 0 ? order : (x->holder.pid > y->holder.pid) - (x->holder.pid < y->holder.pid);
}

void pass_end_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(EXIT_FAILURE);
}

static _Noreturn void look_at_user_apart(const struct pass *pass, struct subject *subjects, size_t count,
                                         pid_t parent)
{
    pass_end_with(parent);
    look_at_user(pass, subjects, count);
    _exit(EXIT_SUCCESS);
}

/* ---- all users, each by a process of its own ---- */

struct looking {
    pid_t pid;
    uint64_t since_us; /* when it began, … */
    uint64_t until_us; /* … and when it has to be asked whether it is stuck */
};

struct crew {
    struct looking items[USERS_AT_ONCE];
    size_t count;
    bool gave_up; /* somebody */
};

static void dismiss(struct crew *crew, pid_t pid)
{
    for (size_t i = 0; i < crew->count; i++)
        if (crew->items[i].pid == pid)
            crew->items[i] = crew->items[--crew->count];
}

static void take_leave_of_ended(struct crew *crew)
{
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;)
        dismiss(crew, pid);
}

static void give_up_stuck(struct crew *crew)
{
    uint64_t now_us = clock_now();

    for (size_t i = crew->count; i-- > 0;) {
        struct looking *looking = &crew->items[i];
        if (now_us < looking->until_us)
            continue;
        struct processor_time time = process_time(looking->pid);
        uint64_t left_us = patience_left(&time, now_us - looking->since_us, PASS_HALF_US);
        looking->until_us = now_us + left_us;
        if (left_us > 0)
            continue;
        crew->gave_up = true;
        kill(looking->pid, SIGKILL);
        dismiss(crew, looking->pid);
    }
}

/* Until one may have ended, or has to be asked. */
static void wait_for_crew(struct crew *crew, const sigset_t *ended)
{
    uint64_t now_us = clock_now(), first_us = now_us + PASS_HALF_US;

    for (size_t i = 0; i < crew->count; i++)
        if (crew->items[i].until_us < first_us)
            first_us = crew->items[i].until_us;
    uint64_t left_us = first_us > now_us ? first_us - now_us : 0;
    sigtimedwait(ended, NULL,
                 &(struct timespec){(time_t)(left_us / 1000000), (long)(left_us % 1000000 * 1000)});
    take_leave_of_ended(crew);
    give_up_stuck(crew);
}

static void begin_looking(const struct pass *pass, struct subject *subjects, size_t count, int end,
                          struct crew *crew)
{
    pid_t ourselves = getpid(), child = fork();
    uint64_t now_us = clock_now();

    if (child == 0) {
        close(end);
        look_at_user_apart(pass, subjects, count, ourselves);
    }
    if (child < 0)
        look_at_user(pass, subjects, count);
    else
        crew->items[crew->count++] = (struct looking){child, now_us, now_us + PASS_HALF_US};
}

/* Who would have to wait until others are given up has no turn. */
bool pass_look_closely(struct pass *pass, int end)
{
    struct crew crew = {.count = 0};
    sigset_t ended;

    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ended, NULL);
    if (pass->count > 0)
        qsort(pass->subjects, pass->count, sizeof *pass->subjects, compare_users);
    for (size_t from = 0, to; from < pass->count && !crew.gave_up; from = to) {
        for (to = from + 1; to < pass->count; to++)
            if (pass->subjects[to].holder.uid != pass->subjects[from].holder.uid)
                break;
        begin_looking(pass, &pass->subjects[from], to - from, end, &crew);
        while (crew.count == USERS_AT_ONCE)
            wait_for_crew(&crew, &ended);
    }
    while (crew.count > 0)
        wait_for_crew(&crew, &ended);
    return !crew.gave_up;
}

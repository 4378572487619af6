/* What code would do that somebody had got into a worker: injected ATTACK. Prints what came of it; 0: it was
 * refused, 71: the worker was ended for it, 1: it is done. tap0 is what it may send to, tap1 what not.
 * Without ATTACK: their names. */
#include "attack.h"

#include "confine.h"
#include "keeper.h"
#include "kernel.h"
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct rights *rights;
int tap0, tap1;

static long read_shadow(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY);
}

static long write_file(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/tmp/injected", O_WRONLY | O_CREAT, 0600);
}

static long write_below_root(void)
{
    return syscall(SYS_mkdirat, AT_FDCWD, "injected", 0700);
}

static long remove_file(void)
{
    return syscall(SYS_unlinkat, AT_FDCWD, "/etc/hostname", 0);
}

static long execute(void)
{
    const char *const arguments[] = {"sh", NULL};
    return syscall(SYS_execve, "/bin/sh", arguments, NULL);
}

static long execute_descriptor(void)
{
    const char *const arguments[] = {"sh", NULL};
    return syscall(SYS_execveat, STDIN_FILENO, "", arguments, NULL, AT_EMPTY_PATH);
}

static long open_socket(void)
{
    return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long open_packet_socket(void)
{
    return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0);
}

static long open_netlink(void)
{
    return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0);
}

static long connect_stdin(void)
{
    const struct sockaddr to = {.sa_family = AF_UNIX};
    return syscall(SYS_connect, STDIN_FILENO, &to, sizeof to);
}

static long bind_stdin(void)
{
    const struct sockaddr to = {.sa_family = AF_UNIX};
    return syscall(SYS_bind, STDIN_FILENO, &to, sizeof to);
}

static long send_to(void)
{
    const struct sockaddr to = {.sa_family = AF_UNIX};
    return syscall(SYS_sendto, STDIN_FILENO, "x", 1, 0, &to, sizeof to);
}

static long send_message(void)
{
    const struct msghdr message = {0};
    return syscall(SYS_sendmsg, STDIN_FILENO, &message, 0);
}

static long trace_keeper(void)
{
    return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0);
}

static long write_memory(void)
{
    return syscall(SYS_process_vm_writev, getppid(), NULL, 0, NULL, 0, 0);
}

static long end_keeper(void)
{
    return syscall(SYS_kill, getppid(), SIGKILL);
}

static long end_all(void)
{
    return syscall(SYS_kill, -1, SIGKILL);
}

static long signal_thread(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), SIGKILL);
}

static long load_program(void)
{
    union bpf_attr attributes = {0};
    return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

static long start_process(void)
{
    return syscall(SYS_fork);
}

static long start_by_clone3(void)
{
    uint64_t arguments[8] = {0, 0, 0, 0, SIGCHLD};
    return syscall(SYS_clone3, arguments, sizeof arguments);
}

static long enter_namespace(void)
{
    return syscall(SYS_unshare, CLONE_NEWUSER);
}

static long become_root(void)
{
    return syscall(SYS_setresuid, 0, 0, 0);
}

static long new_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

static long type_for_user(void)
{
    return syscall(SYS_ioctl, STDIN_FILENO, 0x5412 /* TIOCSTI */, "x");
}

static long result_of(int result)
{
    errno = result < 0 ? -result : 0;
    return result;
}

static long read_other_input(void)
{
    return result_of(rights->open_input(rights->context, "/etc/shadow"));
}

/* There is no such namespace, and none may be added. */
static long look_into_other_namespace(void)
{
    return result_of(kernel_connect(1, false));
}

static long look_before_first_namespace(void)
{
    return result_of(kernel_connect(-1, false));
}

static long find_namespace(void)
{
    struct netns netns;
    return result_of(rights->find_netns(rights->context, 1, &netns));
}

static int channel_to_keeper(void)
{
    int type = 0, end = STDERR_FILENO;
    socklen_t size = sizeof type;

    while (getsockopt(++end, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET)
        continue;
    return end;
}

/* Nobody waits for a command that does not stay. */
static long say_ready(void)
{
    const struct request request = {.kind = REQUEST_READY};
    int channel = channel_to_keeper();
    struct reply reply = {.result = request_send(channel, &request)};

    if (reply.result == 0 && request_await_reply(channel, &reply) <= 0)
        reply.result = -EPIPE;
    return result_of(reply.result);
}

/* The keeper waits for nobody to take its answers. */
static long ask_without_listening(void)
{
    const struct request request = {.kind = REQUEST_PERMITS};
    int channel = channel_to_keeper(), error = 0;

    while (error == 0)
        error = request_send(channel, &request);
    errno = -error;
    return -1;
}

/* No attack: so a fault of the decoder looks like. */
static long crash(void)
{
    return raise(SIGSEGV) + 1;
}

/* No attack either. */
static long nothing(void)
{
    errno = 0;
    return -1;
}

static const struct attack ATTACKS[] = {
    {"read-shadow", read_shadow},
    {"write-file", write_file},
    {"write-below-root", write_below_root},
    {"remove-file", remove_file},
    {"execute", execute},
    {"execute-descriptor", execute_descriptor},
    {"open-socket", open_socket},
    {"open-packet-socket", open_packet_socket},
    {"open-netlink", open_netlink},
    {"connect", connect_stdin},
    {"bind", bind_stdin},
    {"send-to", send_to},
    {"send-message", send_message},
    {"trace-keeper", trace_keeper},
    {"write-memory", write_memory},
    {"end-keeper", end_keeper},
    {"end-all", end_all},
    {"signal-thread", signal_thread},
    {"load-program", load_program},
    {"start-process", start_process},
    {"start-by-clone3", start_by_clone3},
    {"enter-namespace", enter_namespace},
    {"become-root", become_root},
    {"new-code", new_code},
    {"type-for-user", type_for_user},
    {"look-into-other-namespace", look_into_other_namespace},
    {"look-before-first-namespace", look_before_first_namespace},
    {"find-namespace", find_namespace},
    {"read-other-input", read_other_input},
    {"say-ready", say_ready},
    {"ask-without-listening", ask_without_listening},
    {"crash", crash},
    {"nothing", nothing},
    {NULL, NULL},
};

static void prepare(void *context)
{
    (void)context;
}

static int run(void *context, const struct rights *given)
{
    const struct attack *attack = context;

    rights = given;
    long result = attack->attempt();
    printf("%s: %s\n", attack->name, result >= 0 ? "DONE" : strerror(errno));
    fflush(stdout);
    return result >= 0;
}

static int fail(void *context, const char *reason, bool says)
{
    const struct attack *attack = context;

    (void)says;
    printf("%s: %s\n", attack->name, reason);
    return 71;
}

static void list(const struct attack *attacks)
{
    for (; attacks->name != NULL; attacks++)
        puts(attacks->name);
}

/* NULL if there is none of that name. */
static const struct attack *find(const struct attack *attacks, const char *name)
{
    while (attacks->name != NULL && strcmp(attacks->name, name) != 0)
        attacks++;
    return attacks->name != NULL ? attacks : NULL;
}

static int attempt(const char *name)
{
    char *const interfaces[] = {(char[]){"tap0"}};
    struct netns_list spaces = {0};
    const struct grants grants = {
        .interfaces = interfaces, .interface_count = 1, .captures = true, .spaces = &spaces, .output = -1};
    const struct attack *attack = find(ATTACKS, name);
    int status = 64;

    netns_list_add(&spaces, (struct netns){.descriptor = -1});
    if (attack == NULL)
        attack = find(ATTACKS_BY_SENDING, name);
    if (attack != NULL)
        status = keeper_run(&grants, &(struct work){(void *)(uintptr_t)attack, prepare, run, fail});
    netns_list_free(&spaces);
    return status;
}

int main(int argc, char **argv)
{
    tap0 = (int)if_nametoindex("tap0");
    tap1 = (int)if_nametoindex("tap1");
    if (argc == 2)
        return attempt(argv[1]);
    if (confine_is_meant) { /* not in a build for sanitizers */
        list(ATTACKS);
        list(ATTACKS_BY_SENDING);
    }
    return EXIT_SUCCESS;
}

/* What code would do that somebody had got into a worker: injected ATTACK. Prints what came of it; 0: it was
 * refused, 71: the worker was ended for it, 1: it is done. tap0 is what it may send to, tap1 what not.
 * Without ATTACK: their names. */
#include "host_socket.h"
#include "keeper.h"

#include "confine.h"
#include "kernel.h"
#include "permits.h"
#include "request.h"
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
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

/* ---- sending: the worker may capture and send at tap0, not at tap1 ---- */

static const struct rights *rights;
static int tap0, tap1;

/* With a socket that hears and could send everywhere. */
static long send_frame(const void *address)
{
    static const uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1, 0x88, 0xb5};
    char *reason = NULL;
    int socket = rights->links.open(rights->links.context, 0, CAPTURES_IN, &reason);

    free(reason);
    if (socket < 0 || address == NULL) {
        errno = socket < 0 ? -socket : EACCES;
        return -1;
    }
    return syscall(SYS_sendto, socket, frame, sizeof frame, 0, address, sizeof(struct sockaddr_ll));
}

static const void *address_of(int ifindex)
{
    return rights->links.address(rights->links.context, ifindex);
}

static long send_permitted(void)
{
    return send_frame(address_of(tap0));
}

static long send_elsewhere(void)
{
    return send_frame(address_of(tap1));
}

static long send_to_own_address(void)
{
    const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = tap1};
    return send_frame(&address);
}

static long send_between_permits(void)
{
    return send_frame((const char *)address_of(tap0) + 4);
}

/* By the socket that hears the host's own pings: without a family, an address is that of the host itself. */
static long send_by_empty_permit(void)
{
    static const uint8_t port_unreachable[8] = {3, 3};
    int socket = rights->links.open_host(rights->links.context, IP_V4);

    if (socket < 0)
        return socket;
    return sendto(socket, port_unreachable, sizeof port_unreachable, 0,
                  (const void *)((const char *)address_of(tap0) + PERMIT_SIZE), sizeof(struct sockaddr_ll));
}

static long send_behind_permits(void)
{
    return send_frame((const char *)(PERMITS_PLACE + PERMITS_SIZE - PERMIT_SIZE));
}

static long capture_elsewhere(void)
{
    char *reason = NULL;
    int socket = rights->links.open(rights->links.context, tap1, CAPTURES_IN, &reason);

    free(reason);
    errno = socket < 0 ? -socket : 0;
    return socket;
}

static long write_permit(void)
{
    ((struct sockaddr_ll *)(uintptr_t)address_of(tap0))->sll_ifindex = tap1;
    return send_frame(address_of(tap0));
}

static long unprotect_permits(void)
{
    return syscall(SYS_mprotect, PERMITS_PLACE, PERMITS_SIZE, PROT_READ | PROT_WRITE);
}

static long replace_permits(void)
{
    return syscall(SYS_mmap, PERMITS_PLACE, PERMITS_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static long remove_permits(void)
{
    return syscall(SYS_munmap, PERMITS_PLACE, PERMITS_SIZE);
}

static long move_onto_permits(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return syscall(SYS_mremap, page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, PERMITS_PLACE);
}

static long read_other_input(void)
{
    int descriptor = rights->open_input(rights->context, "/etc/shadow");
    errno = descriptor < 0 ? -descriptor : 0;
    return descriptor;
}

static long into_descriptor(int descriptor)
{
    errno = descriptor < 0 ? -descriptor : 0;
    return descriptor;
}

/* There is no such namespace, and none may be added. */
static long look_into_other_namespace(void)
{
    return into_descriptor(kernel_connect(1, false));
}

static long look_before_first_namespace(void)
{
    return into_descriptor(kernel_connect(-1, false));
}

static long find_namespace(void)
{
    struct netns netns;
    return into_descriptor(rights->find_netns(rights->context, 1, &netns));
}

static int channel_to_keeper(void)
{
    int type = 0, end = STDERR_FILENO;
    socklen_t size = sizeof type;

    while (getsockopt(++end, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET)
        continue;
    return end;
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

/* Each makes every frame of the host dearer. */
static long capture_everywhere_often(void)
{
    char *reason = NULL;
    int socket = 0;

    for (unsigned i = 0; i < 100 && socket >= 0; i++)
        socket = rights->links.open(rights->links.context, 0, CAPTURES_IN, &reason);
    free(reason);
    errno = socket < 0 ? -socket : 0;
    return socket;
}

/* The keeper has to look at what it sends, and at how many zeros. */
static long ping_too_long(void)
{
    struct host_echo echo = {
        .to = {IP_V4, {127, 0, 0, 1}}, .size = 8, .message = {8}, .zeros = HOST_ECHO_ZEROS_MAX + 1};
    int socket = rights->links.open_host(rights->links.context, IP_V4);

    errno = -rights->links.send_host(rights->links.context, &echo);
    return socket >= 0 && errno == 0 ? 0 : -1;
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

static const struct attack {
    const char *name;
    long (*attempt)(void); /* not negative: it is done */
} ATTACKS[] = {
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
    {"send-permitted", send_permitted},
    {"send-elsewhere", send_elsewhere},
    {"send-to-own-address", send_to_own_address},
    {"send-between-permits", send_between_permits},
    {"send-behind-permits", send_behind_permits},
    {"send-by-empty-permit", send_by_empty_permit},
    {"capture-elsewhere", capture_elsewhere},
    {"look-into-other-namespace", look_into_other_namespace},
    {"look-before-first-namespace", look_before_first_namespace},
    {"find-namespace", find_namespace},
    {"write-permit", write_permit},
    {"unprotect-permits", unprotect_permits},
    {"replace-permits", replace_permits},
    {"remove-permits", remove_permits},
    {"move-onto-permits", move_onto_permits},
    {"read-other-input", read_other_input},
    {"ask-without-listening", ask_without_listening},
    {"capture-everywhere-often", capture_everywhere_often},
    {"ping-too-long", ping_too_long},
    {"crash", crash},
    {"nothing", nothing},
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

static int fail(void *context, const char *reason)
{
    const struct attack *attack = context;

    printf("%s: %s\n", attack->name, reason);
    return 71;
}

int main(int argc, char **argv)
{
    char *const interfaces[] = {(char[]){"tap0"}};
    struct netns_list spaces = {0};
    const struct grants grants = {
        .interfaces = interfaces, .interface_count = 1, .captures = true, .spaces = &spaces, .output = -1};
    int status = argc < 2 ? EXIT_SUCCESS : 64;

    netns_list_add(&spaces, (struct netns){.descriptor = -1});
    tap0 = (int)if_nametoindex("tap0");
    tap1 = (int)if_nametoindex("tap1");

    if (argc < 2 && confine_is_meant) /* not in a build for sanitizers */
        for (size_t i = 0; i < sizeof ATTACKS / sizeof ATTACKS[0]; i++)
            puts(ATTACKS[i].name);
    for (size_t i = 0; argc == 2 && i < sizeof ATTACKS / sizeof ATTACKS[0]; i++)
        if (strcmp(ATTACKS[i].name, argv[1]) == 0)
            status = keeper_run(&grants, &(struct work){(void *)&ATTACKS[i], prepare, run, fail});
    netns_list_free(&spaces);
    return status;
}

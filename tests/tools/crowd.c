/* crowd PROCESSES DESCRIPTORS TAP[/QUEUES] [ARGUMENT]...: so many processes that do nothing, each with so
 * many descriptors of /dev/net/tun, and with these arguments. All descriptors are copies of one, which holds
 * the tap, or of one for each of its queues; "-": of none. Prints "ready"; they end with it. */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return EXIT_FAILURE;
}

enum { QUEUES_MAX = 256 };

/* What the descriptors are copies of. */
static int queues[QUEUES_MAX];
static long queue_count;

static int open_queue(const char *name, short flags)
{
    struct ifreq request = {.ifr_flags = flags};
    int fd = open("/dev/net/tun", O_RDWR);

    if (fd < 0 || *name == '-')
        return fd;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    return ioctl(fd, TUNSETIFF, &request) < 0 ? -1 : fd;
}

static bool open_tap(char *tap)
{
    char *slash = strchr(tap, '/');
    long count = slash != NULL ? strtol(slash + 1, NULL, 10) : 1;

    if (slash != NULL)
        *slash = '\0';
    while (queue_count < count && queue_count < QUEUES_MAX) {
        queues[queue_count] = open_queue(tap, IFF_TAP | IFF_NO_PI | (slash != NULL ? IFF_MULTI_QUEUE : 0));
        if (queues[queue_count++] < 0)
            return false;
    }
    return true;
}

static int hold(long descriptors)
{
    struct rlimit limit;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return fail("crowd: getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return fail("crowd: setrlimit");
    for (long i = queue_count; i < descriptors; i++)
        if (dup(queues[i % queue_count]) < 0)
            return fail("crowd: dup");
    return 0;
}

/* vfork(2) lets no signal interrupt it that does not kill, which is what is wanted here. */
static void wait_in_kernel(void)
{
    if (vfork() == 0) { /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
        /* NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
}

int main(int argc, char **argv)
{
    int ready[2];
    char byte = 0;

    if (argc < 4 || pipe(ready) < 0) {
        fputs("usage: crowd PROCESSES DESCRIPTORS TAP [ARGUMENT]...\n", stderr);
        return 64;
    }
    if (!open_tap(argv[3]))
        return fail(argv[3]);
    long processes = strtol(argv[1], NULL, 10), descriptors = strtol(argv[2], NULL, 10);
    for (long i = 0; i < processes; i++)
        if (fork() == 0) {
            if (hold(descriptors) == 0 && write(ready[1], &byte, 1) == 1)
                for (;;)
                    pause();
            _exit(EXIT_FAILURE);
        }
    for (long i = 0; i < processes; i++)
        if (read(ready[0], &byte, 1) != 1)
            return EXIT_FAILURE;
    puts("ready");
    fflush(stdout);
    if (processes == 0)
        wait_in_kernel();
    for (;;)
        pause();
}

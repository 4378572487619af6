/* proc(5) of one process, read below one descriptor: what is reused meanwhile is its number only. */
#include "process_linux.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

bool process_is_denied(int error)
{
    return error == EACCES || error == EPERM;
}

/* Reads up to size - 1 bytes of a small file. The number of bytes or -errno. */
static ssize_t read_file(int directory, const char *path, char *buffer, size_t size)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    size_t filled = 0;
    ssize_t got = 0;

    if (fd < 0)
        return -errno;
    while (filled < size - 1 && (got = read(fd, buffer + filled, size - 1 - filled)) > 0)
        filled += (size_t)got;
    int error = errno;
    close(fd);
    buffer[filled] = '\0';
    return got < 0 ? -error : (ssize_t)filled;
}

/* ---- the process ---- */

int process_open(int proc, pid_t pid, struct process *ret)
{
    char name[16];
    struct stat status;

    snprintf(name, sizeof name, "%d", (int)pid);
    int directory = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return -errno;
    if (fstat(directory, &status) < 0) {
        int error = errno;
        close(directory);
        return -error;
    }
    *ret = (struct process){.pid = pid, .directory = directory, .inode = status.st_ino, .handle = -1};
    return 0;
}

void process_close(struct process *process)
{
    close(process->directory);
    if (process->handle >= 0)
        close(process->handle);
}

bool process_is_real(int directory)
{
    struct statfs system;

    return fstatfs(directory, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/* Ours are missing, not rights or the process. */
static bool lacks_means(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM;
}

int process_hold(struct process *process)
{
    if (!process_is_real(process->directory))
        return 0;
    process->handle = (int)syscall(SYS_pidfd_open, process->pid, 0);
    return process->handle < 0 && lacks_means(errno) ? -errno : 0;
}

int process_program(const struct process *process, char ret_name[PROCESS_TEXT_SIZE])
{
    static const char gone[] = " (deleted)"; /* by an upgrade, while it runs */
    char path[PROCESS_TEXT_SIZE];
    ssize_t got = readlinkat(process->directory, "exe", path, sizeof path - 1);

    if (got < 0)
        return -errno;
    size_t length = (size_t)got, ending = sizeof gone - 1;
    if (length > ending && memcmp(path + length - ending, gone, ending) == 0)
        length -= ending;
    path[length] = '\0';
    const char *slash = strrchr(path, '/');
    snprintf(ret_name, PROCESS_TEXT_SIZE, "%s", slash != NULL ? slash + 1 : path);
    return 0;
}

/* "\nState:\tS (sleeping)\n…\nUid:\t64055\t64055\t64055\t64055\n"; the name before it is escaped. */
int process_status(const struct process *process, uid_t *ret_uid, char *ret_state)
{
    char text[1024];
    ssize_t size = read_file(process->directory, "status", text, sizeof text);
    const char *state = size > 0 ? strstr(text, "\nState:\t") : NULL;
    const char *uid = state != NULL ? strstr(state, "\nUid:\t") : NULL;

    if (size < 0)
        return (int)size;
    if (uid == NULL)
        return -EBADMSG;
    *ret_state = state[strlen("\nState:\t")];
    *ret_uid = (uid_t)strtoul(uid + strlen("\nUid:\t"), NULL, 10);
    return 0;
}

bool process_is_in(const struct process *process, const struct stat *net)
{
    struct stat theirs;

    return fstatat(process->directory, "ns/net", &theirs, 0) < 0 ||
           (theirs.st_dev == net->st_dev && theirs.st_ino == net->st_ino);
}

size_t process_folder(const struct process *process, char ret_path[PROCESS_TEXT_SIZE])
{
    ssize_t length = readlinkat(process->directory, "cwd", ret_path, PROCESS_TEXT_SIZE);
    return length > 0 ? (size_t)length : 0;
}

ssize_t process_arguments(const struct process *process, char *buffer, size_t size)
{
    return read_file(process->directory, "cmdline", buffer, size);
}

/* ---- its taps ---- */

/* The tap's name, from the `iff:` line that drivers/net/tun.c writes. 0 for a descriptor that is not
 * attached. */
static int read_tap_name(const struct process *process, int fd, char name[HOLDERS_NAME_SIZE])
{
    char path[32], text[1024], *line;

    snprintf(path, sizeof path, "fdinfo/%d", fd);
    ssize_t size = read_file(process->directory, path, text, sizeof text);
    if (size < 0)
        return (int)size;
    if ((line = strstr(text, "\niff:\t")) == NULL)
        return 0;
    line += strlen("\niff:\t");
    size_t length = strcspn(line, "\n");
    if (length == 0 || length >= HOLDERS_NAME_SIZE)
        return 0;
    memcpy(name, line, length);
    name[length] = '\0';
    return 1;
}

/* /dev/tapN is the macvtap with the interface index N. */
static int read_macvtap_name(const char *target, char name[HOLDERS_NAME_SIZE])
{
    static const char prefix[] = "/dev/tap";
    const char *number = target + sizeof prefix - 1;

    if (strncmp(target, prefix, sizeof prefix - 1) != 0 || !isdigit((unsigned char)*number))
        return 0;
    char *end;
    unsigned long index = strtoul(number, &end, 10);
    return *end == '\0' && if_indextoname((unsigned)index, name) != NULL;
}

int process_tap(const struct process *process, int descriptors, const char *entry, struct held_tap *ret)
{
    char target[32];
    ssize_t length = readlinkat(descriptors, entry, target, sizeof target - 1);

    if (length < 0)
        return -errno;
    target[length] = '\0';
    *ret = (struct held_tap){.fd = (int)strtol(entry, NULL, 10)};
    /* A container may have the device node at another place: its name ends alike. */
    if (length >= 8 && strcmp(target + length - 8, "/net/tun") == 0)
        return read_tap_name(process, ret->fd, ret->name);
    return read_macvtap_name(target, ret->name);
}

static bool is_same_namespace(int descriptor, const struct stat *net)
{
    struct stat theirs;

    return fstat(descriptor, &theirs) == 0 && theirs.st_dev == net->st_dev && theirs.st_ino == net->st_ino;
}

/* TUNGETDEVNETNS takes CAP_NET_ADMIN in the tap's namespace, and a macvtap does not know it. */
static void ask_where(int copy, const struct stat *net, struct held_tap *tap)
{
    struct ifreq request = {0};

    if (ioctl(copy, TUNGETIFF, &request) == 0)
        memcpy(tap->name, request.ifr_name, sizeof tap->name);
    int theirs = ioctl(copy, TUNGETDEVNETNS);
    if (theirs < 0)
        return;
    tap->where = is_same_namespace(theirs, net) ? HELD_HERE : HELD_ELSEWHERE;
    close(theirs);
}

int process_locate_tap(const struct process *process, const struct stat *net, struct held_tap *tap)
{
    int copy = -1;

    tap->where = process_is_in(process, net) ? HELD_PROBABLY_HERE : HELD_ELSEWHERE;
    if (process->handle >= 0)
        copy = (int)syscall(SYS_pidfd_getfd, process->handle, tap->fd, 0);
    if (copy < 0)
        return process->handle >= 0 && lacks_means(errno) ? -errno : 0;
    ask_where(copy, net, tap);
    close(copy);
    return 0;
}

bool process_shares_file(const struct file_of *a, const struct file_of *b, bool *ret_shared)
{
    long order = syscall(SYS_kcmp, a->pid, b->pid, KCMP_FILE, (unsigned long)a->fd, (unsigned long)b->fd);

    *ret_shared = order == 0;
    return order >= 0;
}

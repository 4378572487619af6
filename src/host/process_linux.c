/* proc(5) of one process, read below one descriptor: what is reused meanwhile is its number only. */
#include "process_linux.h"

#include "netns_linux.h"
#include "qemu_args.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
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

/* Where the link leads, without the ending of a file that was removed meanwhile (a program by an upgrade).
 * The length or -errno. */
static ssize_t read_link(int directory, const char *name, char ret_path[PROCESS_TEXT_SIZE])
{
    static const char gone[] = " (deleted)";
    ssize_t length = readlinkat(directory, name, ret_path, PROCESS_TEXT_SIZE - 1), ending = sizeof gone - 1;

    if (length < 0)
        return -errno;
    if (length > ending && memcmp(ret_path + length - ending, gone, sizeof gone - 1) == 0)
        length -= ending;
    ret_path[length] = '\0';
    return length;
}

int process_program(const struct process *process, char ret_name[PROCESS_TEXT_SIZE])
{
    char path[PROCESS_TEXT_SIZE];
    ssize_t length = read_link(process->directory, "exe", path);

    if (length < 0)
        return (int)length;
    const char *slash = strrchr(path, '/');
    snprintf(ret_name, PROCESS_TEXT_SIZE, "%s", slash != NULL ? slash + 1 : path);
    return 0;
}

/* Where programs are wrapped, as on NixOS: ".qemu-system-x86_64-wrapped". */
bool process_is_qemu(const char *program)
{
    return qemu_is_program(program[0] == '.' ? program + 1 : program);
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

struct netns_id process_netns(const struct process *process)
{
    struct netns_id its = {0};

    (void)netns_id_at(process->directory, "ns/net", &its);
    return its;
}

/* Its state is read first: if it sleeps, whatever it waited for a processor before has been counted. */
static void read_time(const struct process *process, struct processor_time *ret)
{
    unsigned long long ran_ns, queued_ns;
    char text[64], state;
    uid_t uid;

    if (process_status(process, &uid, &state) < 0 ||
        read_file(process->directory, "schedstat", text, sizeof text) < 0 ||
        sscanf(text, "%llu %llu", &ran_ns, &queued_ns) != 2)
        return;
    *ret = (struct processor_time){state == 'R', ran_ns / 1000, queued_ns / 1000};
}

struct processor_time process_time(pid_t pid)
{
    struct processor_time time = {0};
    struct process process = {.directory = -1, .handle = -1};
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (proc >= 0 && process_open(proc, pid, &process) == 0) {
        read_time(&process, &time);
        process_close(&process);
    }
    if (proc >= 0)
        close(proc);
    return time;
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

/* tapN is the macvtap with the interface index N. */
static int read_macvtap_name(const char *node, char name[HOLDERS_NAME_SIZE])
{
    static const char prefix[] = "/dev/tap";
    const char *number = node + sizeof prefix - 1;

    if (strncmp(node, prefix, sizeof prefix - 1) != 0 || !isdigit((unsigned char)*number))
        return 0;
    char *end;
    unsigned long index = strtoul(number, &end, 10);
    return *end == '\0' && if_indextoname((unsigned)index, name) != NULL;
}

int process_tap(const struct process *process, int descriptors, const char *entry, struct held_tap *ret)
{
    static const char tun[] = "/net/tun";
    char path[PROCESS_TEXT_SIZE];
    ssize_t length = read_link(descriptors, entry, path), ending = sizeof tun - 1;

    if (length < 0)
        return (int)length;
    *ret = (struct held_tap){.fd = (int)strtol(entry, NULL, 10)};
    /* A container may have the device node at another place: its name ends alike. */
    if (length >= ending && strcmp(path + length - ending, tun) == 0)
        return read_tap_name(process, ret->fd, ret->name);
    return read_macvtap_name(path, ret->name);
}

/* The descriptor's link may say anything: whoever has a mount namespace of his own decides what lies in its
 * /dev. The kernel says whether it is a tap's, and what that is called now. */
static bool ask_name(int copy, char name[HOLDERS_NAME_SIZE])
{
    struct stat device;
    struct ifreq request = {0};

    if (fstat(copy, &device) < 0 || !S_ISCHR(device.st_mode) || ioctl(copy, TUNGETIFF, &request) < 0)
        return false;
    memcpy(name, request.ifr_name, HOLDERS_NAME_SIZE - 1);
    return name[0] != '\0';
}

/* TUNGETDEVNETNS takes CAP_NET_ADMIN in the tap's namespace, and a macvtap does not know it. */
static void ask_where(int copy, struct netns_id user, struct held_tap *tap)
{
    int theirs = ioctl(copy, TUNGETDEVNETNS);
    struct netns_id owner = {0};

    if (theirs < 0)
        return;
    (void)netns_id_at(theirs, "", &tap->netns);
    int owners = ioctl(theirs, NS_GET_USERNS);
    tap->given = owners >= 0 && netns_id_at(owners, "", &owner) == 0 && netns_equal(owner, user);
    if (owners >= 0)
        close(owners);
    close(theirs);
}

int process_locate_tap(const struct process *process, struct netns_id user, struct held_tap *tap)
{
    if (process->handle < 0)
        return 1;
    int copy = (int)syscall(SYS_pidfd_getfd, process->handle, tap->fd, 0);
    if (copy < 0)
        return lacks_means(errno) ? -errno : errno != EBADF;
    bool is_tap = ask_name(copy, tap->name);
    if (is_tap)
        ask_where(copy, user, tap);
    close(copy);
    return is_tap;
}

bool process_compare_files(const struct file_of *a, const struct file_of *b, int *ret_order)
{
    enum { EQUAL, LESS, GREATER }; /* kcmp(2) */
    long order = syscall(SYS_kcmp, a->pid, b->pid, KCMP_FILE, (unsigned long)a->fd, (unsigned long)b->fd);

    *ret_order = order == EQUAL ? 0 : order == LESS ? -1 : 1;
    return order >= EQUAL && order <= GREATER;
}

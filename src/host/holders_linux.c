#include "holders.h"

#include "grow.h"
#include "qemu_args.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CMDLINE_MAX = 4 << 20 }; /* the kernel allows 2 MiB by default */

struct pass {
    int proc;        /* directory */
    struct stat net; /* our network namespace */
    struct holders *holders;
};

/* The number that is the whole name, or -1. */
static long number_of(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);

    return isdigit((unsigned char)name[0]) && *end == '\0' ? number : -1;
}

/* Reads up to size - 1 bytes of a small file. -1 if it cannot. */
static ssize_t read_file(int directory, const char *path, char *buffer, size_t size)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    size_t filled = 0;
    ssize_t got = 0;

    if (fd < 0)
        return -1;
    while (filled < size - 1 && (got = read(fd, buffer + filled, size - 1 - filled)) > 0)
        filled += (size_t)got;
    close(fd);
    buffer[filled] = '\0';
    return got < 0 ? -1 : (ssize_t)filled;
}

static bool is_denied(int error)
{
    return error == EACCES || error == EPERM;
}

/* The tap's name, from the `iff:` line that drivers/net/tun.c writes. False, errno 0, for a descriptor that
 * is not attached. */
static bool read_tap_name(int process, long fd, char name[HOLDERS_NAME_SIZE])
{
    char path[32], text[1024], *line;

    snprintf(path, sizeof path, "fdinfo/%ld", fd);
    if (read_file(process, path, text, sizeof text) < 0)
        return false;
    errno = 0;
    if ((line = strstr(text, "\niff:\t")) == NULL)
        return false;
    line += strlen("\niff:\t");
    size_t length = strcspn(line, "\n");
    if (length == 0 || length >= HOLDERS_NAME_SIZE)
        return false;
    memcpy(name, line, length);
    name[length] = '\0';
    return true;
}

/* /dev/tapN is the macvtap with the interface index N. */
static bool read_macvtap_name(const char *target, char name[HOLDERS_NAME_SIZE])
{
    static const char prefix[] = "/dev/tap";
    long index = strncmp(target, prefix, sizeof prefix - 1) == 0 ? number_of(target + sizeof prefix - 1) : -1;

    return index > 0 && if_indextoname((unsigned)index, name) != NULL;
}

/* False if it may not be looked at. */
static bool read_descriptor(int process, int descriptors, const char *entry, struct holder *holder)
{
    char target[32], name[HOLDERS_NAME_SIZE];
    long fd = number_of(entry);
    ssize_t length = fd >= 0 ? readlinkat(descriptors, entry, target, sizeof target - 1) : 0;

    if (length < 0)
        return !is_denied(errno);
    target[length] = '\0';
    /* A container may have the device node at another place: its name ends alike. */
    bool tun = length >= 8 && strcmp(target + length - 8, "/net/tun") == 0;
    if (tun ? !read_tap_name(process, fd, name) : !read_macvtap_name(target, name))
        return !(tun && is_denied(errno));
    holder->taps = grow(holder->taps, &holder->tap_count, sizeof *holder->taps);
    struct held_tap *tap = &holder->taps[holder->tap_count - 1];
    tap->fd = (int)fd;
    memcpy(tap->name, name, sizeof tap->name);
    return true;
}

/* Looks through the process's descriptors. False if it may not look at all of them. */
static bool read_descriptors(int process, struct holder *holder)
{
    int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    bool allowed = true;

    if (directory == NULL) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return !is_denied(error); /* else it has ended */
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        allowed &= read_descriptor(process, dirfd(directory), entry->d_name, holder);
    closedir(directory);
    return allowed;
}

static bool is_same_net(const struct pass *pass, int process)
{
    struct stat net;

    return fstatat(process, "ns/net", &net, 0) < 0 ||
           (net.st_dev == pass->net.st_dev && net.st_ino == pass->net.st_ino);
}

/* Name of the program without its folder. Empty for a kernel thread or a process that has ended. */
static void read_command(int process, struct holder *holder)
{
    char text[512];
    ssize_t length = read_file(process, "cmdline", text, sizeof text);
    const char *slash = length > 0 ? strrchr(text, '/') : NULL;

    if (length <= 0)
        text[0] = '\0';
    holder->is_qemu = qemu_is_program(text);
    holder->command = text_format("%s", slash != NULL ? slash + 1 : text);
}

static void read_process(struct pass *pass, const char *entry, pid_t pid)
{
    struct holder holder = {.pid = pid};
    int process = openat(pass->proc, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (process < 0)
        return;
    holder.readable = read_descriptors(process, &holder);
    holder.same_net = true;
    read_command(process, &holder);
    if (!holder.readable && holder.command[0] != '\0') /* kernel threads hold no taps */
        pass->holders->unreadable++;
    if (holder.tap_count > 0 || holder.is_qemu)
        holder.same_net = is_same_net(pass, process);
    if (holder.is_qemu || (holder.tap_count > 0 && holder.same_net)) {
        pass->holders->items =
            grow(pass->holders->items, &pass->holders->count, sizeof *pass->holders->items);
        pass->holders->items[pass->holders->count - 1] = holder;
    } else {
        free(holder.taps);
        free(holder.command);
    }
    close(process);
}

/* ---- descriptors by tap: a host may have thousands of both ---- */

static int compare_held(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    int order = strcmp(x->tap->name, y->tap->name);
    return order != 0 ? order : (x->holder > y->holder) - (x->holder < y->holder);
}

static void sort_by_tap(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++)
        for (size_t t = 0; t < holders->items[i].tap_count && holders->items[i].same_net; t++) {
            holders->by_tap = grow(holders->by_tap, &holders->held_count, sizeof *holders->by_tap);
            holders->by_tap[holders->held_count - 1] = (struct held){&holders->items[i].taps[t], i};
        }
    if (holders->held_count > 0)
        qsort(holders->by_tap, holders->held_count, sizeof *holders->by_tap, compare_held);
}

static size_t first_held(const struct holders *holders, const char *tap)
{
    size_t low = 0, high = holders->held_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(holders->by_tap[middle].tap->name, tap) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_of_tap(const struct holders *holders, size_t place, const char *tap)
{
    return place < holders->held_count && strcmp(holders->by_tap[place].tap->name, tap) == 0;
}

/* ---- who only keeps a descriptor for another process ---- */

/* Where the kernel does not say (no privilege, no kcmp): two QEMUs are two VMs, anything else is a helper. */
static bool is_same_file(const struct holder *a, int a_fd, const struct holder *b, int b_fd)
{
    long order = syscall(SYS_kcmp, a->pid, b->pid, KCMP_FILE, (unsigned long)a_fd, (unsigned long)b_fd);
    return order == 0 || (order < 0 && !(a->is_qemu && b->is_qemu));
}

/* Of processes that share one open file, the QEMU uses it; without one, the first. */
static bool is_handed_on(const struct holders *holders, const struct holder *holder,
                         const struct held_tap *tap)
{
    for (size_t i = first_held(holders, tap->name); is_of_tap(holders, i, tap->name); i++) {
        const struct holder *other = &holders->items[holders->by_tap[i].holder];
        bool other_first = other->is_qemu != holder->is_qemu ? other->is_qemu : other < holder;
        if (other_first && is_same_file(holder, tap->fd, other, holders->by_tap[i].tap->fd))
            return true;
    }
    return false;
}

static void find_handed_on(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++)
        for (size_t t = 0; t < holders->items[i].tap_count && holders->items[i].same_net; t++)
            holders->items[i].taps[t].handed_on =
                is_handed_on(holders, &holders->items[i], &holders->items[i].taps[t]);
}

/* ---- the pass ---- */

static int compare_pids(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

int holders_read(const char *proc, struct holders *ret)
{
    struct pass pass = {.holders = ret};
    DIR *directory = opendir(proc);

    *ret = (struct holders){0};
    if (directory == NULL)
        return -errno;
    pass.proc = dirfd(directory);
    if (fstatat(pass.proc, "self/ns/net", &pass.net, 0) < 0) {
        int error = errno;
        closedir(directory);
        return -error;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        long pid = number_of(entry->d_name);
        if (pid > 0)
            read_process(&pass, entry->d_name, (pid_t)pid);
    }
    closedir(directory);
    if (ret->count > 0)
        qsort(ret->items, ret->count, sizeof *ret->items, compare_pids);
    sort_by_tap(ret);
    find_handed_on(ret);
    return 0;
}

void holders_free(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        free(holders->items[i].command);
        free(holders->items[i].taps);
        vm_free(holders->items[i].vm);
    }
    free(holders->by_tap);
    free(holders->items);
    *holders = (struct holders){0};
}

struct holder *holders_find(struct holders *holders, pid_t pid)
{
    struct holder wanted = {.pid = pid};

    if (holders->count == 0)
        return NULL;
    return bsearch(&wanted, holders->items, holders->count, sizeof wanted, compare_pids);
}

size_t holder_queues(const struct holder *holder, const char *tap)
{
    size_t queues = 0;

    for (size_t i = 0; i < holder->tap_count && holder->same_net; i++)
        queues += !holder->taps[i].handed_on && strcmp(holder->taps[i].name, tap) == 0;
    return queues;
}

struct holder *holders_next(struct holders *holders, const char *tap, const struct holder *after)
{
    size_t from = after != NULL ? (size_t)(after - holders->items) + 1 : 0;

    for (size_t i = first_held(holders, tap); is_of_tap(holders, i, tap); i++)
        if (holders->by_tap[i].holder >= from && !holders->by_tap[i].tap->handed_on)
            return &holders->items[holders->by_tap[i].holder];
    return NULL;
}

/* ---- the VM of a process ---- */

static const char *name_of_fd(const struct holder *holder, long fd)
{
    for (size_t i = 0; i < holder->tap_count; i++)
        if (holder->taps[i].fd == fd)
            return holder->taps[i].name;
    return NULL;
}

static bool is_named(const struct vm *vm, const char *ifname)
{
    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].ifname != NULL && strcmp(vm->backends[i].ifname, ifname) == 0)
            return true;
    return false;
}

/* A tap that the command line does not name: by its descriptor. */
static void name_by_descriptors(struct vm *vm, const struct holder *holder)
{
    for (size_t i = 0; i < vm->backend_count; i++) {
        struct vm_backend *backend = &vm->backends[i];
        const char *name =
            backend->fds.count > 0 ? name_of_fd(holder, number_of(backend->fds.items[0])) : NULL;
        if (name != NULL && backend->ifname == NULL)
            backend->ifname = text_format("%s", name);
    }
}

static bool is_held(const struct holder *holder, const char *ifname)
{
    for (size_t i = 0; ifname != NULL && i < holder->tap_count; i++)
        if (strcmp(holder->taps[i].name, ifname) == 0)
            return true;
    return false;
}

/* The one tap that is held and that no backend names; NULL if there is none, or more than one. */
static const char *last_tap(const struct vm *vm, const struct holder *holder)
{
    const char *left = NULL;

    for (size_t i = 0; i < holder->tap_count; i++) {
        if (is_named(vm, holder->taps[i].name) || (left != NULL && strcmp(left, holder->taps[i].name) == 0))
            continue;
        if (left != NULL)
            return NULL;
        left = holder->taps[i].name;
    }
    return left;
}

/* Then by elimination: one tap held that no backend names, one backend that has no name, or one that the
 * process does not hold any more: the tap was renamed. */
static void name_the_last(struct vm *vm, const struct holder *holder)
{
    struct vm_backend *nameless = NULL;
    const char *left = last_tap(vm, holder);

    for (size_t i = 0; i < vm->backend_count && left != NULL; i++) {
        struct vm_backend *backend = &vm->backends[i];
        if ((backend->kind != VM_BACKEND_TAP && backend->kind != VM_BACKEND_BRIDGE) ||
            is_held(holder, backend->ifname))
            continue;
        if (nameless != NULL)
            return;
        nameless = backend;
    }
    if (nameless != NULL) {
        free(nameless->ifname);
        nameless->ifname = text_format("%s", left);
    }
}

static void name_taps(struct vm *vm, const struct holder *holder)
{
    name_by_descriptors(vm, holder);
    if (holder->readable)
        name_the_last(vm, holder);
    for (size_t i = 0; i < vm->backend_count; i++)
        vm->backends[i].held = is_held(holder, vm->backends[i].ifname);
}

/* A relative path starts where QEMU was started. */
static void complete_paths(const char *proc, struct vm *vm)
{
    char *link = text_format("%s/%d/cwd", proc, (int)vm->pid), folder[PATH_MAX];
    ssize_t length = readlink(link, folder, sizeof folder - 1);

    for (size_t i = 0; i < vm->qmp_sockets.count; i++) {
        char *path = vm->qmp_sockets.items[i];
        if (*path == '/')
            continue;
        vm->qmp_sockets.items[i] =
            length > 0 ? text_format("%.*s/%s", (int)length, folder, path) : text_format("%s/%s", link, path);
        free(path);
    }
    free(link);
}

const struct vm *holder_vm(const char *proc, struct holder *holder)
{
    if (holder->vm_read || !holder->is_qemu)
        return holder->vm;
    holder->vm_read = true;

    char *path = text_format("%s/%d/cmdline", proc, (int)holder->pid), *text = memory_new(CMDLINE_MAX, 1);
    ssize_t size = read_file(AT_FDCWD, path, text, CMDLINE_MAX);
    if (size > 0) {
        holder->vm = qemu_cmdline_parse(text, (size_t)size);
        holder->vm->pid = holder->pid;
        name_taps(holder->vm, holder);
        complete_paths(proc, holder->vm);
    }
    free(text);
    free(path);
    return holder->vm;
}

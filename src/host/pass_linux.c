/* The first half. */
#include "pass_linux.h"

#include "clock.h"
#include "grow.h"
#include "qemu_args.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TURN = 512 }; /* descriptors of one process, before the others have their turn */

static bool is_number(const char *name)
{
    return isdigit((unsigned char)name[0]);
}

/* Ended meanwhile. */
static bool is_gone(int error)
{
    return error == -ENOENT || error == -ESRCH;
}

static void note_error(struct pass *pass, int error)
{
    if (error < 0 && !is_gone(error) && !is_denied(-error))
        pass->result.error = -error;
}

static void forget(struct subject *subject)
{
    free(subject->holder.command);
    free(subject->holder.taps);
    subject->holder = (struct holder){.pid = subject->holder.pid, .readable = true};
    subject->next = 0;
    subject->nameless = false;
}

/* Linux's own processes have no executable, and hold nothing. */
static void look_at_program(struct pass *pass, const struct process *process, struct subject *subject)
{
    char name[PROCESS_TEXT_SIZE];
    int error = process_program(process, name);

    if (is_denied(-error)) {
        subject->nameless = true;
        subject->holder.readable = false;
    } else if (error < 0) {
        note_error(pass, error);
        subject->finished = true;
    } else {
        subject->holder.command = text_format("%s", name);
        /* Where programs are wrapped, as on NixOS: ".qemu-system-x86_64-wrapped". */
        subject->holder.is_qemu = qemu_is_program(name[0] == '.' ? name + 1 : name);
    }
}

static void look_at_descriptor(struct pass *pass, const struct process *process, int descriptors,
                               const char *entry, struct holder *holder)
{
    struct held_tap tap;
    int found = process_tap(process, descriptors, entry, &tap);

    if (found > 0) {
        holder->taps = grow(holder->taps, &holder->tap_count, sizeof tap);
        holder->taps[holder->tap_count - 1] = tap;
    }
    holder->readable &= !is_denied(-found);
    note_error(pass, found < 0 ? found : 0);
}

/* Some of its descriptors; finished when these were the last. */
static void look_at_descriptors(struct pass *pass, const struct process *process, struct subject *subject)
{
    int fd = openat(process->directory, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 && lseek(fd, subject->next, SEEK_SET) >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry = NULL;

    subject->finished = true;
    if (directory == NULL) {
        subject->holder.readable &= !is_denied(errno);
        note_error(pass, -errno);
        if (fd >= 0)
            close(fd);
        return;
    }
    for (int i = 0; i < TURN && (entry = readdir(directory)) != NULL; i++) {
        subject->next = entry->d_off;
        if (is_number(entry->d_name))
            look_at_descriptor(pass, process, dirfd(directory), entry->d_name, &subject->holder);
    }
    subject->finished = entry == NULL;
    closedir(directory);
}

/* Of a closer look. */
static bool is_worth_it(const struct subject *subject)
{
    return subject->holder.tap_count > 0 || subject->holder.is_qemu || subject->nameless;
}

static void take_turn(struct pass *pass, struct subject *subject)
{
    struct process process;
    int error = process_open(pass->proc, subject->holder.pid, &process);

    if (error < 0) {
        note_error(pass, error);
        forget(subject);
        subject->finished = true;
        return;
    }
    if (process.inode != subject->inode) {
        forget(subject);
        subject->inode = process.inode;
        look_at_program(pass, &process, subject);
    }
    if (!subject->finished)
        look_at_descriptors(pass, &process, subject);
    if (subject->finished && is_worth_it(subject))
        note_error(pass, process_status(&process, &subject->holder.uid, &subject->holder.state));
    process_close(&process);
}

static void list_processes(struct pass *pass)
{
    int copy = dup(pass->proc);
    DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;

    if (directory == NULL) {
        note_error(pass, -errno);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (!is_number(entry->d_name))
            continue;
        pass->subjects = grow(pass->subjects, &pass->count, sizeof *pass->subjects);
        pass->subjects[pass->count - 1].holder.pid = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(directory);
}

/* One turn each, then another for those that have more descriptors: who holds thousands does not keep others
 * from being looked at. */
static void take_turns(struct pass *pass, uint64_t until_us)
{
    size_t unfinished = pass->count;

    while (unfinished > 0) {
        for (size_t i = 0; i < pass->count; i++) {
            if (pass->subjects[i].finished)
                continue;
            if (clock_now() >= until_us) {
                pass->result.late = unfinished;
                return;
            }
            take_turn(pass, &pass->subjects[i]);
            unfinished -= pass->subjects[i].finished;
        }
    }
}

/* ---- which descriptors are one open file ---- */

enum { FILES_MAX = 256 }; /* of one tap: the kernel has no more queues (MAX_TAP_QUEUES) */

struct descriptor {
    struct held_tap *tap;
    struct file_of file;
};

static int compare_descriptors(const void *a, const void *b)
{
    const struct descriptor *x = a, *y = b;
    int order = strcmp(x->tap->name, y->tap->name);
    return order != 0 ? order : (x->file.pid > y->file.pid) - (x->file.pid < y->file.pid);
}

/* Compares a descriptor with one of each file that is known of its tap. */
static void number_file(const struct descriptor *descriptor, struct file_of *files, unsigned *count)
{
    bool known = *count == 0, shared = false;

    for (unsigned i = 0; i < *count && !shared; i++)
        if (process_shares_file(&files[i], &descriptor->file, &shared)) {
            known = true;
            descriptor->tap->file = shared ? i + 1 : 0;
        }
    if (shared || !known || *count == FILES_MAX)
        return;
    files[*count] = descriptor->file;
    descriptor->tap->file = ++*count;
}

static size_t list_descriptors(const struct pass *pass, struct descriptor **ret)
{
    size_t count = 0;

    for (size_t i = 0; i < pass->count; i++) {
        struct holder *holder = &pass->subjects[i].holder;
        for (size_t t = 0; t < holder->tap_count; t++) {
            *ret = grow(*ret, &count, sizeof **ret);
            (*ret)[count - 1] = (struct descriptor){&holder->taps[t], {holder->pid, holder->taps[t].fd}};
        }
    }
    return count;
}

static void number_files(struct pass *pass)
{
    struct descriptor *all = NULL;
    struct file_of files[FILES_MAX];
    unsigned file_count = 0;
    size_t count = process_is_real(pass->proc) ? list_descriptors(pass, &all) : 0;

    if (count > 0)
        qsort(all, count, sizeof *all, compare_descriptors);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(all[i].tap->name, all[i - 1].tap->name) != 0)
            file_count = 0;
        number_file(&all[i], files, &file_count);
    }
    free(all);
}

/* ---- all of it ---- */

static void keep_worthy(struct pass *pass)
{
    size_t kept = 0;

    for (size_t i = 0; i < pass->count; i++) {
        if (is_worth_it(&pass->subjects[i])) {
            pass->subjects[kept++] = pass->subjects[i];
            continue;
        }
        pass->result.unreadable += !pass->subjects[i].holder.readable;
        forget(&pass->subjects[i]);
    }
    pass->count = pass->result.processes = kept;
}

void pass_look_at_all(struct pass *pass, uint64_t until_us)
{
    list_processes(pass);
    take_turns(pass, until_us);
    keep_worthy(pass);
    number_files(pass);
}

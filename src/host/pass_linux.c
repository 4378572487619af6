/* The first half. */
#include "pass_linux.h"

#include "clock.h"
#include "grow.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the entries of some 256 descriptors of one process, before the others have their turn: few have more. */
enum { TURN_SIZE = 6144 };
/* Of computing, for those that have more: enough for 4,000 taps, or 20,000 others. */
enum { FURTHER_TURNS_US = 25000 };
/* Of computing, to tell which descriptors are one open file: enough for 15,000. */
enum { NUMBERING_US = 25000 };

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
    if (error < 0 && !is_gone(error) && !process_is_denied(-error))
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

    if (process_is_denied(-error)) {
        subject->nameless = true;
        subject->holder.readable = false;
    } else if (error < 0) {
        note_error(pass, error);
        subject->finished = true;
    } else {
        subject->holder.command = text_format("%s", name);
        subject->holder.is_qemu = process_is_qemu(name);
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
    holder->readable &= !process_is_denied(-found);
    note_error(pass, found < 0 ? found : 0);
}

static void look_at_entries(struct pass *pass, const struct process *process, int descriptors,
                            const char *entries, size_t size, struct subject *subject)
{
    const struct dirent64 *entry;

    for (size_t at = 0; at < size; at += entry->d_reclen) {
        entry = (const struct dirent64 *)(entries + at);
        subject->next = entry->d_off;
        if (is_number(entry->d_name))
            look_at_descriptor(pass, process, descriptors, entry->d_name, &subject->holder);
    }
}

/* Some of its descriptors; finished when these were the last. readdir(3) would have the kernel list more than
 * are wanted. */
static void look_at_descriptors(struct pass *pass, const struct process *process, struct subject *subject)
{
    _Alignas(struct dirent64) char entries[TURN_SIZE];
    int descriptors = openat(process->directory, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool placed = descriptors >= 0 && lseek(descriptors, subject->next, SEEK_SET) >= 0;
    ssize_t size;

    do {
        size = placed ? getdents64(descriptors, entries, sizeof entries) : -1;
        if (size > 0)
            look_at_entries(pass, process, descriptors, entries, (size_t)size, subject);
    } while (size > 0 && size < TURN_SIZE / 2);
    subject->finished = size <= 0;
    if (size < 0) {
        subject->holder.readable &= !process_is_denied(errno);
        note_error(pass, -errno);
    }
    if (descriptors >= 0)
        close(descriptors);
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
        subject->holder.readable = !process_is_denied(-error); /* hidepid=1, proc(5) */
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

/* We run, so all that we waited for a processor has been counted. */
static bool has_time(struct pass *pass)
{
    uint64_t now_us = clock_now();

    if (now_us < pass->until_us)
        return true;
    struct processor_time time = process_time(getpid());
    time.runnable = false;
    uint64_t left_us = patience_left(&time, now_us - pass->since_us, PASS_HALF_US);
    pass->until_us = now_us + left_us;
    return left_us > 0;
}

static void take_a_turn_each(struct pass *pass, uint64_t until_spent_us)
{
    for (size_t i = 0; i < pass->count && has_time(pass) && clock_spent() < until_spent_us; i++)
        if (!pass->subjects[i].finished)
            take_turn(pass, &pass->subjects[i]);
}

static size_t count_unfinished(const struct pass *pass)
{
    size_t count = 0;

    for (size_t i = 0; i < pass->count; i++)
        count += !pass->subjects[i].finished;
    return count;
}

/* A turn for everybody, then others for those that have more descriptors, but not for long: who holds
 * thousands neither keeps others from being looked at, nor makes anybody wait for it. */
static void take_turns(struct pass *pass)
{
    take_a_turn_each(pass, UINT64_MAX);
    uint64_t until_spent_us = clock_spent() + FURTHER_TURNS_US;
    while ((pass->result.late = count_unfinished(pass)) > 0 && has_time(pass) &&
           clock_spent() < until_spent_us)
        take_a_turn_each(pass, until_spent_us);
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

/* One descriptor of each file of a tap, in the order of the kernel. */
struct known_files {
    struct known_file {
        struct file_of file;
        unsigned number;
    } items[FILES_MAX];
    unsigned count;
};

/* Whether its place among them could be found: it is one of them if *ret_known, else it would be there. */
static bool find_file(const struct known_files *known, const struct file_of *file, unsigned *ret_place,
                      bool *ret_known)
{
    unsigned low = 0, high = known->count;
    int order = 1;

    while (low < high && order != 0) {
        unsigned middle = low + (high - low) / 2;
        if (!process_compare_files(file, &known->items[middle].file, &order))
            return false;
        if (order <= 0)
            high = middle;
        else
            low = middle + 1;
    }
    *ret_place = high;
    *ret_known = order == 0;
    return true;
}

static void number_file(const struct descriptor *descriptor, struct known_files *known)
{
    unsigned place;
    bool is_known;

    if (!find_file(known, &descriptor->file, &place, &is_known) || (!is_known && known->count == FILES_MAX))
        return;
    struct known_file *item = &known->items[place];
    if (!is_known) {
        memmove(item + 1, item, (known->count - place) * sizeof *item);
        *item = (struct known_file){descriptor->file, ++known->count};
    }
    descriptor->tap->file = item->number;
}

/* Those of one tap, by process. Of one process no more than the tap has queues: the others only cost time. */
static void number_tap(const struct descriptor *descriptors, size_t count, uint64_t until_spent_us)
{
    struct known_files known = {.count = 0};

    if (descriptors[0].file.pid == descriptors[count - 1].file.pid)
        return; /* nobody shares it */
    for (size_t i = 0; i < count && clock_spent() < until_spent_us; i++)
        if (i < FILES_MAX || descriptors[i - FILES_MAX].file.pid != descriptors[i].file.pid)
            number_file(&descriptors[i], &known);
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
    size_t count = process_is_real(pass->proc) ? list_descriptors(pass, &all) : 0;
    uint64_t until_spent_us = clock_spent() + NUMBERING_US;

    if (count > 0)
        qsort(all, count, sizeof *all, compare_descriptors);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && strcmp(all[to].tap->name, all[from].tap->name) == 0; to++)
            ;
        number_tap(&all[from], to - from, until_spent_us);
    }
    free(all);
}

/* ---- all of it ---- */

/* Process 1 is always there. Where it is not shown (hidepid=2, proc(5)), others are not, and nobody says how
 * many. */
static size_t count_hidden(const struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        if (pass->subjects[i].holder.pid == 1)
            return 0;
    return process_is_real(pass->proc) ? 1 : 0;
}

/* False if it has ended. */
static bool look_at_status(struct pass *pass, struct holder *holder)
{
    struct process process;
    int error = process_open(pass->proc, holder->pid, &process);

    if (error == 0) {
        error = process_status(&process, &holder->uid, &holder->state);
        process_close(&process);
    }
    note_error(pass, error);
    return error == 0;
}

static void keep_worthy(struct pass *pass)
{
    size_t kept = 0;

    for (size_t i = 0; i < pass->count; i++) {
        struct subject *subject = &pass->subjects[i];
        pass->result.unreadable += subject->finished && !subject->holder.readable && !is_worth_it(subject);
        subject->holder.readable &= subject->finished;
        if (is_worth_it(subject) && look_at_status(pass, &subject->holder))
            pass->subjects[kept++] = *subject;
        else
            forget(subject);
    }
    pass->count = pass->result.processes = kept;
}

void pass_look_at_all(struct pass *pass)
{
    pass->since_us = clock_now();
    pass->until_us = pass->since_us + PASS_HALF_US;
    list_processes(pass);
    pass->result.unreadable = count_hidden(pass);
    take_turns(pass);
    keep_worthy(pass);
    number_files(pass);
}

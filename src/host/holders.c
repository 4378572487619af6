/* Who holds which tap, as a list that can be searched by tap and by process. */
#include "holders.h"

#include "grow.h"
#include "holders_load.h"
#include "process_record.h"
#include "qemu_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- descriptors by tap: a host may have thousands of both ---- */

static int compare_held(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    int order = strcmp(x->tap->name, y->tap->name);
    if (order == 0)
        order = (x->holder > y->holder) - (x->holder < y->holder);
    return order != 0 ? order : (x->tap > y->tap) - (x->tap < y->tap);
}

static void sort_by_tap(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        struct holder *holder = &holders->items[i];
        for (size_t t = 0; t < holder->tap_count; t++) {
            if (holder->taps[t].where == HELD_ELSEWHERE)
                continue;
            holders->by_tap = grow(holders->by_tap, &holders->held_count, sizeof *holders->by_tap);
            holders->by_tap[holders->held_count - 1] = (struct held){&holder->taps[t], holder};
        }
    }
    if (holders->held_count > 0)
        qsort(holders->by_tap, holders->held_count, sizeof *holders->by_tap, compare_held);
}

static const struct held *first_held(const struct holders *holders, const char *tap)
{
    size_t low = 0, high = holders->held_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(holders->by_tap[middle].tap->name, tap) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return holders->by_tap + low;
}

const struct held *holders_next(const struct holders *holders, const char *tap, const struct held *after)
{
    const struct held *held = after != NULL ? after + 1 : first_held(holders, tap);

    for (; held < holders->by_tap + holders->held_count && strcmp(held->tap->name, tap) == 0; held++)
        if (!held->tap->handed_on && (after == NULL || held->holder != after->holder))
            return held;
    return NULL;
}

/* ---- who only keeps a descriptor for another process ---- */

/* By tap, by file; and of each, who uses it first: of processes that share one open file, the QEMU, or else
 * the first. */
static int compare_users(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    int order = strcmp(x->tap->name, y->tap->name);
    if (order == 0)
        order = (x->tap->file > y->tap->file) - (x->tap->file < y->tap->file);
    if (order == 0)
        order = y->holder->is_qemu - x->holder->is_qemu;
    return order != 0 ? order : (x->holder > y->holder) - (x->holder < y->holder);
}

static bool is_same_file(const struct held *a, const struct held *b)
{
    return a->tap->file == b->tap->file && strcmp(a->tap->name, b->tap->name) == 0;
}

static void find_handed_on(struct holders *holders)
{
    struct held *all = memory_new(holders->held_count, sizeof *all), *user = all;

    if (holders->held_count > 0)
        memcpy(all, holders->by_tap, holders->held_count * sizeof *all);
    qsort(all, holders->held_count, sizeof *all, compare_users);
    for (struct held *held = all; held < all + holders->held_count; held++) {
        if (!is_same_file(user, held))
            user = held;
        /* Where nobody can tell, two QEMUs are two VMs, anything else is a helper. */
        bool two_vms = held->tap->file == 0 && user->holder->is_qemu && held->holder->is_qemu;
        held->tap->handed_on = held->holder != user->holder && !two_vms;
    }
    free(all);
}

/* ---- the VM of a process ---- */

/* What it holds, by name, each tap once: a tap may have hundreds of descriptors. */
struct distinct {
    const struct held_tap **taps;
    size_t count;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct held_tap *const *)a)->name, (*(const struct held_tap *const *)b)->name);
}

static struct distinct distinct_taps(const struct holder *holder)
{
    struct distinct distinct = {.taps = memory_new(holder->tap_count, sizeof(struct held_tap *))};

    for (size_t i = 0; i < holder->tap_count; i++)
        distinct.taps[i] = &holder->taps[i];
    qsort(distinct.taps, holder->tap_count, sizeof *distinct.taps, compare_names);
    for (size_t i = 0; i < holder->tap_count; i++)
        if (i == 0 || compare_names(&distinct.taps[i], &distinct.taps[distinct.count - 1]) != 0)
            distinct.taps[distinct.count++] = distinct.taps[i];
    return distinct;
}

static const struct held_tap *held_named(const struct distinct *distinct, const char *name)
{
    struct held_tap wanted;
    const struct held_tap *key = &wanted, **found;

    if (name == NULL || strlen(name) >= sizeof wanted.name)
        return NULL;
    memcpy(wanted.name, name, strlen(name) + 1);
    found = bsearch(&key, distinct->taps, distinct->count, sizeof key, compare_names);
    return found != NULL ? *found : NULL;
}

static const char *name_of_fd(const struct holder *holder, const char *written)
{
    char *end;
    long fd = strtol(written, &end, 10);

    for (size_t i = 0; i < holder->tap_count && end != written && *end == '\0'; i++)
        if (holder->taps[i].fd == fd)
            return holder->taps[i].name;
    return NULL;
}

/* A tap that the command line does not name: by its descriptor. */
static void name_by_descriptors(struct vm *vm, const struct holder *holder)
{
    for (size_t i = 0; i < vm->backend_count; i++) {
        struct vm_backend *backend = &vm->backends[i];
        const char *name = backend->fds.count > 0 ? name_of_fd(holder, backend->fds.items[0]) : NULL;
        if (name != NULL && backend->ifname == NULL)
            backend->ifname = text_format("%s", name);
    }
}

static bool is_named(const struct vm *vm, const char *ifname)
{
    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].ifname != NULL && strcmp(vm->backends[i].ifname, ifname) == 0)
            return true;
    return false;
}

/* The one tap that is held and that no backend names; NULL if there is none, or more than one. */
static const char *last_tap(const struct vm *vm, const struct distinct *held)
{
    const char *left = NULL;

    for (size_t i = 0; i < held->count; i++) {
        if (is_named(vm, held->taps[i]->name))
            continue;
        if (left != NULL)
            return NULL;
        left = held->taps[i]->name;
    }
    return left;
}

/* Then by elimination: one tap held that no backend names, one backend that has no name, or one that the
 * process does not hold any more: the tap was renamed. */
static void name_the_last(struct vm *vm, const struct distinct *held)
{
    struct vm_backend *nameless = NULL;
    const char *left = last_tap(vm, held);

    for (size_t i = 0; i < vm->backend_count && left != NULL; i++) {
        struct vm_backend *backend = &vm->backends[i];
        if ((backend->kind != VM_BACKEND_TAP && backend->kind != VM_BACKEND_BRIDGE) ||
            held_named(held, backend->ifname) != NULL)
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
    struct distinct held = distinct_taps(holder);

    name_by_descriptors(vm, holder);
    if (holder->readable)
        name_the_last(vm, &held);
    for (size_t i = 0; i < vm->backend_count; i++) {
        const struct held_tap *tap = held_named(&held, vm->backends[i].ifname);
        vm->backends[i].held = tap != NULL;
        vm->backends[i].here = tap != NULL && tap->where != HELD_ELSEWHERE;
    }
    free(held.taps);
}

/* A relative path starts where QEMU was started. One that nobody knows is left out. */
static void complete_paths(struct vm *vm, const char *folder, size_t size)
{
    struct text_list paths = {0};

    for (size_t i = 0; i < vm->qmp_sockets.count; i++) {
        const char *path = vm->qmp_sockets.items[i];
        if (*path == '/')
            text_list_addf(&paths, "%s", path);
        else if (size > 0)
            text_list_addf(&paths, "%.*s/%s", (int)size, folder, path);
    }
    text_list_free(&vm->qmp_sockets);
    vm->qmp_sockets = paths;
}

/* ---- the records of a pass ---- */

/* The texts of a record, one after another. */
struct texts {
    const char *next;
    size_t left;
};

static const char *take(struct texts *texts, size_t size)
{
    const char *text = texts->next;

    if (size > texts->left)
        return NULL;
    texts->next += size;
    texts->left -= size;
    return text;
}

static struct vm *read_vm(const struct holder *holder, const char *arguments, size_t size)
{
    struct vm *vm = qemu_cmdline_parse(arguments, size);

    vm->pid = holder->pid;
    vm->uid = holder->uid;
    name_taps(vm, holder);
    return vm;
}

static int load_process(const struct process_record *record, struct texts rest, struct holders *holders)
{
    size_t taps_size = record->tap_count * sizeof(struct held_tap);
    const char *taps = take(&rest, taps_size), *command = take(&rest, record->command_size),
               *folder = take(&rest, record->folder_size), *arguments = take(&rest, record->arguments_size);

    if (taps == NULL || command == NULL || folder == NULL || arguments == NULL)
        return -EBADMSG;
    holders->items = grow(holders->items, &holders->count, sizeof *holders->items);
    struct holder *holder = &holders->items[holders->count - 1];
    *holder = (struct holder){.pid = record->pid,
                              .uid = record->uid,
                              .state = record->state,
                              .command = text_format("%.*s", (int)record->command_size, command),
                              .is_qemu = record->is_qemu,
                              .readable = record->readable,
                              .same_net = record->same_net,
                              .taps = memory_new(record->tap_count, sizeof(struct held_tap)),
                              .tap_count = record->tap_count};
    if (taps_size > 0)
        memcpy(holder->taps, taps, taps_size);
    if (!holder->is_qemu || record->arguments_size == 0)
        return 0;
    holder->vm = read_vm(holder, arguments, record->arguments_size);
    complete_paths(holder->vm, folder, record->folder_size);
    return 0;
}

static void load_user(const struct user_record *record, struct holders *holders)
{
    holders->missing -= record->processes;
    holders->unreadable += record->unreadable;
    if (record->error != 0)
        holders->error = record->error;
    if (record->strangers.count == 0)
        return;
    holders->strangers = grow(holders->strangers, &holders->strangers_count, sizeof *holders->strangers);
    holders->strangers[holders->strangers_count - 1] = record->strangers;
}

union record {
    struct record_head head;
    struct pass_record pass;
    struct process_record process;
    struct user_record user;
};

static int load_record(const char *bytes, struct record_head head, struct holders *holders)
{
    static const size_t sizes[] = {
        [RECORD_PASS] = sizeof(struct pass_record),
        [RECORD_PROCESS] = sizeof(struct process_record),
        [RECORD_USER] = sizeof(struct user_record),
    };
    union record record;

    if (head.kind > RECORD_USER || head.size < sizes[head.kind])
        return -EBADMSG;
    memcpy(&record, bytes, sizes[head.kind]);
    switch (head.kind) {
    case RECORD_PASS:
        holders->unreadable = record.pass.unreadable;
        holders->late = record.pass.late;
        holders->missing = record.pass.processes; /* and what the users tell is taken off */
        holders->error = record.pass.error;
        return 0;
    case RECORD_PROCESS:
        return load_process(&record.process,
                            (struct texts){bytes + sizeof record.process, head.size - sizeof record.process},
                            holders);
    case RECORD_USER:
        load_user(&record.user, holders);
    }
    return 0;
}

static int compare_pids(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

void holders_load(const char *records, size_t size, struct holders *ret)
{
    struct record_head head;
    int error = 0;

    *ret = (struct holders){0};
    for (size_t at = 0; error == 0 && size - at >= sizeof head; at += head.size) {
        memcpy(&head, records + at, sizeof head);
        error = head.size >= sizeof head && head.size <= size - at ? load_record(records + at, head, ret)
                                                                   : -EBADMSG;
    }
    if (ret->count > 0)
        qsort(ret->items, ret->count, sizeof *ret->items, compare_pids);
    sort_by_tap(ret);
    find_handed_on(ret);
    if (error < 0)
        ret->error = -error;
}

/* ---- what was found ---- */

void holders_free(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        free(holders->items[i].command);
        free(holders->items[i].taps);
        vm_free(holders->items[i].vm);
    }
    free(holders->by_tap);
    free(holders->strangers);
    free(holders->items);
    *holders = (struct holders){0};
}

struct holder *holders_find(const struct holders *holders, pid_t pid)
{
    struct holder wanted = {.pid = pid};

    if (holders->count == 0)
        return NULL;
    return bsearch(&wanted, holders->items, holders->count, sizeof wanted, compare_pids);
}

bool holder_is_switch(const struct holder *holder)
{
    return strcmp(holder->command, "ovs-vswitchd") == 0;
}

bool holder_holds(const struct holder *holder)
{
    for (size_t i = 0; i < holder->tap_count; i++)
        if (holder->taps[i].where != HELD_ELSEWHERE)
            return true;
    return false;
}

bool holder_is_here(const struct holder *holder)
{
    return holder_holds(holder) || (holder->same_net && holder->readable && holder->tap_count == 0);
}

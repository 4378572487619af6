/* The records of a pass over the processes, as holders of taps and as VMs. */
#include "holders_load.h"

#include "grow.h"
#include "process_record.h"
#include "qemu_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* NULL: it holds none of that name. */
static const struct held_tap *held_named(const struct distinct *distinct, const char *name)
{
    size_t low = 0, high = name != NULL ? distinct->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(distinct->taps[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = name != NULL && low < distinct->count && strcmp(distinct->taps[low]->name, name) == 0;
    return found ? distinct->taps[low] : NULL;
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
static const struct held_tap *last_tap(const struct vm *vm, const struct distinct *held)
{
    const struct held_tap *left = NULL;

    for (size_t i = 0; i < held->count; i++) {
        if (is_named(vm, held->taps[i]->name))
            continue;
        if (left != NULL)
            return NULL;
        left = held->taps[i];
    }
    return left;
}

/* Then by elimination: one tap held that no backend names, one backend that has no name, or one that the
 * process does not hold any more: the tap was renamed. */
static void name_the_last(struct vm *vm, const struct distinct *held)
{
    struct vm_backend *nameless = NULL;
    const struct held_tap *left = last_tap(vm, held);

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
        nameless->ifname = text_format("%s", left->name);
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

/* What is read of the records. */
struct loading {
    struct holders *holders;
    struct netns_id here;
    bool elsewhere; /* that is not where the pass looked from */
};

/* What the process is known to have to do with the namespace that is looked from. */
static bool concerns(const struct loading *loading, const struct holder *holder)
{
    return !loading->elsewhere || !holder->readable || holder->same_net || holder_holds(holder);
}

static void locate_taps(struct holder *holder, const char *taps, struct netns_id here)
{
    holder->same_net = !netns_is_known(holder->netns) || netns_equal(holder->netns, here);
    holder->taps = memory_new(holder->tap_count, sizeof(struct held_tap));
    if (holder->tap_count > 0)
        memcpy(holder->taps, taps, holder->tap_count * sizeof(struct held_tap));
    for (size_t i = 0; i < holder->tap_count; i++)
        holder->taps[i].where = holders_tap_where(&holder->taps[i], holder->netns, here);
}

static int load_process(const struct process_record *record, struct texts rest, const struct loading *loading)
{
    const char *taps = take(&rest, record->tap_count * sizeof(struct held_tap)),
               *command = take(&rest, record->command_size), *folder = take(&rest, record->folder_size),
               *arguments = take(&rest, record->arguments_size);
    struct holders *holders = loading->holders;

    if (taps == NULL || command == NULL || folder == NULL || arguments == NULL)
        return -EBADMSG;
    holders->items = grow(holders->items, &holders->count, sizeof *holders->items);
    struct holder *holder = &holders->items[holders->count - 1];
    *holder = (struct holder){.pid = record->pid,
                              .uid = record->uid,
                              .state = record->state,
                              .is_qemu = record->is_qemu,
                              .readable = record->readable,
                              .netns = record->netns,
                              .tap_count = record->tap_count};
    locate_taps(holder, taps, loading->here);
    if (!concerns(loading, holder)) {
        free(holder->taps);
        holders->count--;
        return 0;
    }
    holder->command = text_format("%.*s", (int)record->command_size, command);
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

static int load_record(const char *bytes, struct record_head head, struct loading *loading)
{
    static const size_t sizes[] = {
        [RECORD_PASS] = sizeof(struct pass_record),
        [RECORD_PROCESS] = sizeof(struct process_record),
        [RECORD_USER] = sizeof(struct user_record),
    };
    struct holders *holders = loading->holders;
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
        loading->elsewhere = netns_is_known(loading->here) && !netns_equal(loading->here, record.pass.net);
        if (!loading->elsewhere)
            loading->here = record.pass.net;
        return 0;
    case RECORD_PROCESS:
        return load_process(&record.process,
                            (struct texts){bytes + sizeof record.process, head.size - sizeof record.process},
                            loading);
    case RECORD_USER:
        load_user(&record.user, holders);
    }
    return 0;
}

void holders_load(const char *records, size_t size, struct netns_id here, struct holders *ret)
{
    struct loading loading = {.holders = ret, .here = here};
    struct record_head head;
    int error = 0;

    *ret = (struct holders){0};
    for (size_t at = 0; error == 0 && size - at >= sizeof head; at += head.size) {
        memcpy(&head, records + at, sizeof head);
        error = head.size >= sizeof head && head.size <= size - at ? load_record(records + at, head, &loading)
                                                                   : -EBADMSG;
    }
    holders_arrange(ret);
    if (error < 0)
        ret->error = -error;
}

/* Whose users said nothing: they were stopped, or failed. */
void holders_look_from(const struct holders_found *found, struct netns_id here, struct holders *ret)
{
    holders_load(found->records, found->size, here, ret);
    if (found->error != 0)
        ret->error = found->error;
    if (found->whole && ret->missing > 0 && ret->error == 0)
        ret->error = EIO;
    else if (ret->missing > 0)
        ret->late += ret->missing;
}

void holders_found_free(struct holders_found *found)
{
    free(found->records);
    *found = (struct holders_found){0};
}

/* The pass over the processes, in a thread of its own, and what QEMUs have answered. */
#include "vms.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "grow.h"
#include "rights.h"
#include "vm_index.h"

enum { PATIENCE_US = 300000 }; /* with one QEMU */

/* What one pass found, as seen from one network namespace. */
struct vms_view {
    struct holders holders;
    struct vm_index *here;  /* all VMs that are known to run in it */
    struct vm_index *known; /* those and all others */
};

struct vms_pass {
    struct netns_id first;       /* the namespace of number 0 */
    const struct vm_list *added; /* by vms_add before it began */
    struct holders_pass *looking;
    int error; /* why there is none */
    struct holders_found found;
    struct vms_view **views; /* by number of the namespace; NULL: nobody has looked from there */
    size_t view_count;
    atomic_bool done;
};

struct answer {
    struct qmp_facts facts;
};

struct vms {
    const struct rights *rights;
    const struct netns_list *spaces;
    pid_t wanted; /* a process that counts in any case; 0: none */
    pthread_t thread;
    bool running;
    struct vms_pass **passes; /* the last one is the newest */
    size_t pass_count;
    struct vm_index **alone; /* VMs of which it is not known whom they meet */
    size_t alone_count;
    struct answer **answers;
    size_t answer_count;
    struct vm_list added;
};

/* ---- the pass ---- */

static void make_indexes(struct vms_view *view, const struct vm_list *added)
{
    const struct vm **vms = memory_new(view->holders.count + added->count, sizeof *vms);
    size_t here = 0, all;

    for (size_t i = 0; i < view->holders.count; i++)
        if (view->holders.items[i].vm != NULL && holder_is_here(&view->holders.items[i]))
            vms[here++] = view->holders.items[i].vm;
    for (size_t i = 0; i < added->count; i++)
        vms[here++] = added->items[i];
    view->here = vm_index_new(vms, here);
    all = here;
    for (size_t i = 0; i < view->holders.count; i++)
        if (view->holders.items[i].vm != NULL && !holder_is_here(&view->holders.items[i]))
            vms[all++] = view->holders.items[i].vm;
    view->known = all > here ? vm_index_new(vms, all) : view->here;
    free(vms);
}

static void free_indexes(struct vms_view *view)
{
    if (view->known != view->here)
        vm_index_free(view->known);
    vm_index_free(view->here);
}

static void free_view(struct vms_view *view)
{
    if (view == NULL)
        return;
    free_indexes(view);
    holders_free(&view->holders);
    free(view);
}

/* VMs that were added are in the namespace of number 0. */
static struct vms_view *look_from(struct vms_pass *pass, int netns, struct netns_id id)
{
    static const struct vm_list nobody;

    while (pass->view_count <= (size_t)netns)
        pass->views = grow(pass->views, &pass->view_count, sizeof *pass->views);
    if (pass->views[netns] != NULL)
        return pass->views[netns];
    struct vms_view *view = pass->views[netns] = memory_new(1, sizeof *view);
    holders_look_from(&pass->found, id, &view->holders);
    make_indexes(view, netns == 0 ? pass->added : &nobody);
    return view;
}

static void look(struct vms_pass *pass)
{
    if (pass->looking != NULL)
        holders_pass_end(pass->looking, &pass->found);
    else
        pass->found.error = pass->error;
    look_from(pass, 0, pass->first);
    atomic_store(&pass->done, true);
}

static void *thread_main(void *pass)
{
    look(pass);
    return NULL;
}

static struct vms_pass *newest(struct vms *vms)
{
    if (vms->running)
        pthread_join(vms->thread, NULL);
    vms->running = false;
    return vms->pass_count > 0 ? vms->passes[vms->pass_count - 1] : NULL;
}

static struct vms_view *view_of(struct vms *vms, int netns)
{
    return look_from(newest(vms), netns, vms->spaces->items[netns].id);
}

void vms_restart(struct vms *vms)
{
    newest(vms);
    vms->passes = memory_resize(vms->passes, vms->pass_count + 1, sizeof(struct vms_pass *));
    struct vms_pass *pass = vms->passes[vms->pass_count++] = memory_new(1, sizeof *pass);
    pass->added = &vms->added;
    pass->first = vms->spaces->items[0].id;
    pass->error = -vms->rights->look_at_processes(vms->rights->context, vms->wanted, &pass->looking);
    vms->running = pthread_create(&vms->thread, NULL, thread_main, pass) == 0;
    if (!vms->running)
        look(pass);
}

struct vms *vms_start(const struct rights *rights, const struct netns_list *spaces, pid_t wanted)
{
    struct vms *vms = memory_new(1, sizeof *vms);

    vms->rights = rights;
    vms->spaces = spaces;
    vms->wanted = wanted;
    vms_restart(vms);
    return vms;
}

bool vms_ready(const struct vms *vms)
{
    return vms->pass_count > 0 && atomic_load(&vms->passes[vms->pass_count - 1]->done);
}

struct holders *vms_holders(struct vms *vms, int netns)
{
    return &view_of(vms, netns)->holders;
}

const struct vm_index *vms_here(struct vms *vms, int netns)
{
    return view_of(vms, netns)->here;
}

void vms_add(struct vms *vms, struct vm *owned)
{
    struct vms_view *view = view_of(vms, 0);

    vm_list_add(&vms->added, owned);
    free_indexes(view);
    make_indexes(view, &vms->added);
}

/* ---- what is known of one target ---- */

static const struct vm_backend *tap_backend(const struct vm *vm, const char *name)
{
    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].ifname != NULL && strcmp(vm->backends[i].ifname, name) == 0)
            return &vm->backends[i];
    return NULL;
}

/* The NIC in the segment of a backend, if there is exactly one. */
static const struct vm_nic *nic_beside(const struct vm *vm, const struct vm_connections *connections,
                                       const struct vm_backend *backend)
{
    size_t segment = connections->backends[backend - vm->backends].segment;

    if (connections->segments[segment].nics != 1)
        return NULL;
    for (size_t i = 0; i < vm->nic_count; i++)
        if (connections->nics[i].segment == segment)
            return &vm->nics[i];
    return NULL;
}

static void add_holder(struct target_vm *target, const struct held *held)
{
    const struct holder *holder = held->holder;
    const struct vm *vm = holder->vm;

    target->proven_count += held->tap->where == HELD_HERE;
    if (target->holder_count++ >= TAP_HOLDERS_MAX)
        return;
    struct tap_holder *added = &target->holders[target->holder_count - 1];
    *added = (struct tap_holder){.pid = holder->pid, .uid = holder->uid, .state = holder->state};
    snprintf(added->name, sizeof added->name, "%s",
             vm != NULL && vm->name != NULL ? vm->name : holder->command);
}

/* May this VM be the one behind the tap that it names, though it was not seen to hold it? Not if it can be
 * seen that it does not, and the tap is there. */
static bool may_mean(const struct vms_view *view, const struct vm *vm, const struct target *target)
{
    const struct holder *holder = vm->pid != 0 ? holders_find(&view->holders, vm->pid) : NULL;
    bool held = target->link != NULL && target->link->carrier;

    return holder == NULL || !holder->readable || (!held && holder_is_here(holder));
}

/* Where nobody holds the tap: the only VM whose start-up names it, or NULL. */
static const struct vm *find_named(const struct vms_view *view, const struct target *target)
{
    const struct vm *found = NULL;
    size_t count;
    const struct vm_place *places = vm_index_taps(view->known, target->name, &count);

    for (size_t i = 0; i < count; i++) {
        if (places[i].vm == found || !may_mean(view, places[i].vm, target))
            continue;
        if (found != NULL)
            return NULL;
        found = places[i].vm;
    }
    return found;
}

/* The VM that holds the tap; or, where nobody does, the one whose start-up names it. */
static const struct vm *find_vm(const struct vms_view *view, struct target *target)
{
    const struct vm *found = NULL;
    const struct held *held = NULL;

    while ((held = holders_next(&view->holders, target->name, held)) != NULL) {
        add_holder(&target->vm, held);
        if (found == NULL)
            found = held->holder->vm;
    }
    return target->vm.holder_count > 0 ? found : find_named(view, target);
}

static void expect_mac(struct target *target)
{
    const struct vm_nic *nic = target->vm.nic;

    if (nic == NULL || target->has_mac || !vm_nic_has_mac(nic))
        return;
    target->has_mac = target->vm.gave_mac = true;
    target->mac = nic->mac;
}

bool vms_is_of_switch(struct vms *vms, int netns, const char *tap)
{
    const struct holders *holders = &view_of(vms, netns)->holders;
    const struct held *held = holders_next(holders, tap, NULL);
    bool only = held != NULL;

    for (; held != NULL && only; held = holders_next(holders, tap, held))
        only = holder_is_switch(held->holder);
    return only;
}

static struct target_vm looked_for(const struct holders *holders)
{
    return (struct target_vm){.looked = true,
                              .unreadable = holders->unreadable,
                              .late = holders->late,
                              .looking_error = holders->error,
                              .strangers = holders->strangers,
                              .strangers_count = holders->strangers_count};
}

static const struct vm_index *alone(struct vms *vms, const struct vm *vm)
{
    vms->alone = memory_resize(vms->alone, vms->alone_count + 1, sizeof(struct vm_index *));
    return vms->alone[vms->alone_count++] = vm_index_new(&vm, 1);
}

/* The VMs that it meets, and how it is connected inside. holder: its process, NULL if it has none. */
static void set_vm(struct vms *vms, const struct vms_view *view, struct target_vm *known,
                   const struct holder *holder)
{
    known->others = holder == NULL || holder_is_here(holder) ? view->here : alone(vms, known->vm);
    known->connections = vm_index_connections(known->others, known->vm);
}

void vms_describe(struct vms *vms, struct target *target)
{
    const struct vms_view *view = view_of(vms, target->netns);
    struct target_vm *known = &target->vm;

    target->has_mac &= !known->gave_mac; /* it may be another VM now */
    *known = looked_for(&view->holders);
    known->vm = find_vm(view, target);
    known->of_switch = vms_is_of_switch(vms, target->netns, target->name);
    if (known->vm == NULL)
        return;
    set_vm(vms, view, known, holders_find(&view->holders, known->vm->pid));
    known->backend = tap_backend(known->vm, target->name);
    if (known->backend != NULL)
        known->nic = nic_beside(known->vm, known->connections, known->backend);
    expect_mac(target);
}

void vms_describe_vm(struct vms *vms, const struct holder *holder, struct target *target)
{
    const struct vms_view *view = view_of(vms, target->netns);
    struct target_vm *known = &target->vm;

    *known = looked_for(&view->holders);
    known->vm = holder->vm;
    set_vm(vms, view, known, holder);
}

/* ---- QEMU itself ---- */

static enum qmp_result query(const struct rights *rights, const char *path, const struct vm *vm,
                             int timeout_ms, struct qmp_facts *ret)
{
    int fd;
    enum qmp_result result = rights->connect_qmp(rights->context, path, vm->pid, vm->uid, &fd);

    if (result != QMP_OK)
        return result;
    result = qmp_converse(fd, timeout_ms, ret);
    close(fd);
    return result;
}

static void ask(struct vms *vms, struct target_vm *known, const char *path, int timeout_ms)
{
    struct answer *answer = memory_new(1, sizeof *answer);
    enum qmp_result result = query(vms->rights, path, known->vm, timeout_ms, &answer->facts);

    known->qmp_asked = true;
    known->qmp_path = path;
    known->qmp_result_text = qmp_result_text(result);
    if (result != QMP_OK) {
        free(answer);
        return;
    }
    vms->answers = memory_resize(vms->answers, vms->answer_count + 1, sizeof(struct answer *));
    vms->answers[vms->answer_count++] = answer;
    known->qmp = &answer->facts;
}

/* Whoever is stopped reads nothing. In the kernel, or for a tracer, everybody waits now and then, but not
 * twice a check apart. */
static bool hangs(const struct rights *rights, struct tap_holder *holder)
{
    char before = holder->state;

    holder->state = rights->state(rights->context, holder->pid);
    return holder->state == 'T' ||
           ((holder->state == 'D' || holder->state == 't') && holder->state == before);
}

static void look_again_at_holders(const struct rights *rights, struct target_vm *known)
{
    known->holders_hang = known->holder_count > 0 && known->holder_count <= TAP_HOLDERS_MAX;
    for (size_t i = 0; known->holders_hang && i < known->holder_count; i++)
        known->holders_hang = hangs(rights, &known->holders[i]);
}

void vms_ask(struct vms *vms, struct target *target, uint64_t until_us)
{
    struct target_vm *known = &target->vm;
    uint64_t now_us = clock_now();

    look_again_at_holders(vms->rights, known);
    if (known->vm == NULL || known->qmp_asked)
        return;
    if (until_us > now_us + PATIENCE_US)
        until_us = now_us + PATIENCE_US;
    for (size_t i = 0; i < known->vm->qmp_sockets.count && known->qmp == NULL && now_us < until_us; i++) {
        ask(vms, known, known->vm->qmp_sockets.items[i], (int)((until_us - now_us + 999) / 1000));
        now_us = clock_now();
    }
}

void vms_close(struct vms *vms)
{
    if (vms == NULL)
        return;
    newest(vms);
    for (size_t i = 0; i < vms->alone_count; i++)
        vm_index_free(vms->alone[i]);
    for (size_t i = 0; i < vms->answer_count; i++) {
        qmp_facts_free(&vms->answers[i]->facts);
        free(vms->answers[i]);
    }
    for (size_t i = 0; i < vms->pass_count; i++) {
        struct vms_pass *pass = vms->passes[i];
        for (size_t v = 0; v < pass->view_count; v++)
            free_view(pass->views[v]);
        free(pass->views);
        holders_found_free(&pass->found);
        free(pass);
    }
    vm_list_free(&vms->added);
    free(vms->alone);
    free(vms->answers);
    free(vms->passes);
    free(vms);
}

/* ---- VMs of a file ---- */

void target_vm_set(struct target_vm *target, const struct vm *vm, const struct vm_index *all)
{
    *target = (struct target_vm){.vm = vm, .connections = vm_index_connections(all, vm), .others = all};
}

void target_vm_clear(struct target_vm *target)
{
    free((struct script_facts *)target->scripts);
    *target = (struct target_vm){0};
}

/* What the start-up of VMs says of taps, scripts and addresses, and QEMU of the VM as a whole. Who is
 * connected to whom is in rules_hub.c, MAC addresses are in rules_mac.c. */
#include "judgement.h"
#include "vm_index.h"
#include "qmp.h"
#include "vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = LINK_NAME_SIZE - 1, USERS_SHOWN = 8, USERS_LOOKED_AT = 128 };

/* ---- taps ---- */

static void tap_shared(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (vm->holder_count < 2)
        return;
    if (vm->proven_count < 2) {
        text_list_addf(&judgement->verdict->notes,
                       "%zu processes hold a tap called %s, and without CAP_SYS_PTRACE and CAP_NET_ADMIN, "
                       "or with kernel.yama.ptrace_scope=3, the "
                       "kernel does not say whether it is this one: process %ld of user %lu (%s) and others",
                       vm->holder_count, judgement->input->target->name, (long)vm->holders[0].pid,
                       (unsigned long)vm->holders[0].uid, vm->holders[0].name);
        return;
    }
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "%zu processes hold the tap %s", vm->holder_count,
                      judgement->input->target->name);
    for (size_t i = 0; i < vm->holder_count && i < TAP_HOLDERS_MAX; i++)
        finding_add_evidence(finding, "process %ld (%s) has it open", (long)vm->holders[i].pid,
                             vm->holders[i].name);
}

/* An argument of one of several VMs: of which, where its line does not tell. */
static void add_argument_of(struct finding *finding, const struct vm *vm, const struct vm_source *source)
{
    char *name = vm_text(vm);

    if (vm->file != NULL || vm->pid != 0)
        finding_add_evidence(finding, "%s: %s", name, source->text);
    else
        finding_add_argument(finding, source);
    free(name);
}

static void begin_users(struct judgement *judgement, enum finding_id id, const struct vm_backend *ours,
                        struct finding **finding)
{
    if (*finding != NULL)
        return;
    *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(*finding, "the tap %s is used more than once", ours->ifname);
    add_argument_of(*finding, judgement_vm(judgement)->vm, &ours->source);
}

/* A loop or a function starts the VM again and again, on this tap. */
static void add_repeats(struct judgement *judgement, enum finding_id id, const struct vm_backend *ours,
                        struct finding **finding)
{
    begin_users(judgement, id, ours, finding);
    finding_add_evidence(*finding, "line %u: %s, in the background", judgement_vm(judgement)->vm->line,
                         judgement_vm(judgement)->vm->repeated_by);
}

/* Another backend on the tap of ours. False: there is no need for more of them. */
static bool add_user(struct judgement *judgement, enum finding_id id, const struct vm_backend *ours,
                     const struct vm_place *user, struct finding **finding)
{
    const struct vm *vm = judgement_vm(judgement)->vm;
    const struct vm_backend *theirs = &user->vm->backends[user->number];

    if (user->vm == vm ? theirs == ours : vm_is_same(vm, user->vm) || !vm_place_concerns(user, vm))
        return true;
    if (!vm_run_together(vm, user->vm)) {
        text_list_addf(&judgement->verdict->notes,
                       "no fault as long as they do not run at the same time: lines %u and %u both use "
                       "the tap %s",
                       ours->source.line, theirs->source.line, ours->ifname);
        return false;
    }
    begin_users(judgement, id, ours, finding);
    add_argument_of(*finding, user->vm, &theirs->source);
    return (*finding)->evidence.count < USERS_SHOWN;
}

/* An earlier backend of the VM is on the same tap: it was reported with that one. */
static bool is_told(const struct vm_place *ours, const struct vm_place *first)
{
    return ours > first && ours[-1].vm == ours->vm;
}

/* Command lines that name the same tap, in one file or on one host. */
static void tap_named_twice(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (vm->vm == NULL || finding_exists(judgement, id, (struct ip_addr){0}))
        return;
    for (size_t b = 0; b < vm->vm->backend_count && finding_wanted(judgement, id); b++) {
        const struct vm_backend *ours = &vm->vm->backends[b];
        const struct vm_place *place = vm_index_tap(vm->others, vm->vm, b);
        struct finding *finding = NULL;
        size_t count;
        if (!judgement_concerns_backend(judgement, b) || place == NULL)
            continue;
        const struct vm_place *users = vm_index_taps(vm->others, vm_tap_name(ours), &count);
        if (is_told(place, users))
            continue;
        if (vm->vm->repeated_by != NULL)
            add_repeats(judgement, id, ours, &finding);
        size_t from =
            (size_t)(place - users) > USERS_LOOKED_AT ? (size_t)(place - users) - USERS_LOOKED_AT : 0;
        for (size_t i = from; i < count && i < from + (size_t)2 * USERS_LOOKED_AT; i++)
            if (!add_user(judgement, id, ours, &users[i], &finding))
                break;
    }
}

static void shared_taps(struct judgement *judgement, enum finding_id id)
{
    tap_shared(judgement, id);
    tap_named_twice(judgement, id);
}

/* Of a VM that runs: it names a tap which is not there any more. (One that the process has open lives in
 * another network namespace now.) Of a file it means nothing: its tap is made when it is run. */
static void no_such_tap(struct judgement *judgement, enum finding_id id)
{
    const struct verdict_input *input = judgement->input;
    const struct vm *vm = judgement_vm(judgement)->vm;

    if (vm == NULL || !judgement_is_of_whole_vm(judgement) || input->facts == NULL)
        return;
    for (size_t b = 0; b < vm->backend_count; b++) {
        const char *name = vm_tap_name(&vm->backends[b]);
        if (name == NULL || vm->backends[b].held || facts_link_named(input->facts, name) != NULL)
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        char *names = host_existing_interfaces(input->facts);
        finding_summarize(finding, "the host has no interface \"%s\"", name);
        finding_add_argument(finding, &vm->backends[b].source);
        finding_add_evidence(finding, "there are: %s", names);
        free(names);
    }
}

static void tap_name_too_long(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const char *name = judgement->input->target->name;

    if (name != NULL && judgement->input->facts != NULL && strlen(name) > LONGEST_NAME) {
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_add_evidence(finding, "\"%s\" has %zu characters, %d are allowed", name, strlen(name),
                             LONGEST_NAME);
    }
    for (size_t b = 0; vm->vm != NULL && judgement_is_of_whole_vm(judgement) && b < vm->vm->backend_count;
         b++) {
        const struct vm_backend *backend = &vm->vm->backends[b];
        if (backend->ifname == NULL || strlen(backend->ifname) <= LONGEST_NAME ||
            vm_text_unresolved(&backend->source, backend->ifname))
            continue;
        struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
        finding_summarize(finding, "\"%s\" has %zu characters, %d are allowed", backend->ifname,
                          strlen(backend->ifname), LONGEST_NAME);
        finding_add_argument(finding, &backend->source);
    }
}

/* ---- scripts, the VM as a whole ---- */

/* A file that starts a VM may be looked at on another machine than it is for: there its scripts need not
 * be. */
static bool may_be_elsewhere(const struct target_vm *vm, const struct script_facts *script)
{
    return vm->vm->pid == 0 && script->error != EACCES && script->error != EISDIR;
}

static int compare_scripts(const void *a, const void *b)
{
    const struct script_facts *x = *(const struct script_facts *const *)a,
                              *y = *(const struct script_facts *const *)b;
    int order = strcmp(x->path, y->path);
    return order != 0 ? order : (x > y) - (x < y);
}

/* The arguments that name one script. */
static void report_script(struct judgement *judgement, enum finding_id id,
                          const struct script_facts *const *scripts, size_t count)
{
    const struct script_facts *told = scripts[0];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    finding_summarize(finding, "%s cannot be run: %s", told->path, strerror(told->error));
    finding->warning = may_be_elsewhere(judgement_vm(judgement), told);
    if (finding->warning)
        finding_set_fix(finding, "if the VM is to run on this machine: make the script, correct its path, or "
                                 "say script=no,downscript=no");
    for (size_t i = 0; i < count; i++)
        finding_add_argument(finding, scripts[i]->source);
    if (told->implied)
        finding_add_evidence(finding, "no script= is written, so QEMU runs %s", told->path);
}

static void script_unusable(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct script_facts **unusable = memory_new(vm->script_count, sizeof *unusable);
    size_t count = 0, same;

    for (size_t i = 0; i < vm->script_count; i++)
        if (vm->scripts[i].error != 0)
            unusable[count++] = &vm->scripts[i];
    qsort(unusable, count, sizeof *unusable, compare_scripts);
    for (size_t i = 0; i < count; i += same) {
        for (same = 1; i + same < count && strcmp(unusable[i]->path, unusable[i + same]->path) == 0;)
            same++;
        report_script(judgement, id, unusable + i, same);
    }
    free(unusable);
}

/* What brings a VM back that is in this state (qapi/run-state.json) and does no harm: one that is on its way
 * to another host, or has got there, must not run here, too. */
static void set_running_fix(struct judgement *judgement, struct finding *finding, const char *status)
{
    static const struct {
        const char *status, *fix;
    } ways[] = {
        {"suspended",
         "the guest sleeps (ACPI S3): {virsh dompmwakeup VM; or, }at the monitor of QEMU: system_wakeup"},
        {"io-error",
         "make its storage work again (df; dmesg), then: {virsh resume VM; or, }at the monitor of "
         "QEMU: cont"},
        {"guest-panicked",
         "the guest has crashed: {virsh reset VM; or, }at the monitor of QEMU: system_reset"},
        {"shutdown", "the guest has shut down: {virsh reset VM; or, }at the monitor of QEMU: system_reset"},
        {"internal-error",
         "QEMU could not go on (see its log): {virsh reset VM; or, }at the monitor of QEMU: system_reset"},
        {"inmigrate", "it waits for its state from another host: look whether it still runs there"},
        {"finish-migrate", "it is moving to another host: check it there"},
        {"postmigrate", "it has moved to another host: check it there"},
    };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(ways[i].status, status) == 0)
            finding_set_fix_of_vm(judgement, finding, ways[i].fix);
}

/* What QEMU says of itself. */
static void not_running(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});

    finding_summarize(finding, "the VM is not running: QEMU says \"%s\"", vm->qmp->status);
    finding_add_evidence(finding, "QMP query-status of process %ld: \"%s\"",
                         vm->vm != NULL ? (long)vm->vm->pid : 0L, vm->qmp->status);
    set_running_fix(judgement, finding, vm->qmp->status);
}

/* What the kernel says of those who hold the tap, whatever VMM they are. */
static void hanging(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);
    const struct tap_holder *first = &vm->holders[0];
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    bool waits = first->state == 'D';

    finding_summarize(finding,
                      waits ? "process %ld (%s), which holds the tap, waits in the kernel"
                            : "process %ld (%s), which holds the tap, is stopped",
                      (long)first->pid, first->name);
    for (size_t i = 0; i < vm->holder_count; i++)
        finding_add_evidence(finding, "the kernel says of process %ld (%s): state %c",
                             (long)vm->holders[i].pid, vm->holders[i].name, vm->holders[i].state);
    if (waits)
        finding_set_fix(finding, "find out what it waits for (dmesg, its stack in the kernel): storage that "
                                 "does not answer, most often");
    else if (first->state == 't')
        finding_set_fix(finding, "a debugger has stopped it: let it go on there");
    else
        finding_set_fix(finding, "let it go on: kill -CONT %ld", (long)first->pid);
}

static void vm_not_reading(struct judgement *judgement, enum finding_id id)
{
    const struct target_vm *vm = judgement_vm(judgement);

    if (judgement_is_of_whole_vm(judgement))
        return;
    if (vm->holders_hang && !heard_anybody(judgement))
        hanging(judgement, id);
    else if (vm->qmp != NULL && !vm->qmp->running)
        not_running(judgement, id);
}

static void documentation_address(struct judgement *judgement, enum finding_id id)
{
    const struct vm *vm = judgement_vm(judgement)->vm;
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; vm != NULL && judgement_is_of_whole_vm(judgement) && i < vm->address_count; i++) {
        const struct vm_address *address = &vm->addresses[i];
        if (!ip_is_documentation(address->address) || finding_exists(judgement, id, address->address))
            continue;
        struct finding *finding = finding_add(judgement, id, address->address);
        finding_summarize(finding, "%s is reserved for documentation", ip_format(address->address, ip));
        finding_add_argument(finding, &address->source);
    }
}

const struct rule VM_RULES[] = {
    {FINDING_TAP_NAME_TOO_LONG, tap_name_too_long},
    {FINDING_NO_SUCH_TAP, no_such_tap},
    {FINDING_TAP_SHARED, shared_taps},
    {FINDING_VM_NOT_READING, vm_not_reading},
    {FINDING_SCRIPT_UNUSABLE, script_unusable},
    {FINDING_DOCUMENTATION_ADDRESS, documentation_address},
    {FINDING_COUNT, NULL},
};

/* vmnetcheck lint: reads files, or the processes of VMs, and judges them without a frame. */
#include "cli.h"
#include "clock.h"
#include "vm_file.h"
#include "vms.h"
#include "vm_index.h"
#include "qmp.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* What was read, and why not all of it was. */
struct reading {
    struct vm_list vms;
    struct text_list failures;
    int failure_exit;
};

static void add_failure(struct reading *reading, char *owned, int status)
{
    text_list_add(&reading->failures, owned);
    if (status > reading->failure_exit)
        reading->failure_exit = status;
}

/* Takes the VMs that were found in a file. name: to tell it from the others; NULL: it is the only one. */
static void take_vms(struct reading *reading, struct vm_list *found, const char *name)
{
    for (size_t i = 0; i < found->count; i++) {
        found->items[i]->file = name;
        vm_list_add(&reading->vms, found->items[i]);
    }
    free(found->items);
}

static void read_vms(struct reading *reading, const struct command_line *line, const char *path,
                     const char *name)
{
    struct vm_list found = {0};
    size_t size;
    char *failure = NULL, *text = input_read(line, path, &size, &failure), *error = NULL;

    if (text == NULL) {
        add_failure(reading, failure, EXIT_OS);
        return;
    }
    if (!vm_file_parse(text, size, &found, &error))
        add_failure(reading, text_format("%s: %s", path, error), EXIT_UNKNOWN);
    if (found.more)
        add_failure(reading, text_format("%s: only the first %d VMs were looked at", path, VM_LIST_MAX),
                    EXIT_UNKNOWN);
    take_vms(reading, &found, name);
    free(error);
    free(text);
}

/* netns: that its process has its taps in; NULL: nobody knows. */
static void describe(struct target_report *report, const struct vm *vm, const struct netns *netns)
{
    for (size_t i = 0; i < vm->backend_count && report->interface == NULL; i++)
        if (vm->backends[i].ifname != NULL)
            report_set_interface(report, vm->backends[i].ifname, netns);
    report->file = vm->file != NULL ? text_format("%s", vm->file) : NULL;
    report->has_vm = true;
    report->vm = report_vm_of_start_up(vm);
    if (vm->name == NULL && vm->program != NULL)
        report->vm.name = text_format("%s", vm->program);
}

static void lint_target(const struct command_line *line, struct target *target,
                        const struct host_facts *facts, struct target_report *report)
{
    struct verdict_input input = {
        .facts = facts, .target = target, .options = &line->check, .scope = SCOPE_START_UP};

    uint64_t started_us = clock_now();

    verdict_free(&report->verdict);
    verdict_evaluate(&input, &report->verdict);
    report->elapsed_us += clock_now() - started_us;
}

static struct target_report *add_report(struct report *report, const struct vm *vm, const struct netns *netns)
{
    report->targets = memory_resize(report->targets, report->target_count + 1, sizeof *report->targets);
    struct target_report *added = &report->targets[report->target_count++];
    *added = (struct target_report){0};
    describe(added, vm, netns);
    return added;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void keep_path(void *path)
{
    (void)path;
}

/* Each file once, however often it is named. */
static void read_files(struct reading *reading, const struct command_line *line)
{
    void *seen = NULL;

    for (size_t i = 0; i < line->operand_count; i++) {
        const char *path = line->operands[i], *const *found = tsearch(path, &seen, compare_paths);
        if (found == NULL || *found == path)
            read_vms(reading, line, path, line->operand_count > 1 ? path : NULL);
    }
    tdestroy(seen, keep_path);
}

static void lint_files(const struct command_line *line, struct report *report)
{
    struct reading reading = {0};

    read_files(&reading, line);
    struct vm_index *together = vm_index_of(&reading.vms, reading.vms.count);
    for (size_t i = 0; i < reading.vms.count; i++) {
        struct target target = {0};
        target_vm_set(&target.vm, reading.vms.items[i], together);
        target_vm_look_at_scripts(&target.vm, line->rights);
        lint_target(line, &target, NULL, add_report(report, reading.vms.items[i], NULL));
        target_vm_clear(&target.vm);
    }
    vm_index_free(together);
    report->failure_exit = reading.failure_exit;
    if (reading.failures.count > 0)
        report->failure = text_list_join(&reading.failures);
    text_list_free(&reading.failures);
    vm_list_free(&reading.vms);
}

/* What is known of the network namespaces that were looked into: facts by their number. */
struct lint_facts {
    struct host_facts *items;
    bool *known;
    size_t count;
};

/* NULL: they cannot be read. */
static const struct host_facts *facts_of(struct lint_facts *all, int netns)
{
    if ((size_t)netns >= all->count) {
        all->items = memory_resize(all->items, (size_t)netns + 1, sizeof *all->items);
        all->known = memory_resize(all->known, (size_t)netns + 1, sizeof *all->known);
    }
    for (; (size_t)netns >= all->count; all->count++) {
        all->items[all->count] = (struct host_facts){0};
        all->known[all->count] = false;
    }
    if (!all->known[netns])
        all->known[netns] = host_facts_read(netns, &all->items[netns]) == 0;
    return all->known[netns] ? &all->items[netns] : NULL;
}

static void free_facts(struct lint_facts *all)
{
    for (size_t i = 0; i < all->count; i++)
        host_facts_free(&all->items[i]);
    free(all->items);
    free(all->known);
}

/* Devices can be plugged while the VM runs: where its start-up looks wrong, QEMU says how it is now. netns:
 * that the VM is in; negative: it is not looked into. */
static void lint_process(struct command_line *line, struct vms *vms, const struct holder *holder, int netns,
                         struct lint_facts *all, uint64_t until_us, struct report *reports)
{
    bool is_seen = netns >= 0;
    const struct netns *where = is_seen ? &line->spaces.items[netns] : NULL;
    const struct host_facts *facts = is_seen ? facts_of(all, netns) : NULL;
    struct target_report *report = add_report(reports, holder->vm, where);
    struct target target = {.netns = is_seen ? netns : 0};

    vms_describe_vm(vms, holder, &target);
    lint_target(line, &target, facts, report);
    if (report->verdict.status == STATUS_FAULT) {
        vms_ask(vms, &target, until_us);
        lint_target(line, &target, facts, report);
    }
    report_place_fixes(report);
}

/* In which namespace its taps are, if that is one of those that are looked into; otherwise -1. */
static int namespace_of(struct command_line *line, const struct holder *holder)
{
    if (holder_is_here(holder))
        return 0;
    if ((line->pid == 0 && !line->all_netns) || !holder->readable)
        return -1;
    int netns = namespaces_find(line, holder, holder->tap_count > 0 ? &holder->taps[0] : NULL);
    return netns < 0 ? -1 : netns;
}

static void lint_all(struct command_line *line, struct vms *vms, struct report *report)
{
    const struct holders *holders = vms_holders(vms, 0);
    uint64_t until_us = clock_now() + UINT64_C(1000) * QMP_TIMEOUT_MS;
    struct lint_facts facts = {0};

    for (size_t i = 0; i < holders->count; i++) {
        const struct holder *holder = &holders->items[i], *there = NULL;
        if (holder->vm == NULL || (line->pid != 0 && holder->pid != line->pid))
            continue;
        int netns = namespace_of(line, holder);
        if (netns > 0)
            there = holders_find(vms_holders(vms, netns), holder->pid);
        lint_process(line, vms, there != NULL && there->vm != NULL ? there : holder, netns, &facts, until_us,
                     report);
    }
    free_facts(&facts);
}

static void lint_processes(struct command_line *line, struct report *report)
{
    struct vms *vms = vms_start(line->rights, &line->spaces, (pid_t)line->pid);

    lint_all(line, vms, report);
    if (report->target_count == 0)
        report->failure = line->pid != 0
                              ? text_format("process %ld is not a QEMU that may be looked at", line->pid)
                              : text_format("no QEMU runs on this host that may be looked at");
    else if (line->no_spaces.count > 0)
        report->failure = text_list_join(&line->no_spaces);
    report->failure_exit = EXIT_UNKNOWN;
    vms_close(vms);
}

int command_lint(struct command_line *line)
{
    uint64_t started_us = clock_now();

    if ((line->operand_count > 0) + (line->pid != 0) + line->all != 1)
        return usage_error("lint takes FILEs (- is standard input), or --pid or --all");
    if (line->operand_count > 0 && line->netns != NULL)
        return usage_error("--netns is for --pid and --all: a file is in no network namespace");
    struct report report = output_begin_report(line, "lint");
    if (line->operand_count > 0)
        lint_files(line, &report);
    else
        lint_processes(line, &report);
    report.elapsed_us = clock_now() - started_us;
    int status = output_report(line, &report);
    report_free(&report);
    return status;
}

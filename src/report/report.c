/* What of a report is the same in all formats. */
#include "report.h"
#include "netns.h"
#include "vm.h"

#include <stdlib.h>

/* The worse an exit status, the higher (CONTRACT: 4 > 3 > 2 > 5 > 1 > 0). */
static int exit_rank(int status)
{
    static const int ranks[] = {
        [EXIT_HEALTHY] = 0, [EXIT_WARNING] = 1, [EXIT_UNKNOWN] = 2,
        [EXIT_L3] = 3,      [EXIT_L2] = 4,      [EXIT_HOST] = 5,
    };
    return ranks[status];
}

int report_verdict_status(const struct verdict *verdict)
{
    static const int by_status[] = {
        [STATUS_HEALTHY] = EXIT_HEALTHY,
        [STATUS_WARNING] = EXIT_WARNING,
        [STATUS_UNKNOWN] = EXIT_UNKNOWN,
    };
    static const int by_layer[] = {
        [LAYER_NONE] = EXIT_UNKNOWN,
        [LAYER_L3] = EXIT_L3,
        [LAYER_L2] = EXIT_L2,
        [LAYER_HOST] = EXIT_HOST,
    };
    return verdict->status == STATUS_FAULT ? by_layer[verdict->layer] : by_status[verdict->status];
}

size_t report_target_count(const struct report *report)
{
    return report->merged.documents > 0 ? report->merged.targets : report->target_count;
}

const char *report_subject(const struct target_report *target)
{
    if (target->place)
        return target->place;
    if (target->interface)
        return target->interface;
    if (target->file)
        return target->file;
    return target->vm.name ? target->vm.name : "(no interface)";
}

/* A failure of the system, or a permission that is missing: what was found until then is not the whole. */
static bool broke_off(const struct report *report)
{
    return report->failure != NULL && report->failure_exit > EXIT_UNKNOWN;
}

/* Where nothing was looked at, nothing is known: an empty report is not healthy. */
static int worst_exit_status(const struct report *report)
{
    int worst = report_target_count(report) > 0 && report->failure == NULL ? EXIT_HEALTHY : EXIT_UNKNOWN;

    if (broke_off(report))
        return report->failure_exit;
    for (size_t i = 0; i < report->target_count; i++) {
        int status = report_verdict_status(&report->targets[i].verdict);
        if (exit_rank(status) > exit_rank(worst))
            worst = status;
    }
    return worst;
}

int report_exit_status(const struct report *report)
{
    return report_status(report) < report->fail_on && !broke_off(report) ? EXIT_HEALTHY
                                                                         : worst_exit_status(report);
}

enum verdict_status report_status(const struct report *report)
{
    switch (worst_exit_status(report)) {
    case EXIT_HEALTHY:
        return STATUS_HEALTHY;
    case EXIT_WARNING:
        return STATUS_WARNING;
    case EXIT_L3:
    case EXIT_L2:
    case EXIT_HOST:
        return STATUS_FAULT;
    default:
        return STATUS_UNKNOWN;
    }
}

void report_vm_free(struct vm_result *vm)
{
    free(vm->name);
    free(vm->uuid);
    free(vm->netdev);
    *vm = (struct vm_result){0};
}

/* A name that is empty is none. */
static char *copy(const char *text)
{
    return text != NULL && *text != '\0' ? text_format("%s", text) : NULL;
}

void report_set_interface(struct target_report *target, const char *interface, const struct netns *netns)
{
    free(target->interface);
    free(target->netns);
    free(target->place);
    target->interface = copy(interface);
    target->netns = netns != NULL ? copy(netns->name) : NULL;
    target->place = target->netns != NULL && netns->elsewhere && target->interface != NULL
                        ? netns_place(netns, target->interface)
                        : NULL;
}

void report_place_fixes(struct target_report *target)
{
    for (size_t i = 0; target->place != NULL && i < target->verdict.finding_count; i++) {
        char *fix = target->verdict.findings[i].fix;
        if (fix == NULL)
            continue;
        target->verdict.findings[i].fix = text_format("in network namespace %s: %s", target->netns, fix);
        free(fix);
    }
}

void report_target_free(struct target_report *target)
{
    free(target->interface);
    free(target->netns);
    free(target->place);
    free(target->file);
    free(target->bridge);
    report_vm_free(&target->vm);
    verdict_free(&target->verdict);
    *target = (struct target_report){0};
}

void report_free(struct report *report)
{
    for (size_t i = 0; i < report->target_count; i++)
        report_target_free(&report->targets[i]);
    free(report->targets);
    free(report->failure);
    host_identity_free(&report->host);
    *report = (struct report){0};
}

struct vm_result report_vm_of_start_up(const struct vm *vm)
{
    return (struct vm_result){
        .name = copy(vm->name), .uuid = copy(vm->uuid), .pid = vm->pid, .uid = vm->uid, .vmm = "qemu"};
}

/* Where nothing but who holds the tap is known. */
static struct vm_result vm_result_of_holder(const struct tap_holder *holder)
{
    return (struct vm_result){.name = copy(holder->name), .pid = holder->pid, .uid = holder->uid};
}

static void add_hub(const struct target_vm *known, struct vm_result *vm)
{
    struct vm_hub hub = known->connections->backends[known->backend - known->vm->backends].hub;

    vm->netdev = copy(known->backend->id);
    vm->has_hub = hub.origin == VM_HUB_GIVEN || hub.origin == VM_HUB_DEFAULT;
    vm->hub = (int)hub.number;
}

bool report_vm_of(const struct target *target, struct vm_result *ret)
{
    const struct target_vm *known = &target->vm;

    if (known->vm == NULL && known->holder_count == 0)
        return false;
    *ret = known->vm != NULL ? report_vm_of_start_up(known->vm) : vm_result_of_holder(&known->holders[0]);
    if (ret->name == NULL && known->holder_count > 0)
        ret->name = copy(known->holders[0].name);
    ret->has_mac = known->nic != NULL && target->has_mac;
    ret->mac = target->mac;
    if (known->vm != NULL && known->backend != NULL)
        add_hub(known, ret);
    return true;
}

/* What of a report is the same in all formats. */
#include "report.h"

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

int verdict_exit_status(const struct verdict *verdict)
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

/* A failure of the system, or a permission that is missing: what was found until then is not the whole. */
static bool broke_off(const struct report *report)
{
    return report->failure != NULL && report->failure_exit > EXIT_UNKNOWN;
}

/* Where nothing was looked at, nothing is known: an empty report is not healthy. */
static int worst_exit_status(const struct report *report)
{
    int worst = report->target_count > 0 && report->failure == NULL ? EXIT_HEALTHY : EXIT_UNKNOWN;

    if (broke_off(report))
        return report->failure_exit;
    for (size_t i = 0; i < report->target_count; i++) {
        int status = verdict_exit_status(&report->targets[i].verdict);
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

static void target_free(struct target_report *target)
{
    free(target->interface);
    free(target->file);
    free(target->bridge);
    free(target->vm.name);
    free(target->vm.netdev);
    verdict_free(&target->verdict);
}

void report_free(struct report *report)
{
    for (size_t i = 0; i < report->target_count; i++)
        target_free(&report->targets[i]);
    free(report->targets);
    free(report->failure);
    *report = (struct report){0};
}

bool vm_result_of(const struct target *target, struct vm_result *ret)
{
    const struct target_vm *known = &target->vm;
    const char *name = known->vm != NULL ? known->vm->name : NULL;

    if (known->vm == NULL && known->holder_count == 0)
        return false;
    if (name == NULL && known->holder_count > 0)
        name = known->holders[0].name;
    *ret = (struct vm_result){
        .name = name != NULL ? text_format("%s", name) : NULL,
        .pid = known->vm != NULL ? known->vm->pid : known->holders[0].pid,
        .has_mac = known->nic != NULL && target->has_mac,
        .mac = target->mac,
    };
    if (known->vm == NULL || known->backend == NULL)
        return true;
    struct vm_hub hub = known->connections->backends[known->backend - known->vm->backends].hub;
    ret->netdev = known->backend->id != NULL ? text_format("%s", known->backend->id) : NULL;
    ret->has_hub = hub.origin == VM_HUB_GIVEN || hub.origin == VM_HUB_DEFAULT;
    ret->hub = (int)hub.number;
    return true;
}

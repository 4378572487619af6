/* Which interfaces are meant: by name, by VM, by process, or all. */
#include "cli.h"
#include "facts_cache.h"
#include "libvirt_domain.h"
#include "rights.h"
#include "vms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_named_taps(struct selection *selection, int netns, const struct vm *vm)
{
    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].kind == VM_BACKEND_TAP && vm->backends[i].ifname != NULL)
            selection_add(selection, netns, vm->backends[i].ifname);
}

/* The taps that a process holds in a network namespace from which it is seen, and those that its command line
 * names and nobody has. */
static void add_taps_of(struct selection *selection, int netns, const struct holder *holder)
{
    for (size_t i = 0; i < holder->tap_count; i++)
        if (holder->taps[i].where != HELD_ELSEWHERE)
            selection_add(selection, netns, holder->taps[i].name);
    if (holder->vm != NULL && (holder_is_here(holder) || !holder->readable))
        add_named_taps(selection, netns, holder->vm);
}

/* ---- --all ---- */

/* Every tap, but Open vSwitch's own devices: behind those is no VM. */
static int add_links(struct selection *selection, int netns, struct vms *vms)
{
    struct facts_cache *own = netns == 0 ? NULL : facts_cache_new(netns, host_links_read);
    const struct host_facts *facts;
    int error = facts_cache_get(own != NULL ? own : selection->facts, 0, &facts);

    for (size_t i = 0; error == 0 && i < facts->link_count; i++)
        if (facts->links[i].kind == LINK_TAP && !vms_is_of_switch(vms, netns, facts->links[i].name))
            selection_add(selection, netns, facts->links[i].name);
    if (error == 0)
        facts_put(facts);
    facts_cache_free(own);
    return error;
}

static int fail_with(struct report *report, int status, char *owned_reason)
{
    report->failure = owned_reason;
    report->failure_exit = status;
    return status;
}

static int add_all_of(struct selection *selection, int netns, struct vms *vms)
{
    const struct holders *holders = vms_holders(vms, netns);
    int error = add_links(selection, netns, vms);

    for (size_t i = 0; i < holders->count; i++)
        if (holders->items[i].is_qemu && holders->items[i].readable) /* else it may be another namespace's */
            add_taps_of(selection, netns, &holders->items[i]);
    return error;
}

static int add_all(struct command_line *line, struct selection *selection, struct vms *vms,
                   struct report *report)
{
    int error = 0;

    if (line->all_netns)
        namespaces_find_all(line, vms);
    for (size_t i = 0; i < line->spaces.count && error == 0; i++)
        error = add_all_of(selection, (int)i, vms);
    if (error < 0)
        return fail_with(report, EXIT_OS,
                         text_format("the host's interfaces cannot be read: %s", strerror(-error)));
    if (selection->count > 0)
        return 0;
    if (line->no_spaces.count > 0)
        return fail_with(report, EXIT_UNKNOWN, text_list_join(&line->no_spaces));
    return fail_with(report, EXIT_UNKNOWN,
                     text_format("there is no tap in %s, and no VM that names one",
                                 line->all_netns ? "any network namespace" : "this network namespace"));
}

/* ---- --vm, --pid ---- */

static bool is_meant(const struct command_line *line, const struct holder *holder, const struct vm *vm)
{
    if (line->pid != 0)
        return holder->pid == line->pid;
    return vm != NULL && ((vm->name != NULL && strcmp(vm->name, line->vm) == 0) ||
                          (vm->uuid != NULL && strcasecmp(vm->uuid, line->vm) == 0));
}

/* The names of the VMs that run here, for whoever named another one. */
static char *names_of_vms(const struct holders *holders)
{
    enum { NAMES_SHOWN = 12 };
    struct text_list names = {0};
    size_t more = 0;

    for (size_t i = 0; i < holders->count; i++) {
        const struct vm *vm = holders->items[i].vm;
        if (vm == NULL || vm->name == NULL)
            continue;
        if (names.count < NAMES_SHOWN)
            text_list_addf(&names, "%s", vm->name);
        else
            more++;
    }
    if (names.count == 0)
        text_list_addf(&names, "none");
    if (more > 0)
        text_list_addf(&names, "and %zu more", more);
    return text_list_join(&names);
}

/* That something was not found among the processes is a fault, if all were looked at. */
static bool looked_at_all(const struct holders *holders, struct report *report)
{
    if (holders->error == 0 && holders->late == 0)
        return true;
    fail_with(
        report, EXIT_UNKNOWN,
        text_format(
            "not all processes could be looked at (%s), and none of the others is the one that is meant",
            holders->error != 0 ? strerror(holders->error) : "it took too long"));
    return false;
}

static const char *why_not_look(const struct command_line *line)
{
    return line->rights->may_read ? "the kernel refuses it (another user namespace, or a security module)"
                                  : "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing";
}

static bool might_look(const struct command_line *line, const struct holders *holders, struct report *report)
{
    if (holders->unreadable == 0)
        return true;
    fail_with(report, EXIT_UNKNOWN,
              text_format("none of the processes that may be looked at here is the one that is meant, and "
                          "others may not be: %s",
                          why_not_look(line)));
    return false;
}

/* A VM that is not there, or has no tap, is a fault of the host like a tap that is not there. */
static struct finding *report_no_tap(const struct command_line *line, struct report *report,
                                     char *owned_summary)
{
    report->targets = memory_new(1, sizeof *report->targets);
    report->target_count = 1;
    struct target_report *target = report->targets;
    target->has_vm = true;
    target->vm.name = line->vm != NULL ? text_format("%s", line->vm) : NULL;
    target->vm.pid = line->pid;

    struct verdict *verdict = &target->verdict;
    verdict->findings = memory_new(1, sizeof *verdict->findings);
    verdict->finding_count = 1;
    verdict->findings[0] = (struct finding){.id = FINDING_NO_SUCH_TAP,
                                            .ignored = line->check.ignored[FINDING_NO_SUCH_TAP],
                                            .summary = owned_summary};
    verdict_conclude(verdict);
    return &verdict->findings[0];
}

static int refuse_name(const struct command_line *line, const struct holders *holders,
                       const char *libvirt_reason, struct report *report)
{
    char *summary = text_format("no VM of the name \"%s\" runs on this host", line->vm),
         *names = names_of_vms(holders);
    struct finding *finding = report_no_tap(line, report, summary);

    text_list_addf(&finding->evidence, "VMs that run here: %s", names);
    text_list_addf(&finding->evidence, "libvirt (%s): %s", LIBVIRT_SYSTEM, libvirt_reason);
    finding->fix = text_format("start the VM, or name one that runs (vmnetcheck list shows them)");
    free(names);
    return EXIT_HOST;
}

static int refuse_process(const struct command_line *line, struct report *report)
{
    char *summary = text_format("process %ld is not a QEMU, and holds no tap", line->pid);
    struct finding *finding = report_no_tap(line, report, summary);

    text_list_addf(&finding->evidence,
                   "its descriptors and its command line were read, if there is such a process");
    finding->fix = text_format("name the process of a VM (vmnetcheck list shows them)");
    return EXIT_HOST;
}

static int refuse_tapless_vm(const struct command_line *line, struct report *report)
{
    struct finding *finding =
        report_no_tap(line, report, text_format("the VM has no tap in this network namespace"));

    text_list_addf(&finding->evidence, "neither does its process hold one, nor does its start-up name one");
    finding->fix =
        text_format("give the VM a tap (-netdev tap), or look in the network namespace that it runs in");
    return EXIT_HOST;
}

/* The VM that was named led to no tap: it has none, may not be looked at, or is not there. libvirt's reason
 * is NULL if it was not asked, or knows it. */
static int refuse_vm(const struct command_line *line, const struct holders *holders,
                     const struct holder *found, const char *libvirt_reason, struct report *report)
{
    if (found != NULL && !found->readable)
        return fail_with(report, EXIT_NO_PERMISSION,
                         text_format("the taps that process %ld holds may not be looked at: %s",
                                     (long)found->pid, why_not_look(line)));
    if (!looked_at_all(holders, report) || (found == NULL && !might_look(line, holders, report)))
        return EXIT_UNKNOWN;
    if (libvirt_reason != NULL)
        return refuse_name(line, holders, libvirt_reason, report);
    return found == NULL && line->pid != 0 ? refuse_process(line, report) : refuse_tapless_vm(line, report);
}

/* Those in the network namespace of one of its taps, or (NULL) in its own; it is elsewhere. 0 or -errno. */
static int add_elsewhere(struct command_line *line, struct vms *vms, const struct holder *holder,
                         const struct held_tap *tap, struct selection *selection)
{
    int netns = namespaces_find(line, holder, tap);
    const struct holder *there = netns >= 0 ? holders_find(vms_holders(vms, netns), holder->pid) : NULL;

    if (there != NULL)
        add_taps_of(selection, netns, there);
    return netns < 0 ? netns : 0;
}

/* In all network namespaces that its taps are in. 0 or -errno. */
static int add_process(struct command_line *line, struct vms *vms, const struct holder *holder,
                       struct selection *selection)
{
    int error = 0;

    add_taps_of(selection, 0, holder);
    for (size_t i = 0; i < holder->tap_count && error == 0; i++)
        if (holder->taps[i].where == HELD_ELSEWHERE)
            error = add_elsewhere(line, vms, holder, &holder->taps[i], selection);
    if (holder->vm != NULL && holder->readable && holder->tap_count == 0 && !holder->same_net)
        error = add_elsewhere(line, vms, holder, NULL, selection);
    return error;
}

static int refuse_namespace(const struct holder *holder, int error, struct report *report)
{
    char *name = text_format("%ld", (long)holder->pid), *failure = NULL;
    int status = namespaces_refuse(name, error, &failure);

    free(name);
    return fail_with(report, status, failure);
}

static const struct holder *add_processes(struct command_line *line, struct vms *vms,
                                          struct selection *selection, int *ret_error)
{
    const struct holders *holders = vms_holders(vms, 0);
    const struct holder *found = NULL;

    for (size_t i = 0; i < holders->count && *ret_error == 0; i++) {
        const struct holder *holder = &holders->items[i];
        if (!is_meant(line, holder, holder->vm))
            continue;
        found = holder;
        *ret_error = add_process(line, vms, holder, selection);
    }
    return found;
}

static struct vm *ask_libvirt(const struct command_line *line, char **ret_reason)
{
    const struct rights *rights = line->rights;

    if (line->no_libvirt) {
        *ret_reason = text_format("it was not to be asked (--no-libvirt)");
        return NULL;
    }
    char *xml = rights->describe_domain(rights->context, line->vm, ret_reason);
    struct vm *vm = xml != NULL ? libvirt_domain_parse(xml, ret_reason) : NULL;

    free(xml);
    return vm;
}

static int add_by_vm(struct command_line *line, struct vms *vms, struct selection *selection,
                     struct report *report)
{
    const struct holders *holders = vms_holders(vms, 0);
    int error = 0;
    const struct holder *found = add_processes(line, vms, selection, &error);
    char *reason = NULL;

    if (error < 0)
        return refuse_namespace(found, error, report);

    if (found == NULL && line->pid == 0) { /* libvirt may know its taps */
        struct vm *vm = ask_libvirt(line, &reason);
        if (vm != NULL) {
            vms_add(vms, vm);
            add_named_taps(selection, 0, vm);
        }
    }
    if (selection->count > 0)
        return 0;
    int status = refuse_vm(line, holders, found, reason, report);
    free(reason);
    return status;
}

static int add_by_xml(const struct command_line *line, struct selection *selection, struct report *report)
{
    char *failure = NULL;
    int status = domain_xml_select(line, selection, &failure);

    return failure != NULL ? fail_with(report, status, failure) : status;
}

int targets_select(struct command_line *line, struct vms *vms, struct selection *selection,
                   struct report *report)
{
    int ways =
        (line->operand_count > 0) + (line->vm != NULL) + (line->pid != 0) + (line->xml != NULL) + line->all;

    if (ways == 0)
        return usage_error("which interface? Name the tap of the VM");
    if (ways > 1)
        return usage_error("only one of TAP, --vm, --pid, --xml and --all");
    if (line->operand_count > 0)
        return operands_select(line, selection);
    if (line->all)
        return add_all(line, selection, vms, report);
    if (line->xml != NULL)
        return add_by_xml(line, selection, report);
    return add_by_vm(line, vms, selection, report);
}

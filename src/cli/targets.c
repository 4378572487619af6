/* Which interfaces are meant: by name, by VM, by process, or all. */
#include "cli.h"
#include "libvirt_domain.h"
#include "vms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is written like an address (with or without a zone) and is none is a typing error, no interface. */
static bool looks_like_address(const char *operand)
{
    size_t plain = strcspn(operand, "%");

    return (plain > 0 && strspn(operand, "0123456789.") == plain) || strchr(operand, ':') != NULL;
}

static bool is_interface_name(const char *operand)
{
    for (const char *c = operand; *c != '\0'; c++)
        if (*c == '/' || (unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return *operand != '\0' && strcmp(operand, ".") != 0 && strcmp(operand, "..") != 0;
}

/* An IPv6 address may be written with the zone that it is in anyway (RFC 4007 11): "fe80::1%tap0". */
static bool parse_address(const char *operand, const char *interface, struct ip_addr *ret)
{
    const char *zone = strchr(operand, '%');
    char *plain = zone == NULL ? strdup(operand) : strndup(operand, (size_t)(zone - operand));
    bool fine = plain != NULL && ip_parse(plain, ret) &&
                (zone == NULL || (ret->family == IP_V6 && strcmp(zone + 1, interface) == 0));

    free(plain);
    return fine;
}

int add_given(struct target *target, struct ip_addr address, const char *operand,
              const struct check_options *options)
{
    if (!ip_may_be_host(address))
        return usage_error("%s is not the address of a guest", operand);
    if (!(address.family == IP_V4 ? options->ipv4 : options->ipv6))
        return usage_error("%s is not of the family that was asked for", operand);
    for (size_t i = 0; i < target->given_count; i++)
        if (ip_equal(target->given[i], address))
            return 0;
    if (target->given_count == TARGET_ADDRESSES_MAX)
        return usage_error("more than %d addresses for %s", TARGET_ADDRESSES_MAX, target->name);
    target->given[target->given_count++] = address;
    return 0;
}

static struct target *add_target(struct target **targets, size_t *count, const char *name,
                                 const struct check_options *options)
{
    *targets = memory_resize(*targets, *count + 1, sizeof **targets);
    struct target *target = &(*targets)[(*count)++];
    *target =
        (struct target){.name = text_format("%s", name), .has_mac = options->has_mac, .mac = options->mac};
    return target;
}

/* TAP [ADDRESS]... [TAP [ADDRESS]...]...: addresses belong to the interface before them. */
static int take_operands(const struct command_line *line, struct target **targets, size_t *count)
{
    for (size_t i = 0; i < line->operand_count; i++) {
        const char *operand = line->operands[i];
        struct target *target = *count > 0 ? &(*targets)[*count - 1] : NULL;
        struct ip_addr address;
        int status = 0;

        if (parse_address(operand, target != NULL ? target->name : "", &address))
            status = target == NULL ? usage_error("%s: an address needs an interface before it", operand)
                                    : add_given(target, address, operand, &line->check);
        else if (looks_like_address(operand))
            status = usage_error("%s is not a valid address", operand);
        else if (!is_interface_name(operand))
            status = usage_error("\"%s\" cannot be the name of an interface", operand);
        else
            add_target(targets, count, operand, &line->check);
        if (status != 0)
            return status;
    }
    return 0;
}

/* ---- --vm, --pid, --all ---- */

static bool is_target(const struct target *targets, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(targets[i].name, name) == 0)
            return true;
    return false;
}

static void add_once(struct target **targets, size_t *count, const char *name,
                     const struct check_options *options)
{
    if (!is_target(*targets, *count, name))
        add_target(targets, count, name, options);
}

static void add_named_taps(struct target **targets, size_t *count, const struct vm *vm,
                           const struct check_options *options)
{
    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].kind == VM_BACKEND_TAP && vm->backends[i].ifname != NULL)
            add_once(targets, count, vm->backends[i].ifname, options);
}

/* The taps that a process holds, and those that its command line names and nobody has. */
static void add_taps_of(struct target **targets, size_t *count, const struct holder *holder,
                        const struct check_options *options)
{
    for (size_t i = 0; i < holder->tap_count; i++)
        if (holder->taps[i].where != HELD_ELSEWHERE)
            add_once(targets, count, holder->taps[i].name, options);
    if (holder->vm != NULL && (holder_is_here(holder) || !holder->readable))
        add_named_taps(targets, count, holder->vm, options);
}

static int add_all(struct target **targets, size_t *count, struct holders *holders,
                   const struct check_options *options)
{
    struct host_facts facts;
    int error = host_facts_read(&facts);

    if (error < 0)
        return error;
    for (size_t i = 0; i < facts.link_count; i++)
        if (facts.links[i].kind == LINK_TAP)
            add_target(targets, count, facts.links[i].name, options);
    host_facts_free(&facts);
    for (size_t i = 0; i < holders->count; i++)
        if (holders->items[i].is_qemu && holders->items[i].readable) /* else it may be another namespace's */
            add_taps_of(targets, count, &holders->items[i], options);
    return 0;
}

static bool is_meant(const struct command_line *line, const struct holder *holder, const struct vm *vm)
{
    if (line->pid != 0)
        return holder->pid == line->pid;
    return vm != NULL && ((vm->name != NULL && strcmp(vm->name, line->vm) == 0) ||
                          (vm->uuid != NULL && strcasecmp(vm->uuid, line->vm) == 0));
}

/* A domain whose process was not found by its name: libvirt knows its taps. */
static bool add_by_libvirt(const struct command_line *line, struct vms *vms, struct target **targets,
                           size_t *count, char **ret_failure)
{
    char *reason = NULL;
    struct vm *vm = libvirt_domain(LIBVIRT_SYSTEM, line->vm, &reason);

    if (vm == NULL) {
        *ret_failure =
            text_format("no VM of the name \"%s\" runs here that may be looked at; libvirt (%s): %s",
                        line->vm, LIBVIRT_SYSTEM, reason);
        free(reason);
        return false;
    }
    vms_add(vms, vm);
    add_named_taps(targets, count, vm, &line->check);
    return true;
}

/* That something was not found among the processes is a fault, if all were looked at. */
static int not_found(const struct holders *holders, char **failure)
{
    char *reason = *failure;

    if (holders->error == 0 && holders->late == 0)
        return EXIT_HOST;
    *failure = text_format("not all processes could be looked at (%s): %s",
                           holders->error != 0 ? strerror(holders->error) : "it took too long", reason);
    free(reason);
    return EXIT_UNKNOWN;
}

static int add_by_vm(const struct command_line *line, struct vms *vms, struct target **targets, size_t *count,
                     char **ret_failure)
{
    struct holders *holders = vms_holders(vms);
    const struct holder *found = NULL;

    for (size_t i = 0; i < holders->count; i++) {
        const struct holder *holder = &holders->items[i];
        if (!is_meant(line, holder, holder->vm))
            continue;
        found = holder;
        add_taps_of(targets, count, holder, &line->check);
    }
    if (found == NULL && line->pid == 0 && !add_by_libvirt(line, vms, targets, count, ret_failure))
        return not_found(holders, ret_failure);
    if (*count > 0)
        return 0;
    if (found != NULL && !found->readable) {
        *ret_failure = text_format("which taps process %ld holds may not be looked at: CAP_SYS_PTRACE and "
                                   "CAP_DAC_READ_SEARCH are missing",
                                   (long)found->pid);
        return EXIT_NO_PERMISSION;
    }
    *ret_failure = line->pid != 0 && found == NULL
                       ? text_format("process %ld is no QEMU, and holds no tap%s", line->pid,
                                     holders->unreadable > 0 ? " as far as that may be looked at" : "")
                       : text_format("the VM has no tap in this network namespace");
    return not_found(holders, ret_failure);
}

int select_targets(const struct command_line *line, struct vms *vms, struct target **ret_targets,
                   size_t *ret_count, char **ret_failure)
{
    int ways = (line->operand_count > 0) + (line->vm != NULL) + (line->pid != 0) + line->all;

    if (ways == 0)
        return usage_error("which interface? Name the tap of the VM");
    if (ways > 1)
        return usage_error("only one of TAP, --vm, --pid and --all");
    if (line->operand_count > 0)
        return take_operands(line, ret_targets, ret_count);
    if (!line->all)
        return add_by_vm(line, vms, ret_targets, ret_count, ret_failure);
    int error = add_all(ret_targets, ret_count, vms_holders(vms), &line->check);
    if (error < 0)
        *ret_failure = text_format("the host's interfaces cannot be read: %s", strerror(-error));
    else if (*ret_count == 0)
        *ret_failure = text_format("there is no tap in this network namespace, and no VM that names one");
    return error < 0 ? EXIT_OS : *ret_count == 0 ? EXIT_UNKNOWN : 0;
}

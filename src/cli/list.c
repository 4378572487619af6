/* vmnetcheck list: which VM is behind which tap. */
#include "cli.h"
#include "clock.h"
#include "tap_list.h"
#include "vms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *state_text(const struct link_facts *link)
{
    if (link == NULL)
        return "missing";
    return !link->up ? "down" : link->carrier ? "up" : "unattached";
}

static void add_addresses(struct text_list *addresses, const struct host_facts *facts,
                          const struct link_facts *link)
{
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; link != NULL && i < facts->address_count; i++)
        if (facts->addresses[i].ifindex == link->ifindex && !ip_is_link_local(facts->addresses[i].address))
            text_list_addf(addresses, "%s/%u", ip_format(facts->addresses[i].address, ip),
                           facts->addresses[i].prefix_length);
}

static void add_row(struct tap_list *list, const struct host_facts *facts, struct vms *vms, const char *name)
{
    const struct link_facts *link = facts_link_named(facts, name);
    struct target target = {.name = (char *)name, .link = link};
    const struct link_facts *bridge = link != NULL ? facts_bridge_of(facts, link) : NULL;

    vms_describe(vms, &target);
    list->rows = memory_resize(list->rows, list->count + 1, sizeof *list->rows);
    struct tap_row *row = &list->rows[list->count++];
    *row = (struct tap_row){.interface = text_format("%s", name),
                            .state = state_text(link),
                            .bridge = bridge != NULL ? text_format("%s", bridge->name) : NULL};
    add_addresses(&row->addresses, facts, bridge != NULL ? bridge : link);
    vm_result_of(&target, &row->vm);
    row->holders = target.vm.holder_count;
}

static bool is_listed(const struct tap_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->rows[i].interface, name) == 0)
            return true;
    return false;
}

/* Taps that a VM's command line names, and nobody has. A VM that may not be looked at may live in another
 * network namespace. */
static void add_missing(struct tap_list *list, const struct host_facts *facts, struct vms *vms)
{
    struct holders *holders = vms_holders(vms);

    for (size_t i = 0; i < holders->count; i++) {
        const struct holder *holder = &holders->items[i];
        const struct vm *vm = holder_is_here(holder) ? holder->vm : NULL;
        for (size_t b = 0; vm != NULL && b < vm->backend_count; b++)
            if (vm->backends[b].kind == VM_BACKEND_TAP && vm->backends[b].ifname != NULL &&
                facts_link_named(facts, vm->backends[b].ifname) == NULL &&
                !is_listed(list, vm->backends[b].ifname))
                add_row(list, facts, vms, vm->backends[b].ifname);
    }
}

static int fill_list(struct tap_list *list)
{
    struct host_facts facts = {0};
    struct vms *vms = vms_start(0);
    int error = host_facts_read(&facts);

    for (size_t i = 0; error == 0 && i < facts.link_count; i++)
        if (facts.links[i].kind == LINK_TAP)
            add_row(list, &facts, vms, facts.links[i].name);
    if (error == 0)
        add_missing(list, &facts, vms);
    list->unreadable = vms_holders(vms)->unreadable;
    host_facts_free(&facts);
    vms_close(vms);
    return error;
}

int command_list(struct command_line *line)
{
    struct tap_list list = {.started_us = clock_wall()};

    if (line->operand_count > 0)
        return usage_error("list takes no operand");
    host_identity_read(&list.host);
    int error = fill_list(&list);
    if (error < 0) {
        list.failure = text_format("the host's interfaces cannot be read: %s", strerror(-error));
        complain("%s", list.failure);
    }
    line->format->taps(line->out, &list, &line->style);
    tap_list_free(&list);
    int status = output_end(line);
    return error < 0 ? EXIT_OS : status;
}

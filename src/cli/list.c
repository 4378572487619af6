/* vmnetcheck list: which VM is behind which tap. */
#include "cli.h"
#include "clock.h"
#include "interrupts.h"
#include "rights.h"
#include "tap_list.h"
#include "vms.h"
#include "vm_index.h"

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
    const struct address_facts *own = NULL;
    char ip[IP_TEXT_SIZE];

    while (link != NULL && (own = facts_next_address(facts, link->ifindex, own)) != NULL)
        if (!ip_is_link_local(own->address))
            text_list_addf(addresses, "%s/%u", ip_format(own->address, ip), own->prefix_length);
}

static void add_row(struct tap_list *list, const struct netns *netns, const struct host_facts *facts,
                    struct vms *vms, const char *name)
{
    const struct link_facts *link = facts_link_named(facts, name);
    struct target target = {.name = (char *)name, .link = link};
    const struct link_facts *bridge = link != NULL ? facts_bridge_of(facts, link) : NULL;

    vms_describe(vms, &target);
    list->rows = memory_resize(list->rows, list->count + 1, sizeof *list->rows);
    struct tap_row *row = &list->rows[list->count++];
    *row = (struct tap_row){.interface = text_format("%s", name),
                            .netns = netns->name != NULL ? text_format("%s", netns->name) : NULL,
                            .state = state_text(link),
                            .bridge = bridge != NULL ? text_format("%s", bridge->name) : NULL};
    add_addresses(&row->addresses, facts, bridge != NULL ? bridge : link);
    if (link != NULL)
        path_find(facts, link, &target.path);
    verdict_path_of(&target, &row->path);
    report_vm_of(&target, &row->vm);
    row->holders = target.vm.holder_count;
}

/* Taps that a VM's command line names, and nobody has. A VM that may not be looked at may live in another
 * network namespace. */
static void add_missing(struct tap_list *list, const struct netns *netns, const struct host_facts *facts,
                        struct vms *vms)
{
    const struct vm_index *here = vms_here(vms);
    const char *last = "";

    for (size_t i = 0; i < here->tap_count; i++) {
        const char *name = here->taps[i].vm->backends[here->taps[i].number].ifname;
        if (strcmp(name, last) != 0 && facts_link_named(facts, name) == NULL)
            add_row(list, netns, facts, vms, name);
        last = name;
    }
}

static int fill_list(const struct command_line *line, struct tap_list *list)
{
    const struct netns *netns = &line->spaces.items[0];
    struct host_facts facts = {0};
    struct vms *vms = vms_start(line->rights, 0);
    int error = host_facts_read(&facts);

    for (size_t i = 0; error == 0 && i < facts.link_count; i++)
        if (facts.links[i].kind == LINK_TAP)
            add_row(list, netns, &facts, vms, facts.links[i].name);
    if (error == 0)
        add_missing(list, netns, &facts, vms);
    list->unreadable = vms_holders(vms)->unreadable;
    list->unprivileged = !line->rights->may_read;
    host_facts_free(&facts);
    vms_close(vms);
    return error;
}

int command_list(struct command_line *line)
{
    struct tap_list list = {.started_us = clock_wall()};

    if (line->operand_count > 0)
        return usage_error("list takes no operand");
    list.host = output_take_identity(line);
    int error = fill_list(line, &list);
    if (error < 0) {
        list.failure = text_format("the host's interfaces cannot be read: %s", strerror(-error));
        complain("%s", list.failure);
    }
    interrupts_are_late();
    line->format->taps(line->out, &list, &line->style);
    tap_list_free(&list);
    int status = output_end(line);
    if (error < 0)
        status = EXIT_OS;
    output_said(line, status);
    return status;
}

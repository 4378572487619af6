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

/* One network namespace, and what is known of it. */
struct view {
    int netns;
    const char *name; /* NULL: it has none */
    struct host_facts facts;
    struct vms *vms;
};

static void add_row(struct tap_list *list, const struct view *view, const char *name)
{
    const struct link_facts *link = facts_link_named(&view->facts, name);
    struct target target = {.name = (char *)name, .netns = view->netns, .link = link};
    const struct link_facts *bridge = link != NULL ? facts_bridge_of(&view->facts, link) : NULL;

    vms_describe(view->vms, &target);
    list->rows = memory_resize(list->rows, list->count + 1, sizeof *list->rows);
    struct tap_row *row = &list->rows[list->count++];
    *row = (struct tap_row){.interface = text_format("%s", name),
                            .netns = view->name != NULL ? text_format("%s", view->name) : NULL,
                            .state = state_text(link),
                            .bridge = bridge != NULL ? text_format("%s", bridge->name) : NULL};
    add_addresses(&row->addresses, &view->facts, bridge != NULL ? bridge : link);
    if (link != NULL)
        path_find(&view->facts, link, &target.path);
    verdict_path_of(&target, &row->path);
    report_vm_of(&target, &row->vm);
    row->holders = target.vm.holder_count;
}

/* Taps that a VM's command line names, and nobody has. A VM that may not be looked at may live in another
 * network namespace. */
static void add_missing(struct tap_list *list, const struct view *view)
{
    const struct vm_index *here = vms_here(view->vms, view->netns);
    const char *last = "";

    for (size_t i = 0; i < here->tap_count; i++) {
        const char *name = here->taps[i].vm->backends[here->taps[i].number].ifname;
        if (strcmp(name, last) != 0 && facts_link_named(&view->facts, name) == NULL)
            add_row(list, view, name);
        last = name;
    }
}

static int add_rows(struct tap_list *list, struct view *view)
{
    int error = host_facts_read(view->netns, &view->facts);

    if (error < 0)
        return error;
    for (size_t i = 0; i < view->facts.link_count; i++)
        if (view->facts.links[i].kind == LINK_TAP)
            add_row(list, view, view->facts.links[i].name);
    add_missing(list, view);
    host_facts_free(&view->facts);
    return 0;
}

static int fill_list(struct command_line *line, struct tap_list *list)
{
    struct vms *vms = vms_start(line->rights, &line->spaces, 0);
    int error = 0;

    if (line->all_netns)
        namespaces_find_all(line, vms);
    for (size_t i = 0; i < line->spaces.count && error == 0; i++) {
        struct view view = {.netns = (int)i, .name = line->spaces.items[i].name, .vms = vms};
        error = add_rows(list, &view);
    }
    list->unreadable = vms_holders(vms, 0)->unreadable;
    list->unprivileged = !line->rights->may_read;
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
    if (error < 0)
        list.failure = text_format("the host's interfaces cannot be read: %s", strerror(-error));
    else if (line->no_spaces.count > 0)
        list.failure = text_list_join(&line->no_spaces);
    if (list.failure != NULL)
        complain("%s", list.failure);
    bool is_whole = list.failure == NULL;
    interrupts_are_late();
    line->format->taps(output_draft(line), &list, &line->style);
    tap_list_free(&list);
    int status = output_end(line);
    if (!is_whole)
        status = error < 0 ? EXIT_OS : EXIT_UNKNOWN;
    output_said(line, status);
    return status;
}

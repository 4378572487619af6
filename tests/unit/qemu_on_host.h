/* A host with tap0 on br0, and processes of QEMU on it. */
#ifndef VMNETCHECK_QEMU_ON_HOST_H
#define VMNETCHECK_QEMU_ON_HOST_H

#include "qemu_args.h"
#include "vms.h"

#include <string.h>

#include "unit.h"

#define TAP_MAC "fe:54:00:12:04:11"

static struct link_facts links[] = {
    {.ifindex = 3,
     .name = "tap0",
     .kind = LINK_TAP,
     .ethernet = true,
     .up = true,
     .carrier = true,
     .master = 4},
    {.ifindex = 4, .name = "br0", .kind = LINK_BRIDGE, .ethernet = true, .up = true, .carrier = true},
};
static const struct host_facts host = {.links = links, .link_count = 2};

/* Blanks between the arguments. */
static void add_process(struct vm_list *list, pid_t pid, const char *line)
{
    char *text = text_format("%s", line);
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] == ' ')
            text[i] = '\0';
    vm_list_add(list, qemu_cmdline_parse(text, size));
    list->items[list->count - 1]->pid = pid;
    free(text);
}

static void set_macs(void)
{
    links[0].mac = mac(TAP_MAC);
    links[1].mac = mac("fe:00:00:00:00:01");
}

#endif

/* Lists of network namespaces. */
#include "netns.h"

#include "grow.h"

#include <stdlib.h>
#include <unistd.h>

bool netns_is_known(struct netns_id id)
{
    return id.device != 0 || id.inode != 0;
}

bool netns_equal(struct netns_id a, struct netns_id b)
{
    return netns_is_known(a) && a.device == b.device && a.inode == b.inode;
}

char *netns_place(const struct netns *netns, const char *interface)
{
    return netns->elsewhere && netns->name != NULL ? text_format("%s/%s", netns->name, interface)
                                                   : text_format("%s", interface);
}

void netns_list_add(struct netns_list *list, struct netns netns)
{
    list->items = grow(list->items, &list->count, sizeof *list->items);
    list->items[list->count - 1] = netns;
}

void netns_free(struct netns *netns)
{
    free(netns->name);
    if (netns->descriptor >= 0)
        close(netns->descriptor);
}

void netns_list_free(struct netns_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        netns_free(&list->items[i]);
    free(list->items);
    *list = (struct netns_list){0};
}

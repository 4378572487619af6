/* Which network namespace is which. Private to src/host. */
#ifndef VMNETCHECK_NETNS_LINUX_H
#define VMNETCHECK_NETNS_LINUX_H

#include "netns.h"

/* Of the file at this path below the directory. An empty path: the descriptor itself. 0 or -errno. */
int netns_id_at(int directory, const char *path, struct netns_id *ret);
/* The name that ip-netns(8) knows it by, NULL if it has none. The caller frees it. */
char *netns_name_of(struct netns_id id);

#endif

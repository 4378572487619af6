/* What is asked of the kernel by opening something: files below proc(5), rtnetlink(7) sockets. A process that
 * may open nothing has it opened by another. */
#ifndef VMNETCHECK_KERNEL_H
#define VMNETCHECK_KERNEL_H

#include <stdbool.h>

enum kernel_file {
    KERNEL_ARP_IGNORE,    /* net.ipv4.conf.all.arp_ignore */
    KERNEL_RP_FILTER,     /* net.ipv4.conf.all.rp_filter */
    KERNEL_PROXY_ARP,     /* net.ipv4.conf.all.proxy_arp */
    KERNEL_PROXY_NDP,     /* net.ipv6.conf.all.proxy_ndp */
    KERNEL_FORWARDING_V6, /* net.ipv6.conf.all.forwarding */
    KERNEL_FILES,
};

/* Opens one to read it, or a socket for requests, or (changes) for what the kernel tells of links by itself,
 * which does not block. netns: in which network namespace, by its number in struct netns_list; who opens it
 * himself does so where he is. A descriptor or -errno. */
int kernel_open(int netns, enum kernel_file file);
int kernel_connect(int netns, bool changes);

struct kernel_door {
    int (*open)(int netns, enum kernel_file file);
    int (*connect)(int netns, bool changes);
};

/* From now on, both go through this door. */
void kernel_use(const struct kernel_door *door);

#endif

/* The kernel's files and sockets, opened by ourselves or by whoever does it for us. */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_file(int netns, enum kernel_file file)
{
    static const char *const paths[KERNEL_FILES] = {
        [KERNEL_ARP_IGNORE] = "/proc/sys/net/ipv4/conf/all/arp_ignore",
        [KERNEL_RP_FILTER] = "/proc/sys/net/ipv4/conf/all/rp_filter",
        [KERNEL_PROXY_ARP] = "/proc/sys/net/ipv4/conf/all/proxy_arp",
        [KERNEL_PROXY_NDP] = "/proc/sys/net/ipv6/conf/all/proxy_ndp",
        [KERNEL_FORWARDING_V6] = "/proc/sys/net/ipv6/conf/all/forwarding",
    };
    int descriptor = open(paths[file], O_RDONLY | O_CLOEXEC);

    (void)netns;
    return descriptor >= 0 ? descriptor : -errno;
}

static int connect_socket(int netns, bool changes)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = changes ? RTMGRP_LINK : 0};
    int type = SOCK_RAW | SOCK_CLOEXEC | (changes ? SOCK_NONBLOCK : 0);
    int descriptor = socket(AF_NETLINK, type, NETLINK_ROUTE);

    (void)netns;
    if (descriptor < 0)
        return -errno;
    if (bind(descriptor, (const struct sockaddr *)&address, sizeof address) == 0)
        return descriptor;
    int error = -errno;
    close(descriptor);
    return error;
}

static struct kernel_door used = {open_file, connect_socket};

int kernel_open(int netns, enum kernel_file file)
{
    return used.open(netns, file);
}

int kernel_connect(int netns, bool changes)
{
    return used.connect(netns, changes);
}

void kernel_use(const struct kernel_door *door)
{
    used = *door;
}

/* Links that come and go, as rtnetlink(7) tells them. */
#include "facts.h"
#include "netlink_linux.h"
#include "text.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MESSAGES_SIZE = 16384 }; /* what the kernel puts into one datagram at most */

struct link_watch {
    struct mnl_socket *socket;
    _Alignas(struct nlmsghdr) char messages[MESSAGES_SIZE];
};

int link_watch_open(struct link_watch **ret)
{
    struct link_watch *watch = memory_new(1, sizeof *watch);

    watch->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (watch->socket == NULL || mnl_socket_bind(watch->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0) {
        int error = -errno;
        link_watch_close(watch);
        return error;
    }
    *ret = watch;
    return 0;
}

void link_watch_close(struct link_watch *watch)
{
    if (watch == NULL)
        return;
    if (watch->socket != NULL)
        mnl_socket_close(watch->socket);
    free(watch);
}

int link_watch_descriptor(const struct link_watch *watch)
{
    return mnl_socket_get_fd(watch->socket);
}

/* Messages of another family are about something that the link is a part of: that it left a bridge, say. */
static int change_of(const struct nlmsghdr *message, int *ret_ifindex)
{
    const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);

    if (mnl_nlmsg_get_payload_len(message) < sizeof *header || header->ifi_family != AF_UNSPEC)
        return 0;
    *ret_ifindex = header->ifi_index;
    if (message->nlmsg_type == RTM_DELLINK)
        return ENODEV;
    return message->nlmsg_type == RTM_NEWLINK && !(header->ifi_flags & IFF_UP) ? ENETDOWN : 0;
}

int link_watch_read(struct link_watch *watch, void (*lost)(void *context, int ifindex, int error),
                    void *context)
{
    ssize_t size;

    while ((size = mnl_socket_recvfrom(watch->socket, watch->messages, sizeof watch->messages)) > 0) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)watch->messages;
        for (int left = (int)size; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            int ifindex = 0, error = change_of(message, &ifindex);
            if (error != 0)
                lost(context, ifindex, error);
        }
    }
    return size < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

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

int link_watch_open(int netns, struct link_watch **ret)
{
    struct link_watch *watch = memory_new(1, sizeof *watch);

    int error = netlink_connect(netns, true, &watch->socket);
    if (error < 0)
        link_watch_close(watch);
    else
        *ret = watch;
    return error;
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
static bool change_of(const struct nlmsghdr *message, struct link_change *ret)
{
    struct attributes a;
    const struct ifinfomsg *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL || header->ifi_family != AF_UNSPEC ||
        (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK))
        return false;
    *ret = (struct link_change){.ifindex = header->ifi_index, .name = netlink_string(a.of[IFLA_IFNAME])};
    if (message->nlmsg_type == RTM_DELLINK)
        ret->error = ENODEV;
    else if (!(header->ifi_flags & IFF_UP))
        ret->error = ENETDOWN;
    return true;
}

int link_watch_read(struct link_watch *watch,
                    void (*changed)(void *context, const struct link_change *change), void *context)
{
    ssize_t size;

    while ((size = mnl_socket_recvfrom(watch->socket, watch->messages, sizeof watch->messages)) > 0) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)watch->messages;
        for (int left = (int)size; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            struct link_change change;
            if (change_of(message, &change))
                changed(context, &change);
        }
    }
    return size < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

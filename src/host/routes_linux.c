/* Which way the host's own routes and rules lead to an address (RTM_GETROUTE). */
#include "facts.h"
#include "netlink_linux.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

static enum route_kind kind_of(uint8_t type, bool by_gateway)
{
    switch (type) {
    case RTN_LOCAL:
        return ROUTE_LOCAL;
    case RTN_ANYCAST:
        return ROUTE_ANYCAST;
    case RTN_UNICAST:
    case RTN_BROADCAST:
    case RTN_MULTICAST:
        return by_gateway ? ROUTE_GATEWAY : ROUTE_ON_LINK;
    default:
        return ROUTE_REJECTED;
    }
}

/* RTA_VIA is a gateway of the other family, RFC 5549. */
static bool read_via(const struct nlattr *attribute, struct ip_addr *ret)
{
    const struct rtvia *via;

    if (attribute == NULL || mnl_attr_get_payload_len(attribute) < sizeof *via)
        return false;
    via = mnl_attr_get_payload(attribute);
    return netlink_ip_of(via->rtvia_family, via->rtvia_addr,
                         mnl_attr_get_payload_len(attribute) - sizeof *via, ret);
}

static int read_route(const struct nlmsghdr *message, void *data)
{
    struct route_facts *route = data;
    struct attributes a;
    const struct rtmsg *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL)
        return -EBADMSG;
    bool by_gateway = netlink_ip(a.of[RTA_GATEWAY], header->rtm_family, &route->gateway) ||
                      read_via(a.of[RTA_VIA], &route->gateway);
    route->kind = kind_of(header->rtm_type, by_gateway);
    route->ifindex = (int)netlink_u32(a.of[RTA_OIF], 0);
    netlink_ip(a.of[RTA_PREFSRC], header->rtm_family, &route->source);
    return 0;
}

/* What the kernel answers where a lookup finds no route, or one of a type that rejects. */
static bool is_result(int error, enum route_kind *ret)
{
    switch (error) {
    case -ENETUNREACH:
        *ret = ROUTE_NONE;
        return true;
    case -EINVAL:       /* blackhole */
    case -EACCES:       /* prohibit */
    case -EHOSTUNREACH: /* unreachable */
    case -EAGAIN:       /* throw */
        *ret = ROUTE_REJECTED;
        return true;
    default:
        return false;
    }
}

/* Of an IPv6 route only what the table says: for the source address that it would choose, the kernel looks at
 * every interface of the host. */
static struct nlmsghdr *route_request(struct netlink *netlink, struct ip_addr destination,
                                      struct ip_addr source, int ifindex)
{
    uint8_t family = destination.family == IP_V4 ? AF_INET : AF_INET6;
    size_t size = ip_size(destination.family);
    struct nlmsghdr *request = netlink_request(netlink, RTM_GETROUTE, family, sizeof(struct rtmsg));
    struct rtmsg *header = mnl_nlmsg_get_payload(request);

    header->rtm_dst_len = (uint8_t)(8 * size);
    if (family == AF_INET6)
        header->rtm_flags = RTM_F_FIB_MATCH;
    mnl_attr_put(request, RTA_DST, size, destination.bytes);
    if (source.family == destination.family) {
        header->rtm_src_len = (uint8_t)(8 * size);
        mnl_attr_put(request, RTA_SRC, size, source.bytes);
    }
    if (ifindex != 0 && family == AF_INET6 && ip_is_link_local(destination))
        mnl_attr_put_u32(request, RTA_OIF, (uint32_t)ifindex);
    return request;
}

int host_route(int netns, struct ip_addr destination, struct ip_addr source, int ifindex,
               struct route_facts *ret)
{
    struct route_facts route = {0};
    struct netlink *netlink;

    if (destination.family == IP_NONE)
        return -EINVAL;
    int error = netlink_open(netns, &netlink);
    if (error)
        return error;
    error = netlink_ask(netlink, route_request(netlink, destination, source, ifindex), read_route, &route);
    if (is_result(error, &route.kind))
        error = 0;
    if (!error)
        *ret = route;
    return error;
}

int host_route_in(int netns, struct ip_addr destination, struct ip_addr source, int ifindex)
{
    struct route_facts route = {0};
    struct netlink *netlink;

    if (destination.family != IP_V4 || source.family != IP_V4)
        return -EAFNOSUPPORT;
    int error = netlink_open(netns, &netlink);
    if (error)
        return error;
    struct nlmsghdr *request = route_request(netlink, destination, source, 0);
    mnl_attr_put_u32(request, RTA_IIF, (uint32_t)ifindex);
    return netlink_ask(netlink, request, read_route, &route);
}

static int read_rule(const struct nlmsghdr *message, void *data)
{
    bool *none = data;
    struct attributes a;
    const struct fib_rule_hdr *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL)
        return -EBADMSG;
    *none &= header->src_len == 0;
    return 0;
}

bool host_has_no_source_rules(int netns, enum ip_family family)
{
    struct netlink *netlink;
    bool none = true;

    if (netlink_open(netns, &netlink) < 0)
        return false;
    struct nlmsghdr *request = netlink_request(netlink, RTM_GETRULE, family == IP_V4 ? AF_INET : AF_INET6,
                                               sizeof(struct fib_rule_hdr));
    request->nlmsg_flags |= NLM_F_DUMP;
    return netlink_ask(netlink, request, read_rule, &none) == 0 && none;
}

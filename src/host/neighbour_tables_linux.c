/* What the kernel says of its tables of neighbours (RTM_GETNEIGHTBL). */
#include "facts.h"
#include "netlink_linux.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Each table has a message, and each interface that sets something of it; the former comes again in each part
 * of a long answer. */
static int read_table(const struct nlmsghdr *message, void *data)
{
    struct neighbours_refused *refused = data;
    struct ndt_stats stats;
    struct attributes a;
    const struct ndtmsg *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL)
        return -EBADMSG;
    if (a.of[NDTA_STATS] == NULL || mnl_attr_get_payload_len(a.of[NDTA_STATS]) < sizeof stats)
        return 0;
    memcpy(&stats, mnl_attr_get_payload(a.of[NDTA_STATS]), sizeof stats);
    *(header->ndtm_family == AF_INET ? &refused->ipv4 : &refused->ipv6) = stats.ndts_table_fulls;
    return 0;
}

int host_neighbours_refused(struct neighbours_refused *ret)
{
    struct neighbours_refused refused = {0};
    struct netlink *netlink;
    int error = netlink_open(0, &netlink);

    if (error)
        return error;
    struct nlmsghdr *request = netlink_request(netlink, RTM_GETNEIGHTBL, AF_UNSPEC, sizeof(struct ndtmsg));
    request->nlmsg_flags |= NLM_F_DUMP;
    error = netlink_ask(netlink, request, read_table, &refused);
    if (!error)
        *ret = refused;
    return error;
}

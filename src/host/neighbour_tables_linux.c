/* What the kernel says of its tables of neighbours (RTM_GETNEIGHTBL). */
#include "facts.h"
#include "netlink_linux.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* First there is a message of the table itself, and then one for each interface that sets something of it:
 * there may be thousands of them, and they are not waited for. */
static int read_table(const struct nlmsghdr *message, void *data)
{
    uint64_t *fulls = data;
    struct ndt_stats stats;
    struct attributes a;

    if (netlink_header(message, sizeof(struct ndtmsg), &a) == NULL)
        return -EBADMSG;
    if (a.of[NDTA_STATS] == NULL || mnl_attr_get_payload_len(a.of[NDTA_STATS]) < sizeof stats)
        return 0;
    memcpy(&stats, mnl_attr_get_payload(a.of[NDTA_STATS]), sizeof stats);
    *fulls = stats.ndts_table_fulls;
    return -ECANCELED;
}

static int ask(uint8_t family, uint64_t *ret_fulls)
{
    struct netlink *netlink;
    int error = netlink_open(0, &netlink);

    if (error)
        return error;
    struct nlmsghdr *request = netlink_request(netlink, RTM_GETNEIGHTBL, family, sizeof(struct ndtmsg));
    request->nlmsg_flags |= NLM_F_DUMP;
    *ret_fulls = 0;
    error = netlink_ask(netlink, request, read_table, ret_fulls);
    return error == -ECANCELED ? 0 : error;
}

int host_neighbours_refused(struct neighbours_refused *ret)
{
    struct neighbours_refused refused = {0};
    int error = ask(AF_INET, &refused.ipv4);

    if (!error)
        error = ask(AF_INET6, &refused.ipv6);
    if (!error)
        *ret = refused;
    return error;
}

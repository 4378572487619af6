/* Links, addresses and neighbours by rtnetlink. */
#include "facts.h"
#include "grow.h"
#include "kernel.h"
#include "netlink_linux.h"
#include "vlans_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Of a table that changes while it is read: a thousand taps may go at once, for a second. */
    READS_MAX = 200,
    PAUSE_AFTER = 4,  /* of them without a pause */
    PAUSE_US = 10000, /* with READS_MAX, two seconds in all */
};

/* ---- links ---- */

static void read_tun(struct link_facts *link, const struct nlattr *info_data)
{
    struct attributes tun = netlink_nested(info_data);
    uint8_t type = netlink_u8(tun.of[IFLA_TUN_TYPE], link->ethernet ? IFF_TAP : IFF_TUN);

    link->kind = type == IFF_TAP ? LINK_TAP : LINK_TUN;
    link->multi_queue = netlink_u8(tun.of[IFLA_TUN_MULTI_QUEUE], 0);
}

enum { CLOCK_TICK_US = 10000 }; /* USER_HZ is 100 */

static void read_bridge(struct link_facts *link, const struct nlattr *data)
{
    struct attributes bridge = netlink_nested(data);

    link->kind = LINK_BRIDGE;
    link->filters_vlans = netlink_u8(bridge.of[IFLA_BR_VLAN_FILTERING], 0) != 0;
    link->hands_v4 = netlink_u8(bridge.of[IFLA_BR_NF_CALL_IPTABLES], 0) != 0;
    link->hands_v6 = netlink_u8(bridge.of[IFLA_BR_NF_CALL_IP6TABLES], 0) != 0;
    if (netlink_u32(bridge.of[IFLA_BR_STP_STATE], 0) != 0)
        link->forward_delay_us = CLOCK_TICK_US * (uint64_t)netlink_u32(bridge.of[IFLA_BR_FORWARD_DELAY], 0);
}

static void read_port(struct link_facts *link, const struct nlattr *data)
{
    struct attributes port = netlink_nested(data);
    uint8_t state = netlink_u8(port.of[IFLA_BRPORT_STATE], PORT_DISABLED);

    link->port = state < PORT_NONE ? (enum port_state)state : PORT_DISABLED;
    link->locked = netlink_u8(port.of[IFLA_BRPORT_LOCKED], 0) != 0;
    link->answers = netlink_u8(port.of[IFLA_BRPORT_NEIGH_SUPPRESS], 0) != 0 ||
                    netlink_u8(port.of[IFLA_BRPORT_PROXYARP], 0) != 0 ||
                    netlink_u8(port.of[IFLA_BRPORT_PROXYARP_WIFI], 0) != 0;
    link->learns = netlink_u8(port.of[IFLA_BRPORT_LEARNING], 0) != 0;
    link->isolated = netlink_u8(port.of[IFLA_BRPORT_ISOLATED], 0) != 0;
    link->port_timer_us = CLOCK_TICK_US * netlink_u64(port.of[IFLA_BRPORT_FORWARD_DELAY_TIMER], 0);
}

static void read_link_info(struct link_facts *link, const struct nlattr *link_info)
{
    struct attributes info = netlink_nested(link_info);
    const char *kind = netlink_string(info.of[IFLA_INFO_KIND]);

    if (strcmp(kind, "tun") == 0)
        read_tun(link, info.of[IFLA_INFO_DATA]);
    else if (strcmp(kind, "bridge") == 0)
        read_bridge(link, info.of[IFLA_INFO_DATA]);
    else if (strcmp(kind, "veth") == 0)
        link->kind = LINK_VETH;
    else if (strcmp(kind, "macvtap") == 0)
        link->kind = LINK_MACVTAP;
    else if (strcmp(kind, "vrf") == 0)
        link->kind = LINK_VRF;

    if (strcmp(netlink_string(info.of[IFLA_INFO_SLAVE_KIND]), "bridge") == 0)
        read_port(link, info.of[IFLA_INFO_SLAVE_DATA]);
}

/* Of the values of conf/LINK, an array that begins with number 1. */
static uint32_t read_setting(const struct nlattr *values, unsigned number)
{
    size_t offset = (number - 1) * sizeof(uint32_t);
    uint32_t value = 0;

    if (values != NULL && mnl_attr_get_payload_len(values) >= offset + sizeof value)
        memcpy(&value, (const char *)mnl_attr_get_payload(values) + offset, sizeof value);
    return value;
}

/* Those of IPv6 begin with number 0. (Linux has had the last one since 6.17, its headers may not.) */
enum { PROXY_NDP_V6 = DEVCONF_PROXY_NDP + 1, FORCE_FORWARDING_V6 = 59 + 1 };

static void read_settings(struct link_facts *link, const struct nlattr *families)
{
    struct attributes of_family = netlink_nested(families);
    const struct nlattr *inet = netlink_nested(of_family.of[AF_INET]).of[IFLA_INET_CONF];
    const struct nlattr *inet6 = netlink_nested(of_family.of[AF_INET6]).of[IFLA_INET6_CONF];

    link->arp_ignore = read_setting(inet, IPV4_DEVCONF_ARP_IGNORE);
    link->rp_filter = read_setting(inet, IPV4_DEVCONF_RP_FILTER);
    link->no_forwarding_v4 = inet != NULL && read_setting(inet, IPV4_DEVCONF_FORWARDING) == 0;
    link->no_forwarding_v6 = inet6 != NULL && read_setting(inet6, FORCE_FORWARDING_V6) == 0;
    link->proxy_arp = read_setting(inet, IPV4_DEVCONF_PROXY_ARP) != 0;
    link->proxy_ndp = read_setting(inet6, PROXY_NDP_V6) != 0;
}

/* The structure grows at its end from kernel to kernel. */
static uint64_t read_tx_dropped(const struct nlattr *stats)
{
    size_t offset = offsetof(struct rtnl_link_stats64, tx_dropped);
    uint64_t dropped = 0;

    if (stats != NULL && mnl_attr_get_payload_len(stats) >= offset + sizeof dropped)
        memcpy(&dropped, (const char *)mnl_attr_get_payload(stats) + offset, sizeof dropped);
    return dropped;
}

/* IFLA_PROP_LIST has one IFLA_ALT_IFNAME for each alternative name. */
static int read_alias(const struct nlattr *property, void *data)
{
    struct host_facts *facts = data;
    const char *name = netlink_string(property);

    if (mnl_attr_get_type(property) != IFLA_ALT_IFNAME || *name == '\0' || strlen(name) >= ALIAS_NAME_SIZE)
        return MNL_CB_OK;
    facts->aliases = grow(facts->aliases, &facts->alias_count, sizeof *facts->aliases);
    struct alias_facts *alias = &facts->aliases[facts->alias_count - 1];
    alias->ifindex = facts->links[facts->link_count - 1].ifindex;
    memcpy(alias->name, name, strlen(name) + 1);
    return MNL_CB_OK;
}

static int read_link(const struct nlmsghdr *message, void *data)
{
    struct host_facts *facts = data;
    struct link_facts link = {.port = PORT_NONE};
    struct attributes a;
    const struct ifinfomsg *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL)
        return -EBADMSG;
    const char *name = netlink_string(a.of[IFLA_IFNAME]);
    size_t length = strlen(name);
    if (length == 0 || length >= sizeof link.name)
        return -EBADMSG;
    memcpy(link.name, name, length);
    link.ifindex = header->ifi_index;
    link.ethernet = header->ifi_type == ARPHRD_ETHER;
    link.up = header->ifi_flags & IFF_UP;
    link.loopback = header->ifi_flags & IFF_LOOPBACK;
    link.noarp = header->ifi_flags & IFF_NOARP;
    link.carrier = netlink_u8(a.of[IFLA_CARRIER], 0);
    link.mtu = netlink_u32(a.of[IFLA_MTU], 0);
    link.master = (int)netlink_u32(a.of[IFLA_MASTER], 0);
    read_settings(&link, a.of[IFLA_AF_SPEC]);
    link.tx_dropped = read_tx_dropped(a.of[IFLA_STATS64]);
    netlink_mac(a.of[IFLA_ADDRESS], &link.mac);
    read_link_info(&link, a.of[IFLA_LINKINFO]);
    /* Bridges are told when the operational state follows the carrier (RFC 2863), up to a second later. */
    link.settling = link.port == PORT_DISABLED && link.carrier &&
                    netlink_u8(a.of[IFLA_OPERSTATE], IF_OPER_UNKNOWN) == IF_OPER_DOWN;
    if (link.kind == LINK_VETH && a.of[IFLA_LINK_NETNSID] == NULL)
        link.peer = (int)netlink_u32(a.of[IFLA_LINK], 0);

    facts->links = grow(facts->links, &facts->link_count, sizeof *facts->links);
    facts->links[facts->link_count - 1] = link;
    if (a.of[IFLA_PROP_LIST] != NULL)
        mnl_attr_parse_nested(a.of[IFLA_PROP_LIST], read_alias, facts);
    return 0;
}

/* ---- addresses ---- */

static int read_address(const struct nlmsghdr *message, void *data)
{
    struct host_facts *facts = data;
    struct address_facts own = {0};
    struct attributes a;
    const struct ifaddrmsg *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL)
        return -EBADMSG;
    /* On a point-to-point link IFA_ADDRESS is the peer's; IPv6 has IFA_LOCAL only there. */
    if (!netlink_ip(a.of[IFA_LOCAL], header->ifa_family, &own.address) &&
        !netlink_ip(a.of[IFA_ADDRESS], header->ifa_family, &own.address))
        return 0;
    own.ifindex = (int)header->ifa_index;
    own.prefix_length = header->ifa_prefixlen;
    uint32_t flags = netlink_u32(a.of[IFA_FLAGS], header->ifa_flags);
    own.tentative = flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED);
    own.deprecated = flags & IFA_F_DEPRECATED;

    facts->addresses = grow(facts->addresses, &facts->address_count, sizeof *facts->addresses);
    facts->addresses[facts->address_count - 1] = own;
    return 0;
}

/* ---- neighbours, and what bridges learned ---- */

static int read_neighbour(const struct nlmsghdr *message, void *data)
{
    struct host_facts *facts = data;
    struct neighbour_facts neighbour = {0};
    struct attributes a;
    const struct ndmsg *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL)
        return -EBADMSG;
    /* NUD_NOARP: computed, not learned, as those of multicast addresses are. */
    if ((header->ndm_state & NUD_NOARP) || !netlink_mac(a.of[NDA_LLADDR], &neighbour.mac) ||
        !netlink_ip(a.of[NDA_DST], header->ndm_family, &neighbour.address))
        return 0;
    neighbour.ifindex = header->ndm_ifindex;
    neighbour.confirmed = header->ndm_state & NUD_REACHABLE;
    neighbour.permanent = header->ndm_state & NUD_PERMANENT;

    facts->neighbours = grow(facts->neighbours, &facts->neighbour_count, sizeof *facts->neighbours);
    facts->neighbours[facts->neighbour_count - 1] = neighbour;
    return 0;
}

static int read_fdb(const struct nlmsghdr *message, void *data)
{
    struct host_facts *facts = data;
    struct fdb_facts entry = {0};
    struct attributes a;
    const struct ndmsg *header = netlink_header(message, sizeof *header, &a);

    if (header == NULL)
        return -EBADMSG;
    /* NTF_SELF: a filter of the device's own, or a VXLAN's table; a bridge's entries name the bridge. */
    if ((header->ndm_flags & NTF_SELF) || a.of[NDA_MASTER] == NULL ||
        !netlink_mac(a.of[NDA_LLADDR], &entry.mac))
        return 0;
    entry.port = header->ndm_ifindex;
    entry.vid = netlink_u16(a.of[NDA_VLAN], 0);
    entry.local = header->ndm_state & NUD_PERMANENT;
    entry.sticky = header->ndm_flags & NTF_STICKY;

    facts->fdb = grow(facts->fdb, &facts->fdb_count, sizeof *facts->fdb);
    facts->fdb[facts->fdb_count - 1] = entry;
    return 0;
}

/* ---- all of it ---- */

struct table {
    uint16_t type;
    uint8_t family;
    size_t header_size;
    netlink_reader *reader;
    size_t count_offset; /* of the count in host_facts */
    uint32_t wanted;     /* RTEXT_FILTER_…, of links */
};

enum { TABLES_OF_LINKS = 2 }; /* the first so many say what there is */

static const struct table tables[] = {
    {RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg), read_link, offsetof(struct host_facts, link_count), 0},
    {RTM_GETADDR, AF_UNSPEC, sizeof(struct ifaddrmsg), read_address,
     offsetof(struct host_facts, address_count), 0},
    {RTM_GETNEIGH, AF_UNSPEC, sizeof(struct ndmsg), read_neighbour,
     offsetof(struct host_facts, neighbour_count), 0},
    {RTM_GETNEIGH, AF_BRIDGE, sizeof(struct ndmsg), read_fdb, offsetof(struct host_facts, fdb_count), 0},
    {RTM_GETLINK, AF_BRIDGE, sizeof(struct ifinfomsg), vlans_read_port,
     offsetof(struct host_facts, vlan_count), RTEXT_FILTER_BRVLAN_COMPRESSED | RTEXT_FILTER_SKIP_STATS},
};

/* Reads a table until it stood still. -EAGAIN if it never does: half a table would tell of links that are
 * missing. `left_out`: RTEXT_FILTER_SKIP_STATS or 0. */
static int read_table(int netns, const struct table *table, uint32_t left_out, struct host_facts *facts)
{
    size_t *count = (size_t *)((char *)facts + table->count_offset);

    for (int i = 0; i < READS_MAX; i++) {
        struct netlink *netlink;
        int error = netlink_open(netns, &netlink);
        if (error)
            return error;
        struct nlmsghdr *request = netlink_request(netlink, table->type, table->family, table->header_size);
        request->nlmsg_flags |= NLM_F_DUMP;
        if (table->type == RTM_GETLINK && (table->wanted | left_out) != 0)
            mnl_attr_put_u32(request, IFLA_EXT_MASK, table->wanted | left_out);
        *count = 0;
        if (table->reader == read_link)
            facts->alias_count = 0;
        error = netlink_ask(netlink, request, table->reader, facts);
        if (error != -EINTR)
            return error;
        if (i >= PAUSE_AFTER)
            usleep(PAUSE_US);
    }
    return -EAGAIN;
}

static bool is_wanted(const struct table *table, const struct host_facts *facts)
{
    bool filters = table->reader != vlans_read_port;

    for (size_t i = 0; i < facts->link_count && !filters; i++)
        filters = facts->links[i].filters_vlans;
    return filters;
}

static int read_tables(int netns, size_t count, uint32_t left_out, struct host_facts *ret)
{
    struct host_facts facts = {0};
    int error = 0;

    for (size_t i = 0; i < count && !error; i++)
        if (is_wanted(&tables[i], &facts))
            error = read_table(netns, &tables[i], left_out, &facts);
    if (error) {
        host_facts_free(&facts);
        return error;
    }
    host_facts_index(&facts);
    *ret = facts;
    return 0;
}

/* Leaves *ret where there is no such setting to read. 0 or -errno. */
static int read_common(int netns, enum kernel_file setting, unsigned *ret)
{
    char text[16] = "";
    int fd = kernel_open(netns, setting);

    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    int error = read(fd, text, sizeof text - 1) < 0 ? -errno : 0;
    close(fd);
    if (error == 0)
        *ret = (unsigned)strtoul(text, NULL, 10);
    return error;
}

/* Of conf/all netlink does not tell these values; the greater ones are in force. IPv6 is forwarded from all
 * interfaces or from none, whatever their own setting of that name is, but for those that are forced to. */
static int add_common_settings(int netns, struct host_facts *facts)
{
    unsigned values[KERNEL_FILES] = {[KERNEL_FORWARDING_V6] = true /* it is not known */};
    int error = 0;

    for (enum kernel_file file = 0; file < KERNEL_FILES && !error; file++)
        error = read_common(netns, file, &values[file]);
    for (size_t i = 0; i < facts->link_count && !error; i++) {
        struct link_facts *link = &facts->links[i];
        if (link->arp_ignore < values[KERNEL_ARP_IGNORE])
            link->arp_ignore = values[KERNEL_ARP_IGNORE];
        if (link->rp_filter < values[KERNEL_RP_FILTER])
            link->rp_filter = values[KERNEL_RP_FILTER];
        link->proxy_arp |= values[KERNEL_PROXY_ARP] != 0;
        link->proxy_ndp |= values[KERNEL_PROXY_NDP] != 0;
        link->no_forwarding_v6 &= values[KERNEL_FORWARDING_V6] == 0;
    }
    return error;
}

/* To the benchmark networks 198.18.0.0/15 (RFC 2544 C.2.2) and 2001:2::/48 (RFC 5180 8), which are on no
 * link. What cannot be told stays unknown. */
static void add_far_routes(int netns, struct host_facts *facts)
{
    static const struct ip_addr nowhere = {0}, far_ipv4 = {IP_V4, {198, 18, 0, 1}},
                                far_ipv6 = {IP_V6, {0x20, 0x01, 0x00, 0x02, [15] = 1}};

    (void)host_route(netns, far_ipv4, nowhere, 0, &facts->far_ipv4);
    (void)host_route(netns, far_ipv6, nowhere, 0, &facts->far_ipv6);
}

int host_facts_read(int netns, struct host_facts *ret)
{
    struct host_facts facts;
    int error = read_tables(netns, sizeof tables / sizeof tables[0], 0, &facts);

    if (error)
        return error;
    error = add_common_settings(netns, &facts);
    add_far_routes(netns, &facts);
    facts.no_source_rules_v4 = host_has_no_source_rules(netns, IP_V4);
    facts.no_source_rules_v6 = host_has_no_source_rules(netns, IP_V6);
    if (error)
        host_facts_free(&facts);
    else
        *ret = facts;
    return error;
}

int host_links_read(int netns, struct host_facts *ret)
{
    return read_tables(netns, TABLES_OF_LINKS, RTEXT_FILTER_SKIP_STATS, ret);
}

static int read_name(const struct nlmsghdr *message, void *data)
{
    struct attributes a;

    if (netlink_header(message, sizeof(struct ifinfomsg), &a) == NULL)
        return -EBADMSG;
    const char *name = netlink_string(a.of[IFLA_IFNAME]);
    if (*name == '\0' || strlen(name) >= LINK_NAME_SIZE)
        return -EBADMSG;
    memcpy(data, name, strlen(name) + 1);
    return 0;
}

bool host_link_name(int netns, const char *name, char ret[LINK_NAME_SIZE])
{
    struct netlink *netlink;
    char found[LINK_NAME_SIZE] = "";

    if (strlen(name) >= ALIAS_NAME_SIZE || netlink_open(netns, &netlink) < 0)
        return false;
    struct nlmsghdr *request = netlink_request(netlink, RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(request, IFLA_ALT_IFNAME, name); /* finds links by their ordinary names as well */
    bool exists = netlink_ask(netlink, request, read_name, found) == 0 && *found != '\0';
    if (exists)
        memcpy(ret, found, strlen(found) + 1);
    return exists;
}

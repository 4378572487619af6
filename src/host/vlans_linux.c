/* The VLANs of ports, as bridge-vlan(8) shows them. */
#include "vlans_linux.h"

#include "grow.h"
#include "netlink_linux.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <string.h>

struct told {
    struct host_facts *facts;
    int ifindex;
    uint16_t first; /* of a range */
};

/* A range takes two: where it begins, and where it ends. */
static int add_vlan(const struct nlattr *attribute, void *data)
{
    struct told *told = data;
    struct host_facts *facts = told->facts;
    struct bridge_vlan_info info;

    if (mnl_attr_get_type(attribute) != IFLA_BRIDGE_VLAN_INFO ||
        mnl_attr_get_payload_len(attribute) != sizeof info)
        return MNL_CB_OK;
    memcpy(&info, mnl_attr_get_payload(attribute), sizeof info);
    if (info.flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
        told->first = info.vid;
        return MNL_CB_OK;
    }
    facts->vlans = grow(facts->vlans, &facts->vlan_count, sizeof *facts->vlans);
    facts->vlans[facts->vlan_count - 1] =
        (struct vlan_facts){.ifindex = told->ifindex,
                            .first = info.flags & BRIDGE_VLAN_INFO_RANGE_END ? told->first : info.vid,
                            .last = info.vid,
                            .pvid = info.flags & BRIDGE_VLAN_INFO_PVID,
                            .untagged = info.flags & BRIDGE_VLAN_INFO_UNTAGGED};
    return MNL_CB_OK;
}

int vlans_read_port(const struct nlmsghdr *message, void *facts)
{
    struct attributes a;
    const struct ifinfomsg *header = netlink_header(message, sizeof *header, &a);
    const struct nlattr *of_bridge = header != NULL ? a.of[IFLA_AF_SPEC] : NULL;

    if (header == NULL)
        return -EBADMSG;
    /* What a network card has in hardware is told in the same way. */
    if (of_bridge == NULL ||
        (netlink_u16(netlink_nested(of_bridge).of[IFLA_BRIDGE_FLAGS], 0) & BRIDGE_FLAGS_SELF))
        return 0;
    struct told told = {.facts = facts, .ifindex = header->ifi_index};
    mnl_attr_parse_nested(of_bridge, add_vlan, &told);
    return 0;
}

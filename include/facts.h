/* What the host's kernel knows about its network, read without sending anything. The structures are pure
 * data; the readers, at the end, do the I/O. */
#ifndef VMNETCHECK_FACTS_H
#define VMNETCHECK_FACTS_H

#include "addr.h"

enum { LINK_NAME_SIZE = 16, ALIAS_NAME_SIZE = 128 }; /* IFNAMSIZ and ALTIFNAMSIZ, with the final NUL */

enum link_kind { LINK_OTHER, LINK_TAP, LINK_TUN, LINK_BRIDGE, LINK_VETH, LINK_MACVTAP, LINK_VRF };

/* linux/if_bridge.h BR_STATE_*, with a value for what is no port. */
enum port_state { PORT_DISABLED, PORT_LISTENING, PORT_LEARNING, PORT_FORWARDING, PORT_BLOCKING, PORT_NONE };

struct link_facts {
    int ifindex;
    char name[LINK_NAME_SIZE];
    enum link_kind kind;
    bool ethernet; /* frames have an Ethernet header (ARPHRD_ETHER) */
    bool up;       /* administratively */
    bool carrier;  /* a tap has one while a process holds it */
    bool loopback;
    bool noarp; /* it asks for nobody and answers nobody, as after ip link set … arp off */
    struct mac_addr mac;
    unsigned mtu;
    int peer;             /* of a veth: ifindex of its other end, 0 if that is in another namespace */
    int master;           /* ifindex of the bridge (or bond, …), 0 for none */
    enum port_state port; /* as a port of a bridge */
    bool settling;        /* likewise: it has its carrier, but was not told yet, and is disabled till then */
    bool locked;          /* likewise: nothing is forwarded from whom the bridge has no entry for */
    bool answers;         /* likewise: the bridge means to answer ARP and ND for who is there */
    bool learns;          /* likewise: the bridge remembers who speaks there */
    bool isolated;        /* likewise: nothing is forwarded to another such port */
    bool hands_v4,
        hands_v6; /* of a bridge: it has the packet filter see what it forwards, whatever the others do */
    uint64_t port_timer_us;    /* likewise: until the next state, where STP makes it wait */
    uint64_t forward_delay_us; /* of a bridge with STP: how long each state takes */
    bool filters_vlans;        /* of a bridge: a frame passes only between members of its VLAN */
    bool multi_queue;          /* of a tap */
    uint64_t tx_dropped;
    unsigned arp_ignore; /* ip-sysctl: for which of the host's addresses it answers ARP; the one in force */
    unsigned rp_filter;  /* ip-sysctl: how it judges the source of an IPv4 packet; likewise */
    /* ip-sysctl: what comes in by it is not forwarded; false: it is, or is not known */
    bool no_forwarding_v4, no_forwarding_v6;
    bool proxy_arp, proxy_ndp; /* ip-sysctl: it answers for what is reached over other links; likewise */
    bool leads_out; /* of a bridge: a port of it, or of one that it is joined to, is no tap, and may lead out
                       of the host */
};

/* An alternative name of a link (ip link property add … altname). */
struct alias_facts {
    int ifindex;
    char name[ALIAS_NAME_SIZE];
};

struct address_facts {
    int ifindex;
    struct ip_addr address;
    unsigned prefix_length;
    bool tentative;  /* IPv6: not usable yet, or found to be a duplicate */
    bool deprecated; /* IPv6: not to be used for what is new */
};

/* An entry of the ARP or ND cache that has a link-layer address. */
struct neighbour_facts {
    int ifindex;
    struct ip_addr address;
    struct mac_addr mac;
    bool confirmed; /* reachable, or recently so; false for stale ones and worse */
    bool permanent; /* somebody wrote it: the host asks for nobody there */
};

/* An entry of a bridge's forwarding table. */
struct fdb_facts {
    int port; /* ifindex */
    struct mac_addr mac;
    uint16_t vid; /* 0: none */
    bool local;   /* the port's own address, not learned */
    bool sticky;  /* somebody wrote it, and it stays whoever speaks where */
};

/* VLANs that a port of a bridge carries, or the bridge itself at its end to the host (bridge vlan). Only of
 * bridges that filter by them. */
struct vlan_facts {
    int ifindex;
    uint16_t first, last;
    bool pvid;     /* the one of frames that come in without a tag */
    bool untagged; /* it leaves there without one */
};

/* Where the entries of a table are that have a key: key and place, 32 bits each, in ascending order. */
struct facts_index {
    uint64_t *entries; /* NULL: there is none, all is looked through */
    size_t count;
};

enum route_kind {
    ROUTE_UNKNOWN,  /* the kernel could not be asked */
    ROUTE_NONE,     /* the tables have none */
    ROUTE_ON_LINK,  /* a neighbour on link `ifindex` */
    ROUTE_GATEWAY,  /* by way of `gateway` on link `ifindex` */
    ROUTE_LOCAL,    /* the host itself has the address */
    ROUTE_ANYCAST,  /* so it has, and others on the link have it as well: each sends to itself */
    ROUTE_REJECTED, /* blackhole, prohibit, throw, … */
};

/* How the host would send to an address. */
struct route_facts {
    enum route_kind kind;
    int ifindex;
    struct ip_addr gateway;
    struct ip_addr source;       /* which source address it would choose; family IP_NONE if none */
    struct ip_addr needs_source; /* it is only the way for packets from this one; IP_NONE: for any */
};

struct host_facts {
    struct link_facts *links;
    size_t link_count;
    struct alias_facts *aliases;
    size_t alias_count;
    struct address_facts *addresses;
    size_t address_count;
    struct neighbour_facts *neighbours;
    size_t neighbour_count;
    struct fdb_facts *fdb;
    size_t fdb_count;
    struct vlan_facts *vlans;
    size_t vlan_count;
    struct route_facts far_ipv4, far_ipv6;       /* to what is on no link */
    bool no_source_rules_v4, no_source_rules_v6; /* host_has_no_source_rules() */
    struct facts_index links_by_ifindex, links_by_name, aliases_by_name, addresses_by_ifindex,
        addresses_by_address, neighbours_by_ifindex, neighbours_by_address, fdb_by_port, fdb_by_mac,
        vlans_by_ifindex;
};

/* NULL if there is no such link. The result lives as long as the facts. */
const struct link_facts *facts_link(const struct host_facts *facts, int ifindex);
/* By its name or an alternative one. */
const struct link_facts *facts_link_named(const struct host_facts *facts, const char *name);
/* The VRF that a link, or its bridge, belongs to: it has routes and local addresses of its own. NULL:
 * none. */
const struct link_facts *facts_vrf_of(const struct host_facts *facts, const struct link_facts *link);
/* The bridge that a link is a port of, NULL if it is none's. */
const struct link_facts *facts_bridge_of(const struct host_facts *facts, const struct link_facts *link);
/* The entry of the link's own addresses that has this very address, NULL if there is none. ifindex 0: any
 * link. */
const struct address_facts *facts_own_address(const struct host_facts *facts, int ifindex,
                                              struct ip_addr address);
/* Likewise on all links: the next entry of this very address. */
const struct address_facts *facts_next_address_at(const struct host_facts *facts, struct ip_addr address,
                                                  const struct address_facts *after);
/* The first address of the link whose subnet holds the address, NULL if there is none. */
const struct address_facts *facts_subnet_of(const struct host_facts *facts, int ifindex,
                                            struct ip_addr address);

/* The next address of a link, entry of a bridge's table that was learned on a port, or neighbour on a link;
 * `after` NULL begins. NULL at the end. */
const struct address_facts *facts_next_address(const struct host_facts *facts, int ifindex,
                                               const struct address_facts *after);
/* The same, of addresses that are not link-local: those that every link has show nothing. */
const struct address_facts *facts_next_routable(const struct host_facts *facts, int ifindex,
                                                const struct address_facts *after);
const struct fdb_facts *facts_next_learned(const struct host_facts *facts, int port,
                                           const struct fdb_facts *after);
const struct neighbour_facts *facts_next_neighbour(const struct host_facts *facts, int ifindex,
                                                   const struct neighbour_facts *after);
/* Likewise on all links and ports: neighbours of an address, entries of a MAC that were learned. */
const struct neighbour_facts *facts_next_neighbour_at(const struct host_facts *facts, struct ip_addr address,
                                                      const struct neighbour_facts *after);
/* Who has the address on that link, as far as the host knows, or NULL. */
const struct neighbour_facts *facts_neighbour_of(const struct host_facts *facts, int ifindex,
                                                 struct ip_addr address);
/* What somebody wrote by hand of who has the address on that link, or NULL. */
const struct neighbour_facts *facts_permanent(const struct host_facts *facts, int ifindex,
                                              struct ip_addr address);
const struct fdb_facts *facts_next_learned_mac(const struct host_facts *facts, struct mac_addr mac,
                                               const struct fdb_facts *after);

/* Likewise, the next range of VLANs that a port, or a bridge itself, carries. */
const struct vlan_facts *facts_next_vlan(const struct host_facts *facts, int ifindex,
                                         const struct vlan_facts *after);
/* The VLAN of what comes in there without a tag, 0 if that is dropped. */
unsigned facts_pvid(const struct host_facts *facts, int ifindex);
bool facts_carries_vlan(const struct host_facts *facts, int ifindex, unsigned vid);
/* Whether what a port's machine says and what is said to it passes between it and the host's end of its
 * bridge. A port that takes nothing without a tag is asked for the host's own VLAN only. */
bool facts_port_meets_host(const struct host_facts *facts, const struct link_facts *port);

/* Makes the indexes, and what is known of bridges by their ports: on a host with thousands of interfaces
 * nothing may be looked through for each of them. The tables must not change after it. */
void host_facts_index(struct host_facts *facts);

/* Reads everything by rtnetlink, one dump a table, in the network namespace of this number, as everywhere
 * below (kernel.h). 0 or -errno; *ret is written only on success and freed by
 * the caller. */
int host_facts_read(int netns, struct host_facts *ret);
void host_facts_free(struct host_facts *facts); /* leaves it empty; an empty one is fine */

/* The interfaces and the host's own addresses, which make the path, and nothing else. */
int host_links_read(int netns, struct host_facts *ret);

/* Ends the connections that readers keep, for a process that goes on as two: they open others. */
void host_disconnect(void);

/* How often, since the host started, the kernel had no room for another ARP or ND entry (arp(7), gc_thresh3)
 * and dropped what was to be sent: in any namespace, they share the tables. */
struct neighbours_refused {
    uint64_t ipv4, ipv6;
};
/* 0 or -errno; -EOPNOTSUPP: this kernel does not tell. */
int host_neighbours_refused(struct neighbours_refused *ret);

/* The name of the interface that has this name or alternative name. False if none has. */
bool host_link_name(int netns, const char *name, char ret[LINK_NAME_SIZE]);

/* Asks the kernel for the route to an address, without a mark, from a source address of the host's (IP_NONE:
 * any); `ifindex` restricts IPv6 link-local destinations to a link (0: none). 0 or -errno; that there is no
 * route is a result, not an error. */
int host_route(int netns, struct ip_addr destination, struct ip_addr source, int ifindex,
               struct route_facts *ret);

/* Whether no rule of the host's (ip-rule(8)) asks from which address a packet comes. False if that cannot be
 * told, too. */
bool host_has_no_source_rules(int netns, enum ip_family family);

/* ip-sysctl, rp_filter: only from whom the host would answer by that very link (RFC 3704, 2.2). */
enum { RP_FILTER_STRICT = 1 };

/* Asks the kernel what it would do with an IPv4 packet from an address to one of its own that comes in by a
 * link. 0: it takes it; or -errno: -EINVAL is the word of the reverse path filter. */
int host_route_in(int netns, struct ip_addr destination, struct ip_addr source, int ifindex);

/* Tells of interfaces that change, when they do. */
struct link_watch;

struct link_change {
    int ifindex;
    const char *name; /* as it is now; lives as long as the call */
    int error;        /* it went away (ENODEV) or down (ENETDOWN); 0: it is up */
};

int link_watch_open(int netns, struct link_watch **ret);   /* 0 or -errno */
void link_watch_close(struct link_watch *watch);           /* NULL is fine */
int link_watch_descriptor(const struct link_watch *watch); /* readable when there is something to tell */
/* Calls changed(context, …) for each change since the last call. 0 or -errno; -ENOBUFS: more happened than
 * the kernel could keep. */
int link_watch_read(struct link_watch *watch,
                    void (*changed)(void *context, const struct link_change *change), void *context);

#endif

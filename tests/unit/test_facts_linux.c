/* Reads the facts of a network that it makes with ip and bridge, in a namespace that ends with the
 * process. */
#include "facts.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* tap0 is held by this process and a port of br0, tap1 is held by nobody; nothing is on the other side of
 * veth1. */
static const char *const commands[] = {
    "ip link set lo up",
    "ip tuntap add dev tap0 mode tap",
    "ip tuntap add dev tap1 mode tap",
    "ip tuntap add dev mq0 mode tap multi_queue",
    "ip tuntap add dev tun0 mode tun",
    "ip link add br0 type bridge",
    "ip link add veth0 type veth peer name veth1",
    "ip link add link veth1 name macvtap0 type macvtap mode bridge",
    "sysctl -qw net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.br0.arp_ignore=1",
    "sysctl -qw net.ipv4.conf.tap1.arp_ignore=2 net.ipv4.conf.all.rp_filter=0",
    "sysctl -qw net.ipv4.conf.veth0.rp_filter=0 net.ipv4.conf.br0.rp_filter=2",
    "ip link set tap0 address 52:54:00:12:04:11 mtu 1400 master br0",
    "ip link set mq0 master br0",
    "ip link set br0 up",
    "ip link set tap1 up",
    "ip link set veth0 up",
    "ip link property add dev tap1 altname an-alternative-name-of-tap1 altname another1",
    "ip link set veth1 up",
    "ip addr add 10.9.0.1/24 dev br0",
    "ip addr add 2001:db8:9::1/64 dev veth0 nodad",
    "ip addr add 2001:db8:8::1/64 dev tap1",
    "ip addr add 10.8.0.1 peer 10.8.0.2/32 dev veth0",
    "ip -6 addr add 2001:db8:8::a peer 2001:db8:8::b/128 dev veth1 nodad",
    "ip neigh add 10.9.0.2 lladdr 52:54:00:00:00:02 nud reachable dev br0",
    "ip neigh add 10.9.0.3 lladdr 52:54:00:00:00:03 nud stale dev br0",
    "ip neigh add 10.9.0.4 nud failed dev br0",
    "ip neigh add 2001:db8:9::2 lladdr 52:54:00:00:00:06 nud reachable dev veth0",
    "bridge fdb add 52:54:00:00:00:05 dev tap0 master static",
    "ip route add 198.51.100.0/24 via 10.9.0.254",
    "ip route add 203.0.113.0/24 via inet6 2001:db8:9::fe dev veth0",
    "ip route add 192.0.2.0/26 dev br0",
    "ip route add blackhole 192.0.2.64/26",
    "ip route add prohibit 192.0.2.128/26",
    "ip route add unreachable 192.0.2.192/26",
    "ip rule add from 10.8.0.1 lookup 100",
    "ip route add 172.16.0.0/24 dev veth0 table 100",
    "ip -6 route add 2001:db8:7::/48 via 2001:db8:9::fe",
    "ip -6 route add blackhole 2001:db8:6::/48",
    "ip -6 route add prohibit 2001:db8:5::/48",
    "ip -6 route add unreachable 2001:db8:4::/48",
};

static struct host_facts facts;

static const struct link_facts *link_of(const char *name)
{
    const struct link_facts *found = facts_link_named(&facts, name);
    if (found == NULL)
        fail_msg("no link %s", name);
    return found;
}

/* As QEMU does; the tap has its carrier as long as the descriptor is open. */
static int hold_tap(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0 ? fd : -1;
}

static int make_network(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (system(commands[i]) != 0) {
            fprintf(stderr, "failed: %s\n", commands[i]);
            return -1;
        }
        /* Before the address of its bridge, so that the bridge has a carrier. */
        if (strcmp(commands[i], "ip link set br0 up") == 0 &&
            (hold_tap("tap0") < 0 || system("ip link set tap0 up") != 0))
            return -1;
    }
    return host_facts_read(0, &facts);
}

static int free_facts(void **state)
{
    (void)state;
    host_facts_free(&facts);
    return 0;
}

static void test_rules(void **state)
{
    (void)state;
    assert_false(host_has_no_source_rules(0, IP_V4));
    assert_true(host_has_no_source_rules(0, IP_V6));
    assert_true(facts.no_source_rules_v6);
    assert_int_equal(system("ip -6 rule add from 2001:db8:9::/64 lookup 100"), 0);
    assert_false(host_has_no_source_rules(0, IP_V6));
    assert_int_equal(system("ip -6 rule del from 2001:db8:9::/64 lookup 100"), 0);
    assert_true(host_has_no_source_rules(0, IP_V6));
}

static void test_tap(void **state)
{
    (void)state;
    const struct link_facts *tap = link_of("tap0");

    assert_int_equal(tap->kind, LINK_TAP);
    assert_true(tap->ethernet && tap->up && tap->carrier);
    assert_false(tap->loopback || tap->multi_queue);
    assert_true(mac_equal(tap->mac, mac("52:54:00:12:04:11")));
    assert_int_equal(tap->mtu, 1400);
    assert_ptr_equal(facts_bridge_of(&facts, tap), link_of("br0"));
    assert_int_equal(tap->port, PORT_FORWARDING);
    assert_ptr_equal(facts_link(&facts, tap->ifindex), tap);
}

/* Alternative names are as good as the name. */
static void test_aliases(void **state)
{
    char name[LINK_NAME_SIZE];
    (void)state;
    assert_ptr_equal(facts_link_named(&facts, "an-alternative-name-of-tap1"), link_of("tap1"));
    assert_ptr_equal(facts_link_named(&facts, "another1"), link_of("tap1"));
    assert_null(facts_link_named(&facts, "another2"));
    assert_true(host_link_name(0, "an-alternative-name-of-tap1", name));
    assert_string_equal(name, "tap1");
    assert_true(host_link_name(0, "another1", name));
    assert_string_equal(name, "tap1");
    assert_true(host_link_name(0, "br0", name));
    assert_string_equal(name, "br0");
    assert_false(host_link_name(0, "another2", name));
    assert_false(host_link_name(0, "", name));
}

static void test_other_taps(void **state)
{
    (void)state;
    assert_int_equal(link_of("tap1")->kind, LINK_TAP);
    assert_true(link_of("tap1")->up);
    assert_false(link_of("tap1")->carrier);
    assert_int_equal(link_of("tap1")->port, PORT_NONE);
    assert_int_equal(link_of("tap1")->master, 0);
    assert_int_equal(link_of("mq0")->kind, LINK_TAP);
    assert_true(link_of("mq0")->multi_queue);
    assert_int_equal(link_of("mq0")->port, PORT_DISABLED);
}

static void test_other_kinds(void **state)
{
    (void)state;
    assert_int_equal(link_of("tun0")->kind, LINK_TUN);
    assert_false(link_of("tun0")->ethernet || link_of("tun0")->up);
    assert_true(mac_is_zero(link_of("tun0")->mac));
    assert_int_equal(link_of("br0")->kind, LINK_BRIDGE);
    assert_int_equal(link_of("br0")->port, PORT_NONE);
    assert_int_equal(link_of("veth0")->kind, LINK_VETH);
    assert_int_equal(link_of("macvtap0")->kind, LINK_MACVTAP);
    assert_int_equal(link_of("veth0")->peer, link_of("veth1")->ifindex);
    assert_int_equal(link_of("macvtap0")->peer, 0);
    assert_true(link_of("veth0")->carrier);
    assert_int_equal(link_of("lo")->kind, LINK_OTHER);
    assert_true(link_of("lo")->loopback && link_of("lo")->up);
    assert_false(link_of("lo")->ethernet);
    assert_null(facts_link_named(&facts, "tap2"));
}

/* Nobody reads tap0: what its queue does not hold is dropped. */
static void test_tx_dropped(void **state)
{
    (void)state;
    struct host_facts later;

    assert_int_equal(system("ip link set tap0 txqueuelen 1; bridge link set dev tap0 learning off;"
                            "ping -q -c 20 -i 0.002 -W 1 -w 1 10.9.0.2 >/dev/null; true"),
                     0);
    assert_int_equal(host_facts_read(0, &later), 0);
    const struct link_facts *tap = facts_link_named(&later, "tap0");
    assert_non_null(tap);
    assert_true(tap->tx_dropped > link_of("tap0")->tx_dropped);
    host_facts_free(&later);
}

static void test_addresses(void **state)
{
    (void)state;
    int br0 = link_of("br0")->ifindex, veth0 = link_of("veth0")->ifindex, veth1 = link_of("veth1")->ifindex;
    const struct address_facts *own = facts_own_address(&facts, 0, ip("10.9.0.1"));

    assert_non_null(own);
    assert_int_equal(own->ifindex, br0);
    assert_int_equal(own->prefix_length, 24);
    assert_false(own->tentative);
    assert_ptr_equal(facts_subnet_of(&facts, br0, ip("10.9.0.77")), own);

    own = facts_own_address(&facts, veth0, ip("2001:db8:9::1"));
    assert_non_null(own);
    assert_int_equal(own->prefix_length, 64);
    assert_false(own->tentative);
    own = facts_own_address(&facts, 0, ip("2001:db8:8::1"));
    assert_non_null(own);
    assert_true(own->tentative);

    assert_non_null(facts_own_address(&facts, veth0, ip("10.8.0.1")));
    assert_null(facts_own_address(&facts, 0, ip("10.8.0.2")));
    assert_non_null(facts_own_address(&facts, veth1, ip("2001:db8:8::a")));
    assert_null(facts_own_address(&facts, 0, ip("2001:db8:8::b")));
    assert_non_null(facts_own_address(&facts, 0, ip("127.0.0.1")));
}

static const struct neighbour_facts *neighbour_of(const char *address)
{
    for (size_t i = 0; i < facts.neighbour_count; i++)
        if (ip_equal(facts.neighbours[i].address, ip(address)))
            return &facts.neighbours[i];
    return NULL;
}

static void test_neighbours(void **state)
{
    (void)state;
    const struct neighbour_facts *neighbour = neighbour_of("10.9.0.2");

    assert_non_null(neighbour);
    assert_int_equal(neighbour->ifindex, link_of("br0")->ifindex);
    assert_true(mac_equal(neighbour->mac, mac("52:54:00:00:00:02")));
    assert_true(neighbour->confirmed);
    assert_false(neighbour->permanent);

    neighbour = neighbour_of("10.9.0.3");
    assert_non_null(neighbour);
    assert_false(neighbour->confirmed);
    assert_null(neighbour_of("10.9.0.4"));

    neighbour = neighbour_of("2001:db8:9::2");
    assert_non_null(neighbour);
    assert_true(mac_equal(neighbour->mac, mac("52:54:00:00:00:06")));
    for (size_t i = 0; i < facts.neighbour_count; i++)
        assert_false(ip_is_multicast(facts.neighbours[i].address));
}

static const struct fdb_facts *fdb_of(int port, const char *address)
{
    for (size_t i = 0; i < facts.fdb_count; i++)
        if (facts.fdb[i].port == port && mac_equal(facts.fdb[i].mac, mac(address)))
            return &facts.fdb[i];
    return NULL;
}

static void test_fdb(void **state)
{
    (void)state;
    int tap0 = link_of("tap0")->ifindex;

    assert_non_null(fdb_of(tap0, "52:54:00:00:00:05"));
    assert_false(fdb_of(tap0, "52:54:00:00:00:05")->local);
    assert_non_null(fdb_of(tap0, "52:54:00:12:04:11"));
    assert_true(fdb_of(tap0, "52:54:00:12:04:11")->local);
    for (size_t i = 0; i < facts.fdb_count; i++)
        assert_false(mac_is_multicast(facts.fdb[i].mac));
}

static void check_route(const char *destination, enum route_kind kind, const char *link, const char *gateway,
                        const char *source)
{
    struct route_facts route;
    struct ip_addr none = {0};

    print_message("route to %s\n", destination);
    assert_int_equal(host_route(0, ip(destination), none, 0, &route), 0);
    assert_int_equal(route.kind, kind);
    assert_int_equal(route.ifindex, link ? link_of(link)->ifindex : 0);
    assert_true(ip_equal(route.gateway, gateway ? ip(gateway) : none));
    assert_true(ip_equal(route.source, source ? ip(source) : none));
}

static void test_routes(void **state)
{
    (void)state;
    check_route("10.9.0.2", ROUTE_ON_LINK, "br0", NULL, "10.9.0.1");
    check_route("10.9.0.255", ROUTE_ON_LINK, "br0", NULL, "10.9.0.1");
    check_route("10.9.0.1", ROUTE_LOCAL, "lo", NULL, "10.9.0.1");
    check_route("10.8.0.2", ROUTE_ON_LINK, "veth0", NULL, "10.8.0.1");
    check_route("198.51.100.1", ROUTE_GATEWAY, "br0", "10.9.0.254", "10.9.0.1");
    check_route("203.0.113.1", ROUTE_GATEWAY, "veth0", "2001:db8:9::fe", "10.8.0.1");
    check_route("192.0.2.1", ROUTE_ON_LINK, "br0", NULL, "10.9.0.1");
    check_route("192.0.2.65", ROUTE_REJECTED, NULL, NULL, NULL);
    check_route("192.0.2.129", ROUTE_REJECTED, NULL, NULL, NULL);
    check_route("192.0.2.193", ROUTE_REJECTED, NULL, NULL, NULL);
    check_route("172.16.0.1", ROUTE_NONE, NULL, NULL, NULL);
    check_route("2001:db8:9::2", ROUTE_ON_LINK, "veth0", NULL, NULL);
    check_route("2001:db8:9::1", ROUTE_LOCAL, "veth0", NULL, NULL);
    check_route("2001:db8:7::1", ROUTE_GATEWAY, "veth0", "2001:db8:9::fe", NULL);
    check_route("2001:db8:6::1", ROUTE_REJECTED, NULL, NULL, NULL);
    check_route("2001:db8:5::1", ROUTE_REJECTED, NULL, NULL, NULL);
    check_route("2001:db8:4::1", ROUTE_REJECTED, NULL, NULL, NULL);
    check_route("2001:db8:ffff::1", ROUTE_NONE, NULL, NULL, NULL);
}

/* Rules on sources lead another way than the tables that all use. */
static void test_route_from(void **state)
{
    (void)state;
    struct route_facts route;

    assert_int_equal(host_route(0, ip("172.16.0.1"), ip("10.8.0.1"), 0, &route), 0);
    assert_int_equal(route.kind, ROUTE_ON_LINK);
    assert_int_equal(route.ifindex, link_of("veth0")->ifindex);
    assert_int_equal(host_route(0, ip("172.16.0.1"), ip("10.9.0.1"), 0, &route), 0);
    assert_int_equal(route.kind, ROUTE_NONE);
}

/* The greater of the link's own value and that of conf/all is in force. */
static void test_arp_ignore(void **state)
{
    struct host_facts others;
    (void)state;
    assert_int_equal(link_of("br0")->arp_ignore, 1);
    assert_int_equal(link_of("tap1")->arp_ignore, 2);
    assert_int_equal(link_of("veth0")->arp_ignore, 0);
    assert_int_equal(system("sysctl -qw net.ipv4.conf.all.arp_ignore=1"), 0);
    assert_int_equal(host_facts_read(0, &others), 0);
    assert_int_equal(facts_link_named(&others, "br0")->arp_ignore, 1);
    assert_int_equal(facts_link_named(&others, "tap1")->arp_ignore, 2);
    assert_int_equal(facts_link_named(&others, "veth0")->arp_ignore, 1);
    host_facts_free(&others);
}

/* The route to 172.16.0.1 is for one source only: as another one the host does not answer by that link. */
static void test_reverse_path(void **state)
{
    struct host_facts others;
    int veth0 = link_of("veth0")->ifindex;
    (void)state;
    assert_int_equal(host_route_in(0, ip("10.9.0.1"), ip("172.16.0.1"), veth0), 0);
    assert_int_equal(system("sysctl -qw net.ipv4.conf.all.rp_filter=1"), 0);
    assert_int_equal(host_facts_read(0, &others), 0);
    assert_int_equal(facts_link_named(&others, "veth0")->rp_filter, RP_FILTER_STRICT);
    assert_int_equal(facts_link_named(&others, "br0")->rp_filter, 2);
    host_facts_free(&others);
    assert_int_equal(host_route_in(0, ip("10.9.0.1"), ip("172.16.0.1"), veth0), -EINVAL);
    assert_int_equal(host_route_in(0, ip("10.8.0.1"), ip("172.16.0.1"), veth0), 0);
}

static void test_link_local_route(void **state)
{
    (void)state;
    struct route_facts route;
    struct ip_addr none = {0};
    int links[] = {link_of("veth0")->ifindex, link_of("veth1")->ifindex};

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(host_route(0, ip("fe80::1"), none, links[i], &route), 0);
        assert_int_equal(route.kind, ROUTE_ON_LINK);
        assert_int_equal(route.ifindex, links[i]);
    }
    assert_int_equal(host_route(0, ip("fe80::1"), none, 999999, &route), 0);
    assert_int_equal(route.kind, ROUTE_NONE);
    assert_int_equal(host_route(0, none, none, 0, &route), -EINVAL);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* No address, neighbour or link is lost where the answer fills many datagrams. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct host_facts many;
    FILE *batch = popen("ip -batch -", "w");

    assert_non_null(batch);
    for (int i = 0; i < MANY; i++)
        fprintf(batch,
                "tuntap add dev many%d mode tap\nneigh add 10.9.%d.%d lladdr 52:54:00:00:%02x:%02x dev br0\n",
                i, i / 200 + 1, i % 200 + 1, i / 256, i % 256);
    assert_int_equal(pclose(batch), 0);

    double begin = seconds();
    assert_int_equal(host_facts_read(0, &many), 0);
    print_message("%zu links, %zu neighbours: %.1f ms\n", many.link_count, many.neighbour_count,
                  1e3 * (seconds() - begin));
    assert_int_equal(many.link_count, facts.link_count + MANY);
    assert_true(many.neighbour_count >= MANY);
    for (int i = 0; i < MANY; i++) {
        char name[LINK_NAME_SIZE];
        snprintf(name, sizeof name, "many%d", i);
        const struct link_facts *link = facts_link_named(&many, name);
        assert_non_null(link);
        assert_int_equal(link->kind, LINK_TAP);
    }
    host_facts_free(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_tap),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_other_taps),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_fdb),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_route_from),
        cmocka_unit_test(test_arp_ignore),
        cmocka_unit_test(test_reverse_path),
        cmocka_unit_test(test_link_local_route),
        cmocka_unit_test(test_tx_dropped),
        cmocka_unit_test(test_many),
    };

    if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
        fputs("skipped: needs root, for a network namespace of its own\n", stderr);
        return EXIT_SKIPPED;
    }
    return cmocka_run_group_tests(tests, make_network, free_facts);
}

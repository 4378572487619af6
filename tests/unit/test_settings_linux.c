/* Settings of interfaces, which are their own and those of all. */
#include "facts.h"

#include "unit.h"

#include <sched.h>
#include <unistd.h>

static void make(const char *command)
{
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static struct link_facts link_of(const char *name)
{
    struct host_facts facts;

    assert_int_equal(host_facts_read(0, &facts), 0);
    const struct link_facts *found = facts_link_named(&facts, name);
    assert_non_null(found);
    struct link_facts link = *found;
    host_facts_free(&facts);
    return link;
}

static void test_proxies(void **state)
{
    (void)state;
    assert_false(link_of("br0").proxy_arp || link_of("br0").proxy_ndp);
    make("sysctl -qw net.ipv4.conf.br0.proxy_arp=1 net.ipv6.conf.br0.proxy_ndp=1");
    assert_true(link_of("br0").proxy_arp && link_of("br0").proxy_ndp);
    assert_false(link_of("br1").proxy_arp || link_of("br1").proxy_ndp);
    make("sysctl -qw net.ipv4.conf.all.proxy_arp=1 net.ipv6.conf.all.proxy_ndp=1");
    assert_true(link_of("br1").proxy_arp && link_of("br1").proxy_ndp);
}

static void test_forwarding(void **state)
{
    (void)state;
    make("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.br0.forwarding=0");
    assert_true(link_of("br0").no_forwarding_v4);
    assert_false(link_of("br1").no_forwarding_v4);
    make("sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.br0.forwarding=1");
    assert_false(link_of("br0").no_forwarding_v4);
    assert_true(link_of("br1").no_forwarding_v4);
}

static void test_forwarding_v6(void **state)
{
    (void)state;
    make("sysctl -qw net.ipv6.conf.all.forwarding=0 net.ipv6.conf.br0.forwarding=1");
    assert_true(link_of("br0").no_forwarding_v6);
    make("sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.br0.forwarding=0");
    assert_false(link_of("br0").no_forwarding_v6);
    make("sysctl -qw net.ipv6.conf.all.forwarding=0");
    if (access("/proc/sys/net/ipv6/conf/br0/force_forwarding", F_OK) != 0)
        return;
    make("sysctl -qw net.ipv6.conf.br0.force_forwarding=1");
    assert_false(link_of("br0").no_forwarding_v6);
    assert_true(link_of("br1").no_forwarding_v6);
}

static void test_bridges(void **state)
{
    (void)state;
    assert_false(link_of("br0").hands_v4 || link_of("br0").hands_v6 || link_of("tap0").isolated);
    make("ip link set br0 type bridge nf_call_iptables 1");
    make("ip link set br1 type bridge nf_call_ip6tables 1");
    make("bridge link set dev tap0 isolated on");
    assert_true(link_of("br0").hands_v4 && !link_of("br0").hands_v6);
    assert_true(link_of("br1").hands_v6 && !link_of("br1").hands_v4);
    assert_true(link_of("tap0").isolated);
}

static int make_bridges(void **state)
{
    (void)state;
    return system("ip link add br0 type bridge && ip link add br1 type bridge && "
                  "ip tuntap add tap0 mode tap && ip link set tap0 master br0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxies),
        cmocka_unit_test(test_forwarding),
        cmocka_unit_test(test_forwarding_v6),
        cmocka_unit_test(test_bridges),
    };

    if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
        fputs("skipped: needs root, for a network namespace of its own\n", stderr);
        return EXIT_SKIPPED;
    }
    return cmocka_run_group_tests(tests, make_bridges, NULL);
}

#!/bin/bash
# The guest is on br0, and by the host's routes and rules what is for it goes somewhere else.
. "$(dirname "$0")/../../lib.sh"

reaches()
{
    ping -n -q -c 1 -W 1 "$1" >/dev/null 2>&1
}

# elsewhere ADDRESS WORDS
elsewhere()
{
    reaches "$1" && fail "the host does reach $1"
    check tap0 "$1"
    expect_exit 4
    expect_only_findings route-elsewhere
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg words "the host's route to $1: $2" '.targets[0].findings[0].evidence[0] | contains($words)'
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
ip link add uplink type veth peer name rack
ip link set uplink up
ip link set rack up
give_addresses uplink 192.168.7.1/24 fd00:7::1/64
check tap0 10.9.0.2 fd00:9::2
expect_exit 0

ip route add 10.9.0.2 dev uplink
elsewhere 10.9.0.2 "by way of uplink"
apply_fix
check tap0 10.9.0.2
expect_exit 0
ip route replace 10.9.0.2 via 192.168.7.254
elsewhere 10.9.0.2 "by way of 192.168.7.254 on uplink"
ip route replace blackhole 10.9.0.2
elsewhere 10.9.0.2 "a blackhole route or rule"
ip route replace prohibit 10.9.0.2
elsewhere 10.9.0.2 "a prohibit route or rule"
ip route replace unreachable 10.9.0.2
elsewhere 10.9.0.2 "a unreachable route or rule"
check tap0 10.9.0.2 fd00:9::2
expect_exit 4
expect_json '[.targets[0].findings[].address] == ["10.9.0.2"]'
ip route del unreachable 10.9.0.2
ip -6 route add fd00:9::2 via fd00:7::254 dev uplink
elsewhere fd00:9::2 "by way of fd00:7::254 on uplink"
ip -6 route del fd00:9::2
ip route add default via 192.168.7.254 table 7
ip rule add to 10.9.0.0/24 lookup 7 priority 100
elsewhere 10.9.0.2 "by way of 192.168.7.254 on uplink"
ip rule del priority 100
ip rule add to 10.9.0.0/24 prohibit priority 100
elsewhere 10.9.0.2 "a prohibit route or rule"
ip rule del priority 100

# What the host begins comes there, and what it answers does not: the source is known then, and has a rule of its own.
for family in -4 -6; do
    [[ $family == -4 ]] && own=10.9.0.1 guest=10.9.0.2 subnet=10.9.0.0/24 || own=fd00:9::1 guest=fd00:9::2 subnet=fd00:9::/64
    ip "$family" route add "$subnet" dev uplink table 8
    ip "$family" rule add from "$own" lookup 8 priority 100
    reaches "$guest" || fail "the host does not reach $guest"
    in_guest web1 ping -n -q -c 1 -W 1 "$own" >/dev/null 2>&1 && fail "the guest reaches $own"
    check tap0 "$guest"
    expect_exit 4
    expect_only_findings route-elsewhere
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg words "the host's route to $guest from $own: by way of uplink" \
        '.targets[0].findings[0].evidence[0] | contains($words)'
    # Its table has the link, too: nothing is elsewhere.
    ip "$family" route replace "$subnet" dev br0 table 8
    in_guest web1 ping -n -q -c 1 -W 1 "$own" >/dev/null || fail "the guest does not reach $own"
    check tap0 "$guest"
    expect_exit 0
    ip "$family" rule del priority 100
done

# Another bridge has the same subnet, and wins.
make_bridge br1
ip route flush 10.9.0.0/24 dev br0
give_addresses br1 10.9.0.254/24
elsewhere 10.9.0.2 "by way of br1"
# Nor does it answer the guest that asks for it.
sysctl -qw net.ipv4.conf.all.arp_filter=1
ip -n web1 neigh flush dev eth0
elsewhere 10.9.0.2 "by way of br1"
expect_json '.targets[0].findings[0].evidence | any(contains("asks for the host on br0, and gets no answer"))'
sysctl -qw net.ipv4.conf.all.arp_filter=0
ip link delete br1
ip route add 10.9.0.0/24 dev br0
check tap0 10.9.0.2 fd00:9::2
expect_exit 0

# The tap is in no bridge, or in another one.
outside()
{
    elsewhere 10.9.0.2 "by way of br0"
    # shellcheck disable=SC2016 # jq's own
    expect_json '.targets[0].findings[0].fix == "ip link set dev tap0 master br0"'
}

make_tap tap1
ip link set tap1 master br0
ip link set tap0 nomaster
outside
make_bridge br2 tap0
outside
apply_fix
check tap0 10.9.0.2
expect_exit 0

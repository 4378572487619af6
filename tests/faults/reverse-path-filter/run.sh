#!/bin/bash
# By the host's route the guest is behind the uplink; a mark has its packets take the way by br0 all the same, and what comes
# back there is not from where the route leads.
. "$(dirname "$0")/../../lib.sh"
need nft

reaches()
{
    ping -n -q -c 1 -W 1 "$1" >/dev/null 2>&1
}

# filters ALL BR0: how strictly.
filters()
{
    sysctl -qw net.ipv4.conf.all.rp_filter="$1" net.ipv4.conf.br0.rp_filter="$2" || fail "no rp_filter"
}

refused()
{
    reaches 10.9.0.2 && fail "the host does reach 10.9.0.2"
    check tap0 10.9.0.2 fd00:9::2
    expect_exit 4
    expect_only_findings reverse-path-filter
    expect_json '[.targets[0].findings[].address] == ["10.9.0.2"]'
    expect_json '.targets[0].findings[0].evidence | any(contains("rp_filter is strict (1) on br0"))
        and any(contains("comes in by br0 (RTM_GETROUTE): Invalid argument"))
        and any(contains("by way of 192.168.7.254 on uplink"))'
    expect_json '.targets[0].findings[0].fix | contains("sysctl -w net/ipv4/conf/br0/rp_filter=2")'
}

# The guest may be asking for its gateway, once a second.
accepted()
{
    wait_for 5 reaches 10.9.0.2 || fail "the host does not reach 10.9.0.2"
    check tap0 10.9.0.2 fd00:9::2
    expect_exit 0
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
in_guest web1 ip route add default via 10.9.0.1
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
ip link add uplink type veth peer name rack
ip link set uplink up
ip link set rack up
give_addresses uplink 192.168.7.1/24
filters 0 1
accepted

ip route add 10.9.0.0/24 dev br0 table 100
ip rule add fwmark 1 lookup 100
nft "add table ip lab; add chain ip lab marks { type route hook output priority mangle; }; \
    add rule ip lab marks ip daddr 10.9.0.2 meta mark set 1"
ip route add 10.9.0.2 via 192.168.7.254 src 10.9.0.1
filters 0 1
refused
expect_json '[.targets[0].checks[] | .status] | all(. == "pass")'
filters 1 0
refused
filters 0 0
accepted
filters 1 2
accepted
filters 0 1
ip rule add to 10.9.0.2 lookup 100
accepted
ip rule del to 10.9.0.2

# A rule that drops the reply is another thing, however strict the interface is.
ip route del 10.9.0.2
accepted
nft "add chain ip lab drops { type filter hook input priority 0; }; add rule ip lab drops icmp type echo-reply drop"
check tap0 10.9.0.2
expect_exit 4
expect_only_findings host-filter
nft delete chain ip lab drops

# From another address of the host's the guest has to ask for its gateway first, and is not heard.
ip route add 10.9.0.2 via 192.168.7.254
ip -n web1 neigh flush dev eth0
refused
expect_json '.targets[0].unknown == []'

# The fix that is named.
apply_fix
accepted

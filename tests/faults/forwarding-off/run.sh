#!/bin/bash
# The guest's default route is the host, which does not forward: only --deep looks for it, and only where the host is the gateway.
# Of IPv6 it forwards from all interfaces or from none, whatever their own setting of that name is.
. "$(dirname "$0")/../../lib.sh"

forwards()
{
    sysctl -qw net.ipv4.ip_forward="$1" || fail "no ip_forward"
}

guest_has()
{
    ip -n web1 address flush dev eth0 scope global
    ip -n web1 address add "$1" dev eth0
}

deep()
{
    check --deep tap0 10.9.0.2
}

is_off()
{
    deep
    expect_exit 1
    expect_only_findings forwarding-off
    expect_json ".targets[0].findings[0].evidence == [\"the guest's reply to an echo request from \" +
        (.targets[0].findings[0].evidence[0] | capture(\"from (?<a>[0-9.]+),\").a) +
        \", which is on no link, went to $(cat "/sys/class/net/$1/address"), the MAC address of the host's $1\",
        \"net/ipv4/conf/$1/forwarding is 0\"]"
}

is_fine()
{
    deep
    expect_exit 0
    expect_only_findings
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24"
ip -n web1 route add default via 10.9.0.1
make_bridge br0 tap0
ip link set br0 address 52:54:00:aa:00:01
give_addresses br0 10.9.0.1/24
forwards 0
check tap0 10.9.0.2
expect_exit 0
expect_only_findings
is_off br0
sysctl -qw net.ipv4.conf.br0.forwarding=1
is_fine
sysctl -qw net.ipv4.conf.br0.forwarding=0
is_off br0
apply_fix
is_fine
forwards 0

# Where the host's MAC address is the one that asked, the guest may just answer whoever did: nothing is said.
ip link set br0 address "$(cat /sys/class/net/tap0/address)"
is_fine
# With a prefix that is too wide it asks for its neighbours: it has routes.
guest_has 10.9.0.2/16
ip -n web1 route add default via 10.9.0.1
deep
expect_exit 1
expect_finding forwarding-off
guest_has 10.9.0.2/24
ip link set br0 address 52:54:00:aa:00:01

# Without a default route nobody is the gateway.
is_fine

# Another machine of the bridge is the gateway; the host need not forward.
start_linux_guest gate tap1 52:54:00:12:04:12 "10.9.0.254/24"
ip link set tap1 master br0
ip -n web1 route add default via 10.9.0.254
is_fine
ip -n web1 route replace default via 10.9.0.1
is_off br0

# The same of IPv6.
deep6()
{
    check --deep tap0 fd00:9::2
}

is_off6()
{
    deep6
    expect_exit 1
    expect_only_findings forwarding-off
    expect_json ".targets[0].findings[0].evidence | length == 2 and
        (.[0] | endswith(\"went to $(cat /sys/class/net/br0/address), the MAC address of the host's br0\")) and
        .[1] == \"net/ipv6/conf/all/forwarding is 0\""
}

is_fine6()
{
    deep6
    expect_exit 0
    expect_only_findings
}

forwards6()
{
    sysctl -qw net.ipv6.conf.all.forwarding="$1" || fail "no forwarding of IPv6"
}

give_addresses br0 fd00:9::1/64
ip -n web1 address add fd00:9::2/64 dev eth0
ip -n gate address add fd00:9::fe/64 dev eth0
forwards6 0
wait_for 5 ping -6 -n -q -c 1 -W 1 fd00:9::2 >"$LAB/ping" || fail "no IPv6"
is_fine6
ip -n web1 -6 route add default via fd00:9::1
check tap0 fd00:9::2
expect_exit 0
expect_only_findings
is_off6
sysctl -qw net.ipv6.conf.br0.forwarding=1
is_off6
apply_fix
sysctl -qw net.ipv6.conf.br0.forwarding=0
is_fine6
forwards6 0
if [[ -e /proc/sys/net/ipv6/conf/br0/force_forwarding ]]; then
    sysctl -qw net.ipv6.conf.br0.force_forwarding=1
    is_fine6
    sysctl -qw net.ipv6.conf.br0.force_forwarding=0
fi
ip -n web1 -6 route replace default via fd00:9::fe
is_fine6

# As a router says that advertises itself: by its link-local address.
ip -n web1 -6 route replace default via "$(ip -j -6 address show dev br0 scope link | jq -r '.[].addr_info[]?.local // empty')" dev eth0
is_off6

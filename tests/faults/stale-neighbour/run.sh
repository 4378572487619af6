#!/bin/bash
# The host has a neighbour entry for the guest that nobody answers at: for good, or of a predecessor.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_exit 0

# stale ADDRESS: on the bridge, and with the tap as the host's own link.
stale()
{
    ping -n -q -c 1 -W 1 "$1" >/dev/null && fail "the host does reach $1"
    check tap0 "$1"
    expect_exit 4
    expect_only_findings stale-neighbour
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg fix "ip neigh del $1 dev $2" '.targets[0].findings[0].fix == $fix'
    apply_fix
    check tap0 "$1"
    expect_exit 0
}

ip neigh replace 10.9.0.2 lladdr 52:54:00:12:04:99 dev br0 nud permanent
stale 10.9.0.2 br0
ip neigh replace fd00:9::2 lladdr 52:54:00:12:04:99 dev br0 nud permanent
stale fd00:9::2 br0
bridge fdb add 52:54:00:12:04:99 dev tap0 master static
ip neigh replace 10.9.0.2 lladdr 52:54:00:12:04:99 dev br0 nud permanent
stale 10.9.0.2 br0

ip address flush dev br0
ip link set tap0 nomaster
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
ip neigh replace 10.9.0.2 lladdr 52:54:00:12:04:99 dev tap0 nud permanent
stale 10.9.0.2 tap0

# An entry that is right may be permanent.
ip neigh replace 10.9.0.2 lladdr 52:54:00:12:04:11 dev tap0 nud permanent
check tap0 10.9.0.2
expect_exit 0

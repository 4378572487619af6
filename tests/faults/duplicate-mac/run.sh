#!/bin/bash
# Another machine with the guest's MAC, at another port of the bridge: the bridge learns the MAC here when the guest answers,
# and there when the other one speaks. A guest that moved, of which an old entry is left, is healthy.
. "$(dirname "$0")/../../lib.sh"
need ping

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64

learned_on()
{
    bridge fdb show br br0 | grep -q "^52:54:00:12:04:11 dev $1 "
}

expect ip link add veth0 type veth peer name veth1
ip link set veth0 master br0 up
ip link set veth1 address 52:54:00:12:04:11 up
give_addresses veth1 10.77.0.1/24
ping -q -c 1 -W 0.1 10.77.0.2 >"$LAB/ping"
ip link set veth1 address 52:54:00:00:00:99
expect learned_on veth0
check tap0 10.9.0.2 fd00:9::2
expect_exit 0
expect_only_findings
ip link delete veth0

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.3 --ip6 none --announce 0.03 tap1
ip link set tap1 master br0
expect wait_for 5 learned_on tap1
check tap0 10.9.0.2 fd00:9::2
expect_exit 3
expect_only_findings duplicate-mac
keep_capture "" 10.9.0.2
expect_json '.targets[0].findings[0].summary == "another machine on tap1 uses the guest'"'"'s MAC address 52:54:00:12:04:11"'

#!/bin/bash
# The port of the tap does not forward: STP makes it wait, it is disabled, or it is locked.
. "$(dirname "$0")/../../lib.sh"

state_is()
{
    [[ $(bridge -j link show dev tap0 | jq -r '.[0].state') == "$1" ]]
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
ip link add br0 type bridge stp_state 1 forward_delay 2000
ip link set br0 up
give_addresses br0 10.9.0.1/24 fd00:9::1/64
ip link set tap0 master br0
check tap0 10.9.0.2
expect_exit 4
expect_only_findings bridge-port-blocked
expect_json '.targets[0].findings[0].evidence | any(test("^the port tap0 of br0 is (listening|learning)$"))'
expect_json '.targets[0].findings[0].evidence | any(test("^STP lets it forward in [0-9]+ s$"))'
check -w 60 tap0 10.9.0.2
expect_exit 0
expect state_is forwarding

ip link set br0 type bridge stp_state 0
bridge link set dev tap0 state 0
check tap0 10.9.0.2
expect_exit 4
expect_only_findings bridge-port-blocked
expect_json '.targets[0].findings[0].evidence | any(. == "the port tap0 of br0 is disabled")'
apply_fix
check tap0 10.9.0.2
expect_exit 0
bridge link set dev tap0 state 0

# Where the bridge only switches, the state of its port says it; but blocking is what STP is for.
ip address flush dev br0
check tap0 10.9.0.2
expect_exit 4
expect_only_findings bridge-port-blocked
bridge link set dev tap0 state 4
check tap0 10.9.0.2
expect_exit 0
bridge link set dev tap0 state 3
check tap0 10.9.0.2
expect_exit 0

give_addresses br0 10.9.0.1/24 fd00:9::1/64
bridge link set dev tap0 learning off locked on || skip "needs locked ports"
bridge fdb flush dev tap0 2>/dev/null || bridge fdb del 52:54:00:12:04:11 dev tap0 master
ip neigh replace 10.9.0.2 lladdr 52:54:00:12:04:11 dev br0 nud permanent
check tap0 10.9.0.2
expect_exit 4
expect_only_findings bridge-port-blocked
expect_json '.targets[0].findings[0].evidence | any(startswith("tap0 is locked"))'
apply_fix
check tap0 10.9.0.2
expect_exit 0

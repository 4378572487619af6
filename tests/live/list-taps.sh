#!/bin/bash
# list: each tap with its state, bridge, holder and addresses, as a table and as JSON; names that a guest chose do not reach the
# terminal.
. "$(dirname "$0")/../lib.sh"

start_guest --ip4 10.9.0.2 tap0
make_tap tap1
make_tap tap2
ip link set tap2 down
make_bridge br0 tap0 tap1
give_addresses br0 10.9.0.1/24 fd00:9::1/64

run_vmnetcheck list -o tap,state,bridge,vm,pid,mac,netdev,hub,addresses
expect_exit 0
expect_out '^TAP +STATE +BRIDGE +VM +PID +MAC +NETDEV +HUB +ADDRESSES$'
expect_out "^tap0 +up +br0 +guest +$LAB_PID +- +- +- +10\.9\.0\.1/24, fd00:9::1/64$"
expect_out '^tap1 +unattached +br0 +- '
expect_out '^tap2 +down +- +- '
expect_no_out 'may not be looked at'

# Only what somebody has takes room, unless it is asked for; for scripts, nothing but that.
run_vmnetcheck list
expect_out '^TAP +STATE +BRIDGE +VM +PID +ADDRESSES$'
run_vmnetcheck list --raw --noheadings -o state,TAP
expect [ "$(cat "$LAB/out")" = $'up tap0\nunattached tap1\ndown tap2' ]

run_vmnetcheck list --json
expect_exit 0
expect_json '.schema == 1 and .command == "list" and .unreadable_processes == 0'
expect_json '[.taps[] | [.interface, .state]] == [["tap0", "up"], ["tap1", "unattached"], ["tap2", "down"]]'
expect_json '.taps[0] | .bridge == "br0" and .holders == 1 and .addresses == ["10.9.0.1/24", "fd00:9::1/64"]'
expect_json ".taps[0].vm | .name == \"guest\" and .pid == $LAB_PID"

expect_json '.taps[0].path | [.[] | [.hop, .interface]] == [["host", "br0"], ["bridge", "br0"], ["tap", "tap0"]]'
expect_json '.taps[2].path | [.[] | .hop] == ["host", "tap"] and all(.[]; .request == null and .reply == null)'
run_vmnetcheck list --raw --noheadings -o tap,path
expect [ "$(cat "$LAB/out")" = $'tap0 host>br0>tap0\ntap1 host>br0>tap1\ntap2 host>tap2' ]

# A bridge or a veth is no tap, and neither is a tun.
ip link add veth0 type veth peer name veth1
ip tuntap add tun0 mode tun
run_vmnetcheck list --json
expect_json '.taps | length == 3'

run_vmnetcheck list nonsense
expect_exit 64
run_vmnetcheck list --pid 1
expect_exit 64

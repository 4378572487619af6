#!/bin/bash
# The host's address is where it was before the bridge was made: on the uplink, or on the tap itself.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
ip link add uplink type veth peer name rack
ip link set rack up
give_addresses uplink 10.9.0.1/24
make_bridge br0 tap0 uplink
ip link set uplink up
check tap0 10.9.0.2
expect_exit 4
expect_only_findings address-on-bridge-port
expect_json '.targets[0].findings[0].fix == "ip address del 10.9.0.1/24 dev uplink; ip address add 10.9.0.1/24 dev br0"'
apply_fix
check tap0 10.9.0.2
expect_exit 0

ip address flush dev br0
give_addresses tap0 10.9.0.1/24
check tap0 10.9.0.2
expect_exit 4
expect_only_findings address-on-bridge-port
apply_fix
check tap0 10.9.0.2
expect_exit 0

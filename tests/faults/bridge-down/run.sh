#!/bin/bash
# The bridge of the tap is down: nothing passes it, whether the host has an address there or not.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
check tap0 10.9.0.2
expect_exit 0
give_addresses br0 10.9.0.1/24
check tap0 10.9.0.2
expect_exit 0
ip link set br0 down
check tap0 10.9.0.2
expect_exit 4
expect_only_findings bridge-down
expect_json '.targets[0].findings[0].fix == "ip link set dev br0 up"'
apply_fix
check tap0 10.9.0.2
expect_exit 0
ip link set br0 down
ip address flush dev br0
check tap0 10.9.0.2
expect_exit 4
expect_only_findings bridge-down

#!/bin/bash
# The guest has the MAC of the tap, or of the bridge that the tap is a port of.
. "$(dirname "$0")/../../lib.sh"

make_tap tap0
start_guest --mac "$(cat /sys/class/net/tap0/address)" --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 3
expect_only_findings host-mac
expect_json '.targets[0].findings[0].evidence[0] | endswith("is the MAC address of tap0")'
keep_capture "" 10.9.0.2
stop "$LAB_PID"

make_bridge br0 tap0
ip link set br0 address 52:54:00:12:04:11
start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 3
expect_only_findings host-mac
expect_json '.targets[0].findings[0].evidence[0] | endswith("is the MAC address of br0")'

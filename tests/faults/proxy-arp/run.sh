#!/bin/bash
# The guest answers ARP for addresses that nobody has; --deep asks for one.
. "$(dirname "$0")/../../lib.sh"

start_guest --proxy --mac 52:54:00:12:04:11 --ip4 10.9.0.2 tap0
check --deep tap0 10.9.0.2
expect_finding proxy-arp
expect_json '.targets[0].findings[] | select(.name == "proxy-arp") | .evidence | any(contains("52:54:00:12:04:11"))'
keep_capture "--deep" -W 0.3 10.9.0.2
stop "$LAB_PID"
start_guest --ip4 10.9.0.2 tap0
check --deep tap0 10.9.0.2
expect_exit 0

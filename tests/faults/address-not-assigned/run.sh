#!/bin/bash
# The guest is there with other addresses, which are named; of either family, on a tap and on the port of a bridge.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.7/24 fd00:9::7/64"

expect_other_address()
{
    expect_exit 2
    expect_only_findings address-not-assigned
    expect_json ".targets[0].findings[0].evidence | any(. == \"52:54:00:12:04:11 does answer for $1\")"
}

give_addresses tap0 10.9.0.1/24
check tap0 10.9.0.2
expect_other_address 10.9.0.7
keep_capture "" -W 0.3 10.9.0.2
check tap0 fd00:9::2
expect_other_address fe80::5054:ff:fe12:411
ip address flush dev tap0 scope global
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
check tap0 10.9.0.2 fd00:9::2
expect_other_address 10.9.0.7
check tap0 10.9.0.2 10.9.0.7
expect_other_address 10.9.0.7
expect_check icmp pass 10.9.0.7
apply_fix web1
check tap0 10.9.0.2 10.9.0.7
expect_exit 0

#!/bin/bash
# The guest answers, but the host has no subnet with its address on this link; an address on the tap cures it.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.5.2/24 fd00:5::2/64"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.5.2
expect_exit 2
expect_only_findings wrong-subnet
expect_check arp pass 10.9.5.2
expect_json '.targets[0].findings[0].evidence | any(contains("10.9.0.1/24"))'
keep_capture "" 10.9.5.2
check tap0 fd00:5::2
expect_exit 2
expect_only_findings wrong-subnet
give_addresses tap0 10.9.5.1/24 fd00:5::1/64
check tap0 10.9.5.2 fd00:5::2
expect_exit 0

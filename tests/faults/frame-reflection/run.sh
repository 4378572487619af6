#!/bin/bash
# Each frame comes back once, as from a socket,mcast= netdev beside the tap in one hub: from the built-in guest and from the
# cable in front of a real network stack. It is told from a loop, and from a guest with the host's MAC.
. "$(dirname "$0")/../../lib.sh"

expect_reflection()
{
    expect_exit 3
    expect_only_findings frame-reflection
}

start_guest --reflect --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
check tap0 10.9.0.2
expect_reflection
check tap0 fd00:9::2
expect_reflection
keep_capture "" 10.9.0.2
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24" --reflect
check tap0 10.9.0.2
expect_reflection

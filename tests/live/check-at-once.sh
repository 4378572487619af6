#!/bin/bash
# What is clear is said without waiting for the time that silence is given: a healthy guest, and a tap that is missing, down or
# unattached, where nothing is sent either. How long all of it takes is tested in virtual time (tests/unit/test_session.c) and
# measured by tests/bench/run.
. "$(dirname "$0")/../lib.sh"

expect_named_at_once()
{
    local finding=$1
    shift
    check -W 60 "$@"
    expect_exit 4
    expect_only_findings "$finding"
    expect_json '.targets[0].checks == []'
    expect_no_timeout
}

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
for waits in "-W 60" "-W 60 -w 600"; do
    # shellcheck disable=SC2086 # options
    check $waits tap0 10.9.0.2 fd00:9::2
    expect_exit 0
    expect_only_findings
    expect_no_timeout
done
make_bridge br0 tap0
check -W 60 tap0 10.9.0.2 fd00:9::2
expect_exit 0
expect_no_timeout
ip link delete br0

ip link set tap0 down
sent=$(frames_sent tap0)
expect_named_at_once tap-down tap0 10.9.0.2
expect [ "$(frames_sent tap0)" = "$sent" ]
stop "$LAB_PID"

make_tap tap1
expect_named_at_once tap-unattached tap1 10.9.0.2
expect [ "$(frames_sent tap1)" = 0 ]
expect_named_at_once no-such-tap tap7 10.9.0.2

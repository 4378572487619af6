#!/bin/bash
# -w: a check that is started before the guest, even before its tap, ends healthy when the guest's network comes up, and not with
# the time that it may wait, which is longer here than the test may take; where nobody comes, it ends with the fault as it
# stands, and not before the time is over. How late it is, is tested in virtual time (tests/unit/test_session.c) and measured by
# tests/bench/run.
. "$(dirname "$0")/../lib.sh"

# The guest boots for a second: deaf until then.
begin_check -w 600 tap0 10.9.0.2 fd00:9::2
sleep 0.3
start_guest --boot 1 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24
end_check
stop "$LAB_PID"
expect_exit 0
expect_only_findings
expect_json '[.targets[0].checks[] | .status] == ["pass", "pass", "pass", "pass"]'
expect_json '.elapsed_us >= 1000000 and .targets[0].elapsed_us >= 1000000'

# The same, with the addresses to be found.
make_tap tap0
give_addresses tap0 10.9.0.1/24
begin_check -4 -w 600 tap0
start_guest --boot 1 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none tap0
end_check
stop "$LAB_PID"
ip link delete tap0
expect_exit 0
expect_check icmp pass 10.9.0.2

# A real network stack, whose interface comes up late.
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24"
ip -n web1 link set eth0 down
begin_check -w 600 tap0 10.9.0.2
sleep 1
ip -n web1 link set eth0 up
end_check
stop "$LAB_PID"
ip netns delete web1
expect_exit 0

run_vmnetcheck -w 0.5 tap0
expect_exit 4
expect_out '^tap0: FAULT on the host after ([5-9][0-9][0-9] ms|[1-9][0-9]*\.[0-9]* s): no-such-tap'

# expect_patience STATUS FINDING...: with -w 3; the end of the time may belong to the diagnosis.
expect_patience()
{
    local status=$1
    shift
    expect_exit "$status"
    expect_only_findings "$@"
    expect [ "$LAB_MS" -ge 2500 ]
}

check -w 3 tap0 10.9.0.2
expect_patience 4 no-such-tap
expect [ "$LAB_MS" -ge 3000 ]

start_guest --deaf --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check -w 3 tap0 10.9.0.2 fd00:9::2
stop "$LAB_PID"
expect_patience 3 arp-no-reply ndp-no-reply

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.7 tap0
give_addresses tap0 10.9.0.1/24
check -w 3 tap0 10.9.0.2
stop "$LAB_PID"
expect_patience 2 address-not-assigned

start_guest --ignore-echo --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
check -w 3 tap0 10.9.0.2
stop "$LAB_PID"
expect_patience 2 icmp-no-reply

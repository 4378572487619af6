#!/bin/bash
# The tap goes away, down, or gets another name in the middle of a check: a valid report, soon, of how it is now.
. "$(dirname "$0")/../lib.sh"

# in_the_middle COMMAND...: while a check waits for a deaf guest.
in_the_middle()
{
    start_guest --deaf --ip4 10.9.0.2 tap0
    begin_check tap0 10.9.0.2 fd00:9::2
    sleep 0.5
    "$@"
    end_check
    stop "$LAB_PID"
    expect_within_ms 5000
}

in_the_middle ip link delete tap0
expect_exit 4
expect_only_findings no-such-tap

in_the_middle ip link set tap0 down
expect_exit 4
expect_only_findings tap-down

# The guest behind it stays the same whatever the name is.
in_the_middle ip link set tap0 name tap9
expect_exit 3
expect_finding arp-no-reply
expect_json '.targets[0].interface == "tap0"'

# Who waits sees the machine that comes in its place.
start_guest --deaf --ip4 10.9.0.2 tap0
begin_check -w 30 tap0 10.9.0.2
sleep 0.5
stop "$LAB_PID"
sleep 0.2
start_guest --ip4 10.9.0.2 tap0
end_check
expect_exit 0
stop "$LAB_PID"

# The guest ends in the middle of a healthy check, which lingers.
start_guest --ip4 10.9.0.2 tap0
begin_check --linger 2 tap0 10.9.0.2
sleep 0.5
stop "$LAB_PID"
end_check
expect_exit 4
expect_only_findings no-such-tap

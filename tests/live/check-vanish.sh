#!/bin/bash
# The tap goes away, down, or gets another name in the middle of a check: a valid report of how it is now, and not after
# the time that the check would have taken.
. "$(dirname "$0")/../lib.sh"

echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 # the kernel of the host would send frames of its own

# begin FRAMES ARGUMENT...: until so many frames were sent by tap0.
begin()
{
    local frames=$(($(frames_sent tap0) + $1))
    shift
    begin_check "$@"
    wait_for 60 has_sent tap0 "$frames" || fail "it does not send"
}

# in_the_middle TIMEOUT COMMAND...: while a check waits for a deaf guest.
in_the_middle()
{
    local timeout=$1
    shift
    start_guest --deaf --ip4 10.9.0.2 tap0
    give_addresses tap0 10.9.0.1/24
    begin 3 -W "$timeout" tap0 10.9.0.2 fd00:9::2
    "$@"
    end_check
    stop "$LAB_PID"
    [[ $timeout == 1 ]] || expect_no_timeout
}

in_the_middle 60 ip link delete tap0
expect_exit 4
expect_only_findings no-such-tap

in_the_middle 60 ip link set tap0 down
expect_exit 4
expect_only_findings tap-down

# A new name ends it, too: whoever has that name next is somebody else.
in_the_middle 1 ip link set tap0 name tap9
expect_exit 4
expect_only_findings no-such-tap
expect_json '.targets[0].interface == "tap0"'

# Who waits sees the machine that comes in its place.
start_guest --deaf --ip4 10.9.0.2 tap0
begin 3 -w 600 tap0 10.9.0.2
stop "$LAB_PID"
sleep 0.2
start_guest --ip4 10.9.0.2 tap0
end_check
expect_exit 0
stop "$LAB_PID"

# The guest ends in the middle of a healthy check, which lingers.
start_guest --ip4 10.9.0.2 tap0
begin 6 --linger 60 tap0 10.9.0.2
stop "$LAB_PID"
end_check
expect_exit 4
expect_only_findings no-such-tap

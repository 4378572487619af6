#!/bin/bash
# SIGINT, SIGTERM or SIGHUP in the middle of a check: a valid report of what was seen until then, and not after the time that the
# check would have taken. SIGPIPE, and a SIGHUP that is ignored, change nothing.
. "$(dirname "$0")/../lib.sh"

echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 # the kernel of the host would send frames of its own

# interrupt SIGNAL FRAMES ARGUMENT...: when so many frames were sent by tap0.
interrupt()
{
    local signal=$1 frames=$2
    shift 2
    frames=$(($(frames_sent tap0) + frames))
    begin_check --no-path "$@" # for the host's own ping its kernel would ask, too
    wait_for 60 has_sent tap0 "$frames" || fail "it does not send"
    kill "-$signal" "$LAB_CHECK" || fail "it ended before the signal"
    end_check
    expect_no_timeout
}

start_guest --deaf --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24 # without one a source has to be found first
for signal in INT TERM HUP; do
    interrupt $signal 3 -W 60 tap0 10.9.0.2
    expect_exit 5
    expect_only_findings
    expect_json '.targets[0].status == "unknown" and (.targets[0].unknown | any(contains("interrupted")))'
    expect_json '.targets[0].checks[] | select(.name == "arp") | .status == "unknown" and .sent >= 3 and .received == 0'
done
interrupt INT 3 -w 600 tap0 10.9.0.2
expect_exit 5
stop "$LAB_PID"

# What was answered stays answered; a second target that was done before keeps its verdict.
start_guest --lose 2 --taps 2 --ip6 none
give_addresses tap0 10.0.0.1/24
interrupt INT 6 -W 60 -c 4 tap0 10.0.0.2 tap9
expect_exit 4
expect_finding no-such-tap
expect_json '.targets[0].status == "unknown" and (.targets[0].checks[0] | .received >= 2 and .received < .sent)'
stop "$LAB_PID"

start_guest --deaf --ip4 10.9.0.2 tap0
for signal in PIPE HUP; do
    [[ $signal == PIPE ]] || trap '' HUP
    frames=$(($(frames_sent tap0) + 3))
    begin_check -W 1 tap0 10.9.0.2
    wait_for 60 has_sent tap0 "$frames" || fail "it does not send"
    kill "-$signal" "$LAB_CHECK"
    end_check
    expect_exit 3
    expect_finding arp-no-reply
done
trap - HUP
stop "$LAB_PID"

# A tap that is not there yet.
is_waiting()
{
    [[ $(cat "/proc/$(worker_of "$LAB_CHECK")/wchan") == *poll* ]]
}

begin_check -w 600 tap0 10.9.0.2
wait_for 60 is_waiting || fail "it does not wait"
kill -INT "$LAB_CHECK"
end_check
expect_exit 4
expect_only_findings no-such-tap

#!/bin/bash
# SIGINT or SIGTERM in the middle of a check: a valid report of what was seen until then, at once.
. "$(dirname "$0")/../lib.sh"

interrupt()
{
    local signal=$1 after=$2
    shift 2
    begin_check "$@"
    sleep "$after"
    kill "-$signal" "$LAB_CHECK" || fail "it ended before the signal"
    end_check
    expect_within_ms 10000
}

start_guest --deaf --ip4 10.9.0.2 tap0
for signal in INT TERM; do
    interrupt $signal 0.5 -W 30 tap0 10.9.0.2
    expect_exit 5
    expect_only_findings
    expect_json '.targets[0].status == "unknown" and (.targets[0].unknown | any(contains("interrupted")))'
    expect_json '.targets[0].checks[] | select(.name == "arp") | .status == "unknown" and .sent == 3 and .received == 0'
done
interrupt INT 0.5 -w 30 tap0 10.9.0.2
expect_exit 5
stop "$LAB_PID"

# What was answered stays answered; a second target that was done before keeps its verdict.
start_guest --lose 2 --taps 2 --ip6 none
interrupt INT 0.5 -W 30 -c 4 tap0 10.0.0.2 tap9
expect_exit 4
expect_finding no-such-tap
expect_json '.targets[0].status == "unknown" and .targets[0].checks[0].received == 2'
stop "$LAB_PID"

interrupt INT 0.5 -w 30 tap0 10.9.0.2
expect_exit 4
expect_only_findings no-such-tap

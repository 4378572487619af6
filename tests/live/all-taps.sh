#!/bin/bash
# --all checks each of twenty taps in one run and one report, with the worst exit status; one whose guest ends meanwhile is
# reported and crashes nothing.
. "$(dirname "$0")/../lib.sh"

start_guest --taps 18 --ip4 10.9.0.2
give_addresses tap0 10.9.0.1/24

check --all
expect_exit 0
expect_json '.targets | length == 18 and all(.status == "healthy")'
expect_json '[.targets[].interface] | unique | length == 18'

make_tap tap18
start_guest --deaf --first 19 --ip4 none --ip6 none
deaf=$LAB_PID
check --all
expect_exit 4
expect_json '.targets | length == 20'
expect_json '[.targets[] | select(.status == "fault") | .interface] == ["tap18"]'
expect_json '[.targets[] | select(.status == "unknown") | .interface] == ["tap19"]'
expect_finding tap-unattached
run_vmnetcheck --all
expect_exit 4
expect_out '^20 interfaces in .*: 1 faulty, 1 could not be told, 18 healthy'

sent=$(frames_sent tap19)
begin_check --all -W 60
wait_for 60 has_sent tap19 $((sent + 1)) || fail "it does not send"
stop "$deaf"
end_check
expect_no_timeout
expect_exit 4
expect_json '.targets | length == 20'
expect_json '[.targets[] | select(.interface == "tap19") | .findings[].name] == ["no-such-tap"]'

delete_taps
check --all
expect_exit 5
expect_json '.error | contains("no tap")'
run_vmnetcheck --all tap0
expect_exit 64

#!/bin/bash
# Some answers are lost: a warning, which says how many. Nothing is lost of what was slow.
. "$(dirname "$0")/../../lib.sh"

start_guest --lose 3 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
check -c 12 -W 0.3 tap0 10.9.0.2
expect_exit 1
expect_only_findings packet-loss
expect_json '.targets[0].checks | all(.sent >= 12 and .received >= 8 and .received < .sent and .status == "warn" and .duplicates == 0)'
keep_capture "-c 12" -W 0.1 10.9.0.2
check -c 12 -W 0.3 tap0 fd00:9::2
expect_exit 1
expect_only_findings packet-loss
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24" --lose-from 4
check -c 20 -W 0.3 tap0 10.9.0.2
expect_exit 1
expect_only_findings packet-loss
stop "$LAB_PID"

start_guest --delay 200 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 0
expect_json '.targets[0].checks | all(.rtt_us.min >= 200000)'

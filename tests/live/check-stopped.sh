#!/bin/bash
# A tap whose holder is stopped, or waits in the kernel all the time, is vm-not-reading, whatever VMM that is. While anybody answers
# there it is not.
. "$(dirname "$0")/../lib.sh"

start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
kill -STOP "$LAB_PID"
check tap0 10.9.0.2
expect_exit 4
expect_only_findings vm-not-reading
expect_json ".targets[0].findings[0] | .fix == \"let it go on: kill -CONT $LAB_PID\" and (.evidence | any(contains(\"state T\")))"
apply_fix
check tap0 10.9.0.2
expect_exit 0
expect_only_findings
stop "$LAB_PID"

# Who has made a process by vfork(2) waits for it in the kernel.
start_tool "$TOOLS/crowd" 0 0 tap1
ip link set tap1 up
give_addresses tap1 10.9.1.1/24
check tap1 10.9.1.2
expect_exit 4
expect_only_findings vm-not-reading
expect_json '.targets[0].findings[0].evidence | any(contains("state D"))'
stop "$LAB_PID"

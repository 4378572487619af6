#!/bin/bash
# More broadcasts come from the guest than any guest can mean; some are no storm.
. "$(dirname "$0")/../../lib.sh"

start_guest --flood 8000 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_finding broadcast-storm
expect_exit 3
keep_capture "" 10.9.0.2
stop "$LAB_PID"

start_guest --flood 50 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 0
expect_only_findings

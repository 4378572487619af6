#!/bin/bash
# The tap is up and nobody holds it; nothing is sent. A machine that had it and ended leaves it so, too.
. "$(dirname "$0")/../../lib.sh"

make_tap tap0
check tap0 10.9.0.2
expect_exit 4
expect_only_findings tap-unattached
expect [ "$(frames_sent tap0)" = 0 ]
start_guest --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 0
stop "$LAB_PID"
check tap0 10.9.0.2
expect_exit 4
expect_only_findings tap-unattached

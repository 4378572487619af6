#!/bin/bash
# The tap exists but is down, with a guest behind it and without; nothing is sent. The command in the fix cures it.
. "$(dirname "$0")/../../lib.sh"

start_guest --no-up --ip4 10.9.0.2 tap0
make_tap tap1
ip link set tap1 down
for tap in tap0 tap1; do
    check $tap 10.9.0.2
    expect_exit 4
    expect_only_findings tap-down
    expect_json '.targets[0].checks == []'
    expect [ "$(frames_sent $tap)" = 0 ]
done
check tap0
apply_fix
check tap0 10.9.0.2
expect_exit 0

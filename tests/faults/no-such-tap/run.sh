#!/bin/bash
# No interface of that name: the report says which taps there are.
. "$(dirname "$0")/../../lib.sh"

start_guest tap4
check tap0 10.9.0.2
expect_exit 4
expect_only_findings no-such-tap
expect_json '.targets[0].findings[0].evidence | any(contains("tap4"))'
run_vmnetcheck tap0
expect_exit 4
expect_out '^tap0: FAULT on the host: no-such-tap'
expect_out 'there are: tap4$'

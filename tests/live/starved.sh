#!/bin/bash
# On a host that leaves the program hardly any processor, who holds a tap is found out all the same, after all the others: who waits
# for a processor is not stuck.
. "$(dirname "$0")/../lib.sh"
need taskset

start_tool "$TOOLS/crowd" 250 10 -
start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
guest=$LAB_PID
processor=$(taskset -pc $$)
processor=${processor##*: }
processor=${processor%%[,-]*}
taskset -c "$processor" bash -c 'while :; do :; done' &

LAB_COMMAND="vmnetcheck check tap0 (starved)" LAB_STATUS=0 LAB_MS=0
nice -n 19 taskset -c "$processor" "$VMNETCHECK" check --json tap0 10.9.0.2 >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
expect_exit 0
expect_json ".targets[0] | .status == \"healthy\" and .vm.pid == $guest"

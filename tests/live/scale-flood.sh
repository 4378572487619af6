#!/bin/bash
# One guest of a hundred floods, sends garbage, or returns each frame many times over: the verdicts of the others are right.
LAB_ALONE=1 # many machines fill the ARP table, which is one for all namespaces
. "$(dirname "$0")/../lib.sh"

start_guest --taps 99
targets=()
for ((i = 0; i < 100; i++)); do
    targets+=("tap$i" "10.0.$i.2" "$(printf 'fd00:0:0:%x::2' "$i")")
done

for flood in "--flood 100000" "--random 50000" "--garbage 20000" "--loop 100000"; do
    # shellcheck disable=SC2086 # an option and its argument
    start_guest --first 99 $flood
    check "${targets[@]}"
    expect_json '.targets[:99] | all(.status == "healthy")'
    expect_json '[.targets[:99][].checks[]] | length == 4 * 99 and all(.status == "pass" and .received == 3)'
    stop "$LAB_PID"
done

# A guest that takes no frame any more, so that its tap's queue is full.
start_guest --first 99
kill -STOP "$LAB_PID"
check "${targets[@]}"
expect_exit 4
expect_finding vm-not-reading
expect_json '.targets[:99] | all(.status == "healthy")'
expect_json '.targets[99].status == "fault"'
kill -CONT "$LAB_PID"

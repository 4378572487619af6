#!/bin/bash
# A thousand taps in one run: nothing is missed and nothing made up, in little memory, with few descriptors; interrupted, it
# ends at once with a whole report; and of taps that vanish meanwhile only those are faulty.
LAB_ALONE=1 # many machines fill the ARP table, which is one for all namespaces
. "$(dirname "$0")/../lib.sh"
N=1000

start_guest --taps "$N"
guests=$LAB_PID
targets=()
for ((i = 0; i < N; i++)); do
    targets+=("tap$i" "10.$((i >> 8)).$((i & 255)).2" "$(printf 'fd00:0:0:%x::2' "$i")")
done
ulimit -n 64 # no descriptor for each

check "${targets[@]}"
expect_exit 0
expect_json ".targets | length == $N and all(.status == \"healthy\")"
expect_json "[.targets[].checks[]] | length == 4 * $N and all(.status == \"pass\" and .sent == 3 and .received == 3)"
expect_json '[.targets[].checks[] | select(.name | startswith("icmp")) | .duplicates] | add == 0'

# What was named gets a line, and they are counted; with -v they are shown in full. With --all the healthy ones have one paragraph.
run_vmnetcheck "${targets[@]}"
expect_exit 0
expect_out "^$N interfaces in .*: $N healthy$"
expect [ "$(wc -l <"$LAB/out")" = $((N + 2)) ]
expect [ ! -s "$LAB/err" ]
run_vmnetcheck -v "${targets[@]}"
expect [ "$(grep -c '^tap[0-9]*: healthy' "$LAB/out")" = "$N" ]

# It has worked, and has nothing to do for now.
lingers()
{
    local before
    before=$(cut -d ' ' -f 14,15 "/proc/$worker/stat")
    sleep 0.3
    [[ $before != "0 0" && $(cut -d ' ' -f 14,15 "/proc/$worker/stat") == "$before" ]]
}

# The most that it had in memory (VmHWM), while it lingers and when it was interrupted.
begin_check --linger 60 "${targets[@]}"
worker=$(worker_of "$LAB_CHECK")
wait_for 30 lingers
peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$worker/status")
[[ $VMNETCHECK == *sanitize* ]] || expect [ "$peak" -lt 65536 ] # which need more
kill -INT "$LAB_CHECK"
end_check
expect_exit 5
expect_json ".targets | length == $N and all(.status == \"unknown\")"
expect_json '[.targets[].checks[]] | all(.received == 3)'

# The machines behind every tenth are gone before the run, those behind 32 more go in the middle of it.
for ((i = 0; i < N; i += 10)); do
    echo "link set dev tap$i down"
done | ip -batch - || fail "taps do not go down"
begin_check --linger 6 "${targets[@]}"
worker=$(worker_of "$LAB_CHECK")
wait_for 30 lingers
for ((i = 1; i < 320; i += 10)); do
    echo "link set dev tap$i down"
done | ip -batch - || fail "taps do not go down"
end_check
expect_exit 4
expect_only_findings tap-down
expect_json '[.targets[] | select(.status == "fault")] | length == 132'
expect_json '[.targets[] | select(.status == "healthy")] | length == 868'

delete_taps
stop "$guests"

#!/bin/bash
# How long a check takes: the round trip and the linger for a healthy VM, 1.5 s for a dead one, no time for a tap that is
# missing, down or unattached, where nothing is sent either. The machine may be busy: the best of several runs counts.
LAB_ALONE=1
. "$(dirname "$0")/../lib.sh"

LINGER_US=100000

# best TRIES VARIABLE: the least of $LAB/out's values of a jq expression and of $LAB_MS over some runs.
best_of()
{
    local tries=$1 expression=$2 try us
    shift 2
    best_us=999999999 best_ms=999999
    for ((try = 0; try < tries; try++)); do
        check "$@"
        us=$(jq "$expression" "$LAB/out")
        [[ $us -lt $best_us ]] && best_us=$us
        [[ $LAB_MS -lt $best_ms ]] && best_ms=$LAB_MS
    done
}

# The round trip and the linger are part of the bargain: what counts is what comes on top of them.
expect_healthy_budget()
{
    best_of 15 "(if .exit == 0 then .elapsed_us else 99999999 end)
        - $LINGER_US - ([.targets[].checks[].rtt_us.max] | max)" "$@"
    echo "healthy: round trip + linger + $best_us us; whole process $best_ms ms"
    [[ $best_us -le 25000 ]] || fail "expected at most 25000 us on top of round trip and linger, saw $best_us"
    [[ $best_ms -le $(((LINGER_US + best_us) / 1000 + 20)) ]] ||
        fail "expected the process to end 15 ms after that at most, saw $best_ms ms in all"
}

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
expect_healthy_budget tap0 10.9.0.2 fd00:9::2
stop "$LAB_PID"
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
expect_healthy_budget tap0 10.9.0.2 fd00:9::2
stop "$LAB_PID"
ip link delete br0

expect_named_at_once()
{
    local finding=$1
    shift
    best_of 5 .elapsed_us "$@"
    expect_exit 4
    expect_only_findings "$finding"
    expect_json '.targets[0].checks == []'
    echo "$finding: $best_ms ms"
    [[ $best_ms -le 50 ]] || fail "expected $finding within 50 ms, saw $best_ms"
}

# A dead guest: given addresses, and none to be found.
start_guest --deaf --mac 52:54:00:12:04:11 --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
best_of 3 .elapsed_us tap0 10.9.0.2 fd00:9::2
expect_exit 3
expect_only_findings arp-no-reply ndp-no-reply
echo "dead: $best_ms ms"
[[ $best_ms -le 1500 ]] || fail "expected a dead VM to be named within 1500 ms, saw $best_ms"
best_of 3 .elapsed_us tap0
expect_exit 5
echo "nobody found: $best_ms ms"
[[ $best_ms -le 1500 ]] || fail "expected an end within 1500 ms, saw $best_ms"

ip link set tap0 down
sent=$(frames_sent tap0)
expect_named_at_once tap-down tap0 10.9.0.2
expect [ "$(frames_sent tap0)" = "$sent" ]
stop "$LAB_PID"

make_tap tap1
expect_named_at_once tap-unattached tap1 10.9.0.2
expect [ "$(frames_sent tap1)" = 0 ]
expect_named_at_once no-such-tap tap7 10.9.0.2

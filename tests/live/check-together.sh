#!/bin/bash
# What two targets of one run show together is found in every run, whoever spoke last: one MAC, or one address, on two taps of
# one bridge. Two guests that have nothing in common stay healthy.
. "$(dirname "$0")/../lib.sh"

make_bridge br0
give_addresses br0 10.9.0.1/24

# together MAC ADDRESS STATUS [FINDING]: the second guest has these.
together()
{
    local mac=$1 address=$2 status=$3 order
    shift 3
    start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none tap0
    local first=$LAB_PID
    start_guest --mac "$mac" --ip4 "$address" --ip6 none tap1
    ip link set tap0 master br0
    ip link set tap1 master br0
    for order in "tap0 10.9.0.2 tap1 $address" "tap1 $address tap0 10.9.0.2"; do
        # shellcheck disable=SC2086 # words
        check $order
        expect_exit "$status"
        # shellcheck disable=SC2016 # jq's own
        expect_json --args '[.targets[].findings[].name] | unique == $ARGS.positional' "$@"
    done
    stop "$first"
    stop "$LAB_PID"
}

together 52:54:00:12:04:12 10.9.0.3 0
together 52:54:00:12:04:11 10.9.0.3 3 duplicate-mac
together 52:54:00:12:04:12 10.9.0.2 2 address-conflict

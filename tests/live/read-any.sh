#!/bin/bash
# A bridge and its port both record every frame with "tcpdump -i any". That is no duplicate; what is one is found there, too.
. "$(dirname "$0")/../lib.sh"
need ping tcpdump

start_any()
{
    rm -f "$2.log" # of the one before
    tcpdump -i any -y "$1" --immediate-mode -U -w "$2" 2>"$2.log" &
    LAB_PID=$!
    wait_for 5 grep -qs '^tcpdump: listening' "$2.log" || skip "tcpdump cannot record $1: $(cat "$2.log")"
}

# A guest that is busy with copies may lose its first reply.
expect_cause()
{
    # shellcheck disable=SC2086 # none, or one
    [[ $(findings) == "$1 packet-loss" && -n $1 ]] || expect_only_findings $1
}

# expect_of FINDING ADDRESS [GUEST-OPTION]...
expect_of()
{
    local finding=$1 address=$2 guest type
    local -a recorders=()
    shift 2
    start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 "$@" tap0
    guest=$LAB_PID
    make_bridge br0 tap0
    give_addresses br0 10.9.0.1/24 fd00:9::1/64
    for type in LINUX_SLL LINUX_SLL2; do
        start_any "$type" "$LAB/$type"
        recorders+=("$LAB_PID")
    done
    ping -n -c 4 -i 0.2 -W 1 "$address" >"$LAB/ping" 2>&1
    end_capture "${recorders[0]}" "$LAB/LINUX_SLL"
    end_capture "${recorders[1]}" "$LAB/LINUX_SLL2"
    stop "$guest"
    ip link delete br0
    for type in LINUX_SLL LINUX_SLL2; do
        run_vmnetcheck read --json -W 0.2 "$LAB/$type" "$address"
        expect_cause "$finding"
        expect_json '.targets[0].checks[] | select(.name | startswith("icmp")) | .sent <= 4'
    done
}

expect_of "" 10.9.0.2
expect_of "" fd00:9::2
expect_of dup-reply-copied 10.9.0.2 --reply-copies 2
expect_of dup-request-copied 10.9.0.2 --request-copies 2
expect_of dup-two-guests 10.9.0.2 --twin
expect_of frame-reflection 10.9.0.2 --reflect
expect_of icmp-no-reply 10.9.0.2 --ignore-echo

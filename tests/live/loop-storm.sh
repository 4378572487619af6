#!/bin/bash
# 200,000 frames a second come in: the verdict is there all the same, in a bounded memory, and little is sent meanwhile.
LAB_ALONE=1
. "$(dirname "$0")/../lib.sh"
[[ -x /usr/bin/time ]] || skip "needs /usr/bin/time"

MOST_KIB=$((64 * 1024))

# storm MOST-FRAMES FINDING GUEST-OPTION...: with an address and without; at most so many frames are sent for an address.
storm()
{
    local most=$1 finding=$2 address before guest
    shift 2
    start_guest "$@" --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
    guest=$LAB_PID
    give_addresses tap0 10.9.0.1/24 fd00:9::1/64
    for address in "10.9.0.2 fd00:9::2" ""; do
        before=$(frames_sent tap0)
        # shellcheck disable=SC2086 # addresses
        check tap0 $address
        expect_exit 3
        expect_finding "$finding"
        [[ -z $address || $(($(frames_sent tap0) - before)) -le $most ]] ||
            fail "$(($(frames_sent tap0) - before)) frames were sent"
    done
    /usr/bin/time -f %M -o "$LAB/memory" "$VMNETCHECK" -q tap0 10.9.0.2
    [[ $(tail -n 1 "$LAB/memory") -lt $MOST_KIB ]] || ldd "$VMNETCHECK" | grep -q asan ||
        fail "$(tail -n 1 "$LAB/memory") KiB were used"
    stop "$guest"
}

storm 40 broadcast-storm --flood 200000
storm 40 broadcast-storm --random 200000
storm 40 l2-loop --loop 100000
storm 40 l2-loop --loop 14 --flood 200000
storm 40 frame-reflection --reflect --flood 200000
storm 20000 broadcast-storm --flood 200000 --deaf

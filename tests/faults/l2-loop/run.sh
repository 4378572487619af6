#!/bin/bash
# What is sent comes back and goes round, ever more of it. Named once, without the duplicates and the storm that it causes.
. "$(dirname "$0")/../../lib.sh"

expect_loop()
{
    expect_exit 3
    expect_only_findings l2-loop
}

for frames in 14 500; do
    start_guest --loop $frames --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
    for address in 10.9.0.2 fd00:9::2; do
        check tap0 $address
        expect_loop
        # Or what the host's kernel sent before we did.
        expect_json '.targets[0].findings[0].evidence[0] | test("that we sent came back in|of the host.s own kernel came in")'
    done
    [[ $frames == 500 ]] || keep_capture "" 10.9.0.2
    stop "$LAB_PID"
done

# A guest that bridges two NICs of one segment. What is sent to it by the tap goes round the other way: it does not come
# back in, but is answered again and again.
start_linux_guest web1 tap0 52:54:00:12:04:11 ""
start_tool "$TOOLS/pump" --netns /run/netns/web1 --guest-tap eth1 tap1
in_guest web1 ip link add br0 type bridge stp_state 0 forward_delay 0
for port in eth0 eth1; do
    in_guest web1 ip link set $port master br0 up
done
in_guest web1 ip link set br0 up
ip -n web1 address add 10.9.0.2/24 dev br0
ip -n web1 address add fd00:9::2/64 dev br0 nodad
make_bridge br0 tap0 tap1
give_addresses br0 10.9.0.1/24

# By this tap, too: what goes round goes through processes that have to be on a processor.
is_storm()
{
    local before
    before=$(frames_sent "$1")
    sleep 0.05
    [[ $(frames_sent "$1") -gt $((before + 500)) ]]
}

for tap in tap0 tap1; do
    for address in 10.9.0.2 fd00:9::2 ""; do
        expect wait_for 10 is_storm $tap
        # shellcheck disable=SC2086 # or none
        check $tap $address
        expect_loop
    done
done

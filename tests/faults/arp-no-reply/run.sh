#!/bin/bash
# Nobody answers ARP: a guest that is deaf, one whose frames are dropped before it sees them, one with ARP switched off, one
# that hears nothing or whose answers are lost. The layer is 2, and nothing is said about layer 3.
. "$(dirname "$0")/../../lib.sh"
need nft

expect_arp_silent()
{
    expect_exit 3
    expect_only_findings arp-no-reply
    expect_check arp fail 10.9.0.2
    expect_json '.targets[0].checks[] | select(.name == "icmp") | .status != "pass"'
    expect_json '.targets[0].layer == "l2"'
}

start_guest --deaf --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_arp_silent
keep_capture "" -W 0.3 10.9.0.2
give_addresses tap0 10.9.0.1/24
check tap0 10.9.0.2
expect_arp_silent
stop "$LAB_PID"

start_guest --ignore-arp --ip4 10.9.0.2 --ip6 none tap0
check tap0 10.9.0.2
expect_arp_silent
stop "$LAB_PID"

for direction in to from; do
    start_linux_guest "drop-$direction" tap0 52:54:00:12:04:11 "10.9.0.2/24" "--drop-$direction"
    check tap0 10.9.0.2
    expect_arp_silent
    stop "$LAB_PID"
done

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24"
in_guest web1 nft -f - <<'RULES'
table netdev deaf {
    chain ingress { type filter hook ingress device eth0 priority 0; policy drop; }
}
RULES
check tap0 10.9.0.2
expect_arp_silent
in_guest web1 nft delete table netdev deaf
check tap0 10.9.0.2
expect_exit 0

# Its interface is down.
ip -n web1 link set eth0 down
check tap0 10.9.0.2
expect_arp_silent
apply_fix web1
check tap0 10.9.0.2
expect_exit 0

# A guest without ARP that has everything else: an echo sent straight to its MAC is answered. Layer 2, all the same.
ip -n web1 link set eth0 arp off
ip -n web1 address add fd00:9::2/64 dev eth0
check tap0 10.9.0.2
expect_exit 3
expect_only_findings arp-no-reply

#!/bin/bash
# Large packets are lost, small ones get through: found with --deep only, to the byte, and between which two places. Where nothing
# is lost, no MTU is a fault, however the MTUs differ.
. "$(dirname "$0")/../../lib.sh"

deep()
{
    check --deep tap0 10.9.0.2 fd00:9::2
}

# is_fine WHAT
is_fine()
{
    deep
    [[ $LAB_STATUS == 0 && -z $(findings) ]] || fail "$1"
}

# is_lost LARGEST WORDS: in both families
is_lost()
{
    deep
    expect_exit 1
    expect_only_findings mtu-blackhole
    expect_json "[.targets[].findings[] | select(.layer == \"l3\" and .severity == \"warning\" and
        (.summary | contains(\" of more than $1 bytes are lost $2, and the MTU is\")) and
        (.evidence | any(startswith(\"the largest that is answered: $1 bytes\"))))] | length == 2"
}

mtus()
{
    ip link set tap0 mtu "$1"
    ip link set br0 mtu "$2"
    ip -n web1 link set eth0 mtu "$3"
    ip -n web1 address replace fd00:9::2/64 dev eth0
    wait_for 5 ping -6 -n -q -c 1 -W 1 fd00:9::2 >"$LAB/ping" || fail "no IPv6 with these MTUs: $*"
}

# filter WHERE FAMILY "HOOK" RULE...: where is "host", or the name of a guest
filter()
{
    local where=$1 family=$2 hook=$3
    shift 3
    local -a run=()
    [[ $where == host ]] || run=(in_guest "$where")
    "${run[@]}" nft "add table $family sizes; add chain $family sizes c { type filter hook $hook priority 0; };
        add rule $family sizes c $*" || fail "no filter: $*"
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
PUMP=$LAB_PID
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64

is_fine "all have the same"
mtus 1500 1500 1280
is_fine "the guest's is smaller, and it takes what comes all the same"
mtus 9000 9000 9000
is_fine "jumbo frames"
mtus 9000 9000 1500
is_fine "jumbo frames but in the guest, whose card takes them"
mtus 9000 1500 9000
is_fine "the host sends no jumbo frames"
mtus 1500 1500 1500

# A guest that answers so many pings a second, and the kernel of the host, which learns of a smaller MTU on its way, and heeds it.
filter web1 inet input "icmp type echo-request limit rate over 4/second burst 2 packets drop"
deep
expect_no_finding mtu-blackhole
in_guest web1 nft flush ruleset
ip route add 10.9.0.2 dev br0 mtu 1000
is_fine "the host's route has a smaller one"
ip route del 10.9.0.2 dev br0

# It likes no large pings: whether it would lose anything else nobody knows.
filter web1 inet input "meta l4proto { icmp, ipv6-icmp } meta length > 200 drop"
is_fine "the guest drops large pings"
expect_json '[.targets[0].notes[] | select(contains("gets frames of 1500 bytes, and does not answer echo requests of that size"))] | length == 2'
in_guest web1 nft flush ruleset

# Before the tap.
mtus 1500 9000 9000
is_lost 1504 "between br0 and tap0" # with room for a VLAN's tag
expect_json '.targets[0].findings[0].evidence | any(. == "tap0 has an MTU of 1500")'
apply_fix
is_fine "the tap takes what the host sends"
mtus 1500 1500 1500
filter host bridge output "meta length > 1300 drop"
is_lost 1300 "between br0 and tap0"
nft flush ruleset
filter host inet input "meta length > 1400 drop"
is_lost 1400 "between br0 and the host's stack"
nft flush ruleset

# Behind it: nobody looks for it unasked.
stop "$PUMP"
ip netns del web1
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64" --max-frame 1400
ip link set tap0 master br0
check tap0 10.9.0.2 fd00:9::2
expect_exit 0
expect_only_findings
is_lost 1386 "behind tap0"
PUMP=$LAB_PID
expect_json '.targets[0].findings[0].evidence | any(startswith("nor were 3 small ones in frames that were padded"))'
stop "$PUMP"
ip netns del web1

# Frames of that size do reach the guest, and its own get lost: it sends them, as the rests of larger ones show.
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64" --max-frame-from 1400
ip link set tap0 master br0
is_lost 1386 "behind tap0"
expect_json '[.targets[0].findings[] | select(.summary | startswith("packets from "))] | length == 2'
expect_json '.targets[0].findings[0].evidence | any(contains("the last fragments came, 3 times"))'
expect_no_timeout

#!/bin/bash
# Two MACs claim one address: behind the tap, at two ports of one bridge, guest and host. Told from one guest with two
# addresses, from one with two NICs on one segment (ARP flux), and from what an old entry of the host's tables says.
. "$(dirname "$0")/../../lib.sh"

expect_conflict()
{
    expect_exit 2
    expect_only_findings address-conflict
    expect_json ".targets[0].findings[0].evidence | any(contains(\"$1\"))"
}

expect_healthy()
{
    expect_exit 0
    expect_only_findings
}

start_guest --rival 52:54:00:99:99:99 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
for address in 10.9.0.2 fd00:9::2; do
    check tap0 $address
    expect_conflict 52:54:00:99:99:99
done
keep_capture "" 10.9.0.2
stop "$LAB_PID"

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.2/24 fd00:9::2/64
for address in 10.9.0.2 fd00:9::2; do
    check tap0 $address
    expect_conflict "an address of tap0"
done
stop "$LAB_PID"

# The other one is at another port: asked for where something is wrong, with --deep, or where the host knew another MAC.
start_linux_guest web1 tap1 52:54:00:22:22:22 "10.9.0.9/24 10.9.0.10/24 fd00:9::9/64"
web1=$LAB_PID
start_linux_guest web2 tap2 52:54:00:33:33:33 "10.9.0.9/24 fd00:9::9/64"
web2=$LAB_PID
make_bridge br0 tap1 tap2
for host in bare 10.9.0.1/24; do
    [[ $host == bare ]] || give_addresses br0 $host fd00:9::1/64
    for address in 10.9.0.9 fd00:9::9; do
        check --deep tap1 $address
        expect_conflict 52:54:00:33:33:33
    done
done
for address in 10.9.0.9 fd00:9::9; do
    expect ip neighbour replace $address lladdr 52:54:00:33:33:33 dev br0 nud stale
    check tap1 $address
    expect_conflict 52:54:00:33:33:33
done

# Two addresses of one guest, and an entry of the host's that is merely old: its kernel uses that for some seconds all the same.
expect ip neighbour replace 10.9.0.10 lladdr 52:54:00:44:44:44 dev br0 nud stale
check tap1 10.9.0.10
expect_exit 4
expect_only_findings stale-neighbour
check --no-path tap1 10.9.0.10
expect_healthy
expect ip neighbour flush dev br0
check --deep tap1 10.9.0.10
expect_healthy
stop "$web2"

# ARP flux: one guest answers for its address on both of its NICs.
start_tool "$TOOLS/pump" --netns /run/netns/web1 --guest-tap eth1 tap3
expect ip -n web1 link set eth1 address 52:54:00:22:22:23 up
expect ip link set tap3 master br0
ip neighbour flush dev br0
check --deep tap1 10.9.0.9
expect_healthy
expect ip neighbour replace 10.9.0.9 lladdr 52:54:00:22:22:23 dev br0 nud stale
check tap1 10.9.0.9
expect_healthy
expect [ "$LAB_MS" -gt 250 ] # so it was asked
stop "$LAB_PID"
stop "$web1"

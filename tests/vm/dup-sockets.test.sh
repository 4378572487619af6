#!/bin/bash
# The guide's DUP!: in each of two VMs the NIC, the tap and a socket are in one hub, and the taps are bridged. Named as a
# loop, with the processes, who listens and who connects, and the order in which to restart them. And a multicast socket
# beside the tap, which hears its own frames.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

# hub TAP MAC SOCKET: the arguments for a NIC, a tap and a socket in one hub.
hub()
{
    echo "-netdev tap,id=t,ifname=$1,script=no,downscript=no -netdev socket,$3,id=s -netdev hubport,id=p0,hubid=0,netdev=t \
        -netdev hubport,id=p1,hubid=0,netdev=s -netdev hubport,id=p2,hubid=0 -device virtio-net-pci,netdev=p2,mac=$2,romfile="
}

# boot NAME TAP MAC ADDRESS SOCKET
boot()
{
    # shellcheck disable=SC2046 # arguments
    QEMU_WAIT=0 start_qemu "$1" "vm_ip4=10.9.0.$4/24 vm_ip6=fd00:9::$4/64" $(hub "$2" "$3" "$5")
}

expect_evidence()
{
    expect_json ".targets[0].findings[0].evidence | any(startswith(\"$1\"))"
}

expect ip route add 230.0.0.0/8 dev lo
boot alone tap0 52:54:00:12:04:10 2 "mcast=230.1.2.3:5563,localaddr=127.0.0.1"
alone=$LAB_PID
wait_qemu alone
ip link set tap0 up
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
for address in 10.9.0.2 fd00:9::2; do
    check tap0 $address
    expect_exit 3
    expect_only_findings frame-reflection
    expect_evidence "alone (process $alone) is in the multicast group"
    expect_json '.targets[0].findings[0].fix | contains("mcast=230.1.2.3:5563")'
done
stop "$alone"

boot first tap0 52:54:00:12:04:11 2 "listen=127.0.0.1:4444"
first=$LAB_PID
expect wait_for 10 grep -q ":115C 00000000:0000 0A" /proc/net/tcp
boot second tap1 52:54:00:12:04:12 3 "connect=127.0.0.1:4444"
second=$LAB_PID
LAB_PID=$first wait_qemu first
LAB_PID=$second wait_qemu second
ip link set tap0 up
ip link set tap1 up

# One path only: both are healthy.
check tap0 10.9.0.2 10.9.0.3 fd00:9::2
expect_exit 0
expect_only_findings

make_bridge br0 tap0 tap1
give_addresses br0 10.9.0.1/24 fd00:9::1/64
for tap in tap0 tap1; do
    for address in 10.9.0.2 10.9.0.3 fd00:9::2 ""; do
        # shellcheck disable=SC2086 # or none
        check $tap $address
        expect_exit 3
        expect_only_findings l2-loop
        expect_evidence "first (process $first) listens: -netdev socket,listen=127.0.0.1:4444"
        expect_evidence "second (process $second) connects: -netdev socket,connect=127.0.0.1:4444"
        expect_json ".targets[0].findings[0].fix | endswith(\"first (process $first), then second (process $second)\")"
    done
done

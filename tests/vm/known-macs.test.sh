#!/bin/bash
# Two real VMs that were started without mac= have one MAC: where their taps are bridged, duplicate-mac names both processes.
# One VM with two network cards and two MACs is no fault. A MAC that the guest took itself is another one than expected, and
# QEMU says whose it is.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

make_tap tap0
make_tap tap1
give_addresses tap0 10.9.0.1/24
give_addresses tap1 10.9.1.1/24
start_bare_qemu web1 -netdev tap,id=n0,ifname=tap0,script=no,downscript=no -device e1000,netdev=n0
first=$LAB_PID
start_bare_qemu web2 -nic tap,ifname=tap1,script=no,downscript=no,model=virtio-net-pci
second=$LAB_PID
lint --all
expect_exit 0 # their frames do not meet
expect_json '[.targets[].notes[] | select(contains("do not meet"))] | length == 2'
ip link add br0 type bridge
ip link set tap0 master br0
ip link set tap1 master br0
check --linger 0 -W 0.1 tap0 10.9.0.2
expect_finding duplicate-mac
lint --all
expect_exit 3
expect_only_findings duplicate-mac
expect_json '.targets | length == 2'
expect_json ".targets[0].findings[0].evidence | any(startswith(\"web1 (process $first): \")) and any(startswith(\"web2 (process $second): \"))"
expect_json '.targets[0].findings[0].evidence | all(contains("52:54:00:12:34:56"))'
stop "$second"
lint --all
expect_exit 0

# The same MAC in another network namespace meets nobody.
ip netns add other
ip netns exec other ip tuntap add tap0 mode tap
ip netns exec other qemu-system-x86_64 -accel tcg -m 8 -nodefaults -display none -S -name far \
    -netdev tap,id=n0,ifname=tap0,script=no,downscript=no -device e1000,netdev=n0 &
far=$!
held_by_far()
{
    grep -qs '^iff:' "/proc/$far/fdinfo/"*
}
wait_for 30 held_by_far || fail "no VM in the other namespace"
lint --all
expect_exit 0
expect_json '.targets | length == 2'
run_vmnetcheck list --json
expect_json ".taps[0].holders == 1 and .taps[0].vm.pid == $first"
check --all --linger 0 -W 0.1
expect_json '[.targets[].interface] == ["tap0", "tap1"]'
stop "$far"
stop "$first"

start_bare_qemu pair -netdev tap,id=a,ifname=tap0,script=no,downscript=no -device e1000,netdev=a,mac=52:54:00:00:00:01 \
    -netdev tap,id=b,ifname=tap1,script=no,downscript=no -device e1000,netdev=b,mac=52:54:00:00:00:02
lint --pid "$LAB_PID"
expect_exit 0
expect_only_findings
stop "$LAB_PID"
ip link delete tap0

# shellcheck disable=SC2046 # arguments
start_qemu changed "vm_ip4=10.9.0.2/24 vm_mac=52:54:00:aa:bb:cc" $(qemu_nic tap0 52:54:00:12:04:11)
ip link set tap0 up
give_addresses tap0 10.9.0.1/24
check tap0 10.9.0.2
expect_exit 3
expect_only_findings unexpected-mac
expect_json '.targets[0].findings[0].evidence | any(test("^QEMU says .*52:54:00:aa:bb:cc now$"))'
stop "$LAB_PID"

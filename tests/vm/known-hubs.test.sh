#!/bin/bash
# The guide's mistake on a real VM, with hubports: found by check of its tap, by its process, by its name and by lint, with both
# numbers and the very arguments; and by what QEMU says when its start-up says nothing. With both on one hub the VM is healthy.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

# boot NAME TAP-HUB NIC-HUB
boot()
{
    start_qemu "$1" "vm_ip4=10.9.0.2/24" -netdev tap,id=t,ifname=tap0,script=no,downscript=no \
        -netdev "hubport,id=p1,hubid=$2,netdev=t" -netdev "hubport,id=p2,hubid=$3" \
        -device virtio-net-pci,netdev=p2,mac=52:54:00:12:04:11,romfile=
    ip link set tap0 up
    give_addresses tap0 10.9.0.1/24
}

expect_mismatch()
{
    expect_exit 3
    expect_only_findings vlan-mismatch
    expect_json '.targets[0].findings[0].summary | contains("hub 1") and contains("tap0 on hub 4")'
    expect_json '.targets[0].findings[0].evidence
        | any(. == "-netdev hubport,id=p1,hubid=4,netdev=t") and any(. == "-netdev hubport,id=p2,hubid=1")'
}

boot apart 4 1
check tap0 10.9.0.2
expect_mismatch
expect_json '.targets[0].vm | .name == "apart" and .netdev == "t" and .hub == 4'
expect_json '.targets[0].findings[0].evidence | any(startswith("QEMU says (info network): hub 4: "))'
check --vm apart
expect_mismatch
check --pid "$LAB_PID"
expect_mismatch
lint --pid "$LAB_PID"
expect_mismatch
lint --all
expect_mismatch
run_vmnetcheck list -o tap,state,bridge,vm,pid,mac,netdev,hub,addresses
expect_out "^tap0 +up +- +apart +$LAB_PID +- +t +4 +10\.9\.0\.1/24$"
stop "$LAB_PID"

boot together 4 4
check tap0
expect_exit 0
expect_only_findings
expect_json '.targets[0].vm.mac == "52:54:00:12:04:11"'
lint --pid "$LAB_PID"
expect_exit 0
stop "$LAB_PID"

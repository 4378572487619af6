#!/bin/bash
# Taps of real QEMUs: one that two of them hold, several queues of one, one that vanished, one that was renamed, one given by
# descriptor; what a helper keeps open is not counted.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

NIC=virtio-net-pci,netdev=n0,romfile=

ip tuntap add tap0 mode tap multi_queue
ip link set tap0 up
# shellcheck disable=SC2086 # arguments
start_bare_queues()
{
    start_bare_qemu "$1" -netdev "tap,id=n0,ifname=tap0,script=no,downscript=no,queues=2" -device "$NIC,mac=$2,mq=on,vectors=6"
}

start_bare_queues web1 52:54:00:00:00:01
first=$LAB_PID
check tap0 10.9.0.2
expect_no_finding tap-shared
run_vmnetcheck list --json
expect_json '.taps[0].holders == 1'
start_bare_queues web2 52:54:00:00:00:02
check --linger 0 -W 0.2 tap0 10.9.0.2
expect_exit 4
expect_finding tap-shared
expect_json "[.targets[0].findings[] | select(.name == \"tap-shared\") | .evidence[]]
    == [\"process $first (web1) has it open\", \"process $LAB_PID (web2) has it open\"]"
lint --all
expect_exit 4
expect_only_findings tap-shared
run_vmnetcheck list
expect_out "^tap0 .* web1 +$first \+1 "
stop "$first"
stop "$LAB_PID"
ip link delete tap0

# The tap of a running VM vanishes.
make_tap tap1
make_tap other
start_bare_qemu web3 -netdev tap,id=n0,ifname=tap1,script=no,downscript=no -device "$NIC"
lint --pid "$LAB_PID"
expect_exit 0
ip link set tap1 down
ip link set tap1 name renamed
ip link set renamed up
lint --pid "$LAB_PID"
expect_exit 0
check --vm web3
expect_json '[.targets[].interface] == ["renamed"]'
ip link delete renamed
lint --pid "$LAB_PID"
expect_exit 4
expect_only_findings no-such-tap
expect_json '.targets[0].findings[0].evidence | any(startswith("-netdev tap,id=n0,ifname=tap1")) and any(. == "there are: other")'
check --vm web3
expect_exit 4
expect_only_findings no-such-tap
expect_json '.targets[0].findings[0].evidence | any(startswith("-netdev tap,id=n0,ifname=tap1"))'
run_vmnetcheck list -o tap,state,bridge,vm
expect_out '^tap1 +missing +- +web3$'
check --all
expect_json '[.targets[].interface] | sort == ["other", "tap1"]'
stop "$LAB_PID"

# No network card.
start_bare_qemu web4 -netdev tap,id=n0,ifname=other,script=no,downscript=no
lint --pid "$LAB_PID"
expect_exit 3
expect_only_findings nic-unconnected
check -W 0.2 --linger 0 other 10.9.0.2
expect_exit 3
expect_only_findings nic-unconnected
stop "$LAB_PID"

# No VM of that name, no such process.
check --vm web9
expect_exit 4
expect_only_findings no-such-tap
expect_json '.status == "fault" and .targets[0].vm.name == "web9"'
check --pid 1
expect_exit 4
expect_only_findings no-such-tap
run_vmnetcheck lint --pid 1
expect_exit 5

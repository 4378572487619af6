#!/bin/bash
# QEMUs in other network namespaces are found there by name and by process, what they hold and what they only name; two of one
# name's cards with one MAC do not meet; one whose namespace was made by its user is nobody that root knows, unless he is named.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

NIC=virtio-net-pci,netdev=n0,romfile=,mac=52:54:00:12:34:01

# start_in SPACE VM: its namespace and its VM, whose guest is only its BIOS.
start_in()
{
    ip netns add "$1"
    in_guest "$1" bash -c "$(declare -f without_dad fail wait_for has_usable_addresses make_tap give_addresses)
        without_dad; make_tap tap0; give_addresses tap0 10.9.0.1/24"
    QEMU_NETNS=$1 start_bare_qemu "$2" -netdev tap,id=n0,ifname=tap0,script=no,downscript=no -device "$NIC"
}

start_in red web1
web1=$LAB_PID
start_in blue web2
web2=$LAB_PID

# places: of each target, where, which and whose
places()
{
    jq -c '[.targets[] | [.netns, .interface, .vm.name]]' "$LAB/out"
}

for way in "--vm web1" "--pid $web1"; do
    # shellcheck disable=SC2086 # words
    check $way -W 0.2
    expect [ "$(places)" == '[["red","tap0","web1"]]' ]
    expect_no_finding duplicate-mac no-such-tap
done
check --all-netns -W 0.2
expect [ "$(places)" == '[["blue","tap0","web2"],["red","tap0","web1"]]' ]
expect_no_finding duplicate-mac tap-shared
lint --pid "$web2"
expect [ "$(places)" == '[["blue","tap0","web2"]]' ]
expect_only_findings
lint --all-netns
expect_exit 0
expect_only_findings
expect_json '[.targets[].netns] | sort == ["blue", "red"]'
lint --all
expect_json '[.targets[].netns] == [null, null]'
run_vmnetcheck list --json --all-netns
expect_json '[.taps[] | [.netns, .vm.name]] == [["blue", "web2"], ["red", "web1"]]'

# Its namespace lost its name: the number of the process stands for it.
ip netns delete blue
check --vm web2 -W 0.2
# shellcheck disable=SC2016 # jq's own
expect_json --arg pid "$web2" '[.targets[].netns] == [$pid]'

# What it only names is missed where it lives.
stop "$web2"
ip netns add pod
QEMU_NETNS=pod start_bare_qemu web3 -netdev socket,id=n0,udp=127.0.0.1:9999,localaddr=127.0.0.1:9998 -device "$NIC"
check --vm web3
expect_exit 4
expect_only_findings no-such-tap
expect_json '.targets[0].findings[0].summary | contains("no tap")'

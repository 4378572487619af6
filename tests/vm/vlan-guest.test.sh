#!/bin/bash
# A real guest with a VLAN interface. Untagged it answers ARP for the address of that interface, and its echo replies are
# tagged: that is a mismatch, not healthy. In its VLAN it is healthy; in another one it is not.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

# shellcheck disable=SC2046 # arguments
start_qemu tagged "vm_vlan=217 vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64" $(qemu_nic tap0 52:54:00:12:04:11)
ip link set tap0 up

for host in bare 10.9.0.1/24; do
    [[ $host == bare ]] || give_addresses tap0 $host fd00:9::1/64
    for arguments in 10.9.0.2 fd00:9::2 "10.9.0.2 fd00:9::2" "-V 0 10.9.0.2" "-V 218 10.9.0.2 fd00:9::2"; do
        # shellcheck disable=SC2086 # options and addresses
        check tap0 $arguments
        expect_exit 3
        expect_only_findings vlan-tag-mismatch
        expect_json '.targets[0].findings[0].fix | contains("-V 217 tap0")'
    done
    # In its VLAN the guest asked who has the source, and got no answer there: until it gives that up (3 questions, 1 s apart)
    # it keeps replies to the same source waiting.
    sleep 4
    for arguments in 10.9.0.2 "10.9.0.2 fd00:9::2" ""; do
        # shellcheck disable=SC2086 # addresses
        check -V 217 tap0 $arguments
        expect_exit 0
        expect_only_findings
    done
done
stop "$LAB_PID"

# A tag of 802.1ad (a provider's), and one of 802.1Q in it: probes do not carry these, and the guest's frames show them.
# boot_provider NAME SHELL-LINE DEVICE: with its address on that device
boot_provider()
{
    # shellcheck disable=SC2046 # arguments
    start_qemu "$1" "vm_cmd=\"ip link add link eth0 name outer type vlan protocol 802.1ad id 5; ip link set outer up; $2; \
        ip address add 10.9.0.2/24 dev $3; ping -i 0.2 10.9.0.77 >/dev/null &\"" $(qemu_nic tap0 52:54:00:12:04:11)
    ip link set tap0 up
}

# expect_tags TEXT EXPECTED
expect_tags()
{
    expect_exit 3
    expect_only_findings vlan-tag-mismatch
    expect_json ".targets[0].findings[0].summary == \"the guest's frames come with $1, but are expected $2\""
    expect_json '.targets[0].findings[0].fix | contains("vlan_protocol 802.1ad")'
}

boot_provider provider true outer
check tap0 10.9.0.2
expect_tags "VID 5 (802.1ad)" untagged
check -V 5 tap0 10.9.0.2
expect_tags "VID 5 (802.1ad)" "tagged with VID 5 (802.1Q) alone"
stop "$LAB_PID"
boot_provider customer "ip link add link outer name inner type vlan id 217; ip link set inner up" inner
check tap0 10.9.0.2
expect_tags "VIDs 5 (802.1ad) and 217" untagged
check -V 217 tap0 10.9.0.2
expect_tags "VIDs 5 (802.1ad) and 217" "tagged with VID 217 (802.1Q) alone"

#!/bin/bash
# Real VMs with a fault: echo ignored by one family, another MAC and another address than expected, an interface that is down.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

# boot NAME "VM-WORDS": with a tap that has the host's addresses.
boot()
{
    # shellcheck disable=SC2046 # arguments
    start_qemu "$1" "vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64 $2" $(qemu_nic tap0 52:54:00:12:04:11)
    ip link set tap0 up
    give_addresses tap0 10.9.0.1/24 fd00:9::1/64
}

boot ignores4 vm_echo_ignore=4
check tap0 10.9.0.2 fd00:9::2
expect_exit 2
expect_only_findings icmp-no-reply
expect_check arp pass 10.9.0.2
expect_check icmpv6 pass fd00:9::2
check tap0
expect_exit 2
expect_only_findings icmp-no-reply
stop "$LAB_PID"

boot ignores6 vm_echo_ignore=6
check tap0 10.9.0.2 fd00:9::2
expect_exit 2
expect_only_findings icmpv6-no-reply
check -4 tap0 10.9.0.3
expect_exit 2
expect_only_findings address-not-assigned
expect_json '.targets[0].findings[0].evidence | any(. == "52:54:00:12:04:11 does answer for 10.9.0.2")'
stop "$LAB_PID"

boot other vm_mac=52:54:00:aa:bb:cc
check -m 52:54:00:12:04:11 tap0 10.9.0.2 fd00:9::2
expect_exit 3
expect_only_findings unexpected-mac
stop "$LAB_PID"

boot down 'vm_cmd="ip link set eth0 down"'
check tap0 10.9.0.2 fd00:9::2
expect_exit 3
expect_only_findings arp-no-reply ndp-no-reply
stop "$LAB_PID"

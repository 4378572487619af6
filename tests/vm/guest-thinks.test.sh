#!/bin/bash
# What real guests think of their network: a prefix that is too long, a gateway that is not there, IPv6 that is off.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

# shellcheck disable=SC2046 # arguments
start_qemu narrow "vm_ip4=10.9.0.130/25" $(qemu_nic tap0 52:54:00:12:04:11)
narrow=$LAB_PID
# shellcheck disable=SC2046 # arguments
start_qemu lost "vm_ip4=10.8.0.2/24 vm_gw4=10.8.0.254" $(qemu_nic tap1 52:54:00:12:04:12)
ip link set tap0 up
ip link set tap1 up
give_addresses tap0 10.9.0.1/24
give_addresses tap1 10.9.9.1/32
ip route add 10.8.0.0/24 dev tap1

check tap0 10.9.0.130
expect_exit 2
expect_only_findings prefix-mismatch
expect_json '.targets[0].findings[0].summary | contains("is /25 in the guest")'
check tap1 10.8.0.2
expect_exit 2
expect_only_findings no-gateway
expect_json '.targets[0].findings[0].summary | contains("10.8.0.254")'
stop "$narrow"
stop "$LAB_PID"

# shellcheck disable=SC2046 # arguments
start_qemu old "vm_ip4=10.9.0.2/24 ipv6.disable=1" $(qemu_nic tap2 52:54:00:12:04:13)
ip link set tap2 up
give_addresses tap2 10.9.0.1/24 fd00:9::1/64
check tap2 10.9.0.2
expect_exit 0
check tap2 10.9.0.2 fd00:9::2
expect_exit 2
expect_only_findings ipv6-off

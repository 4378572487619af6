#!/bin/bash
# The QEMU guest of the lab: it boots, answers the kernel's ping, and takes its settings from the command line.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"
need ping

expect_answer()
{
    ping -n -q -c 2 -i 0.05 -W 1 "$@" >"$LAB/ping" 2>&1 || fail "expected an answer from $1, saw: $(cat "$LAB/ping")"
}

# shellcheck disable=SC2046 # arguments
start_qemu web1 'vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64 vm_cmd="ip route add 10.99.0.0/16 via 10.9.0.1"' \
    $(qemu_nic tap0 52:54:00:12:04:11)
ip link set tap0 up
give_addresses tap0 10.9.0.1/24 10.99.0.1/32 fd00:9::1/64
expect_answer 10.9.0.2
expect_answer 10.9.0.2 -I 10.99.0.1
expect_answer fd00:9::2
expect_answer fe80::5054:ff:fe12:411%tap0
stop "$LAB_PID"

# shellcheck disable=SC2046
start_qemu web2 'vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64 vm_echo_ignore=4 vm_mac=52:54:00:aa:bb:cc' \
    $(qemu_nic tap0 52:54:00:12:04:11)
ip link set tap0 up
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
! ping -c 1 -W 0.3 10.9.0.2 >"$LAB/ping" || fail "expected no answer"
ip neighbour show 10.9.0.2 dev tap0 | grep -q 52:54:00:aa:bb:cc || fail "expected the MAC of vm_mac"
expect_answer fd00:9::2
stop "$LAB_PID"

#!/bin/bash
# The guest answers ARP for addresses that nobody has; --deep asks for one.
. "$(dirname "$0")/../../lib.sh"

start_guest --proxy --mac 52:54:00:12:04:11 --ip4 10.9.0.2 tap0
check --deep tap0 10.9.0.2
expect_finding proxy-arp
expect_json '.targets[0].findings[] | select(.name == "proxy-arp") | .evidence | any(contains("52:54:00:12:04:11"))'
keep_capture "--deep" -W 0.3 10.9.0.2
stop "$LAB_PID"
start_guest --ip4 10.9.0.2 tap0
check --deep tap0 10.9.0.2
expect_exit 0
stop "$LAB_PID"

# A Linux guest that would forward for everybody, as its way to all others is another one than this tap.
start_linux_guest web1 tap0 52:54:00:12:04:11 10.9.0.2/32
in_guest web1 bash -e -c 'ip route add 10.9.0.1 dev eth0; ip link add out type veth peer name far; ip link set out up; ip link set far up
    ip route add default dev out; sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.eth0.proxy_arp=1'
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
check --deep tap0 10.9.0.2
expect_only_findings proxy-arp
apply_fix web1
check --deep tap0 10.9.0.2
expect_exit 0

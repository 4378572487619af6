#!/bin/bash
# The guest's gateway is not there: with a /32 nobody is reached, otherwise only remote systems are not. On a tap and a bridge,
# IPv4 and IPv6.
. "$(dirname "$0")/../../lib.sh"

expect_gateway()
{
    expect_json "[.targets[0].findings[] | select(.name == \"no-gateway\").evidence[]] | any(contains(\"asked who has $1\"))"
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/32"
ip -n web1 route add 10.9.0.254 dev eth0
ip -n web1 route add default via 10.9.0.254
give_addresses tap0 10.9.0.1/24
check tap0 10.9.0.2
expect_exit 2
expect_only_findings no-gateway
expect_gateway 10.9.0.254
expect_check arp pass 10.9.0.2
check tap0
expect_exit 2
expect_only_findings no-gateway
# From the bridge, too; and as soon as somebody has the gateway's address, it is none of the guest's faults.
ip address flush dev tap0
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
check tap0 10.9.0.2
expect_exit 2
expect_only_findings no-gateway
apply_fix web1 2
check tap0 10.9.0.2
expect_exit 0
ip -n web1 route replace default via 10.9.0.254
ip address add 10.9.0.254/24 dev br0
check tap0 10.9.0.2
expect_exit 0
check --deep tap0 10.9.0.2
expect_exit 0
expect_only_findings
stop "$LAB_PID"

# The host is a neighbour: it is reached, and only --deep looks for more.
start_linux_guest web2 tap1 52:54:00:12:04:12 "10.8.0.2/24 fd00:8::2/64"
ip -n web2 route add default via 10.8.0.254
ip -n web2 -6 route add default via fe80::99 dev eth0
give_addresses tap1 10.8.0.1/24 fd00:8::1/64
check tap1 10.8.0.2 fd00:8::2
expect_exit 0
expect_only_findings
check --deep tap1 10.8.0.2 fd00:8::2
expect_exit 1
expect_only_findings no-gateway
expect_gateway 10.8.0.254
expect_gateway fe80::99
ip -n web2 route delete default
ip -n web2 -6 route delete default via fe80::99 dev eth0
check --deep tap1 10.8.0.2 fd00:8::2
expect_exit 0

#!/bin/bash
# IPv4 is fine, and IPv6 is off in the guest: by sysctl, or by a guest that ignores it. Only where an IPv6 address was named.
. "$(dirname "$0")/../../lib.sh"

expect_ipv6_off()
{
    expect_exit 2
    expect_only_findings ipv6-off
    expect_check arp pass 10.9.0.2
    expect_check icmp pass 10.9.0.2
    expect_check ndp fail fd00:9::2
}

start_guest --ignore-ndp --ignore-echo6 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_ipv6_off
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_exit 0

in_guest web1 sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
check tap0 10.9.0.2 fd00:9::2
expect_ipv6_off
check tap0 fd00:9::2
expect_finding ipv6-off
expect_exit 2
# On a bridge it is the same.
make_bridge br0 tap0
ip address flush dev tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_ipv6_off
# Who is not asked for it, may do without.
check tap0
expect_exit 0
check --deep tap0 10.9.0.2
expect_exit 0
expect_only_findings
# It is on, but without this address: another fault.
check tap0 10.9.0.2 fd00:9::2
apply_fix web1
wait_for 5 speaks_ipv6 web1 || fail "no IPv6"
check tap0 10.9.0.2 fd00:9::2
expect_only_findings address-not-assigned
apply_fix web1
wait_for 5 speaks_ipv6 web1 || fail "no IPv6"
check tap0 10.9.0.2 fd00:9::2
expect_exit 0

#!/bin/bash
# The guest gets what the host sends from an address that is not of its link, and has no route back.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.8.0.2/24 fd00:8::2/64"
give_addresses tap0 10.9.0.1/32 fd00:9::1/128
ip route add 10.8.0.0/24 dev tap0
ip route add fd00:8::/64 dev tap0
check tap0 10.8.0.2
expect_exit 2
expect_only_findings no-return-route
expect_check arp pass 10.8.0.2
expect_json '.targets[0].findings[0].evidence | any(test("10.8.0.[0-9]+ the guest asks who has it"))'
apply_fix web1
check --deep tap0 10.8.0.2
expect_exit 0
expect_only_findings
# By its link-local address it answers.
check tap0 fd00:8::2
expect_exit 2
expect_only_findings no-return-route
expect_check ndp pass fd00:8::2
apply_fix web1
check --deep tap0 fd00:8::2
expect_exit 0
expect_only_findings
stop "$LAB_PID"

# A /32 without any route looks like a firewall, unless its reverse path filter gives it away.
start_linux_guest web2 tap1 52:54:00:12:04:12 "10.7.0.2/32"
give_addresses tap1 10.7.0.1/24
check tap1 10.7.0.2
expect_exit 2
expect_only_findings icmp-no-reply
expect_json '.targets[0].findings[0].evidence | any(contains("no route back to anybody"))'
in_guest web2 sysctl -qw net.ipv4.conf.all.rp_filter=2
check tap1 10.7.0.2
expect_exit 2
expect_only_findings no-return-route
expect_json '.targets[0].findings[0].evidence | any(contains("inferred"))'
apply_fix web2
check --deep tap1 10.7.0.2
expect_exit 0
expect_only_findings

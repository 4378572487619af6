#!/bin/bash
# The guest answers neighbour solicitations and ignores ICMPv6 echo, by sysctl, by nft, or by itself; IPv4 is fine.
. "$(dirname "$0")/../../lib.sh"
need nft

expect_echo_ignored()
{
    expect_exit 2
    expect_only_findings icmpv6-no-reply
    expect_check ndp pass fd00:9::2
    expect_check icmpv6 fail fd00:9::2
    expect_check icmp pass 10.9.0.2
}

start_guest --ignore-echo6 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_echo_ignored
keep_capture "" -W 0.3 10.9.0.2 fd00:9::2
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
in_guest web1 sysctl -qw net.ipv6.icmp.echo_ignore_all=1
check tap0 10.9.0.2 fd00:9::2
expect_echo_ignored
apply_fix web1
check tap0 10.9.0.2 fd00:9::2
expect_exit 0
in_guest web1 nft -f - <<'RULES'
table ip6 filter {
    chain input { type filter hook input priority 0; icmpv6 type echo-request drop; }
}
RULES
check tap0 10.9.0.2 fd00:9::2
expect_echo_ignored

#!/bin/bash
# IPv4 is fine and IPv6 deaf: only the IPv6 finding. By a firewall, by IPv6 switched off, by a guest that ignores NDP.
. "$(dirname "$0")/../../lib.sh"
need nft

expect_ndp_silent()
{
    expect_exit 3
    expect_only_findings ndp-no-reply
    expect_check arp pass 10.9.0.2
    expect_check icmp pass 10.9.0.2
    expect_check ndp fail fd00:9::2
}

start_guest --ignore-ndp --ignore-echo6 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_ndp_silent
keep_capture "" -W 0.3 10.9.0.2 fd00:9::2
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
in_guest web1 nft -f - <<'RULES'
table ip6 deaf {
    chain input { type filter hook input priority 0; policy drop; }
}
RULES
check tap0 10.9.0.2 fd00:9::2
expect_ndp_silent
in_guest web1 nft delete table ip6 deaf
check tap0 10.9.0.2 fd00:9::2
expect_exit 0

in_guest web1 sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
check tap0 10.9.0.2 fd00:9::2
expect_finding ndp-no-reply
expect_exit 3

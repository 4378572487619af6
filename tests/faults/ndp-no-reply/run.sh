#!/bin/bash
# Nobody answers neighbour solicitations, and nothing else proves that somebody is there. (With IPv4 it would be ipv6-off.)
. "$(dirname "$0")/../../lib.sh"
need nft

expect_ndp_silent()
{
    expect_exit 3
    expect_only_findings ndp-no-reply
    expect_check ndp fail fd00:9::2
}

start_guest --ignore-ndp --ignore-echo6 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
keep_capture "" -W 0.3 10.9.0.2 fd00:9::2
stop "$LAB_PID"

start_guest --ignore-ndp --ignore-echo6 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 fd00:9::2
expect_ndp_silent
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "fd00:9::2/64"
give_addresses tap0 fd00:9::1/64
in_guest web1 nft -f - <<'RULES'
table ip6 deaf {
    chain input { type filter hook input priority 0; policy drop; }
}
RULES
check tap0 fd00:9::2
expect_ndp_silent
in_guest web1 nft delete table ip6 deaf
check tap0 fd00:9::2
expect_exit 0

# Its interface is down, which takes its addresses away, too.
ip -n web1 link set eth0 down
check tap0 fd00:9::2
expect_ndp_silent
apply_fix web1
wait_for 5 speaks_ipv6 web1 || fail "no IPv6"
check tap0 fd00:9::2
expect_only_findings address-not-assigned
apply_fix web1
wait_for 5 speaks_ipv6 web1 || fail "no IPv6"
check tap0 fd00:9::2
expect_exit 0

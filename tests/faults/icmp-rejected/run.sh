#!/bin/bash
# A firewall in the guest rejects echo with an ICMP error; type, code and sender are named.
. "$(dirname "$0")/../../lib.sh"
need nft

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
in_guest web1 nft -f - <<'RULES'
table inet filter {
    chain input {
        type filter hook input priority 0;
        icmp type echo-request reject with icmp type admin-prohibited
        icmpv6 type echo-request reject with icmpv6 type admin-prohibited
    }
}
RULES
check tap0 10.9.0.2
expect_exit 2
expect_only_findings icmp-rejected
expect_check arp pass 10.9.0.2
expect_json '.targets[0].findings[0].evidence | any(contains("type 3") and contains("13") and contains("10.9.0.2"))'
check tap0 fd00:9::2
expect_exit 2
expect_only_findings icmp-rejected
expect_check ndp pass fd00:9::2
keep_capture "" 10.9.0.2 fd00:9::2
stop "$LAB_PID"

start_guest --reject 10 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 2
expect_only_findings icmp-rejected

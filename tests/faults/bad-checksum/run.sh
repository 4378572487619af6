#!/bin/bash
# Replies that are ours but for their checksum: of ICMP, of ICMPv6, of the IPv4 header.
. "$(dirname "$0")/../../lib.sh"

for fault in --bad-checksum --bad-ip-checksum; do
    start_guest $fault --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
    check -W 0.3 tap0 10.9.0.2
    expect_exit 2
    expect_only_findings bad-checksum
    expect_check arp pass 10.9.0.2
    stop "$LAB_PID"
done
start_guest --bad-checksum --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
check -W 0.3 tap0 fd00:9::2
expect_exit 2
expect_only_findings bad-checksum
keep_capture "" -W 0.3 10.9.0.2 fd00:9::2

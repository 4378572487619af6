#!/bin/bash
# The guest answers ARP and ignores echo, by sysctl, by nft, or by itself. Layer 3, and no word about layer 2.
. "$(dirname "$0")/../../lib.sh"
need nft

expect_echo_ignored()
{
    expect_exit 2
    expect_only_findings icmp-no-reply
    expect_check arp pass 10.9.0.2
    expect_check icmp fail 10.9.0.2
    expect_json '.targets[0].layer == "l3"'
}

start_guest --ignore-echo --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2
expect_echo_ignored
keep_capture "" -W 0.3 10.9.0.2
check tap0 10.9.0.2 fd00:9::2
expect_echo_ignored
expect_check icmpv6 pass fd00:9::2
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
give_addresses tap0 10.9.0.1/24
in_guest web1 sysctl -qw net.ipv4.icmp_echo_ignore_all=1
check tap0 10.9.0.2
expect_echo_ignored
check tap0
expect_exit 2
expect_only_findings icmp-no-reply
apply_fix web1
check tap0
expect_exit 0
ip -n web1 neighbour flush dev eth0
in_guest web1 nft -f - <<'RULES'
table ip filter {
    chain input { type filter hook input priority 0; icmp type echo-request drop; }
}
RULES
check tap0 10.9.0.2
expect_echo_ignored
make_bridge br0 tap0
check tap0 10.9.0.2
expect_echo_ignored
in_guest web1 nft delete table ip filter
check tap0 10.9.0.2
expect_exit 0

# One of its addresses is not to be pinged: that is a fault of the address that was named only.
ip address flush dev tap0 # a port of the bridge now
give_addresses br0 10.9.0.1/24
in_guest web1 ip address add 10.9.0.3/24 dev eth0
in_guest web1 nft -f - <<'RULES'
table ip filter {
    chain input { type filter hook input priority 0; ip daddr 10.9.0.3 icmp type echo-request drop; }
}
RULES
check tap0 10.9.0.2 10.9.0.3
expect_exit 2
expect_only_findings icmp-no-reply
check tap0
expect_exit 0
expect_check icmp skip 10.9.0.3

# A host that does not answer the guest's question who the host is: the echo reply cannot come, and whose fault it is could not
# be told. (From a borrowed source, for which the check itself answers, all is well.)
stop "$LAB_PID"
start_linux_guest web9 tap9 52:54:00:12:04:19 "10.8.0.2/24"
give_addresses tap9 10.8.0.1/24
echo 8 >/proc/sys/net/ipv4/conf/tap9/arp_ignore
check --no-path tap9 10.8.0.2 # its own ping, by asking for the guest, would tell the guest where the host is
expect_exit 5
expect_only_findings
expect_check icmp unknown 10.8.0.2
expect_json '.targets[0].unknown[0] | contains("the guest asked who has the host'"'"'s 10.8.0.1")'
check -S 10.8.0.77 tap9 10.8.0.2
expect_exit 0
echo 0 >/proc/sys/net/ipv4/conf/tap9/arp_ignore
check tap9 10.8.0.2
expect_exit 0

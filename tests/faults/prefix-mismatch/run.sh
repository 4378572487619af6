#!/bin/bash
# The guest's prefix is longer than the host's, so that it does not take the host for a neighbour; or shorter, so that it looks
# for remote machines on its link.
. "$(dirname "$0")/../../lib.sh"

expect_prefix()
{
    expect_json ".targets[0].findings[0].summary | contains(\"is $1 in the guest\")"
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.130/25"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.130
expect_exit 2
expect_only_findings prefix-mismatch
expect_prefix /25
expect_check arp pass 10.9.0.130
apply_fix web1
check tap0 10.9.0.130
expect_exit 0
ip -n web1 address flush dev eth0 scope global
ip -n web1 address add 10.9.0.130/25 dev eth0
for gateway in "dev eth0 scope link src 10.9.0.130" "via 10.9.0.129"; do
    ip -n web1 neighbour flush dev eth0
    # shellcheck disable=SC2086 # words
    ip -n web1 route replace default $gateway
    check tap0 10.9.0.130
    [[ $gateway == via* ]] && expect_exit 2 && expect_only_findings prefix-mismatch
    [[ $gateway != via* ]] && expect_exit 0
done
ip -n web1 address flush dev eth0 scope global
give_in_guest()
{
    ip -n web1 address add "$1" dev eth0 || fail "no address $1"
}
give_in_guest 10.9.0.130/29
check tap0
expect_exit 2
expect_only_findings prefix-mismatch
expect_prefix /29

# Too wide a one is looked for when that is wanted, and is a warning.
ip -n web1 address flush dev eth0 scope global
give_in_guest 10.9.0.130/16
check tap0 10.9.0.130
expect_exit 0
check --deep tap0 10.9.0.130
expect_exit 1
expect_only_findings prefix-mismatch
expect_prefix /16
# A bridge, in which nobody else is; then one that leads to others.
ip address flush dev tap0
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
check --deep tap0 10.9.0.130
expect_exit 1
expect_only_findings prefix-mismatch
ip link add uplink type veth peer name rack
ip link set uplink master br0 up
ip link set rack up
check --deep tap0 10.9.0.130
expect_exit 0
expect_only_findings
# By proxy ARP it finds them all the same.
ip link delete uplink
ip link add uplink up type veth peer name rack
ip link set rack up
give_addresses uplink 192.168.7.1/24
ip route add default via 192.168.7.254
sysctl -qw net.ipv4.conf.br0.proxy_arp=1 net.ipv4.neigh.br0.proxy_delay=0 net.ipv4.ip_forward=1
check --deep tap0 10.9.0.130
expect_exit 0
expect_only_findings

# IPv6: the host is in the guest's own /96 no more.
ip -n web1 address add fd00:9::1:0:0:2/96 dev eth0
wait_for 5 speaks_ipv6 web1
check tap0 fd00:9::1:0:0:2
expect_exit 2
expect_only_findings prefix-mismatch
expect_prefix /96
apply_fix web1
wait_for 5 speaks_ipv6 web1
check tap0 fd00:9::1:0:0:2
expect_exit 0

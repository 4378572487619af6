#!/bin/bash
# Host and guest have to find each other's MAC address first. A filter takes a question or an answer, by ARP or neighbour
# discovery, wherever filters can be: the finding says which is lost between which two hops, though no echo need be lost.
. "$(dirname "$0")/../lib.sh"
need nft

# filters FAMILY "HOOK MORE" RULE...: has this hook do that.
filters()
{
    local chain=${2%% *}
    nft "add table $1 lab; add chain $1 lab $chain { type filter hook $2; }" || fail "no hook $2 of $1"
    nft "add rule $1 lab $chain ${*:3}" || fail "no rule ${*:3}"
}

is_forgotten()
{
    in_guest web1 ip neighbour flush all
    ip neighbour flush all
    sleep 0.2
    ! ip neighbour show dev br0 | grep lladdr | grep -qv PERMANENT
}

# The guest may have been about to ask, and then the host knows it again.
forget()
{
    expect wait_for 5 is_forgotten
}

# lost ADDRESS WORDS: where neither knows the other yet.
lost()
{
    forget
    check tap0 "$1"
    expect_exit 4
    expect_only_findings host-filter
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg words "$2" '.targets[0].findings[0].summary | contains($words)'
}

healthy()
{
    check tap0 "$@"
    expect_exit 0
    expect_only_findings
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
sysctl -qw net.bridge.bridge-nf-call-arptables=0 net.bridge.bridge-nf-call-ip6tables=0
give_addresses br0 10.9.0.1/24 fd00:9::1/64

# Filters that permit; nobody knows the other, or both do.
filters arp "input priority 0; policy drop" counter
nft "add rule arp lab input arp daddr ip 10.9.0.1 accept"
filters bridge "forward priority 0" ether type arp drop
filters bridge "output priority 0" arp operation request arp daddr ip 10.9.0.77 drop
filters ip6 "input priority 0; policy drop" icmpv6 type nd-redirect drop
nft "add rule ip6 lab input icmpv6 type { echo-reply, nd-neighbor-solicit, nd-neighbor-advert } accept"
forget
healthy 10.9.0.2 fd00:9::2
healthy 10.9.0.2 fd00:9::2
nft flush ruleset

# The host asks.
filters arp "output priority 0" arp operation request drop
lost 10.9.0.2 "the host's ARP request is lost between the host's stack and br0"
expect_json '.targets[0].findings[0].evidence | any(contains("asked for none of them"))'
expect_json '[.targets[0].checks[] | .status] | all(. == "pass")'
nft flush ruleset
filters netdev "egress device br0 priority 0" arp operation request drop
lost 10.9.0.2 "the host's ARP request is lost between the host's stack and br0"
nft flush ruleset
filters bridge "output priority 0" arp operation request drop
lost 10.9.0.2 "the host's ARP request is lost between br0 and tap0"
check tap0 10.9.0.2 # and though the host knows the guest by now
expect_only_findings host-filter
nft flush ruleset
filters bridge "prerouting priority 0" arp operation reply drop
lost 10.9.0.2 "the guest's ARP reply is lost between tap0 and br0"
nft flush ruleset
filters arp "input priority 0" arp operation reply drop
lost 10.9.0.2 "the guest's ARP reply is lost between br0 and the host's stack"
nft flush ruleset
filters ip6 "output priority 0" icmpv6 type nd-neighbor-solicit drop
lost fd00:9::2 "the host's neighbour solicitation is lost between the host's stack and br0"
nft flush ruleset
filters bridge "postrouting priority 0" icmpv6 type nd-neighbor-solicit drop
lost fd00:9::2 "the host's neighbour solicitation is lost between br0 and tap0"
nft flush ruleset
filters netdev "ingress device tap0 priority 0" icmpv6 type nd-neighbor-advert drop
lost fd00:9::2 "the guest's neighbour advertisement is lost between tap0 and br0"
nft flush ruleset
filters inet "input priority 0" icmpv6 type nd-neighbor-advert drop
lost fd00:9::2 "the guest's neighbour advertisement is lost between br0 and the host's stack"
nft flush ruleset

# The guest asks, since the host need not: somebody wrote it down.
ip neighbour replace 10.9.0.2 lladdr 52:54:00:12:04:11 dev br0 nud permanent
filters bridge "prerouting priority 0" arp operation request drop
lost 10.9.0.2 "the guest's ARP request is lost between tap0 and br0"
nft flush ruleset
filters bridge "output priority 0" arp operation reply drop
lost 10.9.0.2 "the host's ARP reply is lost between br0 and tap0"
nft flush ruleset
filters arp "output priority 0" arp operation reply drop
lost 10.9.0.2 "the guest's ARP request, or the answer to it, is lost between br0 and the host's stack"
nft flush ruleset
sysctl -qw net.ipv4.conf.br0.arp_ignore=8
lost 10.9.0.2 "the guest cannot find 10.9.0.1"
expect_json '.targets[0].findings[0] | (.evidence | any(contains("arp_ignore is 8 on br0"))) and (.fix | contains("arp_ignore=0"))'
apply_fix
healthy 10.9.0.2
ip link set br0 arp off
lost 10.9.0.2 "the guest cannot find 10.9.0.1"
expect_json '.targets[0].findings[0] | (.evidence | any(contains("NOARP"))) and .fix == "ip link set dev br0 arp on"'

# Where all is written down, nobody asks; and what answers for addresses of that interface does.
in_guest web1 ip neighbour replace 10.9.0.1 lladdr "$(cat /sys/class/net/br0/address)" dev eth0 nud permanent
healthy 10.9.0.2
ip link set br0 arp on
in_guest web1 ip neighbour del 10.9.0.1 dev eth0
for ignores in 1 2; do
    sysctl -qw net.ipv4.conf.br0.arp_ignore=$ignores
    forget
    healthy 10.9.0.2
done

#!/bin/bash
# Two guests of one bridge lose each other, and the host reaches both: br_netfilter hands what the bridge forwards to a chain whose
# policy is drop, as Docker has it. Named where both are checked in one run, and only where no rule might accept it.
. "$(dirname "$0")/../../lib.sh"
need nft

meet()
{
    ip -n web1 neigh flush dev eth0
    in_guest web1 ping -n -q -c 1 -W 1 "$1" >"$LAB/ping" 2>&1
}

# hands IPV4 IPV6
hands()
{
    sysctl -qw net.bridge.bridge-nf-call-iptables="$1" net.bridge.bridge-nf-call-ip6tables="$2" || skip "needs br_netfilter"
}

both()
{
    check tap0 10.9.0.2 fd00:9::2 tap1 10.9.0.3 fd00:9::3
}

# is_fine WHAT ADDRESS: they reach each other
is_fine()
{
    meet "$2" || fail "they do not reach each other: $1"
    both
    [[ $LAB_STATUS == 0 && -z $(findings) ]] || fail "$1"
}

# is_filtered ADDRESS FAMILY CHAIN: and it is said, at both
is_filtered()
{
    ! meet "$1" || fail "they reach each other: $3"
    both
    expect_exit 1
    expect_only_findings bridge-filter
    expect_json "[.targets[].findings[] | select(.layer == \"host\" and .severity == \"warning\" and
        (.summary | startswith(\"the host's packet filter drops what br0 forwards between tap\")) and
        (.fix | startswith(\"nft insert rule $3 iifname br0 oifname br0 accept\")) and
        (.evidence | any(startswith(\"$2 between ports of br0 \") and contains(\" the chain $3 has the policy drop\"))) and
        (.evidence | any(startswith(\"inferred\"))))] | length == 2"
}

# docker FAMILY: its chains and rules, as iptables-nft makes them
docker()
{
    nft -f - <<EOF || fail "no rules of Docker's"
table $1 filter {
    chain DOCKER-USER {
        counter return
    }
    chain DOCKER {
    }
    chain FORWARD {
        type filter hook forward priority filter; policy drop;
        counter jump DOCKER-USER
        oifname "docker0" ct state established,related counter accept
        oifname "docker0" counter jump DOCKER
        iifname "docker0" oifname != "docker0" counter accept
        iifname "docker0" oifname "docker0" counter accept
        ct state established,related accept
    }
}
EOF
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
start_linux_guest web2 tap1 52:54:00:12:04:12 "10.9.0.3/24 fd00:9::3/64"
make_bridge br0 tap0 tap1
give_addresses br0 10.9.0.1/24 fd00:9::1/64

# Without br_netfilter, or without such a chain, nothing of it is filtered.
docker ip
hands 0 0
is_fine "bridges hand nothing over" 10.9.0.3
hands 1 1
is_filtered 10.9.0.3 IPv4 "ip filter FORWARD"
apply_fix
is_fine "a rule accepts it" 10.9.0.3
nft flush ruleset
docker ip
check tap0 10.9.0.2
expect_exit 0
expect_only_findings
check tap0 fd00:9::2 tap1 fd00:9::3 # the chain is for IPv4
expect_exit 0
expect_only_findings

# What Docker's manual has one do, what libvirt does for its bridges, and what is not understood.
nft insert rule ip filter DOCKER-USER iifname br0 oifname br0 accept
is_fine "a rule of Docker's accepts it" 10.9.0.3
nft flush chain ip filter DOCKER-USER
nft insert rule ip filter FORWARD iifname '"br*"' accept
is_fine "a rule accepts it by a wildcard" 10.9.0.3
nft flush ruleset
docker ip
nft insert rule ip filter FORWARD ip saddr 10.9.0.0/24 ip daddr vmap '{ 10.9.0.0/24 : accept }'
is_fine "a map accepts it" 10.9.0.3
nft flush ruleset
nft add table ip filter
nft "add chain ip filter FORWARD { type filter hook forward priority filter; policy accept; }"
is_fine "the policy is to accept" 10.9.0.3
nft flush ruleset

# The others, and both at once. A setting of the bridge alone is enough.
hands 0 0
ip link set br0 type bridge nf_call_ip6tables 1
docker ip6
is_filtered fd00:9::3 IPv6 "ip6 filter FORWARD"
ip link set br0 type bridge nf_call_ip6tables 0
is_fine "the bridge hands nothing over" fd00:9::3
nft flush ruleset
hands 1 1
docker inet
is_filtered 10.9.0.3 IPv4 "inet filter FORWARD"
is_filtered fd00:9::3 IPv6 "inet filter FORWARD"

# What iptables makes of such rules, and those of iptables-legacy: they are not read, which is said.
nft flush ruleset
need iptables-nft
iptables-nft -P FORWARD DROP
iptables-nft -A FORWARD -m physdev --physdev-in eth9 -j DROP
iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "is there yet" -j ACCEPT
iptables-nft -A FORWARD -m state --state ESTABLISHED -j ACCEPT
iptables-nft -A FORWARD -j LOG
iptables-nft -A FORWARD -j REJECT
is_filtered 10.9.0.3 IPv4 "ip filter FORWARD"
iptables-nft -I FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
is_fine "a rule of iptables-nft accepts what is new" 10.9.0.3
nft flush ruleset
if iptables-legacy -P FORWARD DROP 2>"$LAB/legacy"; then
    both
    expect_exit 0
    expect_only_findings
    expect_json '[.targets[].notes[] | select(contains("iptables-legacy has a filter table"))] | length == 2'
    iptables-legacy -P FORWARD ACCEPT
fi

# Isolated ports are meant.
bridge link set dev tap0 isolated on
bridge link set dev tap1 isolated on
both
expect_exit 0
expect_only_findings

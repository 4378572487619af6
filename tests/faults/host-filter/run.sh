#!/bin/bash
# The guest answers on its tap, and a filter of the host's takes the host's own ping or its reply, wherever filters can be. The
# finding says which of them is lost between which two hops.
. "$(dirname "$0")/../../lib.sh"
need nft

# filters FAMILY "TYPE HOOK MORE" RULE...: drops by this hook.
filters()
{
    nft "add table $1 lab; add chain $1 lab drops { type filter hook $2; }" || fail "no hook $2 of $1"
    nft "add rule $1 lab drops ${*:3}" || fail "no rule ${*:3}"
}

reaches()
{
    ping -n -q -c 1 -W 1 "$1" >/dev/null 2>&1
}

# lost ADDRESS WHAT FROM TO: the host's ping is lost there, and ping says so, too.
lost()
{
    local words="the $2 is lost between $3 and $4"
    reaches "$1" && fail "the host does reach $1"
    check tap0 "$1"
    expect_exit 4
    expect_only_findings host-filter
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg words "$words" '.targets[0].findings[0].summary | contains($words)'
    expect_json '[.targets[0].checks[] | .status] | all(. == "pass")'
    nft flush ruleset
    reaches "$1" || fail "$1 is not reached without the filter"
}

bridge_calls_iptables()
{
    sysctl -qw net.bridge.bridge-nf-call-iptables="$1" net.bridge.bridge-nf-call-ip6tables="$1" || fail "no br_netfilter"
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
sysctl -qw net.ipv4.ip_forward=1
make_bridge br0 tap0
bridge_calls_iptables 0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_exit 0
expect_json '.targets[0].path == [{hop: "host", interface: "br0", request: "seen", reply: "seen"},
    {hop: "bridge", interface: "br0", request: "seen", reply: "seen"}, {hop: "tap", interface: "tap0", request: "seen", reply: "seen"}]'

filters inet "output priority 0" icmp type echo-request drop
lost 10.9.0.2 "echo request" "the host's stack" br0
expect_json '.targets[0].findings[0].evidence | any(contains("Operation not permitted"))'
filters ip "output priority 0" icmp type echo-request reject
lost 10.9.0.2 "echo request" "the host's stack" br0
filters ip6 "postrouting priority 0" icmpv6 type echo-request drop
lost fd00:9::2 "echo request" "the host's stack" br0
filters netdev "egress device br0 priority 0" icmp type echo-request drop
lost 10.9.0.2 "echo request" "the host's stack" br0
filters bridge "output priority 0" ip protocol icmp drop
lost 10.9.0.2 "echo request" br0 tap0
filters bridge "postrouting priority 0" icmpv6 type echo-request drop
lost fd00:9::2 "echo request" br0 tap0
expect_json '.targets[0].path | map([.request, .reply]) == [["seen", "lost"], ["seen", "lost"], ["lost", "lost"]]'

filters netdev "ingress device tap0 priority 0" icmp type echo-reply drop
lost 10.9.0.2 reply tap0 br0
filters bridge "prerouting priority 0" icmpv6 type echo-reply drop
lost fd00:9::2 reply tap0 br0
filters bridge "input priority 0" ip saddr 10.9.0.2 drop
lost 10.9.0.2 reply tap0 br0
filters inet "prerouting priority 0" icmp type echo-reply drop
lost 10.9.0.2 reply br0 "the host's stack"
filters ip "input priority 0" icmp type echo-reply drop
lost 10.9.0.2 reply br0 "the host's stack"
filters ip6 "input priority 0" icmpv6 type echo-reply drop
lost fd00:9::2 reply br0 "the host's stack"
expect_json '.targets[0].path | map([.request, .reply]) == [["seen", "lost"], ["seen", "seen"], ["seen", "seen"]]'

# One family does not speak for the other; the text shows where; and who asks on the tap only is not told.
filters ip "input priority 0" icmp type echo-reply drop
check tap0 10.9.0.2 fd00:9::2
expect_exit 4
expect_only_findings host-filter
expect_json '[.targets[0].findings[].address] == ["10.9.0.2"]'
run_vmnetcheck tap0 10.9.0.2
expect_out '^  host 10\.9\.0\.1 [^ ]+ br0 [^ ]+ tap0 [^ ]+ '
check --no-path tap0 10.9.0.2
expect_exit 0
expect_json '.targets[0].path | all(.request == null and .reply == null)'
nft flush ruleset

# The tap as the host's own link.
ip address flush dev br0
ip link set tap0 nomaster
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
reaches 10.9.0.2 || fail "not reached on the tap"
filters ip "input priority 0" icmp type echo-reply drop
lost 10.9.0.2 reply tap0 "the host's stack"
check tap0
expect_exit 0

# Through a chain of bridges and a pair of veths, as Proxmox has it.
ip address flush dev tap0
ip link add fwln type veth peer name fwpr
make_bridge fwbr tap0 fwln
make_bridge vmbr fwpr
ip link set fwln up
ip link set fwpr up
give_addresses vmbr 10.9.0.1/24 fd00:9::1/64
wait_for 5 reaches 10.9.0.2
check tap0 10.9.0.2
expect_exit 0
expect_json '[.targets[0].path[].interface] == ["vmbr", "vmbr", "fwpr", "fwln", "tap0"]'
filters bridge "forward priority 0" oifname tap0 icmp type echo-request drop
lost 10.9.0.2 "echo request" fwln tap0
filters bridge "forward priority 0" iifname tap0 icmp type echo-reply drop
lost 10.9.0.2 reply tap0 fwln
filters bridge "prerouting priority 0" iifname fwpr icmp type echo-reply drop
lost 10.9.0.2 reply fwpr vmbr

# What the host sends through the chain is forwarded by the inner bridge: Docker's policy takes it, too.
bridge_calls_iptables 1
filters ip "forward priority 0" icmp type echo-request drop
lost 10.9.0.2 "echo request" fwln tap0
filters ip6 "forward priority 0" icmpv6 type echo-reply drop
lost fd00:9::2 reply tap0 fwln

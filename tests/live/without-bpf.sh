#!/bin/bash
# Built without BPF it says the same of the path, with less evidence, and what would tell more.
. "$(dirname "$0")/../lib.sh"
need nft
WITHOUT=$TOOLS/without-bpf
"$VMNETCHECK" --version | grep -q 'built with .*BPF' || skip "needs a build with BPF"
"$WITHOUT" --version | grep -q 'built without .*BPF' || fail "it knows BPF: $("$WITHOUT" --version)"

# What a document says, but for evidence, times and how often something was asked.
said()
{
    jq -S '{status, exit, targets: [.targets[] | {status, path, unknown, checks: [.checks[] | {name, address, status}],
        findings: [.findings[] | {name, severity, layer, address, summary, fix}]}]}' "$LAB/out"
}

# same FINDING ADDRESS
same()
{
    check tap0 "$2"
    expect_only_findings "$1"
    said >"$LAB/with"
    VMNETCHECK=$WITHOUT check tap0 "$2"
    expect_only_findings "$1"
    said >"$LAB/without"
    diff "$LAB/with" "$LAB/without" >"$LAB/difference" || fail "$1: $(cat "$LAB/difference")"
}

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64

nft 'add table inet f; add chain inet f i { type filter hook input priority 0; };
    add rule inet f i icmp type echo-reply drop; add rule inet f i icmpv6 type echo-reply drop'
same host-filter 10.9.0.2
expect_json '.targets[0].findings[0].evidence | any(contains("this program was built without it"))'
same host-filter fd00:9::2
nft flush ruleset
ip route add blackhole 10.9.0.2/32
same route-elsewhere 10.9.0.2
ip route del blackhole 10.9.0.2/32
ip neigh replace 10.9.0.2 lladdr 52:54:00:00:00:99 dev br0 nud permanent
same stale-neighbour 10.9.0.2

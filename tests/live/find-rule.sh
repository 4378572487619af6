#!/bin/bash
# Where the host's own ping is lost, check says what the kernel says of it, and with --find-rule which rule it was and the command
# that takes it away, which does. Without the rights for one of these, or for all, the verdict is the same. Nothing is left behind,
# also when it is killed in the middle; and nothing is made where nothing is wrong, or where it is not asked for.
. "$(dirname "$0")/../lib.sh"
need nft iptables-nft setpriv
"$VMNETCHECK" --version | grep -q 'built with .*BPF' || skip "needs a build with BPF"
"$VMNETCHECK" --version | grep -q 'built with .*nftables' || skip "needs a build with nftables"

# rules RULE...: of the input hook; each answers for itself
rules()
{
    {
        printf '%s\n' 'flush ruleset' 'add table inet f' 'add chain inet f i { type filter hook input priority 0; }'
        printf 'add rule inet f i %s\n' "$@"
    } | nft -f - || fail "cannot set rules"
}

evidence_has()
{
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg words "$1" '.targets[0].findings[0].evidence | any(contains($words))'
}

evidence_lacks()
{
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg words "$1" '.targets[0].findings[0].evidence | all(contains($words) | not)'
}

# fixes ADDRESS: the command of the report does it
fixes()
{
    bash -c "$(jq -r '.targets[0].findings[0].fix' "$LAB/out")" || fail "the fix does not work"
    wait_for 60 ping -q -c 1 -W 1 "$1" >"$LAB/ping" || fail "the fix does not help"
}

# same_without CAPABILITY...: without them the verdict is the same
same_without()
{
    local lost=${*/#/-}
    setpriv --bounding-set "${lost// /,}" --inh-caps "${lost// /,}" "$VMNETCHECK" check --json --find-rule tap0 10.9.0.2 >"$LAB/out"
    LAB_STATUS=$?
    expect_exit 4
    expect_only_findings host-filter
}

start_linux_guest web1 tap0 52:54:00:12:34:01 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64

# Nothing wrong: nothing is made.
nft monitor >"$LAB/monitor" &
monitor=$!
check --find-rule tap0 10.9.0.2
expect_exit 0
rules 'icmp type echo-reply drop'
check tap0 10.9.0.2
expect_exit 4
expect_only_findings host-filter
evidence_has "the kernel dropped the reply: NETFILTER_DROP in "
evidence_has "--find-rule names the rule"
evidence_lacks "handle"
kill $monitor
expect grep -q 'add table inet f' "$LAB/monitor"
grep vmnetcheck "$LAB/monitor" && fail "tables were made without need"

# The right one among two thousand.
nft flush ruleset
{
    echo 'add table inet f'
    echo 'add chain inet f i { type filter hook input priority 0; }'
    for ((i = 0; i < 2000; i++)); do
        [[ $i == 1234 ]] && echo 'add rule inet f i icmp type echo-reply ip saddr 10.9.0.2 drop comment "no pings please"'
        echo "add rule inet f i ip saddr 10.8.$((i / 250)).$((i % 250)) icmp type echo-reply drop"
    done
} >"$LAB/rules"
nft -f "$LAB/rules"
handle=$(nft -a list chain inet f i | sed -n 's/.*no pings please.*# handle //p')
check --find-rule tap0 10.9.0.2
expect_exit 4
expect_only_findings host-filter
evidence_has "it is dropped by inet f i handle $handle: "
evidence_has "no pings please"
evidence_lacks "inferred"
# shellcheck disable=SC2016 # jq's own
expect_json --arg fix "nft delete rule inet f i handle $handle" '.targets[0].findings[0].fix == $fix'
fixes 10.9.0.2

# The request, IPv6, and what iptables makes of a rule and a policy.
nft flush ruleset
ip6tables-nft -A OUTPUT -p icmpv6 --icmpv6-type echo-request -j DROP
check --find-rule tap0 fd00:9::2
expect_exit 4
evidence_has "the kernel dropped the request: NETFILTER_DROP in "
evidence_has "it is dropped by ip6 filter OUTPUT handle "
fixes fd00:9::2
iptables-nft -P INPUT DROP
check --find-rule tap0 10.9.0.2
expect_exit 4
evidence_has "it is dropped by the policy of ip filter INPUT"
fixes 10.9.0.2

# Rules of iptables-legacy cannot be traced: that is said.
if iptables-legacy -A INPUT -p icmp -j DROP 2>"$LAB/legacy"; then
    check --find-rule tap0 10.9.0.2
    expect_exit 4
    evidence_has "the kernel dropped the reply: NETFILTER_DROP in "
    evidence_has "iptables-legacy-save shows them"
    iptables-legacy -F
fi

# With fewer rights.
rules 'icmp type echo-reply drop'
same_without bpf
evidence_has "that takes CAP_BPF and CAP_PERFMON"
evidence_has "it is dropped by inet f i handle 2"
same_without perfmon
evidence_has "that takes CAP_BPF and CAP_PERFMON"
same_without net_admin
evidence_has "the kernel dropped the reply: NETFILTER_DROP in "
evidence_has "that takes CAP_NET_ADMIN"
same_without bpf perfmon net_admin
evidence_has "inferred"

# Killed while it watches.
nft flush ruleset
rules 'icmp type echo-reply drop'
"$VMNETCHECK" check -q --find-rule tap0 10.9.0.2 &
checker=$!
has_tables()
{
    [[ $(nft list tables) == *vmnetcheck_* ]]
}
has_no_tables()
{
    ! has_tables
}
wait_for 60 has_tables || fail "it makes no tables"
kill -KILL $checker
wait $checker 2>"$LAB/killed"
wait_for 60 has_no_tables || fail "left behind: $(nft list tables)"

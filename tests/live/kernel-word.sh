#!/bin/bash
# The kernel says why it dropped an echo, and which rule of nftables did: of every family, in both directions, the right one
# among two thousand. Each is told without the right to the other, and nothing is left behind, however the process ends.
. "$(dirname "$0")/../lib.sh"
need nft iptables-nft setpriv

# traces ARGUMENT...: what the tool prints is kept in $LAB/trace
traces()
{
    "$TOOLS/trace" "$@" >"$LAB/trace" 2>&1
}

reaches()
{
    ping -q -c 1 -W 1 "$1" >/dev/null 2>&1
}

expect_line()
{
    grep -Eqx -- "$1" "$LAB/trace" || fail "no line '$1' in: $(cat "$LAB/trace")"
}

expect_no_line()
{
    ! grep -Eq -- "$1" "$LAB/trace" || fail "a line '$1' in: $(cat "$LAB/trace")"
}

# rules COMMAND...: these, and no others
rules()
{
    nft flush ruleset
    printf '%s\n' "$@" | nft -f - || fail "cannot set rules"
}

start_linux_guest web1 tap0 52:54:00:12:34:01 "10.9.0.2/24 2001:db8::2/64"
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 2001:db8::1/64
wait_for 60 reaches 10.9.0.2 || fail "10.9.0.2 is not there"
wait_for 60 reaches 2001:db8::2 || fail "2001:db8::2 is not there"
has_bpf=$(grep -q '^drops: Success' <("$TOOLS/trace" 10.9.0.2 br0 tap0) && echo yes)
[[ $has_bpf == yes ]] || skip "needs a build with BPF, and a kernel that has it"

# A healthy way: no rule.
traces 10.9.0.2 br0 tap0
expect_line 'drops: Success; rules: Success'
expect_no_line 'NETFILTER|handle'
[[ -z $(nft list tables) ]] || fail "left behind: $(nft list tables)"

# What the host's own input drops.
rules 'add table inet f' 'add chain inet f i { type filter hook input priority 0; }' \
    'add rule inet f i ip saddr 10.9.0.2 icmp type echo-reply drop comment "no pings please"'
traces 10.9.0.2 br0 tap0
expect_line 'dropped the reply at interface [0-9]+: NETFILTER_DROP in (nft_do_chain|nf_hook_slow).*'
expect_line 'rule of inet f i handle 2 dropped the reply: .*drop comment "no pings please"'

# The right ones alone: the same verdict by each.
for lost in bpf perfmon net_admin; do
    setpriv --bounding-set -$lost --inh-caps -$lost "$TOOLS/trace" 10.9.0.2 br0 tap0 >"$LAB/trace"
    case $lost in
    net_admin)
        expect_line 'drops: Success; rules: Operation not permitted'
        expect_line 'dropped the reply at interface .*: NETFILTER_DROP in .*'
        ;;
    *)
        expect_line 'drops: Operation not permitted; rules: Success'
        expect_line 'rule of inet f i handle 2 dropped the reply: .*'
        ;;
    esac
done

# Its output, for IPv6.
rules 'add table ip6 f' 'add chain ip6 f o { type filter hook output priority 0; }' \
    'add rule ip6 f o icmpv6 type echo-request drop'
traces 2001:db8::2 br0 tap0
expect_line 'rule of ip6 f o handle 2 dropped the request: .*echo-request drop'

# What the bridge drops on its way to the tap, and what is dropped where it comes in from the tap.
rules 'add table bridge f' 'add chain bridge f o { type filter hook output priority 0; }' \
    'add rule bridge f o oifname "tap0" ip daddr 10.9.0.2 drop'
traces 10.9.0.2 br0 tap0
expect_line 'rule of bridge f o handle 2 dropped the request: oifname "tap0" ip daddr 10.9.0.2 drop'
rules 'add table netdev f' 'add chain netdev f i { type filter hook ingress device "tap0" priority 0; }' \
    'add rule netdev f i ip saddr 10.9.0.2 drop'
traces 10.9.0.2 br0 tap0
expect_line 'rule of netdev f i handle 2 dropped the reply: ip saddr 10.9.0.2 drop'

# Every family has both directions.
# names FAMILY "HOOK" REQUEST-OR-REPLY MATCH...
names()
{
    local family=$1 hook=$2 which=$3
    shift 3
    rules "add table $family f" "add chain $family f c { type filter hook $hook priority 0; }" \
        "add rule $family f c $* drop"
    traces 10.9.0.2 br0 tap0
    expect_line "rule of $family f c handle 2 dropped the $which: .*drop"
}
names ip output request icmp type echo-request
names ip input reply icmp type echo-reply
names inet output request icmp type echo-request
names bridge input reply ether type ip icmp type echo-reply
if nft 'add table netdev f; add chain netdev f c { type filter hook egress device "tap0" priority 0; }' 2>"$LAB/egress"; then
    names netdev 'egress device "tap0"' request icmp type echo-request
fi
rules 'add table ip6 f' 'add chain ip6 f i { type filter hook input priority 0; }' \
    'add rule ip6 f i icmpv6 type echo-reply drop'
traces 2001:db8::2 br0 tap0
expect_line 'rule of ip6 f i handle 2 dropped the reply: .*echo-reply drop'

# The ARP question that the echo depends on.
rules 'add table arp f' 'add chain arp f o { type filter hook output priority 0; }' 'add rule arp f o arp daddr ip 10.9.0.2 drop'
ip neigh flush dev br0
traces 10.9.0.2 br0 tap0
expect_line 'rule of arp f o handle 2 dropped the request: arp daddr ip 10.9.0.2 drop'

# iptables-nft: a rule, and a policy.
nft flush ruleset
wait_for 60 reaches 10.9.0.2 || fail "10.9.0.2 is not there any more"
iptables-nft -A INPUT -p icmp -j DROP
traces 10.9.0.2 br0 tap0
expect_line 'rule of ip filter INPUT handle [0-9]+ dropped the reply: .*drop'
iptables-nft -F INPUT
iptables-nft -P INPUT DROP
traces 10.9.0.2 br0 tap0
expect_line 'policy of ip filter INPUT handle 0 dropped the reply: '

# Two thousand rules.
{
    echo 'add table inet f'
    echo 'add chain inet f i { type filter hook input priority 0; }'
    for ((i = 0; i < 2000; i++)); do
        [[ $i == 1234 ]] && echo 'add rule inet f i ip saddr 10.9.0.2 icmp type echo-reply drop'
        echo "add rule inet f i ip saddr 10.8.$((i / 250)).$((i % 250)) icmp type echo-reply drop"
    done
} >"$LAB/rules"
nft flush ruleset
nft -f "$LAB/rules"
handle=$(nft -a list chain inet f i | sed -n 's/.*ip saddr 10.9.0.2 .*# handle //p')
traces 10.9.0.2 br0 tap0
expect_line "rule of inet f i handle $handle dropped the reply: ip saddr 10.9.0.2 icmp type echo-reply drop"

# Killed while it watches: its tables are gone.
nft flush ruleset
"$TOOLS/trace" --hold 10.9.0.2 br0 tap0 >"$LAB/trace" &
holder=$!
are_there()
{
    grep -q '^drops' "$LAB/trace" && [[ $(nft list tables) == *vmnetcheck_* ]]
}
are_gone()
{
    [[ -z $(nft list tables) ]]
}
wait_for 60 are_there || fail "it makes no tables"
kill -KILL $holder
wait $holder 2>"$LAB/killed"
wait_for 60 are_gone || fail "left behind: $(nft list tables)"

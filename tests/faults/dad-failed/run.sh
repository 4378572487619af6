#!/bin/bash
# A guest's IPv6 address is another machine's already: its own duplicate address detection keeps it from using it. Told from an
# address that it just does not have, and from one that proxies and anycast hosts answer for.
. "$(dirname "$0")/../../lib.sh"

expect_dad_failed()
{
    expect_exit 2
    expect_only_findings dad-failed
    expect_json ".targets[0].findings[0].evidence | any(contains(\"$1\"))"
}

expect_not_assigned()
{
    expect_exit 2
    expect_only_findings address-not-assigned
}

has_failed()
{
    [[ -n $(ip -n web2 -6 address show dev eth0 dadfailed) ]]
}

try_address()
{
    ip -n web2 address add "$1/64" dev eth0 || fail "no address $1"
    wait_for 10 has_failed || fail "$1 is not found to be a duplicate"
}

drop_address()
{
    ip -n web2 address del "$1/64" dev eth0 || fail "cannot drop $1"
}

start_linux_guest web1 tap1 52:54:00:22:22:22 "10.9.0.2/24 fd00:9::2/64"
start_linux_guest web2 tap2 52:54:00:33:33:33 "10.9.0.3/24"
make_bridge br0 tap1 tap2
in_guest web2 sysctl -qw net.ipv6.conf.all.accept_dad=1 net.ipv6.conf.eth0.accept_dad=1
wait_for 10 speaks_ipv6 web2 || fail "no IPv6"
wait_for 10 in_guest web2 ping -q -c 1 -W 1 10.9.0.2 >"$LAB/ping" || fail "the bridge does not forward"
try_address fd00:9::2
for host in bare 10.9.0.1/24; do
    [[ $host == bare ]] || give_addresses br0 $host fd00:9::1/64
    check tap2 fd00:9::2
    expect_dad_failed "52:54:00:22:22:22 answers for fd00:9::2, asked on br0"
done
check tap2 10.9.0.3 fd00:9::2
expect_dad_failed inferred
expect_check icmp pass 10.9.0.3
check --all --deep # nobody named it: each has what it needs
expect_exit 0
check --deep tap1 fd00:9::2                 # the other one is fine
expect_exit 0
expect_only_findings

# As the fix says: the other one gets another address, and the guest has it anew.
check tap2 fd00:9::2
expect_dad_failed inferred
ip -n web1 address del fd00:9::2/64 dev eth0
apply_fix web2
wait_for 10 speaks_ipv6 web2 || fail "no IPv6"
check tap2 fd00:9::2
expect_exit 0
drop_address fd00:9::2
ip -n web1 address add fd00:9::2/64 dev eth0 nodad
try_address fd00:9::2

# It was heard to ask for it, whatever else it has.
drop_address fd00:9::2
ip -n web2 address add fd00:9::3/64 dev eth0 nodad
begin_check tap2 fd00:9::2
sleep 0.3
ip -n web2 address add fd00:9::2/64 dev eth0
end_check
expect_dad_failed "52:54:00:33:33:33 asked whether anybody has it"

# It has another one: who named this one may have meant that of the other machine, which is shown.
drop_address fd00:9::2
check tap2 fd00:9::2
expect_not_assigned
expect_json '.targets[0].findings[0].evidence | any(contains("52:54:00:22:22:22 answers for fd00:9::2, asked on br0"))'
drop_address fd00:9::3

# The host has it.
try_address fd00:9::1
check tap2 fd00:9::1
expect_dad_failed "fd00:9::1 is an address of the host's br0"
drop_address fd00:9::1

# Nobody has it, a proxy answers for it, anybody of a group does.
check tap2 fd00:9::77
expect_not_assigned
in_guest web1 sysctl -qw net.ipv6.conf.all.proxy_ndp=1 net.ipv6.conf.eth0.proxy_ndp=1 net.ipv6.neigh.eth0.proxy_delay=0
ip -n web1 -6 neighbour add proxy fd00:9::77 dev eth0
check tap2 fd00:9::77
expect_not_assigned
in_guest web1 sysctl -qw net.ipv6.conf.all.forwarding=1 # a router answers for the subnet's anycast address
check tap2 fd00:9::
expect_not_assigned

#!/bin/bash
# The guest asks for its address by DHCP, and nobody offers it one: there is no server, it serves another bridge, or a firewall
# keeps what the guest asks, or what it is answered, away. The guest is there and layer 2 works, so it is a fault of layer 3.
. "$(dirname "$0")/../../lib.sh"
need nft

MAC=52:54:00:12:04:11

expect_no_offer()
{
    expect_exit 2
    expect_only_findings dhcp-no-offer
    expect_json ".targets[0].findings[0] | (.summary | startswith(\"$MAC asks\")) and (.fix | contains(\"$1\"))"
}

# No server. The guest has a link-local address.
start_linux_guest web1 tap0 $MAC ""
start_dhcp_client web1
give_addresses tap0 10.9.0.1/24
check tap0 10.9.0.2
expect_no_offer tap0
keep_capture "" 10.9.0.2

# Nor has it IPv6: nothing of it is heard but that it asks, and that the bridge knows it.
in_guest web1 sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
ip address flush dev tap0 scope global
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
knows_guest()
{
    bridge fdb show brport tap0 | grep -qi "^$MAC .*master br0 *$"
}
wait_for 10 knows_guest || fail "the bridge has not learned $MAC: $(bridge fdb show)"
for _ in 1 2; do
    check -4 tap0 10.9.0.2
    expect_no_offer br0
done
check -w 7 tap0 10.9.0.2
expect_no_offer br0

# The server is on another bridge.
make_bridge br1
give_addresses br1 10.9.1.1/24
start_dhcp_server - br1 10.9.1.100,10.9.1.150
check tap0 10.9.0.2
expect_no_offer br0

# It is on the right one, but behind a firewall; in one direction, and in the other.
start_dhcp_server - br0 10.9.0.100,10.9.0.150 --no-ping
server=$LAB_PID
for hook in input output; do
    nft -f - <<RULES
table inet f {
    chain c { type filter hook $hook priority 0; udp sport 67-68 udp dport 67-68 drop; }
}
RULES
    # dnsmasq answers over IP, not by raw frames.
    check tap0 10.9.0.2
    expect_no_offer br0
    nft delete table inet f
done
has_address()
{
    ip -n web1 -4 -o address show dev eth0 | grep -q 10.9.0
}
wait_for 20 has_address || fail "the server does not serve: $(cat "$LAB"/dnsmasq-* "$LAB"/udhcpc-*)"
stop "$server"

# Whoever has an address does not miss another one.
address=$(ip -n web1 -4 -j address show dev eth0 | jq -r '.[0].addr_info[0].local')
check tap0 "$address"
expect_exit 0
check tap0 10.9.0.2
expect_only_findings address-not-assigned

#!/bin/bash
# The DHCP server refuses the guest an address that it has from another network, as long as it asks for that; or the guest does
# not take what it is offered.
. "$(dirname "$0")/../../lib.sh"
need nft

MAC=52:54:00:12:04:11

expect_refused()
{
    expect_exit 2
    expect_only_findings dhcp-refused
    expect_json ".targets[0].findings[0] | (.summary + .evidence[0]) | contains(\"$MAC\") and contains(\"$1\")"
}

make_bridge br0
give_addresses br0 10.9.0.1/24
start_dhcp_server - br0 10.9.0.100,10.9.0.150 --no-ping --dhcp-authoritative

start_guest --mac $MAC --ip4 none --dhcp-reboot 10.77.0.5 tap0
ip link set tap0 master br0
check tap0 10.9.0.2
expect_refused DHCPNAK
keep_capture "" 10.9.0.2
check -4 -w 4 tap0 10.9.0.2
expect_refused DHCPNAK
stop "$LAB_PID"

# A client that wants something else: its next question is another DHCPDISCOVER.
start_guest --mac $MAC --ip4 none --ip6 none --dhcp-discover tap0
ip link set tap0 master br0
check tap0 10.9.0.2
expect_refused "does not take"
stop "$LAB_PID"

# A real client, whose offers have a wrong checksum.
start_linux_guest web1 tap0 $MAC ""
ip link set tap0 master br0
nft -f - <<'RULES'
table bridge spoil {
    chain output { type filter hook output priority 0; udp sport 67 udp checksum set 0x1234; }
}
RULES
start_dhcp_client web1
check tap0 10.9.0.2
expect_refused "does not take"
nft delete table bridge spoil
has_address()
{
    ip -n web1 -4 -o address show dev eth0 | grep -q 10.9.0
}
wait_for 20 has_address || fail "the server does not serve: $(cat "$LAB"/dnsmasq-* "$LAB"/udhcpc-*)"

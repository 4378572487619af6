#!/bin/bash
# Two DHCP servers on one segment both offer the guest an address: a warning, while it gets one.
. "$(dirname "$0")/../../lib.sh"

MAC=52:54:00:12:04:11

start_linux_guest web1 tap0 $MAC ""
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
ip netns add lan
ip link add uplink type veth peer name eth0 netns lan
ip link set uplink master br0 up
ip -n lan address add 10.9.0.254/24 dev eth0
ip -n lan link set eth0 up
start_dhcp_server - br0 10.9.0.100,10.9.0.150 --no-ping
start_dhcp_server lan eth0 10.9.0.200,10.9.0.250 --no-ping

sent=$(frames_sent tap0)
begin_check -4 -w 30 tap0
expect wait_for 10 has_sent tap0 $((sent + 100)) # of a sweep: it listens
start_dhcp_client web1
end_check
expect_exit 1
expect_only_findings dhcp-two-servers
expect_json '.targets[0].findings[0].evidence | any(contains("10.9.0.1 ")) and any(contains("10.9.0.254 "))'
expect_json '.targets[0].checks | map(.name + " " + .status) | contains(["icmp pass"])'

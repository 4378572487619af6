#!/bin/bash
# Nothing was named, and of what the guest is to have there is nothing: it gave itself an address of 169.254/16, or asks for one by
# DHCP in vain. Where it just is not found, that cannot be told; where it gets one while it is waited for, all is well.
. "$(dirname "$0")/../../lib.sh"

MAC=52:54:00:12:04:11

# It speaks as what it gave itself, as Windows and avahi-autoipd do.
start_linux_guest web1 tap0 $MAC "169.254.7.8/16"
guest=$LAB_PID
give_addresses tap0 10.9.0.1/24
in_guest web1 ping -n -q -i 0.1 169.254.7.9 >"$LAB/ping" &
check tap0
expect_exit 2
expect_only_findings no-address
expect_json '.targets[0].findings[0] | (.summary | contains("169.254.7.8")) and (.evidence | any(contains("10.9.0.1/24")))'
check --need any tap0
expect_exit 0
check -4 tap0 169.254.7.8 # whoever names it gets an answer to that
expect_no_finding no-address
ip -n web1 address add 10.9.0.2/24 dev eth0
check tap0
expect_exit 0
check --need ipv4 tap0
expect_exit 0
check --need ipv6 tap0
expect_exit 5
stop "$guest"

# It asks in vain.
start_linux_guest web2 tap0 $MAC ""
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
start_dhcp_client web2
check tap0
expect_exit 2
expect_only_findings dhcp-no-offer

# It is given one at last.
begin_check -w 60 tap0
sleep 1
start_dhcp_server - br0 10.9.0.100,10.9.0.150 --no-ping
end_check
expect_exit 0
expect_no_timeout
expect_json '.targets[0].addresses | any(.address | startswith("10.9.0.1"))'

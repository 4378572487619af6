#!/bin/bash
# A healthy guest: exit 0, all four probes pass, with and without addresses, behind every kind of interface.
. "$(dirname "$0")/../lib.sh"

MAC=52:54:00:12:04:11
LINK_LOCAL=fe80::5054:ff:fe12:411

expect_healthy()
{
    expect_exit 0
    expect_only_findings
    expect_json '.status == "healthy"'
}

# All checks of these addresses pass, and there are no others.
expect_passed()
{
    local address seen wanted
    expect_healthy
    for address; do
        case $address in
        *:*) expect_check ndp pass "$address" && expect_check icmpv6 pass "$address" ;;
        *) expect_check arp pass "$address" && expect_check icmp pass "$address" ;;
        esac
    done
    seen=$(jq -r '.targets[].addresses[].address' "$LAB/out" | sort | xargs)
    wanted=$(printf '%s\n' "$@" | sort | xargs)
    [[ $seen == "$wanted" ]] || fail "expected these addresses: $wanted; saw: $seen"
    expect_json ".targets[0].addresses | all(.mac == \"$MAC\")"
}

host_addresses()
{
    give_addresses "$1" 10.9.0.1/24 fd00:9::1/64
}

# The built-in guest.
start_guest --mac $MAC --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
host_addresses tap0
check tap0 10.9.0.2 fd00:9::2
expect_passed 10.9.0.2 fd00:9::2
expect_json '.targets[0].checks | all(.sent == 3 and .received == 3 and .duplicates == 0)'
check tap0
expect_passed 10.9.0.2 fd00:9::2 $LINK_LOCAL
check -4 tap0
expect_passed 10.9.0.2
check -6 tap0
expect_passed fd00:9::2 $LINK_LOCAL
check -c 20 -i 0 tap0 10.9.0.2
expect_passed 10.9.0.2
expect_json '.targets[0].checks | all(.sent == 20 and .received == 20)'
check -m $MAC -V 0 tap0 "$LINK_LOCAL%tap0"
expect_passed $LINK_LOCAL
# From a source that nobody has.
check -S 10.9.0.77 tap0 10.9.0.2
expect_passed 10.9.0.2
run_vmnetcheck tap0 10.9.0.2
expect_exit 0
expect_out '^tap0: healthy'
expect_out '^  ok +icmp +10\.9\.0\.2 +3/3 answered'
expect_no_out $'\e'
run_vmnetcheck -q tap0 10.9.0.2
expect_exit 0
expect [ ! -s "$LAB/out" ]
expect [ ! -s "$LAB/err" ]
stop "$LAB_PID"

# A real Linux stack, with the host's addresses and without any.
start_linux_guest web1 tap0 $MAC "10.9.0.2/24 10.9.0.3/24 fd00:9::2/64"
check tap0 10.9.0.2 fd00:9::2
expect_passed 10.9.0.2 fd00:9::2
check -6 tap0
expect_passed $LINK_LOCAL
host_addresses tap0
check tap0 10.9.0.2 10.9.0.3 fd00:9::2
expect_passed 10.9.0.2 10.9.0.3 fd00:9::2
check tap0
expect_passed 10.9.0.2 10.9.0.3 fd00:9::2 $LINK_LOCAL
stop "$LAB_PID"

# As the port of a bridge that has the addresses, and of one that has none.
start_linux_guest web2 tap0 $MAC "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
check tap0 10.9.0.2 fd00:9::2
expect_passed 10.9.0.2 fd00:9::2
host_addresses br0
check tap0 10.9.0.2 fd00:9::2
expect_passed 10.9.0.2 fd00:9::2
expect_json '.targets[0].bridge == "br0"'
check tap0
expect_passed 10.9.0.2 fd00:9::2 $LINK_LOCAL
check br0 10.9.0.2 fd00:9::2
expect_passed 10.9.0.2 fd00:9::2
stop "$LAB_PID"
ip link delete br0

# With an address of one family only, and two guests in one run.
start_guest --taps 2 --ip6 none
give_addresses tap0 10.0.0.1/24
give_addresses tap1 10.0.1.1/24
check tap0 10.0.0.2 tap1 10.0.1.2
expect_healthy
expect_json '[.targets[] | .interface, .checks[].status] | join(" ") == "tap0 pass pass tap1 pass pass"'
check tap0
expect_healthy
expect_check ndp skip
stop "$LAB_PID"
start_guest --mac $MAC --ip4 none --ip6 fd00:9::2 tap0
check tap0
expect_passed $LINK_LOCAL
stop "$LAB_PID"

# A machine at the end of a veth pair.
ip netns add far
in_guest far bash -c "$(declare -f without_dad); without_dad"
ip link add veth0 type veth peer name eth0 netns far
ip -n far link set eth0 address $MAC up
ip -n far address add 10.9.0.2/24 dev eth0
ip link set veth0 up
wait_for 5 speaks_ipv6 far || fail "no IPv6"
host_addresses veth0
check veth0 10.9.0.2 $LINK_LOCAL
expect_passed 10.9.0.2 $LINK_LOCAL
check veth0
expect_passed 10.9.0.2 $LINK_LOCAL

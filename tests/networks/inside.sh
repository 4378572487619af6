#!/bin/bash
# What is inside of a guest: containers, bridges, interfaces with MACs of their own; and what two guests share.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# container NAME "ADDRESS/LENGTH...": behind the guest's br0, which eth0 is a port of
container()
{
    local address
    ip netns add "$1"
    in_guest "$1" bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    vm_ip link add "p-$1" type veth peer name eth0 netns "$1"
    vm_ip link set "p-$1" master br0 up
    ip -n "$1" link set eth0 up
    for address in $2; do
        ip -n "$1" address add "$address" dev eth0
    done
}

# The guest is a switch of containers, and has no address itself.
network_containers_only()
{
    local number
    guest ""
    vm_ip link add br0 type bridge stp_state 0 forward_delay 0
    vm_ip link set br0 up
    vm_ip link set eth0 master br0
    vm_set net.ipv6.conf.all.disable_ipv6=1
    for number in 1 2 3 4 5 6; do
        container "c$number" "10.9.0.10$number/24"
    done
    make_bridge br0 tap0
    host br0 10.9.0.1/24 fd00:9::1/64
    pings c1 10.9.0.1
    healthy 10.9.0.101 10.9.0.106
}

# Its bridge speaks STP with whom it finds there.
network_nested_bridge_with_stp()
{
    guest ""
    vm_ip link add br0 type bridge stp_state 1 forward_delay 200
    vm_ip link set br0 up
    vm_ip link set eth0 master br0
    vm_ip address add 10.9.0.2/24 dev br0
    vm_ip address add fd00:9::2/64 dev br0
    make_bridge br0 tap0
    host br0 10.9.0.1/24 fd00:9::1/64
    wait_for 20 ping -n -q -c 1 -W 1 10.9.0.2 >"$LAB/ping" || fail "its bridge does not forward"
    pings vm 10.9.0.1
    healthy 10.9.0.2 fd00:9::2
}

# Its own address is on a macvlan, with another MAC than its card.
network_address_on_a_macvlan()
{
    guest ""
    vm_ip link add link eth0 name m0 type macvlan mode private
    vm_ip link set m0 up
    vm_ip address add 10.9.0.2/24 dev m0
    make_bridge br0 tap0
    host br0 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

# One service address on the lo of two guests; the host shares between them.
network_anycast()
{
    usual_guest
    vm_ip address add 10.99.0.53/32 dev lo
    start_linux_guest vm2 tap1 52:54:00:12:04:12 "10.9.0.3/24"
    ip -n vm2 address add 10.99.0.53/32 dev lo
    make_bridge br0 tap0 tap1
    host br0 10.9.0.1/24 fd00:9::1/64
    ip route add 10.99.0.53 nexthop via 10.9.0.2 nexthop via 10.9.0.3
    pings vm 10.9.0.1
    pings host 10.9.0.3 10.99.0.53
    COMMANDS=("tap1 10.9.0.3" "tap0 10.9.0.2 tap1 10.9.0.3")
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

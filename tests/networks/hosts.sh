#!/bin/bash
# How the host is set up: its other cards, where its address is, what else runs on it, how it answers.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# The bridge only switches; the host talks to the world by another card.
network_management_card()
{
    bridged bare
    lan
    ip netns add office
    ip link add mgmt type veth peer name eth0 netns office
    ip link set mgmt up
    ip -n office link set eth0 up
    ip -n office address add 192.168.7.254/24 dev eth0
    host mgmt 192.168.7.1/24
    ip route add default via 192.168.7.254
    pings desk 10.9.0.2 fd00:9::2
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# And reaches the guest by it, over a router.
network_management_card_routed()
{
    bridged bare
    lan
    ip link add mgmt type veth peer name mgmt0 netns router
    ip link set mgmt up
    ip -n router link set mgmt0 up
    ip -n router address add 192.168.7.254/24 dev mgmt0
    host mgmt 192.168.7.1/24
    ip route add default via 192.168.7.254
    vm_ip route add default via 10.9.0.254
    pings desk 10.9.0.2 fd00:9::2
    pings host 10.9.0.2
    asks br0 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# The host's address in the guest's subnet is on a card of its own, in the same LAN.
network_second_card_in_the_lan()
{
    bridged bare
    lan
    ip link add mgmt type veth peer name port2 netns rack
    ip -n rack link set port2 master lan up
    ip link set mgmt up
    host mgmt 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

network_host_address_on_a_veth_of_the_bridge()
{
    bridged bare
    ip link add hv0 type veth peer name hv1
    ip link set hv1 master br0 up
    ip link set hv0 up
    usual_host hv0
    healthy 10.9.0.2 fd00:9::2
}

network_host_address_on_a_macvlan_of_the_bridge()
{
    bridged bare
    ip link add mv0 link br0 type macvlan mode bridge
    ip link set mv0 up
    usual_host mv0
    healthy 10.9.0.2 fd00:9::2
}

# The guest has the MAC of the host's other card for its address, for good: the host takes that as well.
network_entry_of_the_other_card()
{
    bridged
    ip link add hv0 type veth peer name hv1
    ip link set hv1 master br0 up
    ip link set hv0 up
    vm_ip neigh replace 10.9.0.1 lladdr "$(cat /sys/class/net/hv0/address)" dev eth0 nud permanent
    healthy 10.9.0.2 fd00:9::2
}

# The same with a virtual router's MAC (RFC 5798 7.3), which the host has besides its own.
network_entry_of_a_virtual_router()
{
    bridged
    ip link add vrrp link br0 address 00:00:5e:00:01:09 type macvlan mode private
    ip link set vrrp up
    host vrrp 10.9.0.254/32
    vm_ip neigh replace 10.9.0.1 lladdr 00:00:5e:00:01:09 dev eth0 nud permanent
    healthy 10.9.0.2 fd00:9::2
}

# The machine that holds the entry's MAC sends on what is for the host's.
network_entry_of_a_forwarder()
{
    bridged
    machine gate br0 52:54:00:aa:00:0a "10.9.0.253/24"
    in_guest gate sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
    vm_ip neigh replace 10.9.0.1 lladdr 52:54:00:aa:00:0a dev eth0 nud permanent
    healthy 10.9.0.2 fd00:9::2
}

network_host_without_global_ipv6()
{
    bridged bare
    lan
    host br0 10.9.0.1/24
    pings vm 10.9.0.1
    pings desk fd00:9::2
    healthy 10.9.0.2 fd00:9::2
}

network_host_ipv6_default_elsewhere()
{
    bridged bare
    lan
    host br0 10.9.0.1/24
    ip link add mgmt type veth peer name mgmt0 netns router
    ip link set mgmt up
    ip -n router link set mgmt0 up
    ip -n router address add fd00:7::254/64 dev mgmt0 nodad
    host mgmt fd00:7::1/64
    ip -6 route add default via fd00:7::254
    vm_ip -6 route add default via fd00:9::254
    pings vm 10.9.0.1
    pings desk fd00:9::2
    asks br0 fd00:9::2
    healthy 10.9.0.2 fd00:9::2
}

# One address of the host on all taps, and a route to each guest.
network_unnumbered_taps()
{
    local number
    for number in 2 3 4; do
        start_linux_guest "vm$number" "tap$number" "52:54:00:12:04:0$number" "10.9.0.$number/32 fd00:9::$number/128"
        ip -n "vm$number" route add 10.9.0.1 dev eth0
        ip -n "vm$number" route add default via 10.9.0.1
        ip -n "vm$number" -6 route add fe80::1 dev eth0
        ip -n "vm$number" -6 route add default via fe80::1 dev eth0
        host "tap$number" 10.9.0.1/32 fe80::1/64
        ip route add "10.9.0.$number" dev "tap$number"
        ip -6 route add "fd00:9::$number" dev "tap$number"
    done
    pings vm2 10.9.0.1 10.9.0.3 fd00:9::3
    OPERAND=tap2
    healthy 10.9.0.2 fd00:9::2
}

# Clones, each behind a tap of its own.
network_same_guest_everywhere()
{
    local number
    for number in 0 1 2; do
        start_linux_guest "vm$number" "tap$number" "$MAC" "10.9.$number.2/24 fd00:9:$number::2/64"
        host "tap$number" "10.9.$number.1/24" "fd00:9:$number::1/64"
    done
    pings host 10.9.1.2
    healthy 10.9.0.2 fd00:9:0::2
}

network_libvirt_nat()
{
    bridged
    vm_ip route add default via 10.9.0.1
    nft "add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; }; add rule ip nat post ip saddr 10.9.0.0/24 ip daddr != 10.9.0.0/24 masquerade;
        add table ip f; add chain ip f fwd { type filter hook forward priority 0; policy drop; }; add rule ip f fwd ip saddr 10.9.0.0/24 iif br0 accept;
        add chain ip f in { type filter hook input priority 0; policy drop; }; add rule ip f in iif br0 accept; add rule ip f in iif lo accept; add rule ip f in ct state established,related accept"
    healthy 10.9.0.2 fd00:9::2
}

network_libvirt_isolated()
{
    sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
    bridged
    nft "add table ip f; add chain ip f fwd { type filter hook forward priority 0; policy drop; }"
    healthy 10.9.0.2 fd00:9::2
}

network_docker0_on_both_sides()
{
    bridged
    make_bridge docker0
    host docker0 172.17.0.1/16
    vm_ip link add docker0 type bridge
    vm_ip link set docker0 up
    vm_ip address add 172.17.0.1/16 dev docker0
    healthy 10.9.0.2 fd00:9::2
}

network_virbr0_on_both_sides()
{
    bridged
    make_bridge virbr0
    host virbr0 192.168.122.1/24
    vm_ip link add virbr0 type bridge
    vm_ip link set virbr0 up
    vm_ip address add 192.168.122.1/24 dev virbr0
    vm arping -q -U -I eth0 -w 100 192.168.122.1 >"$LAB/arping" 2>&1 &
    healthy 10.9.0.2 fd00:9::2
}

network_tun_beside_it()
{
    usual_guest
    usual_host
    ip tuntap add tun0 mode tun
    ip link set tun0 up
    host tun0 10.8.0.1/24
    healthy 10.9.0.2 fd00:9::2
}

network_name_with_dots()
{
    start_linux_guest vm vm-100.eth0 "$MAC" "10.9.0.2/24 fd00:9::2/64"
    make_bridge br.10 vm-100.eth0
    host br.10 10.9.0.1/24 fd00:9::1/64
    OPERAND=vm-100.eth0
    healthy 10.9.0.2 fd00:9::2
}

network_host_arp_strict()
{
    sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.all.arp_filter=1 net.ipv4.conf.all.rp_filter=1
    bridged
    neighbours
    healthy 10.9.0.2 fd00:9::2
}

network_host_ignores_echo()
{
    sysctl -qw net.ipv4.icmp_echo_ignore_all=1 net.ipv6.icmp.echo_ignore_all=1
    usual_guest
    host tap0 10.9.0.1/24 fd00:9::1/64
    healthy 10.9.0.2 fd00:9::2
}

network_host_arp_ignore_8()
{
    sysctl -qw net.ipv4.conf.all.arp_ignore=8
    usual_guest
    vm_ip neighbour replace 10.9.0.1 lladdr "$(cat /sys/class/net/tap0/address)" dev eth0 nud permanent
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# Anycast: host and guest each have the address of the resolver on lo.
network_dns_on_every_host()
{
    bridged
    host lo 10.53.53.53/32
    vm_ip address add 10.53.53.53/32 dev lo
    healthy 10.9.0.2 fd00:9::2
}

network_metadata_address_on_bridge()
{
    bridged
    host br0 169.254.169.254/32
    vm_ip route add 169.254.169.254 dev eth0
    pings vm 169.254.169.254
    healthy 10.9.0.2 fd00:9::2
}

network_redirecting_host()
{
    sysctl -qw net.ipv4.conf.all.send_redirects=1
    usual_guest
    vm_ip route add default via 10.9.0.1
    make_bridge br0 tap0
    usual_host br0
    lan
    ip route add 10.20.0.0/24 via 10.9.0.100
    vm ping -n -q -i 0.02 10.20.0.1 >"$LAB/vm" &
    healthy 10.9.0.2 fd00:9::2
}

network_proxy_ndp()
{
    guest "10.9.0.2/32 fd00:9::2/128"
    sysctl -qw net.ipv6.conf.tap0.proxy_ndp=1 net.ipv4.conf.tap0.proxy_arp=1
    ip -6 neighbour add proxy fd00:9::1 dev tap0
    ip route add 10.9.0.2 dev tap0
    ip -6 route add fd00:9::2 dev tap0
    host lo 10.9.0.1/32 fd00:9::ffff/128
    vm_ip route add 10.9.0.1 dev eth0
    vm_ip -6 route add fd00:9::ffff via "$(ip -j -6 address show dev tap0 scope link | jq -r '.[0].addr_info[0].local')" dev eth0
    pings vm 10.9.0.1 fd00:9::ffff
    healthy 10.9.0.2 fd00:9::2
}

# The guest's prefix is the wider one; the host answers for the rest.
network_proxy_arp_for_a_subnet()
{
    guest "10.9.0.2/16"
    sysctl -qw net.ipv4.conf.tap0.proxy_arp=1
    host tap0 10.9.0.1/24
    ip route add 10.9.5.0/24 dev lo
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

run_networks "$@"

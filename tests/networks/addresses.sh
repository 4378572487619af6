#!/bin/bash
# Addresses and routes as they are found in practice.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

network_plain()
{
    usual_guest
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# Nobody knows the guest's IPv4 address, and it does not say it.
network_plain_bare_host()
{
    usual_guest
    asks tap0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_link_local_too()
{
    usual_guest
    host tap0 10.9.0.1/24 fd00:9::1/64
    pings host 10.9.0.2 fd00:9::2 "$LINK_LOCAL%tap0"
    healthy 10.9.0.2 fd00:9::2 "$LINK_LOCAL"
}

network_slash31()
{
    guest "10.9.0.1/31 fd00:9::1/127"
    host tap0 10.9.0.0/31 fd00:9::/127
    sysctl -qw net.ipv6.conf.all.forwarding=0 # a router does not answer for the subnet's first address as its own
    pings vm 10.9.0.0
    healthy 10.9.0.1 fd00:9::1
}

# Firecracker: a /30 for each VM.
network_slash30()
{
    guest "10.9.0.2/30"
    start_linux_guest other tap1 52:54:00:12:04:12 "10.9.0.6/30"
    host tap0 10.9.0.1/30
    host tap1 10.9.0.5/30
    vm_ip route add default via 10.9.0.1
    ip -n other route add default via 10.9.0.5
    pings vm 10.9.0.1 10.9.0.6
    COMMANDS=("tap0 10.9.0.2 tap1 10.9.0.6")
    healthy 10.9.0.2
}

# Firecracker's guests have the MAC that is made from their address, and 169.254/16 towards the host.
network_firecracker_metadata()
{
    MAC=06:00:ac:10:00:02
    guest "172.16.0.2/30"
    host tap0 172.16.0.1/30
    vm_ip route add default via 172.16.0.1
    vm_ip route add 169.254.169.254 dev eth0
    pings vm 172.16.0.1
    healthy 172.16.0.2
}

network_peer_addresses()
{
    guest ""
    vm_ip address add 10.9.0.2 peer 10.9.0.1 dev eth0
    vm_ip address add fd00:9::2 peer fd00:9::1 dev eth0
    ip address add 10.9.0.1 peer 10.9.0.2 dev tap0
    ip address add fd00:9::1 peer fd00:9::2 dev tap0
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

network_host_without_ipv6()
{
    usual_guest
    sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    host tap0 10.9.0.1/24
    pings host 10.9.0.2
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_host_without_ipv4()
{
    usual_guest
    host tap0 fd00:9::1/64
    pings vm fd00:9::1
    healthy fd00:9::2
}

network_ipv4_only()
{
    guest "10.9.0.2/24"
    vm_set net.ipv6.conf.all.disable_ipv6=1
    host tap0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_guest_without_ipv6()
{
    guest "10.9.0.2/24"
    vm_set net.ipv6.conf.all.disable_ipv6=1
    host tap0 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_ipv6_only()
{
    guest "fd00:9::2/64"
    host tap0 fd00:9::1/64
    pings vm fd00:9::1
    healthy fd00:9::2
}

# Addresses that do not come from the MAC: RFC 7217, RFC 8981.
private_addresses()
{
    guest ""
    vm_ip link set eth0 down
    vm_set net.ipv6.conf.eth0.stable_secret=2001:db8::1:2:3 net.ipv6.conf.eth0.use_tempaddr=2
    vm_ip link set eth0 up
    vm_ip address add fd00:9::4a7c:91d2:33ef:8/64 dev eth0 mngtmpaddr
    wait_for 5 speaks_ipv6 vm || fail "no IPv6"
    stable=$(address_of scope link)
    temporary=$(address_of temporary)
    [[ -n $stable && $stable != "$LINK_LOCAL" && -n $temporary ]] || fail "no private addresses: '$stable' '$temporary'"
}

address_of()
{
    vm_ip -j -6 address show dev eth0 "$@" | jq -r '[.[].addr_info[].local | values] | first // ""'
}

network_private_addresses()
{
    private_addresses
    host tap0 fd00:9::1/64
    pings host fd00:9::4a7c:91d2:33ef:8 "$temporary" "$stable%tap0"
    pings vm fd00:9::1
    healthy fd00:9::4a7c:91d2:33ef:8 "$temporary"
}

network_private_addresses_bare_host()
{
    private_addresses
    pings host "$stable%tap0"
    asks tap0 fd00:9::4a7c:91d2:33ef:8
    healthy fd00:9::4a7c:91d2:33ef:8
}

without_link_local()
{
    guest ""
    vm_set net.ipv6.conf.eth0.addr_gen_mode=1
    wait_for 5 has_no_link_local || fail "the link-local address stays"
    vm_ip address add 10.9.0.2/24 dev eth0
    vm_ip address add fd00:9::2/64 dev eth0
}

has_no_link_local()
{
    vm_ip -6 address flush dev eth0 scope link
    [[ -z $(vm_ip -6 address show dev eth0 scope link) ]]
}

network_no_link_local()
{
    without_link_local
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# Some VPN clients take the route away when they set up theirs; the address stays.
network_no_link_local_route()
{
    usual_guest
    usual_host
    vm_ip -6 route delete fe80::/64 dev eth0
    healthy 10.9.0.2 fd00:9::2
}

network_no_link_local_bridge()
{
    without_link_local
    make_bridge br0 tap0
    usual_host br0
    healthy 10.9.0.2 fd00:9::2
}

# The host has none but link-local addresses, to which the guest has no route.
network_no_link_local_bridge_bare()
{
    without_link_local
    make_bridge br0 tap0
    lan
    pings router 10.9.0.2 fd00:9::2
    pings vm fd00:9::254
    BARE=5 NAMED=5
    healthy 10.9.0.2 fd00:9::2
}

network_zeroconf_both_sides()
{
    guest "169.254.33.7/16"
    host tap0 169.254.1.1/16
    pings vm 169.254.1.1
    healthy 169.254.33.7
}

network_documentation_addresses()
{
    guest "192.0.2.2/24 2001:db8::2/64"
    host tap0 192.0.2.1/24 2001:db8::1/64
    pings vm 192.0.2.1 2001:db8::1
    BARE=1 NAMED=1 WARNS=documentation-address
    healthy 192.0.2.2 2001:db8::2
}

# Of the others the host knows nothing.
network_several_addresses()
{
    guest "10.9.0.2/24 10.9.0.3/24 10.8.0.2/24 172.20.5.9/16 fd00:9::2/64 fd00:9::3/64 fd00:8::2/64"
    usual_host
    healthy 10.9.0.2 10.9.0.3 fd00:9::2 fd00:9::3
}

# It speaks as addresses that the host has no subnet for; nobody asked for those.
network_speaks_as_others_subnet()
{
    local host
    guest "10.9.0.2/24 10.8.0.2/24 fd00:9::2/64 fd00:8::2/64"
    usual_host
    for host in {10..250}; do
        vm ping -q -c 1 -W 0.1 -I 10.8.0.2 "10.8.0.$host"
        vm ping -q -c 1 -W 0.1 -I fd00:8::2 "fd00:8::$host"
    done >"$LAB/speaks" 2>&1 &
    healthy 10.9.0.2 fd00:9::2
}

network_two_subnets()
{
    guest "10.9.0.2/24 10.8.0.2/24 fd00:9::2/64 fd00:8::2/64"
    host tap0 10.9.0.1/24 10.8.0.1/24 fd00:9::1/64 fd00:8::1/64
    pings vm 10.9.0.1 10.8.0.1 fd00:9::1 fd00:8::1
    healthy 10.9.0.2 10.8.0.2 fd00:9::2 fd00:8::2
}

network_many_addresses()
{
    guest "$(printf '10.9.0.%d/24 ' $(seq 10 30)) $(printf 'fd00:9::%d/64 ' $(seq 10 20))"
    usual_host
    healthy 10.9.0.10 10.9.0.30 fd00:9::10 fd00:9::20
}

network_host_with_several_addresses()
{
    usual_guest
    host tap0 10.9.0.1/24 10.9.0.254/24 10.9.0.77/32 172.16.0.1/24 fd00:9::1/64 fd00:9::ffff/64 fd00:7::1/64
    pings vm 10.9.0.1 10.9.0.254 fd00:9::1 fd00:9::ffff
    healthy 10.9.0.2 fd00:9::2
}

# A subnet's first and last address are not special inside a larger one.
network_odd_hosts()
{
    guest "10.9.1.0/23 10.9.0.255/23"
    host tap0 10.9.0.1/23
    pings vm 10.9.0.1
    healthy 10.9.1.0 10.9.0.255
}

network_carrier_grade_nat()
{
    guest "100.64.9.2/10"
    host tap0 100.64.0.1/10
    COLD=5
    pings vm 100.64.0.1
    healthy 100.64.9.2
}

network_public_addresses()
{
    guest "5.9.77.2/29 2a01:4f8:9::2/64"
    host tap0 5.9.77.1/29 2a01:4f8:9::1/64
    vm_ip route add default via 5.9.77.1
    vm_ip -6 route add default via 2a01:4f8:9::1
    pings vm 5.9.77.1 2a01:4f8:9::1
    healthy 5.9.77.2 2a01:4f8:9::2
}

network_big_subnet()
{
    guest "10.200.7.9/8"
    host tap0 10.0.0.1/8
    COLD=5
    pings vm 10.0.0.1
    healthy 10.200.7.9
}

# ---- prefixes of point-to-point links and services ----

network_slash127()
{
    guest "10.9.0.2/31 fd00:9::2/127"
    host tap0 10.9.0.3/31 fd00:9::3/127
    pings vm 10.9.0.3 fd00:9::3
    healthy 10.9.0.2 fd00:9::2
}

# The subnet-router anycast address (RFC 4291 2.6.1) is each router's: each pings itself by it.
network_subnet_router_anycast()
{
    usual_guest
    vm_set net.ipv6.conf.all.forwarding=1
    usual_host
    healthy 10.9.0.2 fd00:9::2 fd00:9::
}

network_subnet_router_anycast_of_the_guest()
{
    sysctl -qw net.ipv6.conf.all.forwarding=0
    guest "fd00:9::2/64"
    vm_set net.ipv6.conf.all.forwarding=1
    host tap0 fd00:9::1/64
    healthy fd00:9::2 fd00:9::
}

network_subnet_router_anycast_on_a_bridge()
{
    bridged
    vm_set net.ipv6.conf.all.forwarding=1
    lan
    healthy 10.9.0.2 fd00:9::2 fd00:9::
}

network_slash112()
{
    guest "10.9.0.2/28 fd00:9::2/112"
    host tap0 10.9.0.1/28 fd00:9::1/112
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

network_nat64_ipv6_only()
{
    sysctl -qw net.ipv6.conf.all.forwarding=1
    guest "fd00:9::2/64"
    make_bridge br0 tap0
    host br0 fd00:9::1/64 fe80::1/64
    vm_ip -6 route add default via fe80::1 dev eth0
    vm ip -6 route add 64:ff9b::/96 via fe80::1 dev eth0
    pings vm fd00:9::1 fe80::1%eth0
    healthy fd00:9::2
}

# The service address is on the real server's lo, and on the wire the load balancer's.
network_direct_server_return()
{
    bridged
    lan
    machine balancer lan@rack 52:54:00:aa:00:05 "10.9.0.5/24 10.9.0.50/32"
    in_guest balancer sysctl -qw net.ipv4.ip_forward=1
    vm_ip address add 10.9.0.50/32 dev lo
    vm_set net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
    # what the desk asks of the balancer goes to the guest's MAC
    in_guest desk ip neighbour replace 10.9.0.50 lladdr "$MAC" dev eth0 nud permanent
    in_guest desk ping -n -q -i 0.02 10.9.0.50 >"$LAB/desk" &
    wait_for 5 has_sent tap0 20
    healthy 10.9.0.2 fd00:9::2
}

# All that it sends goes to the router, what is for our borrowed source too: nobody has that because of it.
network_host_address_behind_a_router_bare()
{
    guest 10.9.0.2/32
    vm_set net.ipv6.conf.eth0.disable_ipv6=1
    vm_ip route add 10.9.0.254 dev eth0
    vm_ip route add default via 10.9.0.254
    make_bridge br0 tap0
    lan
    in_guest router ip route add 10.9.0.2 dev eth0
    pings vm 10.9.0.254
    pings router 10.9.0.2
    BARE=5
    healthy 10.9.0.2
}

run_networks "$@"

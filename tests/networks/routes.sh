#!/bin/bash
# Routes as they are found in practice: /32s, proxies, rules, routers.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# Hetzner, OVH: a /32 with an on-link gateway, and the host has a route to it.
network_hetzner()
{
    guest "10.9.0.2/32"
    vm_ip route add 10.9.0.1 dev eth0
    vm_ip route add default via 10.9.0.1
    host tap0 10.9.0.1/32
    ip route add 10.9.0.2 dev tap0
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_hetzner_ipv6()
{
    guest "10.9.0.2/32 fd00:9::2/128"
    vm_ip route add 10.9.0.1 dev eth0
    vm_ip route add default via 10.9.0.1
    vm_ip -6 route add fd00:9::1 dev eth0
    vm_ip -6 route add default via fd00:9::1
    host tap0 10.9.0.1/32 fd00:9::1/128
    ip route add 10.9.0.2 dev tap0
    ip route add fd00:9::2 dev tap0
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

# The gateway is the host's main address, on its uplink; its IPv6 is fe80::1.
network_ovh()
{
    guest "5.196.0.2/32 2a00:9::2/64"
    vm_ip route add 141.94.0.1 dev eth0
    vm_ip route add default via 141.94.0.1
    vm_ip -6 route add default via fe80::1 dev eth0
    ip link add uplink type veth peer name rack
    host uplink 141.94.0.1/24
    ip link set uplink up
    ip link set rack up
    host tap0 fe80::1/64
    host uplink 2a00:9:0:1::1/64
    ip route add 5.196.0.2 dev tap0
    ip route add 2a00:9::/64 dev tap0
    pings vm 141.94.0.1 2a00:9:0:1::1
    healthy 5.196.0.2 2a00:9::2
}

# The same behind a routed bridge whose own subnet is another.
network_hetzner_bridge()
{
    guest "10.9.0.2/32 fd00:9::2/128"
    vm_ip route add 172.31.1.1 dev eth0
    vm_ip route add default via 172.31.1.1
    vm_ip -6 route add default via fe80::1 dev eth0
    make_bridge br0 tap0
    host br0 172.31.1.1/24 fe80::1/64 fd00:7::1/64
    ip route add 10.9.0.2 dev br0
    ip route add fd00:9::2 dev br0
    pings vm 172.31.1.1 fd00:7::1
    healthy 10.9.0.2 fd00:9::2
}

# A subnet is routed through the guest's /32, which bears an address of it too.
network_hetzner_subnet()
{
    guest "10.9.0.2/32 10.77.0.1/29"
    vm_ip route add 10.9.0.1 dev eth0
    vm_ip route add default via 10.9.0.1
    host tap0 10.9.0.1/32
    ip route add 10.9.0.2 dev tap0
    ip route add 10.77.0.0/29 via 10.9.0.2
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

# Calico: no address on the tap; the host answers ARP for 169.254.1.1 by proxy ARP.
network_calico()
{
    guest "10.9.0.2/32"
    vm_ip route add 169.254.1.1 dev eth0
    vm_ip route add default via 169.254.1.1
    ip link set tap0 address ee:ee:ee:ee:ee:ee
    sysctl -qw net.ipv4.conf.tap0.proxy_arp=1 net.ipv4.neigh.tap0.proxy_delay=0
    ip link add uplink type veth peer name rack
    ip link set uplink up
    ip link set rack up
    host uplink 192.168.7.1/24
    ip route add default via 192.168.7.254
    ip route add 10.9.0.2 dev tap0 scope link
    pings vm 192.168.7.1
    healthy 10.9.0.2
}

# The kernel's default of up to 0.8 s before a proxy answers.
network_calico_slow_proxy()
{
    guest "10.9.0.2/32"
    vm_ip route add 169.254.1.1 dev eth0
    vm_ip route add default via 169.254.1.1
    ip link set tap0 address ee:ee:ee:ee:ee:ee
    sysctl -qw net.ipv4.conf.tap0.proxy_arp=1
    ip link add uplink type veth peer name rack
    ip link set uplink up
    ip link set rack up
    host uplink 192.168.7.1/24
    ip route add default via 192.168.7.254
    ip route add 10.9.0.2 dev tap0 scope link
    pings vm 192.168.7.1
    healthy 10.9.0.2
}

network_calico_ipv6()
{
    guest "10.9.0.2/32 fd00:9::2/128"
    vm_ip route add 169.254.1.1 dev eth0
    vm_ip route add default via 169.254.1.1
    vm_ip -6 route add default via fe80::ecee:eeff:feee:eeee dev eth0
    ip link set tap0 down
    ip link set tap0 address ee:ee:ee:ee:ee:ee
    ip link set tap0 up
    sysctl -qw net.ipv4.conf.tap0.proxy_arp=1 net.ipv4.neigh.tap0.proxy_delay=0
    ip link add uplink type veth peer name rack
    ip link set uplink up
    ip link set rack up
    host uplink 192.168.7.1/24 fd00:7::1/64
    ip route add default via 192.168.7.254
    ip route add 10.9.0.2 dev tap0 scope link
    ip route add fd00:9::2 dev tap0
    pings vm 192.168.7.1 fd00:7::1
    healthy 10.9.0.2 fd00:9::2
}

# The host's address is on lo alone.
network_address_on_lo()
{
    guest "10.9.0.2/32 fd00:9::2/128"
    vm_ip route add 10.9.0.1 dev eth0
    vm_ip -6 route add fd00:9::1 via fe80::1 dev eth0
    host lo 10.9.0.1/32 fd00:9::1/128
    host tap0 fe80::1/64
    ip route add 10.9.0.2 dev tap0
    ip route add fd00:9::2 dev tap0
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

network_two_default_routes()
{
    usual_guest
    host tap0 10.9.0.1/24 10.9.0.254/24 fd00:9::1/64
    vm_ip route add default via 10.9.0.1 metric 100
    vm_ip route add default via 10.9.0.254 metric 200
    vm_ip -6 route add default via fd00:9::1 metric 100
    vm_ip -6 route add default via fe80::99 dev eth0 metric 200
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

# Replies of one address leave by a table of their own.
network_policy_routing_in_the_guest()
{
    guest "10.9.0.2/24 10.8.0.2/24 fd00:9::2/64"
    host tap0 10.9.0.1/24 10.8.0.1/24 fd00:9::1/64
    vm_ip route add default via 10.9.0.1
    vm_ip rule add from 10.8.0.2 table 100
    vm_ip route add 10.8.0.0/24 dev eth0 table 100
    vm_ip route add default via 10.8.0.1 table 100
    vm_ip -6 rule add from fd00:9::2 table 100
    vm_ip -6 route add fd00:9::/64 dev eth0 table 100
    vm_ip -6 route add default via fd00:9::1 table 100
    pings vm 10.9.0.1 10.8.0.1 fd00:9::1
    healthy 10.9.0.2 10.8.0.2 fd00:9::2
}

# The host reaches the /32 by a rule alone.
network_policy_routing_on_the_host()
{
    guest "10.9.0.2/32"
    vm_ip route add 10.9.0.1 dev eth0
    vm_ip route add default via 10.9.0.1
    host lo 10.9.0.1/32
    ip rule add to 10.9.0.2 table 100
    ip route add 10.9.0.2 dev tap0 src 10.9.0.1 table 100
    ip link add uplink type veth peer name rack
    ip link set uplink up
    ip link set rack up
    host uplink 192.168.7.1/24
    ip route add default via 192.168.7.254
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

# Strict reverse path filters on the host, and every route leads where its packets come from.
network_strict_host()
{
    usual_guest
    make_bridge br0 tap0
    host br0 10.9.0.1/24 fd00:9::1/64
    sysctl -qw net.ipv4.conf.all.rp_filter=1
    pings vm 10.9.0.1 fd00:9::1
    pings host 10.9.0.2 fd00:9::2
    healthy 10.9.0.2 fd00:9::2
}

# A rule leads both ways.
network_strict_host_with_rules()
{
    sysctl -qw net.ipv4.conf.all.rp_filter=1
    network_policy_routing_on_the_host
}

# A mark has the host's packets take another way than its table says, and its filter is loose for that.
network_loose_host_with_marks()
{
    guest "10.9.0.2/24"
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    ip link add uplink up type veth peer name rack
    ip link set rack up
    host uplink 192.168.7.1/24
    sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.br0.rp_filter=2
    ip route add 10.9.0.0/24 dev br0 table 100
    ip rule add fwmark 1 lookup 100
    nft "add table ip lab; add chain ip lab marks { type route hook output priority mangle; }; \
        add rule ip lab marks ip daddr 10.9.0.2 meta mark set 1"
    ip route add 10.9.0.2 via 192.168.7.254 src 10.9.0.1
    pings vm 10.9.0.1
    pings host 10.9.0.2
    healthy 10.9.0.2
}

# A service address on the lo of a router VM, and the host's route by it.
network_service_address()
{
    usual_guest
    vm_ip address add 10.50.0.1/32 dev lo
    vm_ip address add fd00:50::1/128 dev lo
    host tap0 10.9.0.1/24 fd00:9::1/64
    ip route add 10.50.0.1 via 10.9.0.2
    ip route add fd00:50::1 via fd00:9::2
    pings vm 10.9.0.1 fd00:9::1
    COMMANDS=("tap0 10.50.0.1" "tap0 fd00:50::1" "tap0 10.9.0.2 10.50.0.1 fd00:50::1" "--deep tap0 10.50.0.1")
    pings host 10.9.0.2 fd00:9::2 10.50.0.1 fd00:50::1
    healthy 10.9.0.2 fd00:9::2
}

network_service_address_bridge()
{
    guest "10.9.0.2/24"
    vm_ip address add 10.50.0.1/32 dev lo
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    ip route add 10.50.0.1 via 10.9.0.2
    pings vm 10.9.0.1
    COMMANDS=("tap0 10.50.0.1" "tap0 10.9.0.2 10.50.0.1" "--deep tap0 10.50.0.1")
    pings host 10.9.0.2 10.50.0.1
    healthy 10.9.0.2
}

# net_behind: a machine in a net behind the guest, which routes for it.
net_behind()
{
    usual_guest
    vm_set net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ip netns add behind
    in_guest behind bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    ip -n vm link add eth1 type veth peer name eth0 netns behind
    vm_ip address add 10.60.0.1/24 dev eth1
    vm_ip address add fd00:60::1/64 dev eth1
    vm_ip link set eth1 up
    ip -n behind link set eth0 up
    ip -n behind address add 10.60.0.2/24 dev eth0
    ip -n behind address add fd00:60::2/64 dev eth0
    ip -n behind route add default via 10.60.0.1
    ip -n behind -6 route add default via fd00:60::1
    wait_for 5 speaks_ipv6 behind || fail "no IPv6 behind"
}

network_net_behind_a_router()
{
    net_behind
    host tap0 10.9.0.1/24 fd00:9::1/64
    ip route add 10.60.0.0/24 via 10.9.0.2
    ip route add fd00:60::/64 via fd00:9::2
    pings vm 10.9.0.1 fd00:9::1
    pings behind 10.9.0.1 fd00:9::1
    pings host 10.9.0.2 fd00:9::2 10.60.0.1 10.60.0.2 fd00:60::2
    COMMANDS=("tap0 10.60.0.2" "tap0 10.60.0.1" "tap0 fd00:60::2" "tap0 10.9.0.2 10.60.0.2 fd00:60::2" "--deep tap0 10.60.0.2")
    healthy 10.9.0.2 fd00:9::2
}

network_net_behind_a_router_bridge()
{
    net_behind
    make_bridge br0 tap0
    host br0 10.9.0.1/24 fd00:9::1/64
    ip route add 10.60.0.0/24 via 10.9.0.2
    pings vm 10.9.0.1
    pings host 10.9.0.2 10.60.0.2
    COMMANDS=("tap0 10.60.0.2" "tap0 10.9.0.2 10.60.0.2" "--deep tap0 10.60.0.2")
    healthy 10.9.0.2
}

# The guest's neighbours reach its prefix by delegation; the host has no address in it.
network_delegated_prefix()
{
    guest "fd00:99:1::2/64"
    vm_ip -6 route add default via fe80::1 dev eth0
    host tap0 fe80::1/64
    host lo fd00:99::1/128
    ip route add fd00:99:1::/64 dev tap0
    pings vm fd00:99::1
    healthy fd00:99:1::2
}

# Behind masquerading, as libvirt's and Docker's own networks are.
network_masquerading_host()
{
    guest "192.168.122.2/24"
    vm_ip route add default via 192.168.122.1
    make_bridge virbr0 tap0
    host virbr0 192.168.122.1/24
    nft "add table ip nat; add chain ip nat p { type nat hook postrouting priority 100; }; \
        add rule ip nat p ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 masquerade"
    pings vm 192.168.122.1
    healthy 192.168.122.2
}

# A /16 among /24s finds the other ones by proxy ARP.
network_wide_prefix_by_proxy_arp()
{
    guest "10.9.0.2/16"
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    ip link add uplink up type veth peer name rack
    ip link set rack up
    host uplink 10.9.7.1/24
    ip route add default via 10.9.7.254
    sysctl -qw net.ipv4.conf.br0.proxy_arp=1 net.ipv4.neigh.br0.proxy_delay=0
    pings vm 10.9.0.1 10.9.7.1
    healthy 10.9.0.2
}

# The whole segment is a /16, of which the host only wants a part.
network_wide_prefix_of_a_segment()
{
    guest "10.9.0.2/16"
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    machine far br0 52:54:00:aa:00:09 "10.9.77.2/16"
    pings vm 10.9.0.1 10.9.77.2
    healthy 10.9.0.2
}

# A longer prefix, which holds the host all the same.
network_longer_prefix()
{
    guest "10.9.0.2/28 fd00:9::2/112"
    host tap0 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

# Its default route leads out by another card; only neighbours are here.
network_default_route_by_another_card()
{
    usual_guest
    usual_host
    ip netns add world
    ip -n vm link add eth1 up type veth peer name eth0 netns world
    ip -n world link set eth0 up
    ip -n world address add 10.70.0.1/24 dev eth0
    vm_ip address add 10.70.0.2/24 dev eth1
    vm_ip route add default via 10.70.0.1
    pings vm 10.70.0.1
    healthy 10.9.0.2 fd00:9::2
}

# The same with strict reverse path filters: who is not a neighbour is not even heard.
network_default_route_by_another_card_strict()
{
    usual_guest
    vm_set net.ipv4.conf.all.rp_filter=1
    usual_host
    ip netns add world
    ip -n vm link add eth1 up type veth peer name eth0 netns world
    ip -n world link set eth0 up
    ip -n world address add 10.70.0.1/24 dev eth0
    vm_ip address add 10.70.0.2/24 dev eth1
    vm_ip route add default via 10.70.0.1
    pings vm 10.70.0.1
    healthy 10.9.0.2 fd00:9::2
}

# Its gateway is another machine of the bridge.
network_gateway_on_the_bridge()
{
    bridged
    machine gate br0 52:54:00:aa:00:0a "10.9.0.254/24"
    vm_ip route add default via 10.9.0.254
    pings vm 10.9.0.254
    healthy 10.9.0.2 fd00:9::2
}

# It looks for somebody all the time who is not there, and has no gateway.
network_looks_for_a_dead_neighbour()
{
    usual_guest
    usual_host
    vm ping -q -i 0.2 10.9.0.99 >/dev/null 2>&1 &
    healthy 10.9.0.2 fd00:9::2
}

# It answers the host by a router of the segment, which sends that on.
network_answers_by_a_router()
{
    bridged
    lan
    in_guest router sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
    vm_ip route add 10.9.0.1/32 via 10.9.0.254
    vm_ip -6 route add fd00:9::1/128 via fd00:9::254
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

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

run_networks "$@"

#!/bin/bash
# Guests that do not talk to everybody, nor all the time; the host reaches them all the same.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# ---- firewalls ----

# own_subnets: as cloud images and hardened servers have it; neighbour discovery is not filtered by addresses.
own_subnets()
{
    usual_guest
    filter vm icmpv6 type '{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }' accept
    filter vm ip saddr != 10.9.0.0/24 drop
    filter vm ip6 saddr != '{ fd00:9::/64, fe80::/10 }' drop
}

network_firewall_own_subnets()
{
    own_subnets
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_firewall_own_subnets_bridge()
{
    own_subnets
    make_bridge br0 tap0
    usual_host br0
    healthy 10.9.0.2 fd00:9::2
}

network_firewall_own_subnets_bare_host()
{
    own_subnets
    asks tap0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# The host's second address is the gateway, its first one is not admitted.
network_firewall_second_address_only()
{
    usual_guest
    filter vm ip saddr != 10.9.0.254 drop
    host tap0 10.9.0.254/24 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.254 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

# Stateful, as ufw and firewalld are.
network_firewall_stateful()
{
    usual_guest
    vm_nft "add table inet f; add chain inet f i { type filter hook input priority 0; policy drop; };
        add rule inet f i ct state invalid drop; add rule inet f i ct state established,related accept;
        add rule inet f i iif lo accept; add rule inet f i icmp type echo-request accept;
        add rule inet f i icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept;
        add rule inet f i tcp dport 22 accept"
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# TCP and UDP are dropped without a word; echoes are not.
network_firewall_icmp_only()
{
    usual_guest
    filter vm meta l4proto '{ tcp, udp }' drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# Small echoes only, as some hosters set it.
network_firewall_small_echoes_only()
{
    usual_guest
    filter vm icmp type echo-request meta length gt 128 drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# Of its two addresses one is not to be pinged; nobody names that.
not_to_be_pinged()
{
    usual_guest
    vm_ip address add 10.9.0.3/24 dev eth0
    filter vm ip daddr 10.9.0.3 icmp type echo-request "$1"
}

network_firewall_of_one_address()
{
    not_to_be_pinged drop
    make_bridge br0 tap0
    usual_host br0
    healthy 10.9.0.2 fd00:9::2
}

network_firewall_rejects_for_one_address()
{
    not_to_be_pinged reject
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# It answers all nodes with the later one.
network_firewall_of_one_ipv6_address()
{
    usual_guest
    vm_ip address add fd00:9::3/64 dev eth0
    wait_for 5 speaks_ipv6 vm || fail "no IPv6"
    filter vm ip6 daddr fd00:9::3 icmpv6 type echo-request drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# It may be that it has no other one.
network_firewall_of_one_ipv6_address_alone()
{
    guest "fd00:9::2/64 fd00:9::3/64"
    filter vm ip6 daddr fd00:9::3 icmpv6 type echo-request drop
    host tap0 fd00:9::1/64
    COLD=5
    healthy fd00:9::2
}

network_firewall_no_multicast_echo()
{
    usual_guest
    filter vm icmpv6 type echo-request ip6 daddr ff00::/8 drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# firewalld's IPv6_rpfilter.
network_firewalld_rpfilter()
{
    usual_guest
    vm_nft "add table inet f; add chain inet f p { type filter hook prerouting priority -140; };
        add rule inet f p icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept;
        add rule inet f p meta nfproto ipv6 fib saddr . mark . iif oif missing drop"
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_firewalld_rpfilter_bare_host()
{
    usual_guest
    vm_nft "add table inet f; add chain inet f p { type filter hook prerouting priority -140; };
        add rule inet f p icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept;
        add rule inet f p meta nfproto ipv6 fib saddr . mark . iif oif missing drop"
    asks tap0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# ---- rate limits ----

# limited "ADDRESS/LENGTH..." RATE: echoes beyond it are dropped.
limited()
{
    guest "$1"
    shift
    filter vm icmp type echo-request limit rate "$@" accept
    filter vm icmp type echo-request drop
    filter vm icmpv6 type echo-request limit rate "$@" accept
    filter vm icmpv6 type echo-request drop
    usual_host
}

network_echo_10_per_second_burst_1()
{
    limited "10.9.0.2/24 fd00:9::2/64" 10/second burst 1 packets
    PROOFS=()
    healthy 10.9.0.2
}

network_echo_1_per_second()
{
    limited 10.9.0.2/24 1/second burst 1 packets
    vm_set net.ipv6.conf.eth0.disable_ipv6=1
    PROOFS=()
    pings host "-i 1.1 10.9.0.2"
    healthy 10.9.0.2
}

network_echo_1_per_second_burst_5()
{
    limited fd00:9::2/64 1/second burst 5 packets
    PROOFS=()
    pings host "-i 1.1 fd00:9::2"
    healthy fd00:9::2
}

network_solicitations_1_per_second()
{
    guest fd00:9::2/64
    filter vm icmpv6 type nd-neighbor-solicit limit rate 1/second burst 1 packets accept
    filter vm icmpv6 type nd-neighbor-solicit drop
    host tap0 fd00:9::1/64
    pings vm fd00:9::1
    healthy fd00:9::2
}

network_arp_1_per_second()
{
    guest 10.9.0.2/24
    netdev_rule arp operation request limit rate 1/second burst 1 packets accept
    vm_nft add rule netdev n i arp operation request drop
    host tap0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

# netdev_rule RULE...: where frames come into the guest, ARP among them.
netdev_rule()
{
    vm_nft "add table netdev n; add chain netdev n i { type filter hook ingress device eth0 priority 0; }; add rule netdev n i $*"
}

# ---- who may ask ----

network_solicitations_of_own_prefix()
{
    usual_guest
    filter vm icmpv6 type nd-neighbor-solicit ip6 saddr != fd00:9::/64 drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_solicitations_of_own_prefix_bridge()
{
    usual_guest
    filter vm icmpv6 type nd-neighbor-solicit ip6 saddr != fd00:9::/64 drop
    make_bridge br0 tap0
    usual_host br0
    healthy 10.9.0.2 fd00:9::2
}

network_solicitations_with_a_name()
{
    usual_guest
    filter vm icmpv6 type nd-neighbor-solicit ip6 saddr :: drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# As switches with ARP inspection do.
network_arp_with_a_name()
{
    usual_guest
    netdev_rule arp saddr ip 0.0.0.0 drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_arp_with_a_name_bridge()
{
    usual_guest
    netdev_rule arp saddr ip 0.0.0.0 drop
    make_bridge br0 tap0
    usual_host br0
    healthy 10.9.0.2 fd00:9::2
}

network_arp_of_own_subnet()
{
    usual_guest
    netdev_rule arp saddr ip != 10.9.0.0/24 drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_arp_of_the_gateway()
{
    usual_guest
    netdev_rule arp operation request arp saddr ip != 10.9.0.1 drop
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# The guest answers nobody's ARP: the host has a static entry, and so has the guest.
network_static_entries()
{
    usual_guest
    ip neighbour replace 10.9.0.2 lladdr "$MAC" dev tap0 nud permanent
    vm_ip neighbour replace 10.9.0.1 lladdr "$(cat /sys/class/net/tap0/address)" dev eth0 nud permanent
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_permanent_gateway()
{
    usual_guest
    make_bridge br0 tap0
    vm_ip neighbour replace 10.9.0.1 lladdr "$(cat /sys/class/net/br0/address)" dev eth0 nud permanent
    vm_ip neighbour replace fd00:9::1 lladdr "$(cat /sys/class/net/br0/address)" dev eth0 nud permanent
    usual_host br0
    healthy 10.9.0.2 fd00:9::2
}

network_locktime_and_fast_ageing()
{
    sysctls net.ipv4.neigh.eth0.locktime=500 net.ipv4.neigh.eth0.base_reachable_time_ms=1000 net.ipv4.neigh.eth0.gc_stale_time=1 \
        net.ipv6.neigh.eth0.base_reachable_time_ms=1000
}

run_networks "$@"

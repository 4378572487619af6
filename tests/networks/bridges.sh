#!/bin/bash
# Bridges: their settings, what else is on them, chains of them.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

network_bridge()
{
    bridged
    healthy 10.9.0.2 fd00:9::2
}

network_bridge_bare()
{
    bridged bare
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_bridge_itself()
{
    bridged
    OPERAND=br0
    healthy 10.9.0.2 fd00:9::2
}

network_bridge_itself_with_neighbours()
{
    bridged
    neighbours
    lan
    OPERAND=br0
    COMMANDS=("br0 10.9.0.3 fd00:9::100" "--deep br0 10.9.0.254 10.9.0.3")
    healthy 10.9.0.2 fd00:9::2
}

network_stp_forwarding()
{
    usual_guest
    make_bridge br0 tap0
    ip link set br0 type bridge forward_delay 200 stp_state 1
    wait_for 20 is_forwarding tap0 || fail "the port does not forward"
    usual_host br0
    healthy 10.9.0.2 fd00:9::2
}

# port_setting SETTING...: of the guest's port, as "bridge link set" names it.
port_setting()
{
    bridged
    bridge link set dev tap0 "$@" || fail "no such setting: $*"
    lan
    neighbours
    pings vm 10.9.0.254
    healthy 10.9.0.2 fd00:9::2
}

network_isolated_port()
{
    port_setting isolated on
}

# Of the isolated ones none reaches the others; all of them reach host and router.
network_isolated_ports()
{
    bridged
    start_linux_guest other tap1 52:54:00:12:04:12 "10.9.0.9/24 fd00:9::9/64"
    ip link set tap1 master br0
    bridge link set dev tap0 isolated on
    bridge link set dev tap1 isolated on
    lan
    pings vm 10.9.0.254
    COMMANDS=("tap0 10.9.0.2 tap1 10.9.0.9")
    healthy 10.9.0.2 fd00:9::2
}

network_hairpin_port()
{
    port_setting hairpin on
}

network_no_learning()
{
    port_setting learning off
}

network_no_neighbour_flood()
{
    port_setting neigh_suppress on
}

network_multicast_to_unicast()
{
    port_setting mcast_to_unicast on
}

network_root_block_and_guard()
{
    port_setting root_block on guard on
}

network_ageing_zero()
{
    bridged
    ip link set br0 type bridge ageing_time 0
    lan
    neighbours
    healthy 10.9.0.2 fd00:9::2
}

network_static_entry_without_flooding()
{
    bridged
    bridge fdb replace "$MAC" dev tap0 master static
    bridge link set dev tap0 learning off flood off
    lan
    neighbours
    healthy 10.9.0.2 fd00:9::2
}

network_static_entry_without_flooding_bare()
{
    bridged bare
    bridge fdb replace "$MAC" dev tap0 master static
    bridge link set dev tap0 learning off flood off
    lan
    neighbours
    pings vm 10.9.0.254 10.9.0.3
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# ---- chains ----

# Proxmox with its firewall: tap, fwbr, veth pair, vmbr.
proxmox()
{
    usual_guest
    make_bridge fwbr100i0 tap0
    make_bridge vmbr0
    ip link add fwln100i0 type veth peer name fwpr100p0
    ip link set fwln100i0 master fwbr100i0 up
    ip link set fwpr100p0 master vmbr0 up
    [[ ${1:-} == bare ]] || usual_host vmbr0
}

network_proxmox()
{
    proxmox
    healthy 10.9.0.2 fd00:9::2
}

network_proxmox_bare()
{
    proxmox bare
    asks vmbr0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_proxmox_with_neighbours()
{
    proxmox
    neighbours vmbr0
    lan vmbr0
    pings vm 10.9.0.3 10.9.0.254
    healthy 10.9.0.2 fd00:9::2
}

network_proxmox_busy()
{
    proxmox
    neighbours vmbr0
    busy
    pings vm 10.9.0.3
    healthy 10.9.0.2 fd00:9::2
}

network_proxmox_busy_bare()
{
    proxmox bare
    neighbours vmbr0
    busy
    pings vm 10.9.0.3
    asks vmbr0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# OpenStack's hybrid wiring: qbr, veth pair, the integration bridge; here that is a Linux bridge too.
network_openstack_hybrid()
{
    usual_guest
    make_bridge qbr7f3a tap0
    make_bridge br-int
    ip link add qvb7f3a type veth peer name qvo7f3a
    ip link set qvb7f3a master qbr7f3a up
    ip link set qvo7f3a master br-int up
    usual_host br-int
    healthy 10.9.0.2 fd00:9::2
}

network_inner_and_outer_bridge()
{
    usual_guest
    make_bridge inner tap0
    make_bridge outer
    ip link add v-in type veth peer name v-out
    ip link set v-in master inner up
    ip link set v-out master outer up
    neighbours outer
    lan outer
    usual_host outer
    host inner 192.168.44.1/24
    pings vm 10.9.0.254 10.9.0.3
    COLD=5
    healthy 10.9.0.2 fd00:9::2
}

network_chain_of_three()
{
    usual_guest
    make_bridge b1 tap0
    make_bridge b2
    make_bridge b3
    ip link add v12 type veth peer name v21
    ip link add v23 type veth peer name v32
    ip link set v12 master b1 up
    ip link set v21 master b2 up
    ip link set v23 master b2 up
    ip link set v32 master b3 up
    usual_host b3
    healthy 10.9.0.2 fd00:9::2
}

# A host routes between a tap's bridge and the net at the other end of a veth into another namespace.
network_three_bridges_with_one_subnet()
{
    guest "10.9.0.2/24"
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    for number in 1 2; do
        start_linux_guest "other$number" "tap$number" "52:54:00:12:04:2$number" "10.9.0.2/24"
        make_bridge "br$number" "tap$number"
        ip address add 10.9.0.1/24 dev "br$number" metric $((1000 + number))
    done
    pings vm 10.9.0.1
    pings host "-I br0 10.9.0.2"
    healthy 10.9.0.2
}

network_three_bare_bridges_with_one_subnet()
{
    usual_guest
    make_bridge br0 tap0
    for number in 1 2; do
        start_linux_guest "other$number" "tap$number" "52:54:00:12:04:2$number" "10.9.0.2/24 fd00:9::2/64"
        make_bridge "br$number" "tap$number"
    done
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# ---- filters that permit this guest ----

# As nwfilter's clean-traffic, Proxmox's ipfilter, and OpenStack's port security have it.
anti_spoofing()
{
    nft "add table bridge spoof; add chain bridge spoof in { type filter hook prerouting priority -300; };
        add rule bridge spoof in iifname tap0 ether saddr != $MAC drop;
        add rule bridge spoof in iifname tap0 arp saddr ip != 10.9.0.2 drop;
        add rule bridge spoof in iifname tap0 arp saddr ether != $MAC drop;
        add rule bridge spoof in iifname tap0 ip saddr != 10.9.0.2 drop;
        add rule bridge spoof in iifname tap0 ip6 saddr != { fd00:9::2, $LINK_LOCAL } drop"
}

network_anti_spoofing()
{
    bridged
    anti_spoofing
    healthy 10.9.0.2 fd00:9::2
}

network_anti_spoofing_bare()
{
    bridged bare
    anti_spoofing
    neighbours
    pings vm 10.9.0.3
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_anti_spoofing_chain()
{
    proxmox
    anti_spoofing
    healthy 10.9.0.2 fd00:9::2
}

# It lets pings in, and little else.
network_host_firewall()
{
    bridged
    nft "add table inet f; add chain inet f i { type filter hook input priority 0; policy drop; };
        add rule inet f i ct state established,related accept; add rule inet f i iif lo accept;
        add rule inet f i meta l4proto { icmp, icmpv6 } accept; add rule inet f i udp dport { 53, 67 } accept"
    healthy 10.9.0.2 fd00:9::2
}

network_multicast_snooping_with_querier()
{
    bridged
    ip link set br0 type bridge mcast_snooping 1 mcast_querier 1
    neighbours
    sleep 2 # the querier's first question
    healthy 10.9.0.2 fd00:9::2
}

network_multicast_snooping_without_querier()
{
    bridged
    ip link set br0 type bridge mcast_snooping 1 mcast_querier 0
    neighbours
    healthy 10.9.0.2 fd00:9::2
}

network_no_multicast_snooping()
{
    bridged
    ip link set br0 type bridge mcast_snooping 0
    neighbours
    healthy 10.9.0.2 fd00:9::2
}

# ---- what the bridge is told ----

# As libvirt's nwfilter of that name.
network_clean_traffic()
{
    bridged
    lan
    vm_ip route add default via 10.9.0.254
    nft "add table bridge nw; add chain bridge nw f { type filter hook prerouting priority -300; };
        add rule bridge nw f iif tap0 ether saddr != $MAC drop;
        add rule bridge nw f iif tap0 ether type ip ip saddr != { 10.9.0.2, 0.0.0.0 } drop;
        add rule bridge nw f iif tap0 ether type arp arp saddr ether != $MAC drop;
        add rule bridge nw f iif tap0 ether type arp arp saddr ip != 10.9.0.2 drop;
        add chain bridge nw o { type filter hook postrouting priority 0; };
        add rule bridge nw o oif tap0 ether type arp arp daddr ip != 10.9.0.2 drop" || fail "no filter"
    pings desk 10.9.0.2
    healthy 10.9.0.2 fd00:9::2
}

# As switches with ARP inspection do.
network_no_arp_probes_through_bridge()
{
    bridged bare
    lan
    nft "add table bridge nw; add chain bridge nw f { type filter hook postrouting priority 0; };
        add rule bridge nw f ether type arp arp saddr ip 0.0.0.0 drop" || fail "no filter"
    pings desk 10.9.0.2
    asks br0 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_neigh_suppress()
{
    bridged
    lan
    ip neighbour replace 10.9.0.2 lladdr "$MAC" dev br0
    bridge link set dev tap0 neigh_suppress on
    bridge link set dev uplink neigh_suppress on
    pings desk 10.9.0.2
    healthy 10.9.0.2 fd00:9::2
}

network_locked_port()
{
    bridged
    bridge link set dev tap0 learning off locked on || skip "needs locked ports"
    bridge fdb replace "$MAC" dev tap0 master static
    healthy 10.9.0.2 fd00:9::2
}

network_was_learned_on_the_uplink()
{
    bridged
    lan
    # its MAC was learned on the uplink as before migration
    bridge fdb replace "$MAC" dev uplink master dynamic
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

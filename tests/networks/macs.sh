#!/bin/bash
# Many MACs behind one tap, several taps of one guest, MACs that wander or are twins.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

ROUTER_MAC=00:00:5e:00:01:33 # VRRP's of group 51: RFC 5798 7.3

numbered()
{
    host "$1" 10.9.0.1/24 fd00:9::1/64
}

# second_nic MAC: eth1 of the guest, behind tap1.
second_nic()
{
    start_tool "$TOOLS/pump" --netns /run/netns/vm --guest-tap eth1 tap1
    vm_ip link set eth1 address "$1" up
}

# ---- many behind one ----

# The guest is a hypervisor itself: its address is on a bridge with a MAC of its own, and guests are on that.
nested()
{
    guest ""
    vm_ip link add br0 type bridge stp_state 0 forward_delay 0
    vm_ip link set br0 address 02:de:ad:be:ef:01 up
    vm_ip link set eth0 master br0
    vm_ip address add 10.9.0.2/24 dev br0
    vm_ip address add fd00:9::2/64 dev br0
    ip netns add inner
    in_guest inner bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    vm_ip link add p-inner type veth peer name eth0 netns inner
    vm_ip link set p-inner master br0 up
    ip -n inner link set eth0 address 52:54:00:77:00:01 up
    ip -n inner address add 10.9.0.20/24 dev eth0
    ip -n inner address add fd00:9::20/64 dev eth0
    wait_for 5 speaks_ipv6 inner || fail "no IPv6 in the nested guest"
}

network_nested_hypervisor()
{
    nested
    numbered tap0
    pings vm 10.9.0.1 fd00:9::1
    pings inner 10.9.0.1
    healthy 10.9.0.2 fd00:9::2 10.9.0.20 fd00:9::20
}

network_nested_hypervisor_bridge()
{
    nested
    make_bridge br0 tap0
    numbered br0
    pings vm 10.9.0.1 fd00:9::1
    pings inner 10.9.0.1
    healthy 10.9.0.2 fd00:9::2 10.9.0.20 fd00:9::20
}

network_nested_hypervisor_bare()
{
    nested
    make_bridge br0 tap0
    lan
    pings vm 10.9.0.254
    pings inner 10.9.0.254
    asks br0 10.9.0.2 fd00:9::2 10.9.0.20 fd00:9::20
    BARE4=5
    healthy 10.9.0.2 fd00:9::2 10.9.0.20 fd00:9::20
}

# Docker's network driver macvlan: containers with MACs of their own.
macvlans()
{
    local number
    usual_guest
    for number in 1 2; do
        ip netns add "c$number"
        in_guest "c$number" bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
        vm_ip link add link eth0 name "m$number" type macvlan mode bridge
        vm_ip link set "m$number" netns "c$number"
        ip -n "c$number" link set "m$number" name eth0
        ip -n "c$number" link set eth0 address "02:42:0a:09:00:3$number" up
        ip -n "c$number" address add "10.9.0.3$number/24" dev eth0
    done
}

network_docker_macvlan()
{
    macvlans
    numbered tap0
    pings vm 10.9.0.1
    pings c1 10.9.0.1
    healthy 10.9.0.2 fd00:9::2 10.9.0.31 10.9.0.32
}

network_docker_macvlan_bridge()
{
    macvlans
    make_bridge br0 tap0
    numbered br0
    pings c2 10.9.0.1
    healthy 10.9.0.2 fd00:9::2 10.9.0.31 10.9.0.32
}

# Docker's usual network: containers behind masquerading, nothing of it is seen.
network_docker_bridge()
{
    usual_guest
    vm_ip link add docker0 type bridge
    vm_ip link set docker0 up
    vm_ip address add 172.17.0.1/16 dev docker0
    vm_set net.ipv4.ip_forward=1
    vm_nft "add table ip nat; add chain ip nat p { type nat hook postrouting priority 100; }; \
        add rule ip nat p ip saddr 172.17.0.0/16 oif != docker0 masquerade; \
        add table ip filter; add chain ip filter f { type filter hook forward priority 0; policy drop; }"
    numbered tap0
    pings vm 10.9.0.1
    healthy 10.9.0.2 fd00:9::2
}

# Its neighbours' subnets are its own too: two of its addresses have two MACs.
network_second_address_with_its_own_mac()
{
    usual_guest
    vm_ip link add link eth0 name eth0.m type macvlan mode private
    vm_ip link set eth0.m address 52:54:00:12:04:99 up
    vm_ip address add 10.9.0.3/24 dev eth0.m
    vm_set net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
    numbered tap0
    healthy 10.9.0.2 10.9.0.3 fd00:9::2
}

# ---- several NICs of one guest ----

two_nics()
{
    guest "10.9.0.2/24"
    second_nic 52:54:00:12:04:21
    vm_ip address add 10.9.0.3/24 dev eth1
    wait_for 5 speaks_ipv6 vm
    make_bridge br0 tap0 tap1
}

network_two_nics_one_segment()
{
    two_nics
    numbered br0
    pings vm 10.9.0.1
    pings host 10.9.0.2 10.9.0.3
    COMMANDS=("tap1" "tap1 10.9.0.3" "tap0 10.9.0.2 tap1 10.9.0.3" "--deep tap0 10.9.0.2 tap1 10.9.0.3")
    healthy 10.9.0.2
}

network_two_nics_one_segment_bare()
{
    two_nics
    lan
    pings vm 10.9.0.254
    pings desk 10.9.0.2 10.9.0.3
    asks br0 10.9.0.2 10.9.0.3
    BARE4=5
    COMMANDS=("tap1 10.9.0.3" "tap0 10.9.0.2 tap1 10.9.0.3" "--deep tap0 10.9.0.2 tap1 10.9.0.3")
    healthy 10.9.0.2
}

# Whose the taps are may not be seen.
network_two_nics_one_segment_as_anybody()
{
    need setpriv
    two_nics
    numbered br0
    only_net_raw
    COMMANDS=("tap0 10.9.0.2 tap1 10.9.0.3" "tap0 tap1" "--all")
    healthy 10.9.0.2
}

# As advised: each card answers for its own address only, and replies leave by the card of their source.
network_two_nics_one_segment_as_advised()
{
    two_nics
    vm_set net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.all.rp_filter=2
    vm_ip rule add from 10.9.0.2 table 101
    vm_ip rule add from 10.9.0.3 table 102
    vm_ip route add 10.9.0.0/24 dev eth0 src 10.9.0.2 table 101
    vm_ip route add 10.9.0.0/24 dev eth1 src 10.9.0.3 table 102
    numbered br0
    pings vm 10.9.0.1
    pings host 10.9.0.2 10.9.0.3
    COMMANDS=("tap1" "tap1 10.9.0.3" "tap0 10.9.0.2 tap1 10.9.0.3" "--deep tap0 10.9.0.2 tap1 10.9.0.3")
    healthy 10.9.0.2
}

network_two_nics_one_segment_ipv6()
{
    guest "fd00:9::2/64"
    second_nic 52:54:00:12:04:21
    vm_ip address add fd00:9::3/64 dev eth1
    make_bridge br0 tap0 tap1
    numbered br0
    pings host fd00:9::2 fd00:9::3
    COMMANDS=("tap1" "tap1 fd00:9::3" "tap0 fd00:9::2 tap1 fd00:9::3")
    COLD=5 # to ff02::1 it may answer by the other card, which is another tap
    healthy fd00:9::2
}

network_two_nics_two_networks()
{
    usual_guest
    second_nic 52:54:00:12:04:21
    vm_ip address add 10.8.0.2/24 dev eth1
    vm_ip address add fd00:8::2/64 dev eth1
    make_bridge br0 tap0
    make_bridge br1 tap1
    numbered br0
    host br1 10.8.0.1/24 fd00:8::1/64
    pings vm 10.9.0.1 10.8.0.1
    pings host 10.9.0.2 10.8.0.2 fd00:8::2
    COMMANDS=("tap1" "tap1 10.8.0.2 fd00:8::2" "--deep tap0 10.9.0.2 tap1 10.8.0.2")
    healthy 10.9.0.2 fd00:9::2
}

network_two_nics_two_taps()
{
    usual_guest
    second_nic 52:54:00:12:04:21
    vm_ip address add 10.8.0.2/24 dev eth1
    vm_ip route add default via 10.9.0.1
    numbered tap0
    host tap1 10.8.0.1/24
    pings vm 10.9.0.1 10.8.0.1
    pings host 10.9.0.2 10.8.0.2
    COMMANDS=("tap1" "tap1 10.8.0.2" "tap0 10.9.0.2 tap1 10.8.0.2")
    healthy 10.9.0.2 fd00:9::2
}

# The guest's second card is unused: up, without any address.
network_second_nic_unused()
{
    usual_guest
    second_nic 52:54:00:12:04:21
    vm_set net.ipv6.conf.eth1.disable_ipv6=1 net.ipv4.conf.all.arp_ignore=1
    make_bridge br0 tap0
    numbered br0
    ALL=5 # of a guest that never says anything nothing can be told
    healthy 10.9.0.2 fd00:9::2
}

# ---- VRRP ----

# A virtual router as keepalived makes it with use_vmac: a macvlan with the group's MAC and the virtual address.
virtual_router()
{
    usual_guest
    vm_ip link add link eth0 name vrrp.51 type macvlan mode private
    vm_ip link set vrrp.51 address "$ROUTER_MAC" up
    vm_ip address add 10.9.0.200/32 dev vrrp.51
    vm_set net.ipv4.conf.eth0.arp_ignore=1 net.ipv4.conf.eth0.arp_filter=1 net.ipv4.conf.vrrp/51.rp_filter=0 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.vrrp/51.arp_ignore=1 net.ipv4.conf.vrrp/51.accept_local=1
}

network_vrrp_virtual_address()
{
    virtual_router
    numbered tap0
    pings vm 10.9.0.1
    COMMANDS=("-m $MAC tap0 10.9.0.200" "-m $MAC tap0 10.9.0.2 10.9.0.200")
    healthy 10.9.0.2 fd00:9::2 10.9.0.200
}

network_vrrp_virtual_address_bridge()
{
    virtual_router
    make_bridge br0 tap0
    numbered br0
    pings vm 10.9.0.1
    COMMANDS=("-m $MAC tap0 10.9.0.200" "-m $MAC tap0 10.9.0.2 10.9.0.200")
    healthy 10.9.0.2 fd00:9::2 10.9.0.200
}

# keepalived NAME PRIORITY [use_vmac]
start_keepalived()
{
    cat >"$LAB/$1.conf" <<END
global_defs { router_id $1 }
vrrp_instance shared {
    interface eth0
    virtual_router_id 51
    priority $2
    advert_int 0.1
    version 3
    ${3:-}
    virtual_ipaddress { 10.9.0.200/32 }
}
END
    in_guest "$1" keepalived --vrrp --dont-fork --log-console --use-file "$LAB/$1.conf" --pid "$LAB/$1.pid" --vrrp_pid "$LAB/$1.vrrp" \
        >"$LAB/$1.keepalived" 2>&1 &
}

is_master()
{
    [[ -n $(ip -n "$1" -o address show to 10.9.0.200) ]]
}

keepalived_pair()
{
    need keepalived
    guest "10.9.0.2/24"
    start_linux_guest backup tap1 52:54:00:12:04:12 "10.9.0.3/24"
    make_bridge br0 tap0 tap1
    numbered br0
    start_keepalived vm 200 "${1:-}"
    start_keepalived backup 100 "${1:-}"
    wait_for 20 is_master vm || fail "no master: $(cat "$LAB/vm.keepalived")"
    ! is_master backup || wait_for 5 eval '! is_master backup' || fail "two masters"
    pings vm 10.9.0.1
    pings host 10.9.0.2 10.9.0.3 10.9.0.200
    COMMANDS=("tap0 10.9.0.200" "tap0 10.9.0.2 10.9.0.200" "tap1 10.9.0.3" "tap0 10.9.0.2 10.9.0.200 tap1 10.9.0.3")
    healthy 10.9.0.2
}

network_keepalived_pair()
{
    keepalived_pair
}

network_keepalived_pair_with_virtual_mac()
{
    keepalived_pair use_vmac
}

# ---- routers ----

network_router_with_proxy_arp_and_ndp()
{
    usual_guest
    vm_set net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.neigh.eth0.proxy_delay=0 net.ipv6.conf.eth0.proxy_ndp=1 \
        net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ip netns add behind
    in_guest behind bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    vm_ip link add eth1 type veth peer name eth0 netns behind
    vm_ip link set eth1 up
    ip -n behind link set eth0 up
    ip -n behind address add 10.9.0.130/24 dev eth0
    ip -n behind address add fd00:9::130/64 dev eth0
    ip -n behind route add 10.9.0.1 dev eth0
    vm_ip route add 10.9.0.130 dev eth1
    vm_ip -6 route add fd00:9::130 dev eth1
    vm_ip -6 neighbour add proxy fd00:9::130 dev eth0
    vm_set net.ipv4.conf.eth1.proxy_arp=1 net.ipv4.neigh.eth1.proxy_delay=0 net.ipv6.conf.eth1.proxy_ndp=1
    vm_ip -6 neighbour add proxy fd00:9::1 dev eth1
    wait_for 5 speaks_ipv6 behind || fail "no IPv6 behind"
    numbered tap0
    pings vm 10.9.0.1
    pings host 10.9.0.2 fd00:9::2 10.9.0.130 fd00:9::130
    COMMANDS=("tap0 10.9.0.130" "tap0 fd00:9::130" "tap0 10.9.0.2 10.9.0.130")
    healthy 10.9.0.2 fd00:9::2
}

# ---- twins ----

# The same MAC on a bridge that never meets this one.
network_twin_mac_on_another_bridge()
{
    usual_guest
    start_linux_guest twin tap1 "$MAC" "10.8.0.2/24 fd00:8::2/64"
    make_bridge br0 tap0
    make_bridge br1 tap1
    numbered br0
    host br1 10.8.0.1/24 fd00:8::1/64
    pings vm 10.9.0.1
    pings host 10.9.0.2 10.8.0.2 fd00:9::2
    COMMANDS=("tap1 10.8.0.2" "tap0 10.9.0.2 tap1 10.8.0.2" "--deep tap0 10.9.0.2 tap1 10.8.0.2")
    healthy 10.9.0.2 fd00:9::2
}

network_twin_mac_on_another_tap()
{
    usual_guest
    start_linux_guest twin tap1 "$MAC" "10.8.0.2/24 fd00:8::2/64"
    numbered tap0
    host tap1 10.8.0.1/24 fd00:8::1/64
    pings vm 10.9.0.1
    pings host 10.9.0.2 10.8.0.2 fd00:9::2
    COMMANDS=("tap1 10.8.0.2" "tap0 10.9.0.2 tap1 10.8.0.2" "--deep tap0 10.9.0.2 tap1 10.8.0.2")
    healthy 10.9.0.2 fd00:9::2
}

# A whole host like this one, in another namespace: one MAC, one address, one tap name.
network_twin_in_another_namespace()
{
    usual_guest
    numbered tap0
    ip netns add other-host
    ip netns add twin
    in_guest other-host "$TOOLS/pump" --netns /run/netns/twin tap0 >"$LAB/pump" &
    wait_for 5 ip -n twin link show eth0 >"$LAB/link" 2>&1
    ip -n twin link set eth0 address "$MAC" up
    ip -n twin address add 10.9.0.2/24 dev eth0
    ip -n other-host address add 10.9.0.1/24 dev tap0
    pings vm 10.9.0.1
    pings other-host 10.9.0.2
    pings host 10.9.0.2 fd00:9::2
    healthy 10.9.0.2 fd00:9::2
}

# A bond's standby card, and the MAC that goes from one tap to the other: the guest speaks by the second tap now.
network_mac_moved_to_the_other_tap()
{
    guest "10.9.0.2/24"
    second_nic 52:54:00:12:04:21
    make_bridge br0 tap0 tap1
    numbered br0
    ping -n -q -c 1 -W 1 10.9.0.2 >"$LAB/ping"
    vm_ip link set eth0 down
    vm_ip address flush dev eth0
    vm_ip link set eth1 down
    vm_ip link set eth1 address "$MAC" up
    vm_ip address add 10.9.0.2/24 dev eth1
    vm arping -q -c 1 -U -I eth1 10.9.0.2 >"$LAB/arping"
    pings vm 10.9.0.1
    OPERAND=tap1 ALL=5 # the card behind tap0 is down
    healthy 10.9.0.2
}

run_networks "$@"

#!/bin/bash
# Guests that are particular: their sysctls, addresses, frames. Both sides reach each other all the same.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

sysctls()
{
    usual_guest
    vm_set "$@"
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_rp_filter()
{
    sysctls net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1
}

network_arp_ignore_1()
{
    sysctls net.ipv4.conf.all.arp_ignore=1
}

network_arp_ignore_2()
{
    sysctls net.ipv4.conf.all.arp_ignore=2
}

# It takes askers of its own subnet only, and the host is nobody there.
network_arp_ignore_2_bare_host()
{
    bridged bare
    vm_set net.ipv4.conf.all.arp_ignore=2
    lan
    pings desk 10.9.0.2
    asks br0 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_arp_announce()
{
    sysctls net.ipv4.conf.all.arp_announce=2
}

network_arp_filter()
{
    sysctls net.ipv4.conf.all.arp_filter=1
}

network_arp_all_of_them()
{
    sysctls net.ipv4.conf.all.arp_filter=1 net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.all.arp_ignore=1 \
        net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.all.drop_gratuitous_arp=1 net.ipv6.conf.all.drop_unsolicited_na=1
}

network_ignores_broadcast_echo()
{
    sysctls net.ipv4.icmp_echo_ignore_broadcasts=1 net.ipv6.icmp.echo_ignore_multicast=1 net.ipv6.icmp.echo_ignore_anycast=1
}

network_no_redirects_no_source_routes()
{
    sysctls net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.all.accept_source_route=0 net.ipv4.conf.all.log_martians=1 \
        net.ipv6.conf.all.accept_ra=0
}

network_other_ttl()
{
    sysctls net.ipv4.ip_default_ttl=128 net.ipv6.conf.all.hop_limit=255
}

network_router_guest()
{
    sysctls net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# The kernel's own limit of replies, which by default leaves echoes out: icmp_ratemask.
network_kernel_icmp_ratelimit()
{
    sysctls net.ipv4.icmp_ratelimit=100 net.ipv6.icmp.ratelimit=100
}

# And one a second, for each peer: a ping that asks twenty times a second loses most of its answers.
network_kernel_icmp_ratelimit_echo_1s()
{
    usual_guest
    vm_set net.ipv4.icmp_ratelimit=1000 net.ipv4.icmp_ratemask=6169 net.ipv6.conf.eth0.disable_ipv6=1
    usual_host
    PROOFS=()
    pings host "-i 1.1 10.9.0.2"
    healthy 10.9.0.2
}

network_kernel_icmp_msgs_per_sec_1()
{
    sysctls net.ipv4.icmp_msgs_per_sec=1 net.ipv4.icmp_msgs_burst=1
}

network_kernel_icmp_msgs_per_sec()
{
    sysctls net.ipv4.icmp_msgs_per_sec=50 net.ipv4.icmp_msgs_burst=10
}

# With echo replies among them: one in 100 ms for each peer.
network_kernel_icmp_ratelimit_echo()
{
    sysctls net.ipv4.icmp_ratelimit=100 net.ipv4.icmp_ratemask=6169
}

network_kernel_icmpv6_ratelimit_echo()
{
    sysctls net.ipv6.icmp.ratelimit=100 net.ipv6.icmp.ratemask=0-1,3-255
}

# ---- states of addresses ----

network_deprecated_addresses()
{
    guest "10.9.0.2/24"
    vm_ip address add fd00:9::2/64 dev eth0 preferred_lft 0
    wait_for 5 speaks_ipv6 vm
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# With duplicate address detection, which the address does not wait for: RFC 4429.
network_optimistic_addresses()
{
    guest "10.9.0.2/24"
    vm_set net.ipv6.conf.eth0.optimistic_dad=1 net.ipv6.conf.eth0.use_optimistic=1 net.ipv6.conf.eth0.accept_dad=1
    wait_for 5 speaks_ipv6 vm
    vm_ip address add fd00:9::2/64 dev eth0 optimistic
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_enhanced_dad()
{
    guest "10.9.0.2/24"
    vm_set net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.enhanced_dad=1
    vm_ip address add fd00:9::2/64 dev eth0
    wait_for 5 speaks_ipv6 vm
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_noprefixroute()
{
    guest ""
    vm_ip address add 10.9.0.2/24 dev eth0 noprefixroute
    vm_ip address add fd00:9::2/64 dev eth0 noprefixroute
    vm_ip route add 10.9.0.0/24 dev eth0 metric 100
    vm_ip -6 route add fd00:9::/64 dev eth0 metric 100
    wait_for 5 speaks_ipv6 vm
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# ---- frames ----

network_jumbo_frames()
{
    ip tuntap add tap0 mode tap
    ip link set tap0 mtu 9000
    usual_guest
    vm_ip link set eth0 mtu 9000
    usual_host
    pings host "-s 8900 -M do 10.9.0.2" "-s 8900 -M do fd00:9::2"
    healthy 10.9.0.2 fd00:9::2
}

network_mtu_576()
{
    guest "10.9.0.2/24"
    vm_ip link set eth0 mtu 576
    ip link set tap0 mtu 576
    host tap0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

# A guest with a smaller MTU takes long frames all the same.
network_guest_mtu_1400()
{
    usual_guest
    vm_ip link set eth0 mtu 1400
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_mtu_1280()
{
    usual_guest
    vm_ip link set eth0 mtu 1280
    ip link set tap0 mtu 1280
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# Ethernet's shortest frame is 60 bytes: what old drivers pad with is whatever was there.
network_padded_with_rubbish()
{
    usual_guest --pad 90
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_padded_to_60()
{
    usual_guest --pad 60
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# ---- no Linux ----

network_builtin_guest()
{
    start_guest --mac "$MAC" --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
    host tap0 10.9.0.1/24 fd00:9::1/64
    healthy 10.9.0.2 fd00:9::2
}

network_ip_id_zero()
{
    start_guest --mac "$MAC" --ip4 10.9.0.2 --ip6 fd00:9::2 --zero-ip-id --ttl 255 tap0
    host tap0 10.9.0.1/24 fd00:9::1/64
    healthy 10.9.0.2 fd00:9::2
}

# It answers an echo to the MAC that it came from, without asking for it.
network_answers_without_asking()
{
    start_guest --mac "$MAC" --ip4 10.9.0.2 --ip6 fd00:9::2 --no-resolve tap0
    host tap0 10.9.0.1/24 fd00:9::1/64
    healthy 10.9.0.2 fd00:9::2
}

network_announces_itself()
{
    start_guest --mac "$MAC" --ip4 10.9.0.2 --ip6 fd00:9::2 --announce 0.05 tap0
    host tap0 10.9.0.1/24 fd00:9::1/64
    healthy 10.9.0.2 fd00:9::2
}

network_no_ipv6_at_all()
{
    start_guest --mac "$MAC" --ip4 10.9.0.2 --ip6 none tap0
    host tap0 10.9.0.1/24 fd00:9::1/64
    healthy 10.9.0.2
}

lwip() # [GATEWAY]
{
    [[ -x $TOOLS/lwip ]] || skip "needs lwIP"
    start_tool "$TOOLS/lwip" tap0 "$MAC" 10.9.0.2 255.255.255.0 "${1:-10.9.0.1}" fd00:9::2
    wait_for 10 says_it_is_there || fail "lwIP does not speak"
}

# Its link-local address is through with duplicate address detection.
says_it_is_there()
{
    ping -n -q -c 1 -W 1 "$LINK_LOCAL%tap0" >"$LAB/ping"
}

network_lwip()
{
    lwip
    host tap0 10.9.0.1/24 fd00:9::1/64
    healthy 10.9.0.2 fd00:9::2
}

network_lwip_bridge_bare()
{
    lwip 10.9.0.3
    make_bridge br0 tap0
    neighbours
    pings vm3 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# ---- no ARP, tunnels, machines inside ----

# It answers nobody; the host has a permanent entry.
network_guest_arp_ignore_8_static()
{
    usual_guest
    vm_set net.ipv4.conf.all.arp_ignore=8
    ip neighbour replace 10.9.0.2 lladdr "$MAC" dev tap0 nud permanent
    usual_host
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# Interfaces without ARP, as some clouds wire them.
network_noarp_both()
{
    guest "10.9.0.2/24"
    vm_ip link set eth0 arp off
    ip link set tap0 arp off
    host tap0 10.9.0.1/24
    ip neighbour replace 10.9.0.2 lladdr "$MAC" dev tap0 nud permanent
    vm_ip neighbour replace 10.9.0.1 lladdr "$(cat /sys/class/net/tap0/address)" dev eth0 nud permanent
    pings vm 10.9.0.1
    BARE=5
    healthy 10.9.0.2
}

network_vpn_takes_the_default_route()
{
    usual_guest
    vm_ip tuntap add tun0 mode tun
    vm_ip link set tun0 up
    vm_ip address add 10.8.0.2/24 dev tun0
    vm_ip route add 0.0.0.0/1 dev tun0
    vm_ip route add 128.0.0.0/1 dev tun0
    vm_ip -6 route add default dev tun0
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_vpn_by_rule()
{
    usual_guest
    vm_ip tuntap add tun0 mode tun
    vm_ip link set tun0 up
    vm_ip address add 10.8.0.2/24 dev tun0
    vm_ip route add default dev tun0 table 51820
    vm_ip rule add not fwmark 51820 table 51820
    vm_ip rule add table main suppress_prefixlength 0
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# A hub, or a switch of OpenVPN, with three machines behind one tap.
network_hub_of_three()
{
    local number
    for number in 3 4; do
        ip netns add "vm$number"
        in_guest "vm$number" bash -c "$(declare -f without_dad); without_dad"
    done
    usual_guest --netns /run/netns/vm3 --netns /run/netns/vm4
    for number in 3 4; do
        ip -n "vm$number" link set eth0 address "52:54:00:12:04:1$number" up
        ip -n "vm$number" address add "10.9.0.$number/24" dev eth0
        ip -n "vm$number" address add "fd00:9::$number/64" dev eth0
        wait_for 5 speaks_ipv6 "vm$number"
    done
    usual_host
    pings vm 10.9.0.3
    healthy 10.9.0.2 fd00:9::2 10.9.0.3 fd00:9::4
}

network_six_macvlans_inside()
{
    bridged
    local number
    for number in 1 2 3 4 5 6; do
        ip netns add "pod$number"
        vm_ip link add "mv$number" link eth0 netns "pod$number" type macvlan mode bridge
        ip -n "pod$number" link set "mv$number" up
        ip -n "pod$number" address add "10.9.0.2$number/24" dev "mv$number"
        in_guest "pod$number" ping -n -q -i 0.05 10.9.0.1 >"$LAB/pod$number" &
    done
    healthy 10.9.0.2 fd00:9::2 10.9.0.21
}

# A macvlan beside the card, in the guest itself: both answer for the card's address. A strict reverse path filter takes nothing
# from the macvlan, which then answers only who asks in nobody's name.
macvlan_beside()
{
    guest "10.9.0.2/24" "${@:2}"
    vm_set "net.ipv4.conf.all.rp_filter=$1"
    vm_ip link add link eth0 name mv0 type macvlan mode bridge
    vm_ip link set mv0 address 52:54:00:12:04:99 up
}

network_macvlan_beside()
{
    macvlan_beside 0
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_macvlan_beside_slow()
{
    macvlan_beside 0 --delay 400 --jitter 50
    host tap0 10.9.0.1/24
    healthy 10.9.0.2
}

network_macvlan_beside_strict()
{
    macvlan_beside 1
    make_bridge br0 tap0
    lan
    pings desk 10.9.0.2
    asks br0 10.9.0.2
    BARE=5
    healthy 10.9.0.2
}

run_networks "$@"

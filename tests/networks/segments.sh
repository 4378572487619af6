#!/bin/bash
# What else is on the segment: others that talk, routers, noise, and what was true before.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# ---- others on the bridge ----

network_uplink()
{
    bridged
    lan
    vm_ip route add default via 10.9.0.254
    vm_ip -6 route add default via fd00:9::254
    pings vm 10.9.0.254 fd00:9::100
    pings desk 10.9.0.2
    healthy 10.9.0.2 fd00:9::2
}

# Pure switching: the host has no address, and all around the guest are others.
network_uplink_bare()
{
    bridged bare
    lan
    vm_ip route add default via 10.9.0.254
    pings vm 10.9.0.254 fd00:9::100
    pings desk 10.9.0.2
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_neighbours_bare()
{
    bridged bare
    neighbours
    pings vm 10.9.0.3 10.9.0.4 10.9.0.5 10.9.0.6 10.9.0.7 fd00:9::3
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_neighbours()
{
    bridged
    neighbours
    pings vm 10.9.0.3 fd00:9::3
    healthy 10.9.0.2 fd00:9::2
}

# All of the near addresses are somebody's: there is nothing to borrow.
network_neighbours_everywhere_bare()
{
    bridged bare
    machine crowd br0 52:54:00:12:05:99 "$(printf '10.9.0.%d/24 ' 1 3 4 5 6 7 8 9 10 11 12 13 14)"
    pings crowd 10.9.0.2
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# proxy_router NS: answers ARP for every address, as routers towards customers and for VPN clients do.
proxy_router()
{
    in_guest router sysctl -qw net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.neigh.eth0.proxy_delay=0
    ip -n router link add wan type veth peer name isp
    ip -n router link set wan up
    ip -n router link set isp up
    ip -n router address add 198.18.0.2/24 dev wan
    ip -n router route add default via 198.18.0.1
}

network_lan_router_with_proxy_arp()
{
    bridged
    lan
    proxy_router
    vm_ip route add default via 10.9.0.254
    pings vm 10.9.0.254
    healthy 10.9.0.2 fd00:9::2
}

network_lan_router_with_proxy_arp_bare()
{
    bridged bare
    lan
    proxy_router
    vm_ip route add default via 10.9.0.254
    pings vm 10.9.0.254
    pings desk 10.9.0.2
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# Without an address of its own a bridge takes the lowest MAC of its ports: as ports come, it changes.
network_changing_bridge_mac()
{
    bridged
    before=$(cat /sys/class/net/br0/address)
    ip link add low type veth peer name other
    ip link set low address 02:00:00:00:00:01
    ip link set low master br0 up
    ip link set other up
    [[ $(cat /sys/class/net/br0/address) != "$before" ]] || fail "the bridge's MAC stays"
    healthy 10.9.0.2 fd00:9::2
}

# The guest still has the old MAC of the bridge in its table when the check begins.
network_changed_bridge_mac()
{
    bridged
    vm ping -n -q -c 1 -W 1 10.9.0.1 >"$LAB/ping"
    ip link add low type veth peer name other
    ip link set low address 02:00:00:00:00:01
    ip link set low master br0 up
    ip link set other up
    ping -n -q -c 1 -W 1 10.9.0.2 >"$LAB/ping" # makes it known
    healthy 10.9.0.2 fd00:9::2
}

network_fixed_bridge_mac()
{
    bridged
    ip link set br0 address 02:11:22:33:44:55
    healthy 10.9.0.2 fd00:9::2
}

# ---- noise ----

# LLDP, CDP, mDNS and SSDP, and the BPDUs of the bridge.
noise()
{
    lan
    in_guest desk "$TOOLS/noise" eth0 >"$LAB/noise" 2>&1 &
    ip link set br0 type bridge stp_state 1
    wait_for 20 is_forwarding tap0 || fail "the port does not forward"
}

network_chatty_guests()
{
    usual_guest
    make_bridge br0 tap0
    ip link set br0 type bridge forward_delay 200
    for number in $(seq 12); do
        machine "chat$number" br0 "52:54:00:12:07:$(printf %02x "$number")" "10.9.0.$((100 + number))/24"
        in_guest "chat$number" ping -n -q -i 0.05 -b 10.9.0.255 >"$LAB/chat$number" 2>&1 &
        in_guest "chat$number" arping -q -A -I eth0 "10.9.0.$((100 + number))" >"$LAB/arping$number" 2>&1 &
    done
    usual_host br0
    noise
    pings vm 10.9.0.101
    healthy 10.9.0.2 fd00:9::2
}

network_noisy_lan_bare()
{
    bridged bare
    ip link set br0 type bridge forward_delay 200
    noise
    pings vm 10.9.0.254
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_busy_bridge()
{
    bridged
    neighbours
    busy
    pings vm 10.9.0.3
    healthy 10.9.0.2 fd00:9::2
}

network_busy_bridge_bare()
{
    bridged bare
    neighbours
    busy
    pings vm 10.9.0.3
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# ---- what was true before ----

# The guest has just come from another host: the bridge learned its MAC at the uplink, and nothing from it yet.
migrated()
{
    lan
    neighbours
    bridge fdb replace "$MAC" dev uplink master dynamic
}

network_migrated_here()
{
    bridged
    migrated
    healthy 10.9.0.2 fd00:9::2
}

network_migrated_here_bare()
{
    bridged bare
    migrated
    pings vm 10.9.0.254
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# Neighbours of the bridge are known to the host's tables, with what they were before the guest came.
network_migrated_here_with_known_neighbours()
{
    bridged
    for address in 3 4 5 6 7; do
        ip neighbour replace "10.9.0.$address" lladdr "52:54:00:12:05:0$address" dev br0 nud stale
    done
    ip neighbour replace 10.9.0.2 lladdr "$MAC" dev br0 nud stale
    migrated
    healthy 10.9.0.2 fd00:9::2
}

network_entry_of_a_predecessor()
{
    bridged
    ip neighbour replace 10.9.0.2 lladdr 52:54:00:99:99:99 dev br0 nud stale
    ip neighbour replace fd00:9::2 lladdr 52:54:00:99:99:99 dev br0 nud stale
    bridge fdb replace 52:54:00:99:99:99 dev tap0 master dynamic
    healthy 10.9.0.2 fd00:9::2
}

network_entry_of_a_predecessor_on_another_port()
{
    bridged
    lan
    ip neighbour replace 10.9.0.2 lladdr 52:54:00:99:99:99 dev br0 nud stale
    bridge fdb replace 52:54:00:99:99:99 dev uplink master dynamic
    healthy 10.9.0.2 fd00:9::2
}

network_entry_of_a_predecessor_on_a_tap()
{
    usual_guest
    host tap0 10.9.0.1/24 fd00:9::1/64
    ip neighbour replace 10.9.0.2 lladdr 52:54:00:99:99:99 dev tap0 nud stale
    ip neighbour replace 10.9.0.7 lladdr 52:54:00:99:99:98 dev tap0 nud stale
    pings vm 10.9.0.1
    healthy 10.9.0.2 fd00:9::2
}

network_failed_entry()
{
    usual_guest
    host tap0 10.9.0.1/24 fd00:9::1/64
    ping -n -q -c 1 -W 0.1 10.9.0.9 >"$LAB/ping"
    pings vm 10.9.0.1
    healthy 10.9.0.2 fd00:9::2
}

# streams NAMESPACE: sends video to a group, one frame after the other
streams()
{
    ip -n "$1" route add 224.0.0.0/4 dev eth0
    in_guest "$1" bash -c 'exec 2>/dev/null; while :; do echo picture >/dev/udp/239.1.1.1/5000 || sleep 0.1; done' &
}

has_come_in()
{
    [[ $(cat "/sys/class/net/$1/statistics/rx_packets") -ge $2 ]]
}

network_stream_of_the_guest()
{
    bridged
    streams vm
    wait_for 10 has_come_in tap0 1000
    healthy 10.9.0.2 fd00:9::2
}

network_streams_of_others()
{
    bridged
    neighbours
    streams vm3
    streams vm4
    wait_for 10 has_sent tap0 1000
    healthy 10.9.0.2 fd00:9::2
}

# A neighbour answers for it, too, as a proxy: that overrides nothing.
network_neighbour_is_ndp_proxy()
{
    bridged
    machine proxy br0 52:54:00:aa:00:07 "fd00:9::7/64"
    in_guest proxy sysctl -qw net.ipv6.conf.all.proxy_ndp=1 net.ipv6.conf.eth0.proxy_ndp=1 net.ipv6.neigh.eth0.proxy_delay=0
    expect ip -n proxy -6 neighbour add proxy fd00:9::2 dev eth0
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

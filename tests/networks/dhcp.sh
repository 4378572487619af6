#!/bin/bash
# Guests that get their addresses, or need none, from DHCP servers and routers.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# address_of: the guest's own, as it got it.
address_of()
{
    ip -n vm "-$1" -j address show dev eth0 scope global |
        jq -r '[.[0].addr_info[] | select(.tentative | not) | .local][0] // empty'
}

has_address()
{
    [[ -n $(address_of "$1") ]]
}

# The guest asks the server, and has got its address.
client()
{
    start_dhcp_client vm
    wait_for 20 has_address 4 || fail "no lease: $(cat "$LAB"/dnsmasq-* "$LAB/udhcpc-vm.log")"
}

bridged_with_server()
{
    guest ""
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    start_dhcp_server - br0 10.9.0.100,10.9.0.150 --no-ping
}

network_dhcp_lease()
{
    bridged_with_server
    client
    pings vm 10.9.0.1
    healthy "$(address_of 4)"
}

# It asks for its lease again all the time, while it is checked.
network_dhcp_renewal()
{
    bridged_with_server
    client
    while sleep 0.05; do
        kill -USR1 "$LAB_PID"
    done &
    healthy "$(address_of 4)"
}

# The server is elsewhere, behind a router that relays for it; its answers come to the guest from the router.
network_dhcp_relay()
{
    guest ""
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    lan
    ip netns add server
    in_guest router ip link add relay type veth peer name eth0 netns server
    in_guest router ip link set relay up
    in_guest router ip address add 10.99.0.1/24 dev relay
    ip -n server link set eth0 up
    ip -n server address add 10.99.0.2/24 dev eth0
    ip -n server route add default via 10.99.0.1
    start_dhcp_server server eth0 10.9.0.100,10.9.0.150,255.255.255.0 --no-ping
    in_guest router dnsmasq --conf-file=/dev/null --pid-file= --user=root --port=0 --keep-in-foreground \
        --dhcp-relay=10.9.0.254,10.99.0.2 >"$LAB/relay.log" 2>&1 &
    client
    healthy "$(address_of 4)"
}

# Its client goes on in vain beside an address that it was given by hand.
network_static_beside_dhcp_in_vain()
{
    usual_guest
    usual_host
    start_dhcp_client vm -s /bin/true
    healthy 10.9.0.2 fd00:9::2
}

# A container of the guest's asks in vain, with a MAC of its own.
network_nested_dhcp_in_vain()
{
    guest ""
    vm_ip link add br0 type bridge
    vm_ip link set eth0 master br0
    vm_ip link set br0 address "$MAC" up
    vm_ip address add 10.9.0.2/24 dev br0
    ip netns add nested
    vm_ip link add v0 type veth peer name eth0 netns nested
    vm_ip link set v0 master br0 up
    ip -n nested link set eth0 up
    host tap0 10.9.0.1/24
    start_dhcp_client nested
    healthy 10.9.0.2
}

# IPv6 only, by router advertisements; the guest asks for IPv4 all the same.
network_ipv6_only_by_ra()
{
    guest ""
    make_bridge br0 tap0
    host br0 fd00:9::1/64
    start_dhcp_client vm
    dnsmasq --conf-file=/dev/null --pid-file= --user=root --port=0 --keep-in-foreground --enable-ra --interface=br0 \
        --bind-interfaces --dhcp-range=fd00:9::,ra-only >"$LAB/ra.log" 2>&1 &
    wait_for 20 has_address 6 || fail "no address: $(cat "$LAB/ra.log")"
    healthy "$(address_of 6)"
}

# IPv6 only, by hand, where the host has both families; the guest asks for IPv4 all the same.
network_ipv6_only_beside_dhcp_in_vain()
{
    guest fd00:9::2/64
    host tap0 10.9.0.1/24 fd00:9::1/64
    start_dhcp_client vm
    pings vm fd00:9::1
    COMMANDS=("-w 5 tap0" "--need ipv6 tap0" "--need any tap0")
    healthy fd00:9::2
}

# It keeps what it gave itself when it got its address.
network_self_given_besides()
{
    guest "169.254.7.8/16 10.9.0.2/24"
    host tap0 10.9.0.1/24
    vm ping -n -q -i 0.1 169.254.7.9 >"$LAB/ping" &
    COMMANDS=("--need ipv4 tap0")
    healthy 10.9.0.2
}

# An appliance that needs no address, on a bridge where the host and another guest have theirs: whether it has one cannot be told.
network_appliance_without_address()
{
    guest ""
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    machine vm3 br0 52:54:00:12:05:03 10.9.0.3/24
    wait_for 5 speaks_ipv6 vm || fail "no link-local address"
    PROOFS+=("ping -n -c 2 -i 0.05 -W 2 $LINK_LOCAL%br0")
    BARE=5 BARE6=0
    COMMANDS=("--need any tap0" "--need any -w 5 tap0")
    healthy "$LINK_LOCAL"
}

# Nobody has a subnet here: link-local addresses are all that there is.
network_link_local_only()
{
    guest ""
    wait_for 5 speaks_ipv6 vm || fail "no link-local address"
    start_dhcp_client vm
    PROOFS+=("ping -n -c 2 -i 0.05 -W 2 $LINK_LOCAL%tap0")
    pings host "$LINK_LOCAL%tap0"
    healthy "$LINK_LOCAL"
}

run_networks "$@"

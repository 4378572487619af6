#!/bin/bash
# Interfaces that are no plain tap of a VM, and what else is on a host.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# container: a network namespace named vm at the end of a veth pair.
container()
{
    ip netns add vm
    vm bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    ip link add veth0 type veth peer name eth0 netns vm
    vm_ip link set eth0 address "$MAC" up
    ip link set veth0 up
    for address; do
        vm_ip address add "$address" dev eth0
    done
    wait_for 5 speaks_ipv6 vm || fail "no IPv6 in the container"
    OPERAND=veth0 ALL=none
}

network_veth_of_a_container()
{
    container 10.9.0.2/24 fd00:9::2/64
    host veth0 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1 fd00:9::1
    healthy 10.9.0.2 fd00:9::2
}

network_docker0()
{
    container 172.17.0.2/16
    make_bridge docker0 veth0
    host docker0 172.17.0.1/16
    vm_ip route add default via 172.17.0.1
    nft "add table ip nat; add chain ip nat p { type nat hook postrouting priority 100; };
        add rule ip nat p ip saddr 172.17.0.0/16 oif != docker0 masquerade"
    pings vm 172.17.0.1
    COMMANDS=("docker0" "docker0 172.17.0.2" "--deep docker0 172.17.0.2")
    healthy 172.17.0.2
}

network_docker0_with_containers()
{
    container 172.17.0.2/16
    make_bridge docker0 veth0
    host docker0 172.17.0.1/16
    for number in 3 4 5; do
        machine "c$number" docker0 "02:42:ac:11:00:0$number" "172.17.0.$number/16"
    done
    pings vm 172.17.0.1 172.17.0.3
    OPERAND=docker0
    COMMANDS=("veth0 172.17.0.2" "docker0 172.17.0.3 172.17.0.5")
    healthy 172.17.0.2
}

# Kubernetes' pods: a veth without an address, a /32, a route by 169.254.1.1.
network_calico_pod()
{
    container
    vm_ip address add 10.244.7.9/32 dev eth0
    vm_ip route add 169.254.1.1 dev eth0
    vm_ip route add default via 169.254.1.1
    ip link set veth0 address ee:ee:ee:ee:ee:ee
    sysctl -qw net.ipv4.conf.veth0.proxy_arp=1 net.ipv4.neigh.veth0.proxy_delay=0
    ip link add uplink type veth peer name rack
    ip link set uplink up
    ip link set rack up
    host uplink 192.168.7.1/24
    ip route add default via 192.168.7.254
    ip route add 10.244.7.9 dev veth0
    pings vm 192.168.7.1
    healthy 10.244.7.9
}

network_macvlan_of_the_host()
{
    container 10.9.0.2/24 fd00:9::2/64
    sysctl -qw net.ipv4.conf.all.arp_ignore=1
    macvlan_of_the_host
}

macvlan_of_the_host()
{
    ip link add link veth0 name mac0 type macvlan mode bridge
    ip link set mac0 up
    host mac0 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1
    OPERAND=mac0
    healthy 10.9.0.2 fd00:9::2
}

network_vxlan()
{
    container
    host veth0 192.168.7.1/24
    vm_ip address add 192.168.7.2/24 dev eth0
    ip link add vx0 type vxlan id 42 remote 192.168.7.2 dstport 4789 dev veth0
    ip link set vx0 up
    vm_ip link add vx0 type vxlan id 42 remote 192.168.7.1 dstport 4789 dev eth0
    vm_ip link set vx0 address 52:54:00:12:04:55 up
    vm_ip address add 10.9.0.2/24 dev vx0
    host vx0 10.9.0.1/24
    pings vm 10.9.0.1
    OPERAND=vx0
    healthy 10.9.0.2
}

# The guest is at the far end of a tunnel that the bridge has for a port.
network_vxlan_behind_a_bridge()
{
    container
    host veth0 192.168.7.1/24
    vm_ip address add 192.168.7.2/24 dev eth0
    ip link add vx0 type vxlan id 42 remote 192.168.7.2 dstport 4789 dev veth0
    vm_ip link add vx0 type vxlan id 42 remote 192.168.7.1 dstport 4789 dev eth0
    ip link set vx0 up
    vm_ip link set vx0 address 52:54:00:12:04:55 up
    vm_ip address add 10.9.0.2/24 dev vx0
    make_bridge br0 vx0
    host br0 10.9.0.1/24
    pings vm 10.9.0.1
    OPERAND=br0
    healthy 10.9.0.2
}

# A guest beside it, on a tap of the bridge whose uplink is a tunnel.
network_bridge_with_a_tunnel()
{
    usual_guest
    ip netns add far
    in_guest far bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    ip link add veth0 type veth peer name eth0 netns far
    ip link set veth0 up
    ip -n far link set eth0 up
    ip -n far address add 192.168.7.2/24 dev eth0
    host veth0 192.168.7.1/24
    ip link add vx0 type vxlan id 42 remote 192.168.7.2 dstport 4789 dev veth0
    ip link set vx0 up
    ip -n far link add vx0 type vxlan id 42 remote 192.168.7.1 dstport 4789 dev eth0
    ip -n far link set vx0 up
    ip -n far address add 10.9.0.50/24 dev vx0
    make_bridge br0 tap0 vx0
    host br0 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1 10.9.0.50
    healthy 10.9.0.2 fd00:9::2
}

# A macvtap sends to the LAN and never to its own guest: could not tell is right.
network_macvtap()
{
    local device
    ip netns add rack
    ip link add lower type veth peer name port netns rack
    in_guest rack ip link add lan up type bridge stp_state 0 forward_delay 0
    ip -n rack link set port master lan up
    machine desk lan@rack 52:54:00:aa:00:02 "10.9.0.100/24 fd00:9::100/64"
    ip link set lower up
    ip link add link lower name macvtap0 type macvtap mode bridge
    ip link set macvtap0 address "$MAC" up
    device=$(cat /sys/class/net/macvtap0/tap*/dev)
    mknod "$LAB/device" c "${device%:*}" "${device#*:}"
    ip netns add vm
    vm bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    start_tool "$TOOLS/pump" --netns /run/netns/vm "$LAB/device"
    vm_ip link set eth0 address "$MAC" up
    vm_ip address add 10.9.0.2/24 dev eth0
    vm_ip address add fd00:9::2/64 dev eth0
    wait_for 5 speaks_ipv6 vm || fail "no IPv6"
    pings vm 10.9.0.100 fd00:9::100
    pings desk 10.9.0.2 fd00:9::2
    OPERAND=macvtap0 ALL=none BARE=5 NAMED=5
    healthy 10.9.0.2 fd00:9::2
}

# The uplink itself.
network_uplink_as_operand()
{
    container 10.9.0.254/24
    host veth0 10.9.0.77/24
    healthy 10.9.0.254
}

# A tap that another program holds than a VMM: several queues, a header for offloads, persistent.
network_program_with_queues()
{
    ip tuntap add tap0 mode tap multi_queue vnet_hdr
    usual_guest --queues 4 --vnet-hdr
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_persistent_tap()
{
    make_tap tap0
    usual_guest
    host tap0 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1
    healthy 10.9.0.2 fd00:9::2
}

# KubeVirt's masquerade binding in a pod: a bridge and a tap for the VM, the pod's eth0 beside it.
network_kubevirt_masquerade()
{
    guest "10.0.2.2/24"
    make_bridge k6t-eth0 tap0
    host k6t-eth0 10.0.2.1/24
    vm_ip route add default via 10.0.2.1
    ip link add eth0 type veth peer name node
    host eth0 10.244.3.8/24
    ip link set eth0 up
    ip link set node up
    ip route add default via 10.244.3.1
    nft "add table ip nat; add chain ip nat p { type nat hook postrouting priority 100; };
        add rule ip nat p ip saddr 10.0.2.2 masquerade;
        add chain ip nat d { type nat hook prerouting priority -100; }; add rule ip nat d iifname eth0 dnat to 10.0.2.2"
    pings vm 10.0.2.1
    healthy 10.0.2.2
}

# KubeVirt's bridge binding leaves an interface that is down and bears the guest's address.
network_kubevirt_bridge_leftovers()
{
    guest "10.244.3.8/24"
    make_bridge k6t-eth0 tap0
    ip link add eth0-nic type veth peer name node
    ip link set eth0-nic master k6t-eth0 up
    ip link set node up
    ip link add eth0 type veth peer name spare # KubeVirt's is a dummy
    host eth0 10.244.3.8/24
    host k6t-eth0 169.254.75.10/32
    ip netns add cluster
    ip link set node netns cluster
    ip -n cluster link set node up
    ip -n cluster address add 10.244.3.1/24 dev node
    pings vm 10.244.3.1
    pings cluster 10.244.3.8
    asks k6t-eth0 10.244.3.8
    BARE4=5
    healthy 10.244.3.8
}

# ---- Open vSwitch, its datapath in userspace ----

start_ovs()
{
    need ovs-vswitchd ovsdb-server ovsdb-tool ovs-vsctl
    mkdir -p /run/openvswitch
    export OVS_RUNDIR=/run/openvswitch OVS_DBDIR=/run/openvswitch OVS_LOGDIR=/run/openvswitch
    ovsdb-tool create /run/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
    ovsdb-server /run/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock --no-chdir >"$LAB/ovsdb" 2>&1 &
    wait_for 10 test -S /run/openvswitch/db.sock || fail "no OVS database: $(cat "$LAB/ovsdb")"
    ovs-vsctl --no-wait init
    ovs-vswitchd unix:/run/openvswitch/db.sock --no-chdir --disable-system >"$LAB/ovs" 2>&1 &
    ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev || fail "no OVS bridge: $(cat "$LAB/ovs")"
}

# Its ports are taps that OVS reads by packet sockets.
ovs()
{
    start_ovs
    usual_guest
    ovs-vsctl add-port br0 tap0
    ip link set br0 up
    ip link set br0 address 02:aa:00:00:00:01
    host br0 10.9.0.1/24 fd00:9::1/64
    wait_for 10 ping -n -q -c 1 -W 1 10.9.0.2 >"$LAB/ping" || fail "OVS does not switch: $(cat "$LAB/ovs")"
    pings vm 10.9.0.1 fd00:9::1
}

# The host's subnet is on the switch, which the kernel does not know as one.
network_ovs_port()
{
    ovs
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_ovs_bridge_as_operand()
{
    ovs
    OPERAND=br0
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

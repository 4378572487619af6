#!/bin/bash
# What a check sends leaves by the tap that it was asked for and by no other, from the MAC of the tap or of its bridge, never
# in the name of the gateway; and nothing that it sends changes what the guest believes about the gateway.
. "$(dirname "$0")/../lib.sh"
need tshark ping

MAC=52:54:00:12:04:11
ROUTER_MAC=52:54:00:00:00:01

mac_of()
{
    cat "/sys/class/net/$1/address"
}

# Everything that a check could send, in tshark's words, from a host whose kernel has no reason to say the same.
OURS='arp or icmp or icmpv6.type == 128 or icmpv6.type == 135 or icmpv6.type == 136'

# fields CAPTURE FILTER FIELD...: the values in all matching frames, one frame a line.
fields()
{
    local file=$1 filter=$2 field
    local -a wanted
    shift 2
    for field; do
        wanted+=(-e "$field")
    done
    tshark -n -r "$file" -Y "$filter" -T fields "${wanted[@]}" 2>/dev/null
}

# No frame of the capture has a source MAC but these, nor this address as its sender's.
expect_senders()
{
    local file=$1 address=$2 mac seen
    shift 2
    seen=$(fields "$file" "$OURS" eth.src | sort -u)
    for mac in $seen; do
        [[ " $* $MAC " == *" $mac "* ]] || fail "on $file there is the source MAC $mac; expected: $* and the guest's:" \
            "$(fields "$file" "eth.src == $mac" frame.number eth.dst _ws.col.Info)"
    done
    seen=$(fields "$file" "eth.src != $MAC and eth.src != $ROUTER_MAC and (arp.src.proto_ipv4 == $address or ip.src == $address)" frame.number)
    [[ -z $seen ]] || fail "frames $seen of $file are sent in the name of $address"
}

declare -A captures
# capture DEVICE...: to $LAB/DEVICE.pcap, until stop_captures.
capture()
{
    local device
    captures=()
    for device; do
        start_capture "$device" "$LAB/$device.pcap"
        captures[$device]=$LAB_PID
    done
}

stop_captures()
{
    local device
    for device in "${!captures[@]}"; do
        end_capture "${captures[$device]}" "$LAB/$device.pcap"
    done
}

# Nothing of ours left by these devices but questions that no cache keeps: who has the guest's address, or the one to borrow? The
# kernel asks for its own ping from the bridge's own address.
expect_only_questions_on()
{
    local device leaked
    for device; do
        leaked=$(fields "$LAB/$device.pcap" "($OURS) and (eth.src == $(mac_of tap0) or eth.src == $(mac_of br0)) and
            not icmpv6.type == 135 and not (arp.opcode == 1 and (arp.src.proto_ipv4 == 0.0.0.0 or eth.src == $(mac_of br0)))" frame.number frame.protocols)
        [[ -z $leaked ]] || fail "these left by $device: $leaked"
    done
}

pings()
{
    in_guest "$1" ping -q -c 1 -W 5 "$2" >"$LAB/ping"
}

# The kernel's own neighbour discovery would look like ours.
host_without_ipv6()
{
    local device
    for device; do
        echo 1 >"/proc/sys/net/ipv6/conf/$device/disable_ipv6"
    done
}

# A bridge with the guest, a second VM, and a veth pair to a router; no address of the host.
start_linux_guest router tap9 $ROUTER_MAC "10.9.0.1/24 fd00:9::1/64"
start_linux_guest web1 tap0 $MAC "10.9.0.2/24 fd00:9::2/64"
in_guest web1 ip route add default via 10.9.0.1
start_guest --mac 52:54:00:00:00:33 --ip4 10.9.0.33 --ip6 fd00:9::33 tap1
ip link add veth0 type veth peer name veth1
ip link set veth0 up
ip link set veth1 up arp off
make_bridge br0 tap0 tap1 tap9 veth0
host_without_ipv6 br0 tap0 tap1 tap9 veth0 veth1
expect pings web1 10.9.0.1

capture tap0 tap1 veth1 br0
check tap0 10.9.0.2 fd00:9::2
expect_exit 0
check tap0
expect_exit 0
stop_captures
expect_senders "$LAB/tap0.pcap" 10.9.0.1 "$(mac_of tap0)" "$(mac_of br0)" 52:54:00:00:00:33 $ROUTER_MAC
expect [ -n "$(fields "$LAB/tap0.pcap" "eth.src == $(mac_of tap0)" frame.number)" ]
expect_only_questions_on tap1 veth1 br0
expect [ "$(ip -n web1 -j neighbour show 10.9.0.1 | jq -r '.[0].lladdr')" = $ROUTER_MAC ]

capture tap1
check tap0 10.9.0.99 fd00:9::99
expect_finding address-not-assigned
stop_captures
expect_senders "$LAB/tap1.pcap" 10.9.0.1 "$(mac_of tap0)" "$(mac_of br0)" 52:54:00:00:00:33 $ROUTER_MAC
expect_only_questions_on tap1

# A bridge with addresses: the source is the bridge's, the answers come to it.
give_addresses br0 10.9.0.4/24
capture tap0 tap1 veth1
check tap0 10.9.0.2 fd00:9::2
expect_exit 0
stop_captures
expect_senders "$LAB/tap0.pcap" 10.9.0.1 "$(mac_of tap0)" "$(mac_of br0)" $ROUTER_MAC
expect [ -n "$(fields "$LAB/tap0.pcap" 'icmp.type == 8 and ip.src == 10.9.0.4' frame.number)" ]
expect_only_questions_on tap1 veth1

# A gateway at one of the addresses that could be borrowed: the guest goes on to believe in it.
for last in 3 4 5 6; do
    ip -n router address add "10.9.0.$last/24" dev eth0
done
ip address flush dev br0
ip -n web1 route replace default via 10.9.0.3
ip -n web1 neighbour flush dev eth0
expect pings web1 10.9.0.3
check tap0 10.9.0.2
expect [ "$(ip -n web1 -j neighbour show 10.9.0.3 | jq -r '.[0].lladdr')" = $ROUTER_MAC ]

# What the kernel of the host knows as its gateway is never borrowed.
delete_taps
ip link delete br0
start_guest --mac $MAC --ip4 10.20.0.2 tap0
host_without_ipv6 tap0
give_addresses tap0 10.20.0.1/32
ip route add 10.20.0.3/32 dev tap0
ip route add 10.20.0.0/24 via 10.20.0.3
for _ in 1 2 3 4 5; do
    capture tap0
    check tap0 10.20.0.2
    stop_captures
    expect_senders "$LAB/tap0.pcap" 10.20.0.3 "$(mac_of tap0)"
done

#!/bin/bash
# The screens of the README and the manual that take a VM, or a Linux guest, come out as they are printed there. Those of many VMs and
# hosts are in live/readme.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/screens.bash"
need nft setpriv

expect [ ! -e "$LAB/screen.20" ]

# One guest on a tap; nobody behind another.
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.7/24"
in_guest web1 sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
give_addresses tap0 10.9.0.1/24
screen 1
in_guest web1 sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
wait_for 5 speaks_ipv6 web1
ip -n web1 address flush dev eth0 scope global
ip -n web1 address add 10.9.0.2/24 dev eth0
ORDER='sort' screen 3
screen 4
screen 7
in_guest web1 sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
screen 15
screen 16
screen 17
start_guest --deaf --ip4 10.9.3.2 --ip6 none tap3
give_addresses tap3 10.9.3.1/24
screen 5
screen 18
install -m 755 "$VMNETCHECK" "$LAB/vmnetcheck"
screen 19 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$LAB/vmnetcheck"
stop "$LAB_PID"

# Its bridge, and a filter there.
ip address flush dev tap0 scope global
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
nft 'add table bridge f; add chain bridge f c { type filter hook prerouting priority 0; };
    add rule bridge f c icmp type echo-reply drop'
screen 2
nft flush ruleset
delete_taps

start_guest --deaf --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
LC_ALL=C screen manual
stop "$LAB_PID"

cat >"$LAB/start.sh" <<'SCRIPT'
qemu-system-x86_64 -name web1 \
    -net nic,vlan=1,macaddr=52:54:00:12:04:11 \
    -net tap,vlan=4,ifname=tap0,script=no
SCRIPT
screen 8

# Two VMs of QEMU, one of which is paused, and a tap without one.
vms=()
for number in 1 2; do
    # shellcheck disable=SC2046 # arguments
    start_bare_qemu web$number $(qemu_nic tap$((number - 1)) 52:54:00:12:04:1$number net0) $(monitor_of web$number)
    vms+=("$LAB_PID")
    wait_for 30 test -e /sys/class/net/tap$((number - 1))
    ip link set tap$((number - 1)) master br0 up
done
make_tap tap2
screen 9
tell_qemu web2 stop
is_paused()
{
    run_vmnetcheck --vm web2
    grep -q paused "$LAB/out"
}
wait_for 30 is_paused
screen 10
for vm in "${vms[@]}"; do
    stop "$vm"
done
ip link delete br0
delete_taps

# Other network namespaces.
for space in red blue; do
    ip netns add $space
    start_tool ip netns exec $space "$TOOLS/guest" --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none tap0
    ip -n $space address add 10.9.0.1/24 dev tap0
done
start_guest --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.9/24
screen 11
make_tap tap1
ip link set tap1 netns red
ip -n red link set tap1 up
screen 12

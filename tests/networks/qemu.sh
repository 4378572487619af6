#!/bin/bash
# Real guests: QEMU's ways to wire them, what becomes of them while they run, and what only a guest's own kernel has.
# shellcheck disable=SC2034,SC2046,SC2317 # run_networks calls them by name; "healthy" reads what they set; lists of arguments
LAB_VM=1
. "$(dirname "$0")/../networks.sh"

USUAL="vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64"

# usual_qemu QEMU-ARGUMENT...: the usual guest; the host pings it, and it the host as long as the check takes
usual_qemu()
{
    start_qemu vm "$USUAL" "$@"
    QEMU=$LAB_PID
    ip link set tap0 up
}

usual_numbers()
{
    host "${1:-tap0}" 10.9.0.1/24 fd00:9::1/64
    COMMANDS+=("--vm vm" "--pid $QEMU")
}

# ---- how it is wired ----

network_virtio()
{
    usual_qemu $(qemu_nic tap0 "$MAC")
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_virtio_bare_host()
{
    usual_qemu $(qemu_nic tap0 "$MAC")
    asks tap0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_virtio_bridge()
{
    usual_qemu $(qemu_nic tap0 "$MAC")
    make_bridge br0 tap0
    lan
    usual_numbers br0
    healthy 10.9.0.2 fd00:9::2
}

network_virtio_multi_queue()
{
    ip tuntap add tap0 mode tap multi_queue
    usual_qemu -smp 2 -netdev tap,id=n0,ifname=tap0,script=no,downscript=no,queues=2 \
        -device "virtio-net-pci,netdev=n0,mac=$MAC,romfile=,mq=on,vectors=6"
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_virtio_without_offloads()
{
    usual_qemu -netdev tap,id=n0,ifname=tap0,script=no,downscript=no,vnet_hdr=off \
        -device "virtio-net-pci,netdev=n0,mac=$MAC,romfile=,csum=off,gso=off,guest_csum=off"
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_virtio_small_rings()
{
    usual_qemu -netdev tap,id=n0,ifname=tap0,script=no,downscript=no,sndbuf=8192 \
        -device "virtio-net-pci,netdev=n0,mac=$MAC,romfile=,rx_queue_size=256,tx_queue_size=256,tx=timer"
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_vmxnet3()
{
    USUAL+=" vm_modules=vmxnet3"
    usual_qemu -netdev tap,id=n0,ifname=tap0,script=no,downscript=no -device "vmxnet3,netdev=n0,mac=$MAC,romfile="
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

# Without KVM its kernel cannot measure its clock.
network_microvm()
{
    USUAL+=" vm_modules=virtio_mmio tsc_early_khz=1000000 lpj=2000000"
    usual_qemu -M microvm,acpi=on,pit=on,pic=on,rtc=on,ioapic2=off -netdev tap,id=n0,ifname=tap0,script=no,downscript=no \
        -device "virtio-net-device,netdev=n0,mac=$MAC"
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_nic_option()
{
    usual_qemu -nic "tap,ifname=tap0,script=no,downscript=no,model=virtio-net-pci,mac=$MAC"
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

# The old pair on hub 0.
network_net_options()
{
    usual_qemu -net "nic,model=virtio-net-pci,macaddr=$MAC" -net tap,ifname=tap0,script=no,downscript=no
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_hub_ports()
{
    usual_qemu -netdev tap,id=t0,ifname=tap0,script=no,downscript=no -netdev hubport,id=h0,hubid=4,netdev=t0 \
        -netdev hubport,id=h1,hubid=4 -device "virtio-net-pci,netdev=h1,mac=$MAC,romfile="
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

# The helper makes the tap and puts it on the bridge.
network_bridge_helper()
{
    mkdir -p /etc/qemu 2>"$LAB/mkdir"
    mount -t tmpfs lab /etc/qemu || skip "needs /etc/qemu"
    echo "allow br0" >/etc/qemu/bridge.conf
    make_bridge br0
    start_qemu vm "$USUAL" -netdev bridge,id=n0,br=br0,helper=/usr/lib/qemu/qemu-bridge-helper \
        -device "virtio-net-pci,netdev=n0,mac=$MAC,romfile="
    QEMU=$LAB_PID
    usual_numbers br0
    healthy 10.9.0.2 fd00:9::2
}

# As libvirt does: somebody else opens the tap.
network_passed_descriptor()
{
    local tun
    make_tap tap0
    exec {tun}<>/dev/net/tun
    "$TOOLS/attach" "$tun" tap0 || fail "no descriptor"
    usual_qemu -netdev "tap,id=n0,fd=$tun" -device "virtio-net-pci,netdev=n0,mac=$MAC,romfile="
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_management_nic_beside_it()
{
    usual_qemu $(qemu_nic tap0 "$MAC") -netdev user,id=n1,restrict=on -device virtio-net-pci,netdev=n1,romfile=
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_default_mac()
{
    MAC=52:54:00:12:34:56
    usual_qemu -netdev tap,id=n0,ifname=tap0,script=no,downscript=no -device virtio-net-pci,netdev=n0,romfile=
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_two_vms()
{
    usual_qemu $(qemu_nic tap0 "$MAC")
    start_qemu other "vm_ip4=10.9.0.3/24 vm_ip6=fd00:9::3/64" $(qemu_nic tap1 52:54:00:12:04:12)
    ip link set tap1 up
    make_bridge br0 tap0 tap1
    usual_numbers br0
    pings host 10.9.0.2 fd00:9::2 10.9.0.3
    COMMANDS+=("tap0 10.9.0.2 tap1 10.9.0.3" "--vm other")
    healthy 10.9.0.2 fd00:9::2
}

# ---- what becomes of it ----

network_hot_plugged()
{
    start_qemu vm "vm_cmd=\"while ! ip link show eth1 >/dev/null 2>&1; do usleep 100000; done; \
        echo 0 >/proc/sys/net/ipv6/conf/eth1/accept_dad; ip address add 10.9.0.2/24 dev eth1; ip address add fd00:9::2/64 dev eth1; \
        ip link set eth1 up; sleep 2\"" $(qemu_nic tap1 52:54:00:12:04:12) $(monitor_of monitor) &
    wait_for 60 test -S "$LAB/vm.qmp"
    sleep 2
    tell_qemu monitor "netdev_add tap,id=hot0,ifname=tap0,script=no,downscript=no"
    tell_qemu monitor "device_add virtio-net-pci,netdev=hot0,mac=$MAC,romfile=,id=hot1"
    wait_for 60 grep -qs '^vm: network is up' "$LAB/vm.log" || fail "the guest does not see it: $(tail "$LAB/vm.log")"
    ip link set tap0 up
    host tap0 10.9.0.1/24 fd00:9::1/64
    ip link set tap1 up
    healthy 10.9.0.2 fd00:9::2
}

network_paused_and_continued()
{
    usual_qemu $(qemu_nic tap0 "$MAC") $(monitor_of monitor)
    usual_numbers
    tell_qemu monitor stop
    ping -n -q -c 3 -i 0.2 -W 0.2 10.9.0.2 >"$LAB/ping"
    tell_qemu monitor cont
    healthy 10.9.0.2 fd00:9::2
}

has_booted_twice()
{
    [[ $(grep -c '^vm: network is up' "$LAB/vm.log") == 2 ]]
}

network_reset()
{
    usual_qemu $(qemu_nic tap0 "$MAC") $(monitor_of monitor) -action reboot=reset
    usual_numbers
    tell_qemu monitor system_reset
    wait_for 60 has_booted_twice || fail "no second boot: $(tail "$LAB/vm.log")"
    healthy 10.9.0.2 fd00:9::2
}

network_twin_that_waits()
{
    usual_qemu $(qemu_nic tap0 "$MAC")
    QEMU_WAIT=0 start_qemu target "$USUAL" $(qemu_nic tap1 "$MAC") -incoming "unix:$LAB/migration"
    wait_for 30 test -S "$LAB/migration" || fail "no target"
    ip link set tap1 up
    make_bridge br0 tap0 tap1
    usual_numbers br0
    ALL=4 # the target does not run yet
    ALL_WARNS=vm-not-reading
    healthy 10.9.0.2 fd00:9::2
}

# The one that it came from is still there, in postmigrate, until somebody ends it.
network_migrated()
{
    local target
    usual_qemu $(qemu_nic tap0 "$MAC") $(monitor_of monitor)
    QEMU_WAIT=0 start_qemu target "$USUAL" $(qemu_nic tap1 "$MAC") -incoming "unix:$LAB/migration"
    target=$LAB_PID
    wait_for 30 test -S "$LAB/migration" || fail "no target"
    ip link set tap1 up
    make_bridge br0 tap0 tap1
    usual_numbers br0
    COMMANDS=("--vm target" "--pid $target")
    tell_qemu monitor "migrate -d unix:$LAB/migration"
    wait_for 60 has_arrived || fail "it does not arrive: $(cat "$LAB/monitor.said")"
    OPERAND=tap1 ALL=4 ALL_WARNS=vm-not-reading
    healthy 10.9.0.2 fd00:9::2
}

# What a guest that arrives says first, QEMU says for it.
has_arrived()
{
    bridge fdb show brport tap1 | grep -qi "^$MAC .*master br0 *$"
}

# Four neighbours are all that it remembers.
network_small_neighbour_table()
{
    USUAL+=" vm_cmd=\"cd /proc/sys/net/ipv4/neigh/default; echo 1 >gc_thresh1; echo 2 >gc_thresh2; echo 4 >gc_thresh3\""
    usual_qemu $(qemu_nic tap0 "$MAC")
    make_bridge br0 tap0
    usual_numbers br0
    healthy 10.9.0.2 fd00:9::2
}

network_busy_guest()
{
    USUAL+=" vm_cmd=\"while :; do :; done &\""
    usual_qemu $(qemu_nic tap0 "$MAC")
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

# Right after boot duplicate address detection still runs; somebody waits for the guest.
network_waited_for_with_dad()
{
    QEMU_WAIT=0 start_qemu vm "$USUAL vm_dad=1" $(qemu_nic tap0 "$MAC")
    wait_for 10 ip link set tap0 up 2>"$LAB/none"
    host tap0 10.9.0.1/24 fd00:9::1/64
    try 0 -w 60 tap0 10.9.0.2 fd00:9::2
    wait_qemu vm
    healthy 10.9.0.2 fd00:9::2
}

network_waited_for_bare()
{
    QEMU_WAIT=0 start_qemu vm "$USUAL vm_dad=1" $(qemu_nic tap0 "$MAC")
    wait_for 10 ip link set tap0 up 2>"$LAB/none"
    host tap0 10.9.0.1/24 fd00:9::1/64
    try 0 -w 60 tap0
    wait_qemu vm
    healthy 10.9.0.2 fd00:9::2
}

# The global address is ready while the link-local one is still tentative.
network_global_address_first()
{
    QEMU_WAIT=0 start_qemu vm "vm_cmd=\"ip link set eth0 down; echo 1 >/proc/sys/net/ipv6/conf/eth0/accept_dad; \
        ip link set eth0 up; ip address add 10.9.0.2/24 dev eth0; /sbin/ip address add fd00:9::2/64 dev eth0 nodad; sleep 4\"" \
        $(qemu_nic tap0 "$MAC")
    wait_for 10 ip link set tap0 up 2>"$LAB/none"
    host tap0 10.9.0.1/24 fd00:9::1/64
    try 0 -w 60 tap0 fd00:9::2
    wait_qemu vm
    healthy 10.9.0.2 fd00:9::2
}

# ---- what only its kernel has ----

network_nested_bridge()
{
    USUAL+=" vm_bridge=1"
    usual_qemu $(qemu_nic tap0 "$MAC")
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_vrf()
{
    start_qemu vm "vm_modules=vrf vm_cmd=\"/sbin/ip link add red type vrf table 10; ip link set red up; /sbin/ip link set eth0 master red; \
        ip address add 10.9.0.2/24 dev eth0; ip address add fd00:9::2/64 dev eth0\"" $(qemu_nic tap0 "$MAC")
    QEMU=$LAB_PID
    ip link set tap0 up
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

network_ipvlan()
{
    start_qemu vm "vm_modules=ipvlan vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64 vm_cmd=\"/sbin/ip link add link eth0 name ipvl0 type ipvlan mode l2; \
        ip link set ipvl0 up; ip address add 10.9.0.3/24 dev ipvl0\"" $(qemu_nic tap0 "$MAC")
    QEMU=$LAB_PID
    ip link set tap0 up
    usual_numbers
    healthy 10.9.0.2 fd00:9::2 10.9.0.3
}

# bond MODE [WORD...]: of two cards
bond()
{
    start_qemu vm "vm_modules=tls,bonding vm_cmd=\"ip link set eth0 down; ip link set eth1 down; ip link del bond0 2>/dev/null; \
        /sbin/ip link add bond1 type bond mode $1 miimon 100 ${*:2}; \
        /sbin/ip link set eth0 master bond1; /sbin/ip link set eth1 master bond1; ip link set bond1 up; \
        ip address add 10.9.0.2/24 dev bond1; /sbin/ip address add fd00:9::2/64 dev bond1 nodad; sleep 2\"" \
        $(qemu_nic tap0 "$MAC") $(qemu_nic tap1 52:54:00:12:04:12 n1) $(monitor_of monitor)
    QEMU=$LAB_PID
    ip link set tap0 up
    ip link set tap1 up
    make_bridge br0 tap0 tap1
    host br0 10.9.0.1/24 fd00:9::1/64
}

# Active is the one behind tap0.
active_backup()
{
    bond active-backup primary eth0 "$@"
}

network_bond()
{
    active_backup
    ALL=5 # what is behind the standby card's tap is silent there
    healthy 10.9.0.2 fd00:9::2
}

network_bond_standby_tap()
{
    active_backup
    pings host 10.9.0.2
    OPERAND=tap1 BARE=5 ALL=5
    healthy
}

# The cable of the active card was pulled out; its MAC stays with the bond, or is the other card's from then on.
fails_over()
{
    tell_qemu monitor "set_link n0 off"
    wait_for 20 ping -n -q -c 1 -W 1 10.9.0.2 >"$LAB/ping" || fail "the bond does not fail over"
    OPERAND=tap1 ALL=none
    healthy 10.9.0.2 fd00:9::2
}

network_bond_after_failover()
{
    active_backup
    fails_over
}

network_bond_with_the_active_mac_after_failover()
{
    active_backup fail_over_mac active
    fails_over
}

# Which card answers ARP is another one for each asker.
network_bond_that_balances_arp()
{
    bond balance-alb
    ALL=none
    healthy 10.9.0.2 fd00:9::2
}

# Untagged address, and a VLAN with an address of its own that talks all the time.
network_trunk()
{
    start_qemu vm "$USUAL vm_cmd=\"vconfig set_name_type DEV_PLUS_VID_NO_PAD; vconfig add eth0 30; ip link set eth0.30 up; \
        ip address add 10.30.0.2/24 dev eth0.30; ping 10.30.0.1 >/dev/null & ping -b 10.30.0.255 >/dev/null &\"" $(qemu_nic tap0 "$MAC")
    QEMU=$LAB_PID
    ip link set tap0 up
    usual_numbers
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

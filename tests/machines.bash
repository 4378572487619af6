# shellcheck shell=bash
# The machines of tests: built-in guests, Linux guests, VMs, DHCP. tests/lib.sh sources this.
#
# All return when the tap is up and answering, leave the process id in $LAB_PID, and print what fails.
#   start_guest [OPTION]... TAP           the built-in guest; its options and faults: $TOOLS/guest --help
#   start_linux_guest NAME TAP MAC "ADDRESS/LENGTH..." [PUMP-OPTION]...
#                                         a Linux network stack, in network namespace NAME; faults: $TOOLS/pump --help
#   in_guest NAME COMMAND...              runs a command there (sysctl -w, ip route, nft...)
#   start_qemu NAME "VM-WORDS" QEMU-ARGUMENT...
#                                         a VM; words such as vm_ip4=10.9.0.2/24: tests/vm/init. Serial log $LAB/NAME.log,
#                                         QMP socket $LAB/NAME.qmp. QEMU_WAIT=0 start_qemu ... does not wait for its network
#   start_bare_qemu NAME QEMU-ARGUMENT... a QEMU whose guest is only its BIOS; QMP socket $LAB/NAME.qmp. With QEMU_NETNS=SPACE
#                                         in front it is in this network namespace
#   monitor_of NAME                       prints the arguments for a monitor, for start_qemu and start_bare_qemu
#   tell_qemu NAME COMMAND                says that to this monitor: stop, cont, "set_link ..."
#   qemu_nic TAP MAC [ID]                 prints the arguments for a NIC on a tap: start_qemu vm "..." $(qemu_nic tap0 MAC)
#   wait_qemu NAME [SECONDS]              until its network is up
#   stop PID                              ends a machine and waits until it, and so its tap, is gone
#   start_dhcp_client NAME [OPTION]...    busybox's udhcpc on eth0 of this Linux guest, which asks every 3 s; process $LAB_PID
#   start_dhcp_server NAME DEVICE RANGE [OPTION]...   dnsmasq in this namespace (-: the host), such as 10.9.0.100,10.9.0.150

# Runs a tool in the background until it says that it is ready.
start_tool()
{
    local line='' channel
    exec {channel}< <(exec "$@")
    LAB_PID=$!
    read -r -t 60 -u "$channel" line
    exec {channel}<&-
    [[ $line == ready ]] || fail "$1 did not start: $*"
}

start_guest()
{
    start_tool "$TOOLS/guest" "$@"
}

in_guest()
{
    local name=$1
    shift
    ip netns exec "$name" "$@"
}

start_linux_guest()
{
    local name=$1 tap=$2 mac=$3 addresses=$4 address
    shift 4
    ip netns add "$name" || fail "no namespace $name"
    in_guest "$name" bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    start_tool "$TOOLS/pump" --netns "/run/netns/$name" "$@" "$tap"
    ip -n "$name" link set eth0 address "$mac" up || fail "no MAC $mac for $name"
    for address in $addresses; do
        ip -n "$name" address add "$address" dev eth0 || fail "no address $address for $name"
    done
    [[ $addresses != *:* ]] || wait_for 5 speaks_ipv6 "$name" || fail "no IPv6 for $name"
}

# Without its script udhcpc changes nothing.
start_dhcp_client()
{
    local name=$1
    shift
    need busybox
    cat >"$LAB/udhcpc.script" <<'SCRIPT'
#!/bin/sh
[ "$1" != bound ] || ip address add "$ip/$mask" dev "$interface"
[ "$1" != deconfig ] || ip -4 address flush dev "$interface"
SCRIPT
    chmod +x "$LAB/udhcpc.script"
    in_guest "$name" busybox udhcpc -f -i eth0 -t 1000 -T 3 -s "$LAB/udhcpc.script" "$@" >"$LAB/udhcpc-$name.log" 2>&1 &
    LAB_PID=$!
}

is_dhcp_server_ready()
{
    grep -qs 'DHCP, sockets bound' "$1"
}

start_dhcp_server()
{
    local name=$1 device=$2 range=$3 log=$LAB/dnsmasq-$1-$2.log
    local -a where=()
    shift 3
    need dnsmasq
    [[ $name == - ]] || where=(ip netns exec "$name")
    "${where[@]}" dnsmasq --keep-in-foreground --log-facility=- --conf-file=/dev/null --pid-file= --user=root --port=0 \
        --interface="$device" --bind-interfaces --dhcp-leasefile="$log.leases" --dhcp-range="$range" "$@" >"$log" 2>&1 &
    LAB_PID=$!
    wait_for 10 is_dhcp_server_ready "$log" || fail "no DHCP server: $(cat "$log")"
}

# The kernel notices late that eth0 has a carrier, and only then do its IPv6 addresses become usable: first they are no longer
# tentative, then they get their local routes.
speaks_ipv6()
{
    [[ -n $(ip -n "$1" -6 address show dev eth0 scope link) && -z $(ip -n "$1" -6 address show dev eth0 tentative) &&
        $(ip -n "$1" -6 -o address show dev eth0 | wc -l) == $(ip -n "$1" -6 route show table local dev eth0 type local | wc -l) ]]
}

qemu_nic()
{
    local tap=$1 mac=$2 id=${3:-n0}
    echo "-netdev tap,id=$id,ifname=$tap,script=no,downscript=no -device virtio-net-pci,netdev=$id,mac=$mac,romfile="
}

start_qemu()
{
    local name=$1 words=$2
    shift 2
    qemu-system-x86_64 -accel tcg -m 96 -nodefaults -no-reboot -display none -name "$name" \
        -kernel "$VM_DIR/vmlinuz" -initrd "$VM_DIR/initrd.gz" -append "console=ttyS0 quiet panic=-1 no_timer_check $words" \
        -serial "file:$LAB/$name.log" -qmp "unix:$LAB/$name.qmp,server=on,wait=off" "$@" &
    LAB_PID=$!
    [[ ${QEMU_WAIT:-} == 0 ]] || wait_qemu "$name"
}

start_bare_qemu()
{
    local name=$1
    shift
    ${QEMU_NETNS:+ip netns exec "$QEMU_NETNS"} qemu-system-x86_64 -accel tcg -m 8 -nodefaults -display none -name "$name" \
        -qmp "unix:$LAB/$name.qmp,server=on,wait=off" "$@" 2>"$LAB/$name.err" &
    LAB_PID=$!
    wait_for 30 test -S "$LAB/$name.qmp" || fail "QEMU $name: $(cat "$LAB/$name.err")"
}

# Bash cannot write to a socket, but to a pipe.
monitor_of()
{
    mkfifo "$LAB/$1.in" "$LAB/$1.out" || fail "no pipes for $1"
    cat "$LAB/$1.out" >"$LAB/$1.said" &
    echo "-chardev pipe,id=monitor,path=$LAB/$1 -mon chardev=monitor,mode=readline"
}

tell_qemu()
{
    echo "$2" >"$LAB/$1.in"
}

qemu_is_up()
{
    grep -qs '^vm: network is up' "$LAB/$1.log" || ! kill -0 "$LAB_PID" 2>/dev/null
}

wait_qemu()
{
    wait_for "${2:-60}" qemu_is_up "$1" && kill -0 "$LAB_PID" 2>/dev/null && return
    cat "$LAB/$1.log"
    fail "VM $1 did not come up"
}

is_gone()
{
    ! kill -0 "$1" 2>/dev/null
}

stop()
{
    kill "$1" 2>/dev/null
    wait_for 60 is_gone "$1" || fail "process $1 does not end"
}

#!/bin/bash
# The hooks and units that are installed as examples: a definition with a fault of the network is refused, one that is well or could
# not be read is not; and what was started is checked, while nobody waits.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"
need setsid systemd-analyze
examples=$ROOT/src/packaging/examples

mkdir "$LAB/bin"
ln -s "$VMNETCHECK" "$LAB/bin/vmnetcheck"
printf '#!/bin/sh\ncat >>%s\n' "$LAB/log" >"$LAB/bin/logger"
# shellcheck disable=SC2016 # of that shell
printf '#!/bin/sh\n[ "$1" = showcmd ] && cat "%s/$2.command"\n' "$LAB" >"$LAB/bin/qm"
chmod +x "$LAB/bin/"*
export PATH=$LAB/bin:$PATH

# domain MAC...: with a card for each
domain()
{
    local mac
    echo "<domain type='qemu'><name>web1</name><devices>"
    for mac; do
        echo "<interface type='bridge'><mac address='$mac'/><source bridge='br0'/><model type='virtio'/></interface>"
    done
    echo "</devices></domain>"
}

start_command()
{
    echo "/usr/bin/kvm -id 100 -name web1 -netdev type=tap,id=net0,ifname=tap100i0,script=no,downscript=no -device virtio-net-pci,mac=$1,netdev=$2"
}

# refuses WORDS COMMAND...: what comes in is refused, and WORDS are said
refuses()
{
    local words=$1
    shift
    ! "$@" >"$LAB/said" 2>&1 || fail "not refused: $*"
    expect grep -q "$words" "$LAB/said"
}

libvirt=$examples/libvirt-hook
domain 52:54:00:12:04:11 52:54:00:12:04:12 >"$LAB/well.xml"
domain 52:54:00:12:04:11 52:54:00:12:04:11 >"$LAB/broken.xml"
echo "<domain" >"$LAB/nonsense.xml"
expect "$libvirt" web1 prepare begin - <"$LAB/well.xml"
refuses duplicate-mac "$libvirt" web1 prepare begin - <"$LAB/broken.xml"
expect "$libvirt" web1 prepare begin - <"$LAB/nonsense.xml"
expect "$libvirt" web1 stopped end - <"$LAB/broken.xml"

proxmox=$examples/proxmox-hookscript
start_command 52:54:00:12:04:11 net0 >"$LAB/100.command"
start_command 52:54:00:12:04:11 net1 >"$LAB/101.command"
expect "$proxmox" 100 pre-start
refuses nic-unconnected "$proxmox" 101 pre-start
expect "$proxmox" 102 pre-start

# checked HOOK ARGUMENT...: of $LAB/input, nobody waits for the check, and in the end the log has what came out.
checked()
{
    rm -f "$LAB/log"
    timeout 20 "$@" <"$LAB/input" | cat >"$LAB/said"
    [[ ${PIPESTATUS[0]} == 0 && ! -s $LAB/said ]] || fail "$* does not end at once, or says something: $(cat "$LAB/said")"
    wait_for 60 grep -qs '^tap0: healthy' "$LAB/log" || fail "what the log has: $(cat "$LAB/log")"
}

# shellcheck disable=SC2046 # arguments
start_qemu web1 "vm_ip4=10.9.0.2/24" $(qemu_nic tap0 52:54:00:12:04:11)
ip link set tap0 up
give_addresses tap0 10.9.0.1/24
domain 52:54:00:12:04:11 | sed "s|<model|<target dev='tap0'/>&|" >"$LAB/input"
checked "$libvirt" web1 started begin -
: >"$LAB/input"
mkdir /run/qemu-server
echo "$LAB_PID" >/run/qemu-server/100.pid
checked "$proxmox" 100 post-start

# What the unit does when the VM was started, and systemd finds no mistake in it.
sed "s|=vmnetcheck|=$VMNETCHECK|" "$examples/vm.service" >"$LAB/vm.service"
systemd-analyze verify --man=no "$LAB/vm.service" >"$LAB/said" 2>&1 || fail "$(cat "$LAB/said")"
expect [ ! -s "$LAB/said" ]
after_start()
{
    eval "MAINPID=$LAB_PID; $(sed -n 's/^ExecStartPost=//p' "$LAB/vm.service" | sed "s/--wait 60/--wait ${1:-60}/")"
}
after_start >"$LAB/said" || fail "$(cat "$LAB/said")"
kill -STOP "$LAB_PID"
! after_start 1 >"$LAB/said" || fail "a VM that does not run is started"

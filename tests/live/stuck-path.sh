#!/bin/bash
# A VM's monitor is said to be in a folder that never answers, as one of a server that is gone, or of a hostile user's own: its check
# says that QEMU could not be asked, those of others do not wait for it, and no process is left that does.
. "$(dirname "$0")/../lib.sh"
[[ -c /dev/fuse ]] || skip "needs /dev/fuse"

mkdir "$LAB/stuck" "$LAB/theirs"
exec {fuse}<>/dev/fuse || skip "cannot open /dev/fuse"
mount -i -t fuse -o "fd=$fuse,rootmode=40000,user_id=0,group_id=0,allow_other" none "$LAB/stuck" || skip "cannot mount"
install -m 755 "$TOOLS/crowd" "$LAB/theirs/qemu-system-x86_64"
start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
make_tap theirs
give_addresses theirs 10.9.1.1/24
start_tool "$LAB/theirs/qemu-system-x86_64" 1 3 theirs -netdev tap,id=n,ifname=theirs,script=no \
    -device virtio-net-pci,netdev=n -qmp "unix:$LAB/stuck/qmp,server=on"

none_is_left()
{
    ! pgrep -x vmnetcheck >/dev/null
}

check -W 0.05 theirs 10.9.1.2
expect_finding arp-no-reply
expect_json '.targets[0].notes + .targets[0].unknown | any(test("QMP|QEMU"))'
expect_json '.elapsed_us < 30 * 1000000'
wait_for 5 none_is_left || fail "processes are left"
check -W 0.05 --all
expect_json '[.targets[] | select(.interface == "tap0") | .status] == ["healthy"]'
wait_for 5 none_is_left || fail "processes are left"

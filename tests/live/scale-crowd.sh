#!/bin/bash
# What an unprivileged user's processes can make everybody's checks cost: 60 that say they are QEMU with 256 network cards each, and
# 16 with as many descriptors as the system lets them have, with and without a tap of their own. Verdicts stay, and computing time
# and memory are bounded.
LAB_ALONE=1
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/measured.bash"
need setpriv
start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
chmod 755 "$LAB"
mkdir -m 755 "$LAB/theirs" "$LAB/net"
install -m 755 "$TOOLS/crowd" "$LAB/theirs/qemu-system-x86_64"
{ mknod -m 666 "$LAB/net/tun" c 10 200 && mount --bind "$LAB/net/tun" /dev/net/tun; } ||
    skip "cannot let users open /dev/net/tun"
ip tuntap add theirs mode tap user 4000
ip tuntap add queues mode tap multi_queue user 4000

cards=()
for ((i = 0; i < 256; i++)); do
    cards+=(-nic "tap,ifname=tap$i,mac=52:54:00:12:04:11,script=no")
done

# crowd PROCESSES DESCRIPTORS TAP ARGUMENT...: that user's.
crowd()
{
    start_tool setpriv --reuid 4000 --regid 4000 --clear-groups --inh-caps=-all "$LAB/theirs/qemu-system-x86_64" "$@"
}

nobody_of_the_crowd_is_left()
{
    ! grep -qs '^Uid:[[:space:]]*4000' /proc/[0-9]*/status
}

# Its processes end after their parent, when the machine gets round to it.
stop_crowd()
{
    stop "$LAB_PID"
    wait_for 60 nobody_of_the_crowd_is_left || fail "some of the crowd do not end"
}

# expect_tap0_is_well TAPS: of which there are so many, by what is believed.
expect_tap0_is_well()
{
    run_measured check --json tap0 10.9.0.2
    expect_exit 0
    expect_only_findings
    [[ $LAB_SPENT_MS -le 200 ]] || fail "a check computed for $LAB_SPENT_MS ms"
    run_measured check --json --all
    expect_json '[.targets[] | select(.interface == "tap0") | .status] == ["healthy"]'
    expect_json ".targets | length == $1"
    run_measured lint --json --all
    run_measured list --json
    expect_json ".taps | length == $1"
}

expect_tap0_is_well 3
most=$(ulimit -Hn)
[[ $most -le 20000 ]] || most=20000
for tap in - theirs; do
    taps=3
    [[ $tap == - ]] || taps=258 # and those that its own VMs say to miss; one of them is called tap0
    crowd 60 3 "$tap" "${cards[@]}"
    expect_tap0_is_well "$taps"
    stop_crowd
    crowd 16 $((most - 16)) "$tap" "${cards[@]}"
    expect_tap0_is_well "$taps"
    run_measured check --json tap0 10.9.0.2
    expect_json '.targets[0].notes | any(contains("not looked at to their end"))'
    stop_crowd
done

# Which of them are one open file is not asked of each and every one.
crowd 16 $((most - 16)) queues/256 "${cards[@]}"
expect_tap0_is_well 258

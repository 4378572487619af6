#!/bin/bash
# A check teaches no bridge between guest and host that one of them is elsewhere: what the guest sends to the host would get lost.
. "$(dirname "$0")/../lib.sh"
need ping

MAC=52:54:00:12:04:11 HOST_MAC=02:00:00:00:00:03

# link_bridges A B: by a veth pair.
link_bridges()
{
    { ip link add "$1-$2" type veth peer name "$2-$1" && ip link set "$1-$2" master "$1" up && ip link set "$2-$1" master "$2" up; } ||
        fail "no way from $1 to $2"
}

# knows BRIDGE MAC PORT: where the bridge has learned it.
knows()
{
    bridge -j fdb show br "$1" | jq -e --arg mac "$2" --arg port "$3" 'any(.mac == $mac and .ifname == $port)' >/dev/null
}

# check_quietly ARGUMENT...: meanwhile the bridge in the middle learns nothing of the two that is not so.
check_quietly()
{
    local monitor address
    for address in 10.9.0.2 fd00:9::2; do
        ping -n -q -c 1 -W 5 "$address" >"$LAB/ping" || fail "no way to $address"
    done
    knows b2 "$HOST_MAC" b2-b3 || fail "the host is not where it is"
    stdbuf -oL bridge monitor fdb >"$LAB/learned" &
    monitor=$!
    run_vmnetcheck "$@"
    ip link set b3 address 02:00:00:00:00:04
    ip link set b3 address "$HOST_MAC"
    wait_for 5 grep -q 02:00:00:00:00:04 "$LAB/learned" || fail "the monitor says nothing"
    stop "$monitor"
    ! grep -v Deleted "$LAB/learned" | grep -E "^$HOST_MAC dev b2-b1|^$MAC dev b2-b3" || fail "the bridge was taught that by: $*"
}

start_linux_guest vm tap0 "$MAC" "10.9.0.2/24 fd00:9::2/64"
make_bridge b1 tap0
make_bridge b2
make_bridge b3
link_bridges b1 b2
link_bridges b2 b3
ip link set b3 address "$HOST_MAC"
give_addresses b3 10.9.0.1/24 fd00:9::1/64
start_linux_guest other tap1 52:54:00:12:05:03 "10.9.0.3/24 fd00:9::3/64"
ip link set tap1 master b3

for arguments in "tap0" "tap0 10.9.0.2 fd00:9::2" "--deep tap0 10.9.0.2 fd00:9::2" "-S fd00:9::1 -6 tap0 fd00:9::2"; do
    # shellcheck disable=SC2086 # a command line
    check_quietly check $arguments
    expect_exit 0
done

# ---- another machine, on the host's bridge, has its addresses as well: each of the two is asked ----

in_guest other ip address add fd00:9::2/64 dev eth0
in_guest other ip address add 10.9.0.2/24 dev eth0
check_quietly check --json tap0 10.9.0.2 fd00:9::2
expect_finding address-conflict
expect_json '[.targets[].findings[] | select(.name == "address-conflict") | .evidence[] | select(test("asked on b3"))] | length > 0'

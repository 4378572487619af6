#!/bin/bash
# A check leaves the neighbour tables of all machines as they were: of the guest, of other guests, of the LAN and of the host. Other
# guests have the addresses that a check would borrow first, and answer late.
. "$(dirname "$0")/../lib.sh"
need ping

MAC=52:54:00:12:04:11
declare -A DELAYS=([3]=5 [4]=20 [5]=40 [6]=100 [253]=200) # milliseconds, by the last byte of the address
RIVALS=(3 4 5 6 253)
MACHINES=(vm desk "${RIVALS[@]/#/vm}")

# Address and MAC of each entry of the neighbour tables there that names one.
entries()
{
    ip ${1:+-n "$1"} -j neighbour show nud all |
        jq -r '.[] | select(.lladdr != null and .state != ["NOARP"]) | "\(.dst) \(.lladdr)"' | sort
}

keep_tables()
{
    local machine
    for machine in "${MACHINES[@]}"; do
        entries "$machine" >"$LAB/$machine.$1"
    done
    entries '' >"$LAB/host.$1"
}

# expect_same_tables [GUESTS]: all may know the host by the one address in each family that the check spoke from, and the host the
# guest that was checked, or those guests, as after a ping.
expect_same_tables()
{
    local machine own
    local -A partner=([host]=${1:-$MAC})
    own=$(cat /sys/class/net/{tap0,br0}/address | paste -s -d '|')
    keep_tables after
    for machine in "${MACHINES[@]}" host; do
        # Who knew us by an address that we had borrowed learns some seconds later that nobody has it.
        comm -23 "$LAB/$machine.before" "$LAB/$machine.after" | grep -vE " ($own)\$" >"$LAB/lost"
        [[ ! -s $LAB/lost ]] || fail "$machine knew $(cat "$LAB/lost"), and now it knows: $(cat "$LAB/$machine.after")"
        comm -13 "$LAB/$machine.before" "$LAB/$machine.after" >"$LAB/new"
        ! grep -vE " (${partner[$machine]:-$own})\$" "$LAB/new" || fail "$machine knows now somebody else: $(cat "$LAB/new")"
        [[ $machine == host && $# -gt 0 ]] || [[ $(grep -c '\.' "$LAB/new") -le 1 && $(grep -c '::' "$LAB/new") -le 1 ]] || fail "$machine knows now $(cat "$LAB/new")"
    done
}

make_bridge br0
for rival in "${RIVALS[@]}"; do
    start_linux_guest "vm$rival" "tap$rival" "52:54:00:12:05:$(printf %02x "$rival")" "10.9.0.$rival/24 fd00:9::$rival/64" --delay "${DELAYS[$rival]}"
    ip link set "tap$rival" master br0
done
start_linux_guest vm tap0 "$MAC" "10.9.0.2/24 fd00:9::2/64"
ip link set tap0 master br0
ip netns add desk
ip link add uplink type veth peer name eth0 netns desk
ip link set uplink master br0 up
ip -n desk link set eth0 up
ip -n desk address add 10.9.0.100/24 dev eth0
ip -n desk address add fd00:9::100/64 dev eth0
for machine in "${MACHINES[@]}"; do
    for rival in 2 "${RIVALS[@]}"; do
        in_guest "$machine" ping -n -q -c 1 -W 5 "10.9.0.$rival" >"$LAB/ping" || fail "$machine does not reach 10.9.0.$rival"
    done
done
for machine in "${MACHINES[@]}"; do
    # Kernels forget what is stale for a minute while all namespaces together have many entries; it is not ours to forget.
    # shellcheck disable=SC2016 # the machine's shell expands it
    in_guest "$machine" bash -c 'for file in /proc/sys/net/ipv[46]/neigh/*/gc_stale_time; do echo 3600 >"$file"; done'
done
keep_tables before

# ---- the host has no address there: it borrows one ----

run_vmnetcheck check tap0
expect_same_tables
run_vmnetcheck check --deep tap0 10.9.0.2 fd00:9::2
expect_exit 0
expect_same_tables
for rival in "${RIVALS[@]}"; do
    run_vmnetcheck check -4 -S "10.9.0.$rival" tap0 10.9.0.2
    expect_same_tables
    run_vmnetcheck check -6 -S "fd00:9::$rival" tap0 fd00:9::2
    expect_same_tables
done
pids=()
for ((i = 0; i < 40; i++)); do
    "$VMNETCHECK" check --quiet -4 tap0 10.9.0.2 &
    pids+=($!)
done
wait "${pids[@]}"
expect_same_tables

# ---- and now it has one ----

give_addresses br0 10.9.0.1/24 fd00:9::1/64
for machine in "${MACHINES[@]}"; do
    in_guest "$machine" ping -n -q -c 1 -W 5 10.9.0.1 >"$LAB/ping"
    in_guest "$machine" ping -n -q -c 1 -W 5 fd00:9::1 >"$LAB/ping" 2>&1
done
ping -n -q -c 1 -W 5 fd00:9::2 >"$LAB/ping" || fail "no IPv6"
keep_tables before
for option in "" --deep; do
    run_vmnetcheck check ${option:+"$option"} tap0
    expect_same_tables
done
run_vmnetcheck check --all
expect_same_tables "$MAC|52:54:00:12:05:.."

#!/bin/bash
# A guest has two cards on one bridge, and by the second one it takes nothing from the host (rp_filter). That card answers who asks
# in nobody's name for the guest's addresses all the same. No check may have the host's table name it: what is sent there is lost.
. "$(dirname "$0")/../lib.sh"
need ping

MAC=52:54:00:12:04:11
COMMANDS=("tap0" "tap0 10.9.0.2" "--deep tap0 10.9.0.2 10.9.0.3" "tap1" "tap1 10.9.0.2" "--all")

# reached ADDRESS...: at once, and by the first card.
reached()
{
    local address
    for address; do
        ping -n -q -c 1 -W 1 "$address" >"$LAB/ping" || fail "$address is not reached any more after: $LAB_COMMAND"
        ip -j neighbour show dev br0 "$address" | jq -e --arg mac "$MAC" '.[0].lladdr == $mac' >"$LAB/entry" ||
            fail "$address is another card's for the host after: $LAB_COMMAND"
    done
}

start_linux_guest vm tap0 "$MAC" 10.9.0.2/24
start_tool "$TOOLS/pump" --netns /run/netns/vm --guest-tap eth1 tap1
ip -n vm link set eth1 address 52:54:00:12:04:21 up
ip -n vm address add 10.9.0.3/24 dev eth1
in_guest vm sysctl -qw net.ipv4.conf.all.rp_filter=1
make_bridge br0 tap0 tap1
give_addresses br0 10.9.0.1/24
LAB_COMMAND="nothing" LAB_STATUS=- LAB_MS=-
touch "$LAB/out" "$LAB/err"

for command in "${COMMANDS[@]}"; do
    # The host has no entry yet; then it has old ones, which the next answer replaces (locktime).
    ip neighbour flush dev br0
    for ((round = 0; round < 2; round++)); do
        # shellcheck disable=SC2086 # a command line
        check $command
        [[ $command == *tap1* ]] || expect_no_finding address-conflict icmp-no-reply stale-neighbour
        reached 10.9.0.2 10.9.0.3
        sleep 1.1
    done
done

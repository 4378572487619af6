#!/bin/bash
# The guest has a neighbour entry for the host that is wrong, for good: what it answers never gets to the host.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_exit 0

# answers_to MAC HOST GUEST: with the guest's entry for the host as it is, and as it was meant to be.
answers_to()
{
    ip -n web1 neigh replace "$2" lladdr "$1" dev eth0 nud permanent
    ping -n -q -c 1 -W 1 "$3" >/dev/null && fail "the host does reach $3"
    check tap0 "$3"
    expect_exit 3
    expect_only_findings reply-elsewhere
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg wrong "$1" --arg right "$(cat "/sys/class/net/$HOST_LINK/address")" --arg fix "ip neigh del $2 dev eth0" \
        '.targets[0].findings[0] | (.summary | contains($wrong) and contains($right)) and (.fix | contains($fix))'
    apply_fix web1
    check tap0 "$3"
    expect_exit 0
    ip -n web1 neigh replace "$2" lladdr "$1" dev eth0 nud permanent
    check --no-path tap0 "$3"
    expect_exit 0
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg wrong "$1" '.targets[0].notes | any(contains("answers echo requests of") and endswith($wrong))'
    ip -n web1 neigh del "$2" dev eth0
    check tap0 "$3"
    expect_exit 0
}

HOST_LINK=br0
answers_to 52:54:00:12:04:99 10.9.0.1 10.9.0.2
answers_to 52:54:00:12:04:99 fd00:9::1 fd00:9::2

# With the tap as the host's own link.
ip address flush dev br0
ip link set tap0 nomaster
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
HOST_LINK=tap0
answers_to 52:54:00:12:04:99 fd00:9::1 fd00:9::2

# An entry that is right may be permanent.
ip -n web1 neigh replace 10.9.0.1 lladdr "$(cat /sys/class/net/tap0/address)" dev eth0 nud permanent
check tap0 10.9.0.2
expect_exit 0

#!/bin/bash
# Fifty taps on one bridge: what a guest says comes in by its tap and by the bridge, and counts once. With addresses given and
# without.
LAB_ALONE=1 # many machines fill the ARP table, which is one for all namespaces
. "$(dirname "$0")/../lib.sh"
N=50

start_guest --taps "$N" --ip4 10.9.0.2/24 --ip6 fd00:9::2/64
make_bridge br0 $(seq -f 'tap%.0f' 0 $((N - 1)))
give_addresses br0 10.9.0.1/24 fd00:9::1/64
targets=()
taps=()
for ((i = 0; i < N; i++)); do
    targets+=("tap$i" "10.9.0.$((i + 2))" "$(printf 'fd00:9::%x' $((i + 2)))")
    taps+=("tap$i")
done

check "${targets[@]}"
expect_exit 0
expect_only_findings
expect_json ".targets | length == $N and all(.status == \"healthy\" and .bridge == \"br0\")"
expect_json "[.targets[].checks[]] | length == 4 * $N and all(.sent >= 3 and .received == .sent)"
expect_json '[.targets[].checks[] | select(.name | startswith("icmp")) | .duplicates] | add == 0'

check "${taps[@]}"
expect_exit 0
expect_json '.targets | all(.status == "healthy")'
expect_json '[.targets[] | [.addresses[] | select(.family == "ipv4")] | length] | all(. == 1)'

# What the host asks is watched as well: the bridge keeps it from one of them, whom the host knows yet.
need nft
nft 'add table bridge f; add chain bridge f o { type filter hook output priority 0; };
    add rule bridge f o oifname "tap7" ether type arp drop'
check "${targets[@]}"
expect_exit 4
expect_only_findings host-filter
expect_json '[.targets[] | select(.findings != []).interface] == ["tap7"]'
expect_json '.targets[7].findings[0].summary | contains("ARP request is lost between br0 and tap7")'

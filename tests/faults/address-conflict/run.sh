#!/bin/bash
# Two MACs claim one address: behind the tap, and at two ports of one bridge.
. "$(dirname "$0")/../../lib.sh"

start_guest --rival 52:54:00:99:99:99 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
for address in 10.9.0.2 fd00:9::2; do
    check tap0 $address
    expect_exit 2
    expect_only_findings address-conflict
    expect_json '.targets[0].findings[0].evidence | any(contains("52:54:00:99:99:99"))'
done
stop "$LAB_PID"

# The other one is at another port: asked for where something is wrong, or with --deep.
start_linux_guest web1 tap1 52:54:00:22:22:22 "10.9.0.9/24"
start_linux_guest web2 tap2 52:54:00:33:33:33 "10.9.0.9/24"
make_bridge br0 tap1 tap2
check --deep tap1 10.9.0.9
expect_exit 2
expect_only_findings address-conflict
expect_json '.targets[0].findings[0].evidence | any(contains("52:54:00:33:33:33"))'

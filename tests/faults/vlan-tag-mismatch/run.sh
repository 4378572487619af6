#!/bin/bash
# The guest speaks with a tag and is expected without, or with another; -V with its VID finds it healthy.
. "$(dirname "$0")/../../lib.sh"

start_guest --vlan 30 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
for arguments in "10.9.0.2" "fd00:9::2" "-V 31 10.9.0.2"; do
    # shellcheck disable=SC2086 # options
    check tap0 $arguments
    expect_exit 3
    expect_only_findings vlan-tag-mismatch
    expect_json '.targets[0].findings[0].fix | contains("-V 30")'
done
check -V 30 tap0 10.9.0.2 fd00:9::2
expect_exit 0
stop "$LAB_PID"

# Asked untagged, it answers with a tag.
start_guest --tag-replies 30 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 3
expect_only_findings vlan-tag-mismatch
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24" --vlan 30
check tap0 10.9.0.2
expect_exit 3
expect_only_findings vlan-tag-mismatch
check -V 30 tap0 10.9.0.2
expect_exit 0

#!/bin/bash
# Two machines with the same MAC and the same address: two series of IP IDs.
. "$(dirname "$0")/../../lib.sh"

start_guest --twin --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_exit 3
expect_only_findings dup-two-guests
expect_json '.targets[0].checks[] | select(.name == "icmp") | .received == 3 and .duplicates >= 3'

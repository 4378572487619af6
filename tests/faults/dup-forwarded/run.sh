#!/bin/bash
# A copy of each reply comes over a router: a TTL less, from another MAC.
. "$(dirname "$0")/../../lib.sh"

start_guest --routed-copy 52:54:00:77:77:77 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
for address in 10.9.0.2 fd00:9::2; do
    check tap0 $address
    expect_exit 3
    expect_only_findings dup-forwarded
    expect_json '.targets[0].findings[0].evidence | any(contains("52:54:00:77:77:77"))'
done
keep_capture "" 10.9.0.2 fd00:9::2

#!/bin/bash
# Each answer is looked at when it comes, however many come at once: a guest that answers all is asked no more than three times each.
. "$(dirname "$0")/../lib.sh"

start_guest --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
for _ in {1..20}; do
    check tap0
    expect_exit 0
    expect_json '.targets[0].checks | length == 6 and all(.sent == 3 and .received == 3)'
done

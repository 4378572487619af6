#!/bin/bash
# What is sent comes back and goes round, ever more of it. Named once, without the duplicates and the storm that it causes.
. "$(dirname "$0")/../../lib.sh"

for frames in 14 500; do
    start_guest --loop $frames --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
    for address in 10.9.0.2 fd00:9::2; do
        check tap0 $address
        expect_exit 3
        expect_only_findings l2-loop
        expect_json '.targets[0].findings[0].evidence[0] | contains("that we sent came back in")'
    done
    stop "$LAB_PID"
done

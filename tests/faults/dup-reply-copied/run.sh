#!/bin/bash
# The guest answers once, and its answer arrives more than once: at once, or late. IPv4 is told by identical copies, IPv6 by
# the fragment ID of the answers to requests in fragments.
. "$(dirname "$0")/../../lib.sh"

expect_copied_replies()
{
    expect_exit 3
    expect_only_findings dup-reply-copied
}

start_guest --reply-copies 2 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_copied_replies
stop "$LAB_PID"
for fault in "2" "5" "2 --copy-delay 20" "2 --copy-delay 60"; do
    # shellcheck disable=SC2086 # an option and its value
    start_linux_guest "copy${fault//[^0-9]/}" tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64" --reply-copies $fault
    for address in 10.9.0.2 fd00:9::2; do
        check tap0 $address
        expect_copied_replies
    done
    keep_capture "" 10.9.0.2 fd00:9::2
    expect_json '.targets[0].findings[0].evidence[0] | contains("same fragment id")'
    stop "$LAB_PID"
done

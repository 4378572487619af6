#!/bin/bash
# The guest gets each request more than once and answers every copy: at once, ms later, and so late that its answers are
# out of the order of the probes. IPv4 is told by IP IDs, IPv6 by requests in fragments, which reassembly takes once, unless
# a busy machine copies them yet later.
. "$(dirname "$0")/../../lib.sh"

expect_copied_requests()
{
    expect_exit 3
    expect_only_findings dup-request-copied
}

start_guest --request-copies 2 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_copied_requests
stop "$LAB_PID"

for fault in "2" "10" "2 --copy-delay 3" "2 --copy-delay 60"; do
    # shellcheck disable=SC2086 # an option and its value
    start_linux_guest "copy${fault//[^0-9]/}" tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64" --request-copies $fault
    for address in 10.9.0.2 fd00:9::2; do
        check tap0 $address
        expect_copied_requests
    done
    expect_json '.targets[0].findings[0].evidence[0] | test("reassembly ate (the|all) copies")'
    keep_capture "" 10.9.0.2 fd00:9::2
    stop "$LAB_PID"
done

# Both ways are copied: the requests, and the replies as well.
start_linux_guest both tap0 52:54:00:12:04:11 "10.9.0.2/24" --request-copies 2 --reply-copies 2
check tap0 10.9.0.2
expect_exit 3
expect_only_findings dup-request-copied dup-reply-copied

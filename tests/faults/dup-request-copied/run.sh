#!/bin/bash
# The guest gets each request twice and answers both.
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
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24" --request-copies 2
check tap0 10.9.0.2
expect_copied_requests

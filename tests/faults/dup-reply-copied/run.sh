#!/bin/bash
# The guest answers once, and its answer arrives twice: at once, or late.
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
for delay in 0 20; do
    start_linux_guest "late$delay" tap0 52:54:00:12:04:11 "10.9.0.2/24" --reply-copies 2 --copy-delay $delay
    check tap0 10.9.0.2
    expect_copied_replies
    stop "$LAB_PID"
done

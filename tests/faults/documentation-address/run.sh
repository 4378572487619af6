#!/bin/bash
# Everything works, with an address that is reserved for documentation: a warning.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "192.0.2.2/24 198.51.100.2/24 203.0.113.2/24 2001:db8::2/64 3fff::2/64"
for address in 192.0.2.2 198.51.100.2 203.0.113.2 2001:db8::2 3fff::2; do
    check tap0 $address
    expect_exit 1
    expect_only_findings documentation-address
    expect_json '.targets[0].checks | all(.status == "pass")'
done
keep_capture "" 192.0.2.2

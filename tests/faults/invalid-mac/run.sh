#!/bin/bash
# The guest answers with a group address, or with one that is all zero.
. "$(dirname "$0")/../../lib.sh"

for mac in 53:54:00:12:04:11 01:00:5e:00:00:01 00:00:00:00:00:00; do
    start_guest --answer-mac $mac --ip4 10.9.0.2 tap0
    check tap0 10.9.0.2
    expect_exit 3
    expect_finding invalid-mac
    expect_no_finding arp-no-reply address-not-assigned
    expect_json ".targets[0].findings[] | select(.name == \"invalid-mac\") | .evidence[0] | contains(\"$mac\")"
    keep_capture "" 10.9.0.2
    stop "$LAB_PID"
done

#!/bin/bash
# Another MAC answers than -m says: two crossed netdevs.
. "$(dirname "$0")/../../lib.sh"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
give_addresses tap0 10.9.0.1/24
check -m 52:54:00:12:04:22 tap0 10.9.0.2
expect_exit 3
expect_only_findings unexpected-mac
expect_json '.targets[0].findings[0].summary == "52:54:00:12:04:11 answers, but the guest is to have 52:54:00:12:04:22"'
keep_capture "" -m 52:54:00:12:04:22 10.9.0.2
check -m 52:54:00:12:04:22 tap0
expect_exit 3
expect_only_findings unexpected-mac
check -m 52:54:00:12:04:11 tap0 10.9.0.2 fd00:9::2
expect_exit 0

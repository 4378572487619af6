#!/bin/bash
# The file of --pcap: readable by its owner only, never what somebody's link in a folder like /tmp leads to. A pipe that nobody
# reads delays nothing, and neither it, once it is full, nor a full disk changes the verdict.
. "$(dirname "$0")/../lib.sh"

start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
umask 022

check --pcap "$LAB/kept" tap0 10.9.0.2
expect_exit 0
expect [ "$(stat -c %a "$LAB/kept")" == 600 ]

mkdir -m 1777 "$LAB/tmp"
echo precious >"$LAB/precious"
ln -s "$LAB/precious" "$LAB/tmp/kept"
check --pcap "$LAB/tmp/kept" tap0 10.9.0.2
expect_exit 71
expect [ "$(cat "$LAB/precious")" == precious ]
ln -s "$LAB/elsewhere" "$LAB/link" # in a folder of one's own a link is one's own
check --pcap "$LAB/link" tap0 10.9.0.2
expect_exit 0
expect test -s "$LAB/elsewhere"

# Nobody opens the pipe; somebody does, and reads nothing.
mkfifo "$LAB/pipe"
check --pcap "$LAB/pipe" tap0 10.9.0.2
expect_exit 71
expect_within_ms 5000
exec {kept_open}<>"$LAB/pipe"
check -c 1000 -i 0.001 --pcap "$LAB/pipe" tap0 10.9.0.2
expect_exit 0
expect_err 'it is incomplete'
expect_within_ms 20000
exec {kept_open}<&-

check --pcap /dev/full tap0 10.9.0.2
expect_exit 0
expect_err 'No space left'

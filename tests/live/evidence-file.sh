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

# Somebody's own file there would be his to read.
install -m 666 -o 65534 /dev/null "$LAB/tmp/theirs"
check --pcap "$LAB/tmp/theirs" tap0 10.9.0.2
expect_exit 71
expect [ ! -s "$LAB/tmp/theirs" ]

# What was kept before stays where there is nothing to keep, and is replaced where there is; a new file is a capture in any case.
check --pcap "$LAB/precious" tap9 10.9.0.2
expect_exit 4
expect [ "$(cat "$LAB/precious")" == precious ]
check --pcap "$LAB/new" tap9 10.9.0.2
run_vmnetcheck read --json "$LAB/new"
expect_exit 5
head -c 1000000 /dev/zero >"$LAB/precious"
check --pcap "$LAB/precious" tap0 10.9.0.2
expect_exit 0
expect [ "$(stat -c %s "$LAB/precious")" -lt 100000 ]
run_vmnetcheck read --json "$LAB/precious" 10.9.0.2
expect_exit 0

# Nobody opens the pipe; somebody does, and reads nothing.
mkfifo "$LAB/pipe"
check --pcap "$LAB/pipe" tap0 10.9.0.2
expect_exit 71
exec {kept_open}<>"$LAB/pipe"
check -c 1000 -i 0.001 --pcap "$LAB/pipe" tap0 10.9.0.2
expect_exit 0
expect_err 'it is incomplete'
exec {kept_open}<&-

check --pcap /dev/full tap0 10.9.0.2
expect_exit 0
expect_err 'No space left'

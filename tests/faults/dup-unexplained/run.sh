#!/bin/bash
# More answers than questions: a copy of each reply or request, at once and late, and a second machine. Every one is named
# as a duplicate (by this finding, or by a more specific one), never counted as an answer, and hides nothing else.
. "$(dirname "$0")/../../lib.sh"

expect_duplicates()
{
    expect_exit 3
    expect_json '[.targets[].findings[].name] | length > 0 and all(startswith("dup-"))'
    expect_json '.targets[0].checks[] | select(.name == "'"$1"'") | .received == 3 and .duplicates >= 3'
}

# Copies that are late are later still on a busy host.
for fault in "--reply-copies 2" "--request-copies 2" "--twin" "--reply-copies 2 --copy-delay 60"; do
    # shellcheck disable=SC2086 # an option and its value
    start_guest $fault --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
    give_addresses tap0 10.9.0.1/24 fd00:9::1/64
    linger=0.1
    [[ $fault == *delay* ]] && linger=1
    check --linger $linger tap0 10.9.0.2
    expect_duplicates icmp
    check --linger $linger tap0 fd00:9::2
    expect_duplicates icmpv6
    stop "$LAB_PID"
done
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24" --reply-copies 3
check tap0 10.9.0.2
expect_duplicates icmp

# Somebody else's pings and their answers are no duplicates of ours.
stop "$LAB_PID"
start_linux_guest web2 tap0 52:54:00:12:04:11 "10.9.0.2/24"
give_addresses tap0 10.9.0.1/24
ping -n -q -i 0.002 10.9.0.2 >"$LAB/ping" &
check -c 50 tap0 10.9.0.2
expect_exit 0
expect_json '.targets[0].checks | all(.duplicates == 0)'
stop $!
stop "$LAB_PID"

# What ping says of IPv6 has no id: in a recording of it the cause stays open.
start_linux_guest web3 tap0 52:54:00:12:04:11 "fd00:9::2/64" --reply-copies 2
give_addresses tap0 fd00:9::1/64
keep_ping fd00:9::2

#!/bin/bash
# Two machines with the same MAC and the same addresses, on one hub: two series of IP IDs, fragment IDs of their own where
# there are no others, or TTLs that one machine does not mix.
. "$(dirname "$0")/../../lib.sh"

expect_two_guests()
{
    for address in "$@"; do
        check tap0 "$address"
        expect_exit 3
        expect_only_findings dup-two-guests
    done
}

start_guest --twin --ip4 10.9.0.2 tap0
expect_two_guests 10.9.0.2
expect_json '.targets[0].checks[] | select(.name == "icmp") | .received == 3 and .duplicates >= 3'
stop "$LAB_PID"

for name in one two; do
    ip netns add $name
    in_guest $name bash -c "$(declare -f without_dad); without_dad"
done
start_tool "$TOOLS/pump" --netns /run/netns/one --netns /run/netns/two tap0
for name in one two; do
    ip -n $name link set eth0 address 52:54:00:12:04:11 up
    ip -n $name address add 10.9.0.2/24 dev eth0
    ip -n $name address add fd00:9::2/64 dev eth0
done
for _ in 1 2 3; do
    expect_two_guests 10.9.0.2 fd00:9::2
done
keep_capture "" 10.9.0.2 fd00:9::2
in_guest two sysctl -qw net.ipv4.ip_default_ttl=128 net.ipv6.conf.eth0.hop_limit=128
expect_two_guests 10.9.0.2 fd00:9::2
expect_json '.targets[0].findings[0].evidence[0] | contains("TTLs")'

#!/bin/bash
# The lab itself: the built-in guest and a Linux guest behind the pump answer the kernel's own ping, and the faults that
# they are told to make are seen by it.
. "$(dirname "$0")/../lib.sh"
need ping

# Pings ADDRESS three times; leaves ping's words in $LAB/ping.
pinged()
{
    ping -n -c 3 -i 0.02 -W 0.3 "$@" >"$LAB/ping" 2>&1
}

expect_pings()
{
    local address
    for address; do
        pinged "$address" || fail "expected an answer from $address, saw: $(cat "$LAB/ping")"
        ! grep -q DUP "$LAB/ping" || fail "expected no duplicate, saw: $(cat "$LAB/ping")"
    done
}

expect_duplicates()
{
    { pinged "$@" && grep -q 'DUP!' "$LAB/ping"; } || fail "expected a duplicate, saw: $(cat "$LAB/ping")"
}

expect_silence()
{
    ! ping -n -c 1 -W 0.2 "$@" >"$LAB/ping" 2>&1 || fail "expected no answer, saw: $(cat "$LAB/ping")"
}

# Starts a built-in guest at 10.9.0.2, the host at .1.
start_builtin()
{
    start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 "$@" tap0
    give_addresses tap0 10.9.0.1/24 fd00:9::1/64
}

lladdr()
{
    ip -j neighbour show 10.9.0.2 dev tap0 | jq -r '.[0].lladdr // "none"'
}

start_builtin
expect_pings 10.9.0.2 fd00:9::2 fe80::5054:ff:fe12:411%tap0
expect [ "$(lladdr)" = 52:54:00:12:04:11 ]
expect ping -q -c 1 -W 1 ff02::1%tap0 >"$LAB/ping"
expect_silence 10.9.0.3
stop "$LAB_PID"

start_builtin --reply-copies 2
expect_duplicates 10.9.0.2
expect_duplicates fd00:9::2
stop "$LAB_PID"

start_builtin --ignore-echo
expect_silence 10.9.0.2
expect [ "$(lladdr)" = 52:54:00:12:04:11 ]
expect_pings fd00:9::2
stop "$LAB_PID"

start_builtin --deaf
expect_silence 10.9.0.2
expect_silence fd00:9::2
expect [ "$(lladdr)" = none ]
stop "$LAB_PID"

start_builtin --bad-ip-checksum
expect_silence 10.9.0.2
stop "$LAB_PID"

# What the kernel's ping does not tell is read from a capture: $LAB/seen has one line per packet.
capture_ping()
{
    local guest=$LAB_PID
    start_capture tap0 "$LAB/pcap"
    pinged "$@"
    end_capture "$LAB_PID" "$LAB/pcap"
    tcpdump -n -e -vv -r "$LAB/pcap" 2>/dev/null | sed -z 's/\n  */ /g' >"$LAB/seen"
    stop "$guest"
}

expect_seen()
{
    grep -Eq "$1" "$LAB/seen" || fail "expected to see: $1; saw: $(cat "$LAB/seen")"
}

# The IPv4 IDs of the replies, less the first of them.
reply_ids()
{
    sed -nE 's/.* id ([0-9]+),.*echo reply.*/\1/p' "$LAB/seen" | awk 'NR == 1 { first = $1 } { print $1 - first }' | xargs
}

# The kernel's ping believes a reply with a wrong ICMP checksum.
start_builtin --bad-checksum
capture_ping 10.9.0.2
expect_seen 'echo reply.*wrong icmp cksum'

start_builtin --reply-copies 2
capture_ping 10.9.0.2
expect [ "$(reply_ids)" = "0 0 1 1 2 2" ]

start_builtin --request-copies 2
capture_ping 10.9.0.2
expect [ "$(reply_ids)" = "0 1 2 3 4 5" ]

start_builtin --twin
capture_ping 10.9.0.2
expect [ "$(reply_ids)" = "0 32768 1 32769 2 32770" ]

start_builtin --rival 52:54:00:00:99:99
capture_ping 10.9.0.2
expect_seen 'Reply 10.9.0.2 is-at 52:54:00:12:04:11'
expect_seen 'Reply 10.9.0.2 is-at 52:54:00:00:99:99'

start_builtin --routed-copy 52:54:00:00:77:77
capture_ping 10.9.0.2
expect_seen '52:54:00:12:04:11 > .*ttl 64,.*echo reply'
expect_seen '52:54:00:00:77:77 > .*ttl 63,.*echo reply'

start_builtin --tag-replies 30
capture_ping 10.9.0.2
expect_seen '52:54:00:12:04:11 > .*vlan 30, p 0, ethertype ARP.*Reply'

start_builtin --loop 14
capture_ping 10.9.0.2
expect [ "$(grep -c 'who-has 10.9.0.2' "$LAB/seen")" = 15 ]

start_builtin --answer-mac 03:00:00:00:00:01 --proxy
capture_ping 10.9.0.77
expect_seen '52:54:00:12:04:11 > .*Reply 10.9.0.77 is-at 03:00:00:00:00:01'

start_builtin --truncate 1000 --random 1000
expect_pings 10.9.0.2 fd00:9::2
stop "$LAB_PID"

start_guest --taps 20 --prefix vm
give_addresses vm19 10.0.19.1/24
expect_pings 10.0.19.2
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
expect_pings 10.9.0.2 fd00:9::2 fe80::5054:ff:fe12:411%tap0
expect in_guest web1 ping -q -c 1 -W 1 10.9.0.1 >"$LAB/ping"
in_guest web1 sysctl -qw net.ipv4.icmp_echo_ignore_all=1
expect_silence 10.9.0.2
stop "$LAB_PID"

for fault in "--reply-copies 2" "--request-copies 2" "--reply-copies 2 --copy-delay 5"; do
    name=web${fault//[^0-9a-z]/}
    # shellcheck disable=SC2086 # an option and its value
    start_linux_guest "$name" tap0 52:54:00:12:04:11 "10.9.0.2/24" $fault
    give_addresses tap0 10.9.0.1/24
    expect_duplicates 10.9.0.2
    stop "$LAB_PID"
done

start_linux_guest mute tap0 52:54:00:12:04:11 "10.9.0.2/24" --drop-from
give_addresses tap0 10.9.0.1/24
expect_silence 10.9.0.2
stop "$LAB_PID"

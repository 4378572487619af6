#!/bin/bash
# What ping and tcpdump recorded of a fault gets the same finding from "read" as the fault itself gets from "check".
. "$(dirname "$0")/../lib.sh"
need ping tcpdump

# record GUEST PING-ARGUMENT...: pings while tcpdump records the tap; then nobody is there any more.
record()
{
    local guest=$1
    shift
    start_capture tap0 "$LAB/pcap"
    ip neighbour flush dev tap0
    ping -n -c 4 -i 0.2 -W 1 "$@" >"$LAB/ping" 2>&1
    end_capture "$LAB_PID" "$LAB/pcap"
    stop "$guest"
}

# A guest that is busy with copies may lose its first reply.
expect_cause()
{
    # shellcheck disable=SC2086 # none, or one
    [[ $(findings) == "$1 packet-loss" && -n $1 ]] || expect_only_findings $1
}

# compare FINDING ADDRESS [GUEST-OPTION]...
compare()
{
    local finding=$1 address=$2 guest
    shift 2
    start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 "$@" tap0
    guest=$LAB_PID
    give_addresses tap0 10.9.0.1/24 fd00:9::1/64
    check tap0 "$address"
    # shellcheck disable=SC2086 # none, or one
    expect_only_findings $finding
    record "$guest" "$address"
    run_vmnetcheck read --json -W 0.2 "$LAB/pcap" "$address"
    expect_cause "$finding"
}

compare "" 10.9.0.2
compare "" fd00:9::2
compare dup-reply-copied 10.9.0.2 --reply-copies 2
compare dup-request-copied 10.9.0.2 --request-copies 2
compare dup-two-guests 10.9.0.2 --twin
compare dup-forwarded 10.9.0.2 --routed-copy 52:54:00:00:77:77
compare address-conflict 10.9.0.2 --rival 52:54:00:00:99:99
compare frame-reflection 10.9.0.2 --reflect
compare l2-loop 10.9.0.2 --loop 14
compare vlan-tag-mismatch 10.9.0.2 --tag-replies 30
compare arp-no-reply 10.9.0.2 --deaf --ip6 none
compare icmp-no-reply 10.9.0.2 --ignore-echo
compare icmpv6-no-reply fd00:9::2 --ignore-echo6
compare icmp-rejected 10.9.0.2 --reject 10
compare bad-checksum 10.9.0.2 --bad-checksum

# A real network stack; ping's own pace; a copy that is 60 ms late.
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64" --request-copies 2
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
record "$LAB_PID" -i 1 10.9.0.2
run_vmnetcheck read --json "$LAB/pcap"
expect_cause dup-request-copied
expect_check icmp fail 10.9.0.2

start_linux_guest web2 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64" --reply-copies 2 --copy-delay 60
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
record "$LAB_PID" 10.9.0.2
run_vmnetcheck read --json "$LAB/pcap"
expect_cause dup-reply-copied

# Without IP ids, what is sent in fragments tells.
start_linux_guest web3 tap0 52:54:00:12:04:11 "10.9.0.2/24 fd00:9::2/64" --reply-copies 2
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
record "$LAB_PID" -s 3000 fd00:9::2
run_vmnetcheck read --json "$LAB/pcap"
expect_cause dup-reply-copied

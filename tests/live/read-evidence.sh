#!/bin/bash
# check --pcap keeps every frame that was sent and seen, and "read" finds the same in it; a file that cannot be written is
# said and changes nothing.
. "$(dirname "$0")/../lib.sh"
need tcpdump

# keep_and_read FINDING [GUEST-OPTION]...
keep_and_read()
{
    local finding=$1 sent kept
    shift
    start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 "$@" tap0
    give_addresses tap0 10.9.0.1/24 fd00:9::1/64
    check --pcap "$LAB/pcap" tap0 10.9.0.2
    # shellcheck disable=SC2086 # none, or one
    expect_only_findings $finding
    stop "$LAB_PID"
    sent=$(jq '[.targets[].checks[].sent] | add' "$LAB/out")
    kept=$(tcpdump -n -e -r "$LAB/pcap" 2>/dev/null | grep -vc '^[^ ]* 52:54:00:12:04:11')
    expect [ "$kept" -ge "$sent" ]
    run_vmnetcheck read --json -W 0.2 "$LAB/pcap" 10.9.0.2
    # shellcheck disable=SC2086
    expect_only_findings $finding
}

keep_and_read ""
keep_and_read dup-reply-copied --reply-copies 2
keep_and_read dup-request-copied --request-copies 2
keep_and_read dup-two-guests --twin
keep_and_read address-conflict --rival 52:54:00:00:99:99
keep_and_read arp-no-reply --deaf --ip6 none
keep_and_read icmp-no-reply --ignore-echo
keep_and_read vlan-tag-mismatch --vlan 217

# What a bridge and its port both saw is no copy.
start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none --rival 52:54:00:00:99:99 tap0
guest=$LAB_PID
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
check --pcap "$LAB/pcap" tap0 10.9.0.2
expect_only_findings address-conflict
run_vmnetcheck read --json "$LAB/pcap" 10.9.0.2
expect_only_findings address-conflict
ip link delete br0
stop "$guest"

start_guest tap0
for option in "--pcap=" "--pcap=-"; do
    run_vmnetcheck check "$option" tap0
    expect_exit 64
    expect_err 'pcap takes the name of a file'
done
run_vmnetcheck check --pcap /nonexistent/file tap0
expect_exit 71
expect_err '/nonexistent/file: No such file or directory'
check --pcap /dev/full tap0 10.0.0.2
expect_exit 0
expect_check icmp pass 10.0.0.2
expect_err 'writing /dev/full: No space left on device; it is incomplete'
run_vmnetcheck read --pcap x y
expect_exit 64

#!/bin/bash
# Findings name the frames that prove them, in the --pcap file or the one that is read, by the numbers that tshark gives them, too.
. "$(dirname "$0")/../lib.sh"
need tshark nft

numbers()
{
    jq -r '.targets[].findings[].frames[]?' "$LAB/out"
}

# Prints FIELD of these frames of the file, each value once.
field_of()
{
    local field=$1
    shift
    tshark -n -r "$LAB/kept" -Y "frame.number in {$(tr ' ' ',' <<<"$*")}" -T fields -e "$field" 2>"$LAB/tshark" | sort -u | xargs
}

expect_field()
{
    local seen
    # shellcheck disable=SC2046 # numbers
    seen=$(field_of "$1" $(numbers)) || fail "tshark: $(cat "$LAB/tshark")"
    [[ $seen == "$2" ]] || fail "expected of frames $(numbers | xargs): $1 $2, saw: ${seen:-none}"
}

expect_count()
{
    [[ $(numbers | wc -l) == "$1" ]] || fail "expected $1 frames, saw: $(numbers | xargs)"
}

start_guest --rival 52:54:00:99:99:99 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
check --pcap "$LAB/kept" tap0 10.9.0.2
expect_only_findings address-conflict
expect_count 2
expect_field arp.src.hw_mac "52:54:00:12:04:11 52:54:00:99:99:99"
expect_field arp.opcode 2
check --pcap "$LAB/kept" tap0 fd00:9::2
expect_only_findings address-conflict
expect_count 2
expect_field icmpv6.type 136
expect_field icmpv6.nd.na.target_address fd00:9::2

# Without a file there is nothing to number, nor is what was no longer kept.
check tap0 10.9.0.2
expect_finding address-conflict
expect_json '.targets[0].findings[0].frames == null'
check --pcap "$LAB/kept" --pcap-limit 0 tap0 10.9.0.2
expect_json '.targets[0].findings[0].frames == null'
stop "$LAB_PID"

# No more than eight, and those of the right target.
start_guest --request-copies 4 --taps 2 --prefix web --ip4 10.9.1.2 --ip6 none
check --pcap "$LAB/kept" web0 10.9.1.2 web1 10.9.1.3
expect_finding dup-request-copied
expect_json '[.targets[].findings[].frames | length] == [8, 8]'
expect_field icmp.type 0
for target in 0 1; do
    seen=$(field_of frame.interface_name "$(jq -r ".targets[$target].findings[].frames | join(\" \")" "$LAB/out")")
    [[ $seen == "web$target" ]] || fail "frames of $seen are said to be of web$target"
done

# An ICMP error.
stop "$LAB_PID"
start_guest --reject 13 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 tap0
check --pcap "$LAB/kept" tap0 10.9.0.2
expect_only_findings icmp-rejected
expect_field icmp.type "3,8"
stop "$LAB_PID"

# What nobody answered, what is wrong in an answer, what came back.
stop "$LAB_PID"
start_guest --deaf --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none tap0
check --pcap "$LAB/kept" -W 0.3 tap0 10.9.0.2
expect_only_findings arp-no-reply
expect_count 3
expect_field arp.opcode 1
expect_field arp.dst.proto_ipv4 10.9.0.2
run_vmnetcheck read --json -W 0.2 "$LAB/kept" 10.9.0.2
expect_only_findings arp-no-reply
expect_field arp.opcode 1
stop "$LAB_PID"
start_guest --ignore-echo --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
check --pcap "$LAB/kept" -W 0.3 tap0 10.9.0.2
expect_only_findings icmp-no-reply
expect_field icmp.type 8
run_vmnetcheck read --json -W 0.2 "$LAB/kept" 10.9.0.2
expect_only_findings icmp-no-reply
expect_field icmp.type 8
stop "$LAB_PID"
start_guest --bad-checksum --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none tap0
check --pcap "$LAB/kept" -W 0.3 tap0 10.9.0.2
expect_only_findings bad-checksum
expect_field icmp.type 0
expect_field icmp.checksum.status 0
stop "$LAB_PID"
start_guest --loop 14 --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 none tap0
check --pcap "$LAB/kept" tap0 10.9.0.2
expect_only_findings l2-loop
[[ $(field_of eth.src "$(numbers | xargs)") == "$(cat /sys/class/net/tap0/address)" ]] || fail "no frames of ours that came back"
stop "$LAB_PID"

# Whom the guest asks for, to answer somebody far.
start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/32"
ip -n web1 route add 10.9.0.254 dev eth0
ip -n web1 route add default via 10.9.0.254
give_addresses tap0 10.9.0.1/24
check --pcap "$LAB/kept" tap0 10.9.0.2
expect_only_findings no-gateway
expect_field arp.dst.proto_ipv4 10.9.0.254
expect_field eth.src 52:54:00:12:04:11
stop "$LAB_PID"

# Where the host's own ping was seen: at the bridge and the tap, but no reply behind the filter.
start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 tap0
make_bridge br0 tap0
give_addresses br0 10.9.0.1/24
expect nft -f - <<'RULES'
table bridge b { chain f { type filter hook input priority 0; policy accept; ether type ip ip protocol icmp drop; }; }
RULES
check --pcap "$LAB/kept" tap0 10.9.0.2
expect_only_findings host-filter
expect_field icmp.type "0 8"
expect_field frame.interface_name "br0 tap0"

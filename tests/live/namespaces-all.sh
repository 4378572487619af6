#!/bin/bash
# One run over all network namespaces: each tap is judged by what is in its own, though others have the same names, indexes,
# MACs and addresses; by a process where the namespace has no name. What cannot be looked into is said; what vanishes meanwhile
# harms nobody.
. "$(dirname "$0")/../lib.sh"
need nft setpriv setcap

# make_space NAME TAPS: as the host of so many VMs.
make_space()
{
    ip netns add "$1"
    in_guest "$1" bash -c "$(declare -f without_dad fail wait_for has_usable_addresses make_tap make_bridge give_addresses)
        without_dad; make_bridge br0; give_addresses br0 10.9.0.1/24
        for ((i = 0; i < $2; i++)); do make_tap tap\$i; ip link set tap\$i master br0; done"
}

# start_in NAME GUEST-OPTION... TAP
start_in()
{
    local name=$1
    shift
    start_tool ip netns exec "$name" "$TOOLS/guest" --ip4 10.9.0.2/24 --ip6 none "$@"
}

make_space red 2
make_space blue 1
make_space green 1
start_in red --mac 52:54:00:12:34:01 tap0
start_in blue --mac 52:54:00:12:34:01 --ignore-echo tap0
blue_guest=$LAB_PID
start_in green --mac 52:54:00:12:34:01 tap0
make_tap tap0
start_guest --mac 52:54:00:12:34:01 --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
expect [ "$(in_guest red cat /sys/class/net/tap0/ifindex)" == "$(in_guest green cat /sys/class/net/tap0/ifindex)" ]

# findings_of NETNS-OR-NULL TAP: their names
findings_of()
{
    jq -c --argjson netns "$1" --arg tap "$2" \
        '.targets[] | select(.netns == $netns and .interface == $tap) | [.findings[].name]' "$LAB/out"
}

check --all-netns
expect_exit 4
expect [ "$(findings_of null tap0)" == '[]' ]
expect [ "$(findings_of '"red"' tap0)" == '[]' ]
expect [ "$(findings_of '"red"' tap1)" == '["tap-unattached"]' ]
expect [ "$(findings_of '"blue"' tap0)" == '["icmp-no-reply"]' ]
expect [ "$(findings_of '"green"' tap0)" == '[]' ]
expect_json '[.targets[] | .netns] == [null, "blue", "green", "red", "red"] and .host.netns == null'
run_vmnetcheck --all-netns
expect_out '^blue/tap0 +FAULT l3 '
expect_out '^red/tap1 +FAULT host '
expect_out '^healthy: tap0 green/tap0 red/tap0$'

stop "$blue_guest"
ip netns delete blue
in_guest red ip link delete tap1

# The firewall of one of them.
in_guest green nft 'add table inet f; add chain inet f i { type filter hook input priority 0; };
    add rule inet f i ip saddr 10.9.0.2 icmp type echo-reply drop'
check --all-netns --find-rule --pcap "$LAB/all.pcapng"
expect [ "$(findings_of '"red"' tap0)" == '[]' ]
expect [ "$(findings_of '"green"' tap0)" == '["host-filter"]' ]
"$VMNETCHECK" version | grep -q 'built with.*nftables' &&
    expect_json '[.targets[] | select(.netns == "green") | .findings[].evidence[] | select(contains("inet f i handle"))] | length > 0'
for name in tap0 red/tap0 green/tap0 green/br0; do
    grep -aqF "$name" "$LAB/all.pcapng" || fail "no interface $name in the evidence"
done
in_guest green nft flush ruleset

# list and lint.
run_vmnetcheck list --json --all-netns
expect_exit 0
expect_json '[.taps[] | .netns, .interface, .state] ==
    [null, "tap0", "up", "green", "tap0", "up", "red", "tap0", "up"]'
run_vmnetcheck list --all-netns
expect_out '^TAP +STATE +NETNS '

# A namespace without a name; by the process that holds the tap, which is what --pid finds as well.
start_tool ip netns exec green unshare --net bash -c "ip tuntap add tap0 mode tap && ip link set tap0 up &&
    ip address add 10.9.0.1/24 dev tap0 && exec '$TOOLS/guest' --ip4 10.9.0.2 --ip6 none tap0"
nameless=$LAB_PID
check --all-netns
expect [ "$(findings_of "\"$nameless\"" tap0)" == '[]' ]
check --pid "$nameless"
expect_exit 0
# shellcheck disable=SC2016 # jq's own
expect_json --arg pid "$nameless" '[.targets[] | .netns, .interface] == [$pid, "tap0"]'
check --pid "$(in_guest red pgrep -f -- 'ip4 10.9.0.2/24 --ip6 none --mac 52:54:00:12:34:01 tap0' | head -n 1)"
expect_json '.targets[0].interface == "tap0" and (.targets[0].netns | IN("red", "green"))'
stop "$nameless"
check --pid "$nameless"
expect_exit 4
expect_only_findings no-such-tap

# Whoever makes a namespace of his own is not looked for in it.
start_tool setpriv --reuid 4000 --regid 4000 --clear-groups --inh-caps=-all unshare --map-root-user --net \
    bash -c 'ip link set lo up && echo ready && exec sleep 600'
check --all-netns
expect_json '[.targets[].netns] | unique == [null, "green", "red"]'

# What has the name of one, and is none: could not be told, whatever else is healthy.
touch /run/netns/file
check --all-netns
expect_exit 5
expect_json '(.error | contains("file")) and ([.targets[].status] | all(. == "healthy"))'
run_vmnetcheck list --json --all-netns
expect_exit 5
expect_json '(.error | contains("file")) and (.taps | length > 0)'
rm /run/netns/file
run_vmnetcheck --all-netns --netns red
expect_exit 64
run_vmnetcheck --all-netns tap0
expect_exit 64

# It vanishes in the middle, with its tap, and with its VM.
make_space gone 1
start_in gone --mac 52:54:00:12:34:01 --deaf tap0
before=$(in_guest gone cat /sys/class/net/tap0/statistics/tx_packets)
begin_check --all-netns
is_swept()
{
    [[ $(in_guest gone cat /sys/class/net/tap0/statistics/tx_packets) -gt $((before + 100)) ]]
}
wait_for 5 is_swept || fail "nothing was sent there"
ip netns delete gone
stop "$LAB_PID"
end_check
expect_json '[.targets[] | select(.netns == "gone") | .status] | length == 1 and .[0] != "healthy"'
expect [ "$(findings_of '"red"' tap0)" == '[]' ]

# Without the right to enter any.
install -m 755 "$VMNETCHECK" "$LAB/vmnetcheck"
chmod 755 "$LAB"
as_nobody()
{
    LAB_COMMAND="vmnetcheck $* (as nobody)" LAB_STATUS=0 LAB_MS=0
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$LAB/vmnetcheck" "$@" \
        >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
}
as_nobody --json --all-netns
expect_exit 77
expect_json '.error | contains("CAP_SYS_ADMIN")'
expect eval "$(sed -n 's/.*or once: //p' "$LAB/err")"
as_nobody --json --all-netns
expect_exit 0
expect_json '[.targets[].netns] == [null, "green", "red"]'

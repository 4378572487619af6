#!/bin/bash
# Taps in another network namespace: facts, frames, the host's own stack, its filters and who holds a tap are all of that
# namespace, though another one has the same names, indexes, MACs and addresses. What is none is 71, or 77, with a document.
. "$(dirname "$0")/../lib.sh"
need nft setpriv setcap

# make_space NAME: as the host of a VM, which is there already. start_space NAME GUEST-OPTION...
make_space()
{
    ip netns add "$1"
    in_guest "$1" bash -c "$(declare -f without_dad fail wait_for has_usable_addresses make_tap make_bridge give_addresses)
        without_dad; make_tap tap0; make_bridge br0 tap0; give_addresses br0 10.9.0.1/24 fd00:9::1/64"
}

start_space()
{
    local name=$1
    shift
    start_tool ip netns exec "$name" "$TOOLS/guest" --mac 52:54:00:12:34:01 --ip4 10.9.0.2 --ip6 fd00:9::2 "$@" tap0
}

make_space red
make_space blue
make_space gone
start_space red
red_guest=$LAB_PID
start_space blue

# The same everywhere, but for what is said of it.
for name in red blue; do
    check --netns "$name" tap0 10.9.0.2 fd00:9::2
    expect_exit 0
    expect_only_findings
    # shellcheck disable=SC2016 # jq's own
    expect_json --arg name "$name" '.host.netns == null and [.targets[].netns] == [$name]'
    expect_json '.targets[0].vm.mac == null and .targets[0].bridge == "br0"'
    expect_json '[.targets[0].path[] | .interface, .request, .reply] == ["br0", "seen", "seen", "br0", "seen", "seen", "tap0", "seen", "seen"]'
    run_vmnetcheck --netns "$name" --all
    expect_exit 0
    expect_out "^$name/tap0: healthy"
done
check tap0 10.9.0.2
expect_exit 4
expect_only_findings no-such-tap
expect_json '.targets[0].netns == null'

# By a process, with the name that its namespace has.
sleep 60 &
here=$!
check --netns "$red_guest" tap0
expect_exit 0
expect_json '.targets[0].netns == "red"'
check --netns "$here" tap0
expect_exit 4
expect_only_findings no-such-tap
ip netns exec red unshare --net sleep 60 &
nameless=$!
lives_alone()
{
    [[ $(ip netns identify "$nameless") == "" && $(cat "/proc/$nameless/comm") == sleep ]]
}
wait_for 5 lives_alone || fail "no namespace without a name"
check --netns "$nameless" tap0
expect_exit 4
# shellcheck disable=SC2016 # jq's own
expect_json --arg pid "$nameless" '.targets[0].netns == $pid'

# Its firewall, and nobody else's.
in_guest red nft 'add table inet f; add chain inet f i { type filter hook input priority 0; };
    add rule inet f i ip saddr 10.9.0.2 icmp type echo-reply drop'
check --find-rule --netns red tap0 10.9.0.2
expect_exit 4
expect_only_findings host-filter
expect_json '.targets[0].findings[0].fix | startswith("in network namespace red: ")'
"$VMNETCHECK" version | grep -q 'built with.*nftables' && expect_json '.targets[0].findings[0].evidence | any(contains("inet f i handle"))'
check --netns blue tap0 10.9.0.2
expect_exit 0
in_guest red nft flush ruleset

# What it is called in the evidence.
check --netns red --pcap "$LAB/red.pcapng" tap0 10.9.0.2
expect_exit 0
grep -q tap0 "$LAB/red.pcapng" || fail "no interface of the name tap0 in the evidence"

# list and lint.
run_vmnetcheck list --json --netns red
expect_exit 0
# shellcheck disable=SC2016 # jq's own
expect_json --argjson pid "$red_guest" '[.taps[] | .interface, .netns, .state, .vm.pid] == ["tap0", "red", "up", $pid]'
run_vmnetcheck list --json
expect_json '.taps == []'
run_vmnetcheck lint --netns red "$0"
expect_exit 64

# What is none.
ip netns delete gone
touch /run/netns/file
mkfifo /run/netns/fifo
true &
wait $!
for name in gone file fifo "$!"; do
    for command in check "lint --all" list; do
        # shellcheck disable=SC2086 # words
        run_vmnetcheck $command --json --netns "$name"
        expect_exit 71
        expect_json '.error | test("network namespace")'
        [[ $command == list ]] || expect_json '.exit == 71 and .status == "unknown" and .targets == []'
    done
done
for name in "" ../netns/red a/b .; do
    run_vmnetcheck --netns "$name" tap0
    expect_exit 64
done

# Who lacks the right to look in: the very command, and after it, but not at processes of others.
install -m 755 "$VMNETCHECK" "$LAB/vmnetcheck"
chmod 755 "$LAB"
as_nobody()
{
    LAB_COMMAND="vmnetcheck $* (as nobody)" LAB_STATUS=0 LAB_MS=0
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$LAB/vmnetcheck" "$@" \
        >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
}
as_nobody --json --netns red tap0 10.9.0.2
expect_exit 77
expect_json '.exit == 77 and (.error | contains("CAP_SYS_ADMIN"))'
expect eval "$(sed -n 's/.*or once: //p' "$LAB/err")"
as_nobody --json --netns red tap0 10.9.0.2
expect_exit 0
expect_json '.targets[0].netns == "red"'
as_nobody --json --netns "$red_guest" tap0 10.9.0.2
expect_exit 77
expect_json '.error | contains("CAP_SYS_PTRACE")'

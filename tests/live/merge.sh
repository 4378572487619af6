#!/bin/bash
# Two hosts on one segment, each with a bridge and a guest, and a gateway for both: their documents are merged. One MAC or address
# on both is an error there, and no finding behind bridges that lead nowhere, as libvirt's default networks are.
LAB_PACKAGES="prometheus:usr/bin/promtool"
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/consumers.bash"
need xmllint prove tidy ping setpriv

# make_host NAME ADDRESS: a namespace with br0, whose uplink is a port of the switch here. With a MAC address that stays when ports
# come, the host remembers its gateway.
make_host()
{
    { ip netns add "$1" && ip link add "up-$1" type veth peer name uplink netns "$1" &&
        ip link set "up-$1" master switch up && ip -n "$1" link set uplink up && in_host "$1" bash -c "$(declare -f without_dad); without_dad"; } ||
        fail "no host $1"
    { ip -n "$1" link add br0 type bridge stp_state 0 forward_delay 0 && ip -n "$1" link set br0 up &&
        ip -n "$1" link set br0 address "$(cat /sys/class/net/"up-$1"/address)" && ip -n "$1" link set uplink master br0 && ip -n "$1" address add "$2/24" dev br0 &&
        ip -n "$1" route add default via 10.9.0.254; } || fail "no bridge on $1"
    in_host "$1" ping -n -q -c 1 -W 5 10.9.0.254 >"$LAB/ping" || fail "$1 does not reach its gateway"
}

in_host()
{
    ip netns exec "$@"
}

# start_guest_on HOST TAP BRIDGE GUEST-OPTION...
start_guest_on()
{
    local host=$1 tap=$2 bridge=$3
    shift 3
    start_tool ip netns exec "$host" "$TOOLS/guest" --ip6 none "$@" "$tap"
    ip -n "$host" link set "$tap" master "$bridge" || fail "$tap is no port of $bridge on $host"
}

# document HOST ADDRESS...: what that host says of tap0, as $LAB/HOST.json.
document()
{
    local host=$1
    shift
    in_host "$host" "$VMNETCHECK" --json tap0 "$@" >"$LAB/$host.json" 2>"$LAB/$host.err" || fail "$host: $(cat "$LAB/$host.err" "$LAB/$host.json")"
}

merge()
{
    begin_vmnetcheck merge --json "$@"
    end_check
}

make_bridge switch
ip link set switch address 52:54:00:ff:ff:fe || fail "no MAC for the gateway" # otherwise that of one of its ports
give_addresses switch 10.9.0.254/24
make_host hv1 10.9.0.1
make_host hv2 10.9.0.2
start_guest_on hv1 tap0 br0 --ip4 10.9.0.11 --mac 52:54:00:00:00:11
first=$LAB_PID
start_guest_on hv2 tap0 br0 --ip4 10.9.0.12 --mac 52:54:00:00:00:12
second=$LAB_PID
document hv1 10.9.0.11
document hv2 10.9.0.12
merge "$LAB/hv1.json" "$LAB/hv2.json"
expect_exit 0
expect_only_findings
expect_json '.merged == {documents: 2, hosts: 2, targets: 2}'
expect_json '[.targets[] | .host.netns] == ["hv1", "hv2"] and all(.targets[]; .segment.confined == false
    and .segment.subnets == ["10.9.0.0/24"] and (.segment.gateways | length == 1 and .[0].mac != null))'

# One MAC on both. Each host alone has seen nothing wrong: the bridge between has them in turn.
stop "$second"
start_guest_on hv2 tap0 br0 --ip4 10.9.0.12 --mac 52:54:00:00:00:11
second=$LAB_PID
ip link set up-hv1 down
document hv2 10.9.0.12
ip link set up-hv1 up
merge "$LAB/hv1.json" "$LAB/hv2.json"
expect_exit 3
expect_only_findings duplicate-mac
expect_json 'all(.targets[]; .findings[0].severity == "error" and (.findings[0].evidence | any(contains("one segment"))))'

# As a stream, by somebody without rights, in each format.
cat "$LAB/hv1.json" "$LAB/hv2.json" >"$LAB/both.json"
for format in text jsonl junit tap13 nagios prometheus html; do
    LAB_COMMAND="merge -f $format" LAB_STATUS=0
    setpriv --reuid 4000 --regid 4000 --clear-groups "$VMNETCHECK" merge -f $format - <"$LAB/both.json" >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
    case $format in
    junit) expect is_junit "$LAB/out" ;;
    html) expect is_html "$LAB/out" ;;
    tap13) expect is_tap "$LAB/out" ;;
    nagios) expect is_nagios "$LAB/out" ;;
    prometheus) expect is_prometheus "$LAB/out" ;;
    text) expect_out ':hv2/tap0 +FAULT l2' ;;
    esac
    [[ $format == nagios ]] || expect_exit 3
done
run_vmnetcheck merge --ignore duplicate-mac "$LAB/both.json"
expect_exit 0

# What is damaged, missing or none of ours is said, and what could be read counts.
merge "$LAB/hv1.json" /nonexistent
expect_exit 71
expect_err 'nonexistent: No such file'
head -c 3000 "$LAB/both.json" >"$LAB/cut.json"
merge "$LAB/hv1.json" "$LAB/cut.json"
expect_exit 5
expect_err 'cut.json: it is cut off'
run_vmnetcheck list --json
cp "$LAB/out" "$LAB/list.json"
merge "$LAB/list.json"
expect_exit 5
expect_err 'none of check, read and lint'
run_vmnetcheck merge
expect_exit 64

# Bridges that lead nowhere: the same addresses, the same MAC, and nothing wrong.
stop "$first"
stop "$second"
for host in hv1 hv2; do
    { ip -n $host link add virbr0 type bridge stp_state 0 forward_delay 0 && ip -n $host link set virbr0 up &&
        ip -n $host address add 192.168.122.1/24 dev virbr0; } || fail "no virbr0"
    start_guest_on $host tap0 virbr0 --ip4 192.168.122.2 --mac 52:54:00:00:00:11
    document $host
done
merge "$LAB/hv1.json" "$LAB/hv2.json"
expect_exit 0
expect_only_findings
expect_json 'all(.targets[]; .segment == {confined: true, subnets: ["192.168.122.0/24"], gateways: []})'

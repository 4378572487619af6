#!/bin/bash
# What other users' processes call themselves, say of their taps and hold elsewhere changes nothing for a VM, and makes nothing a
# target: it is a note with their user and a process of theirs.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"
need setpriv

# shellcheck disable=SC2046 # arguments
start_qemu web1 "vm_ip4=10.9.0.2/24" $(qemu_nic tap0 52:54:00:12:04:11)
web1=$LAB_PID
ip link set tap0 up
give_addresses tap0 10.9.0.1/24
mkdir -m 777 "$LAB/theirs"
chmod 755 "$LAB"
cp "$(command -v bash)" "$LAB/theirs/qemu-system-x86_64"

# Becomes a command of that user's: for the background.
as_mallory()
{
    exec setpriv --reuid 4000 --regid 4000 --clear-groups --inh-caps=-all "$@"
}

pretends()
{
    [[ $(tr '\0' ' ' <"/proc/$1/cmdline") == qemu-system-x86_64\ -c* ]]
}

# pretend PROGRAM NAME ARGUMENT...: a process of that user's which runs PROGRAM, calls itself QEMU, and does nothing.
pretend()
{
    local program=$1 name=$2
    shift 2
    as_mallory bash -c 'exec -a qemu-system-x86_64 "$@"' - "$program" -c 'sleep 600; :' -- -name "$name" "$@" &
    LAB_PID=$!
    wait_for 10 pretends "$LAB_PID" || fail "$name does not pretend"
}

expect_web1_is_well()
{
    check tap0 10.9.0.2
    expect_exit 0
    expect_only_findings
    expect_json ".targets[0].vm | .name == \"web1\" and .pid == $web1"
    check --all
    expect_exit 0
    expect_json '[.targets[].interface] == ["tap0"]'
    check --vm web1
    expect_exit 0
    expect_json ".targets[0].vm.pid == $web1"
    lint --all
    expect_exit 0
    expect_json '[.targets[].vm.name] == ["web1"]'
    run_vmnetcheck list --json
    expect_json ".taps | length == 1 and .[0].holders == 1 and .[0].vm.pid == $web1"
}

expect_web1_is_well
expect_json '.taps[0].vm.name == "web1"'

# A name that anybody can give himself.
pretend "$(command -v bash)" web1 -nic tap,ifname=tap0,mac=52:54:00:12:04:11 -nic tap,ifname=tap9
expect_web1_is_well
check tap0 10.9.0.2
expect_json '.targets[0].notes | all(contains("4000") | not)'
stop "$LAB_PID"

# A program of that name, and taps and MACs of others.
for ((i = 0; i < 60; i++)); do
    pretend "$LAB/theirs/qemu-system-x86_64" web1 -nic tap,ifname=tap0,mac=52:54:00:12:04:11 -nic tap,ifname=tap9 \
        -qmp "unix:$LAB/web1.qmp,server=on,wait=off"
    [[ $i -gt 0 ]] || first=$LAB_PID
done
expect_web1_is_well
check tap0 10.9.0.2
expect_json ".targets[0].notes | any(contains(\"user 4000\") and contains(\"60 \") and contains(\"process $first\"))"
lint --pid "$first"
expect_json '.targets | length == 1'
for pid in $(jobs -p); do
    [[ $pid == "$web1" ]] || kill "$pid"
done

# A tap of the same name in a network namespace of its own, held by a process that lives in ours.
ip netns add theirs
start_tool "$TOOLS/pump" --netns /run/netns/theirs tap1
ip link set tap0 name eth0
check eth0 10.9.0.2
expect_exit 0
expect_only_findings
expect_json ".targets[0].vm.pid == $web1"

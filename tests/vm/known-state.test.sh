#!/bin/bash
# The address that the kernel's command line gives is checked, however long it takes to find the VM among the processes. A
# paused VM is told from a broken network. A QMP socket with another client is said to be busy, and nobody waits for it.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

# shellcheck disable=SC2046 # arguments
start_qemu web1 "vm_ip4=10.9.0.2/24 ip=10.9.0.2::10.9.0.1:255.255.255.0" $(qemu_nic tap0 52:54:00:12:04:11) $(monitor_of web1)
ip link set tap0 up
expect_configured()
{
    check tap0
    expect_exit 0
    expect_json '.targets[0].addresses | any(.address == "10.9.0.2" and .source == "configured")'
}
expect_configured
crowd=()
for ((i = 0; i < 1500; i++)); do
    sleep 600 &
    crowd+=($!)
done
for _ in 1 2 3; do
    expect_configured
done
kill "${crowd[@]}"

give_addresses tap0 10.9.0.1/24
check tap0
expect_exit 0
expect_json '.targets[0].vm | .name == "web1" and .mac == "52:54:00:12:04:11"'
check --vm web1
expect_exit 0

tell_qemu web1 stop
check tap0 10.9.0.2
expect_exit 4
expect_only_findings vm-not-reading
expect_json '.targets[0].findings[0].summary | contains("\"paused\"")'
check tap0
expect_exit 4
expect_only_findings vm-not-reading
expect_json '.targets[0].findings[0].fix | contains("virsh resume web1")'
tell_qemu web1 "$(jq -r '.targets[0].findings[0].fix | capture("at the monitor of QEMU: (?<said>[a-z_]+)").said' "$LAB/out")"
check tap0 10.9.0.2
expect_exit 0

# Another client: a second QEMU whose serial line is connected to the socket.
tell_qemu web1 stop
qemu-system-x86_64 -accel tcg -m 8 -nodefaults -display none -S -serial "unix:$LAB/web1.qmp" &
client=$!
is_busy()
{
    check -c 1 -W 0.1 --linger 0 tap0 10.9.0.2
    jq -e '.targets[0].notes | any(contains("busy: it has another client"))' "$LAB/out" >/dev/null
}
wait_for 30 is_busy || fail "not busy"
expect_exit 3
expect_only_findings arp-no-reply
stop "$client"
check tap0 10.9.0.2
expect_only_findings vm-not-reading
stop "$LAB_PID"

#!/bin/bash
# A real VM that boots while vmnetcheck -w waits for it: the check starts before the tap exists and ends healthy within 0.3 s
# of the guest saying that its network is up. Then the same VM is checked with and without addresses, on its tap and as the
# port of a bridge: exit 0, all four probes pass.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

MAC=52:54:00:12:04:11
TRIES=3 # the machine may be busy

expect_four_passed()
{
    expect_exit 0
    expect_only_findings
    expect_json '.status == "healthy"'
    expect_json '[.targets[0].checks[] | select(.status == "pass") | .name] | unique == ["arp", "icmp", "icmpv6", "ndp"]'
}

# The tap of a VM without a start script is down at first.
tap_up()
{
    ip link set tap0 up 2>/dev/null
}

boot_while_waiting()
{
    local up_us
    begin_check -w 60 tap0 10.9.0.2 fd00:9::2
    sleep 0.2
    # shellcheck disable=SC2046 # arguments
    QEMU_WAIT=0 start_qemu web1 "vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64" $(qemu_nic tap0 $MAC)
    wait_for 10 tap_up || fail "QEMU made no tap"
    give_addresses tap0 10.9.0.1/24 fd00:9::1/64
    wait_qemu web1
    up_us=${EPOCHREALTIME/./}
    end_check
    expect_four_passed
    late_ms=$(((LAB_END_US - up_us) / 1000))
    echo "healthy $late_ms ms after the guest's network came up, $((LAB_MS / 1000)) s after the start"
}

for ((try = 0; try < TRIES; try++)); do
    [[ $try == 0 ]] || stop "$LAB_PID"
    boot_while_waiting
    [[ $late_ms -le 300 ]] && break
done
[[ $late_ms -le 300 ]] || fail "expected at most 300 ms, saw $late_ms"

check tap0 10.9.0.2 fd00:9::2
expect_four_passed
check -m $MAC tap0
expect_four_passed
expect_json '[.targets[0].addresses[].address] | sort == ["10.9.0.2", "fd00:9::2", "fe80::5054:ff:fe12:411"]'
run_vmnetcheck tap0
expect_out '^tap0: healthy .*52:54:00:12:04:11'
ip address flush dev tap0
check tap0 10.9.0.2 fd00:9::2
expect_four_passed

make_bridge br0 tap0
give_addresses br0 10.9.0.1/24 fd00:9::1/64
check tap0 10.9.0.2 fd00:9::2
expect_four_passed
check tap0
expect_four_passed

# The VM ends: its tap goes with it.
stop "$LAB_PID"
check tap0 10.9.0.2
expect_exit 4
expect_only_findings no-such-tap

#!/bin/bash
# A real VM that boots while vmnetcheck -w waits for it: the check starts before the tap exists and ends healthy as soon as the
# guest is there, before its patience is at an end (how soon: test_guest_that_comes_up, in virtual time). Then the same VM is
# checked with and without addresses, on its tap and as the port of a bridge: exit 0, all four probes pass.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

MAC=52:54:00:12:04:11
LINK_LOCAL=fe80::5054:ff:fe12:411 # the guest tries it for a second or two before it is its own (RFC 4862 section 5.4)

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

begin_check -w 100 tap0 10.9.0.2 fd00:9::2
sleep 0.2
# shellcheck disable=SC2046 # arguments
QEMU_WAIT=0 start_qemu web1 "vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64" $(qemu_nic tap0 $MAC)
wait_for 10 tap_up || fail "QEMU made no tap"
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
end_check
expect_four_passed
expect_json '.elapsed_us < 100e6'

check tap0 10.9.0.2 fd00:9::2
expect_four_passed
wait_for 5 ping -c 1 -W 1 -q "$LINK_LOCAL%tap0" >/dev/null || fail "$LINK_LOCAL does not answer"
check -m $MAC tap0
expect_four_passed
expect_json '[.targets[0].addresses[].address] | sort == ["10.9.0.2", "fd00:9::2", "'$LINK_LOCAL'"]'
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

#!/bin/bash
# --xml: a domain of libvirt says which taps are meant, and which MAC address and addresses the guest has to have at each of them.
. "$(dirname "$0")/../lib.sh"

# interface TAP MAC ADDRESS...
interface()
{
    local address
    echo "<interface type='ethernet'><mac address='$2'/><target dev='$1' managed='no'/>"
    for address in "${@:3}"; do echo "<ip address='${address%/*}' family='ipv4' prefix='${address#*/}'/>"; done
    echo "</interface>"
}

# domain INTERFACE...: into $LAB/domain.xml
domain()
{
    printf '%s\n' "<domain type='kvm'><name>web1</name><devices>" "$@" "</devices></domain>" >"$LAB/domain.xml"
}

check_domain()
{
    check "$@" --xml "$LAB/domain.xml"
}

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
start_guest --mac 52:54:00:12:04:12 --ip4 10.9.1.2 --ip6 none tap1
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
give_addresses tap1 10.9.1.1/24

# Each card has its own; likewise by standard input, as a hook has it.
domain "$(interface tap0 52:54:00:12:04:11 10.9.0.2/24 fd00:9::2/64)" "$(interface tap1 52:54:00:12:04:12 10.9.1.2/24)"
check_domain
expect_exit 0
expect_only_findings
expect_json '[.targets[] | {(.interface): [.addresses[] | select(.source == "given").address]}] | add == {"tap0": ["10.9.0.2", "fd00:9::2"], "tap1": ["10.9.1.2"]}'
check_domain -4
expect_exit 0
expect_json '[.targets[].addresses[].family] | unique == ["ipv4"]'
"$VMNETCHECK" --xml - <"$LAB/domain.xml" >"$LAB/said" || fail "from standard input: $(cat "$LAB/said")"
expect [ "$(grep -cE '^tap[01].*healthy' "$LAB/said")" == 2 ]

# Without addresses they are searched for.
domain "$(interface tap1 52:54:00:12:04:12)"
check_domain
expect_exit 0
expect_json '.targets[0].addresses | any(.address == "10.9.1.2" and .source != "given")'

# What the guest has is not what the domain says.
domain "$(interface tap1 52:54:00:12:04:99 10.9.1.2/24)"
check_domain
expect_finding unexpected-mac
check_domain --mac 52:54:00:12:04:12 # which wins
expect_exit 0
domain "$(interface tap1 52:54:00:12:04:12 10.9.1.77/24)"
check_domain
expect_exit 2
expect_finding address-not-assigned
domain "$(interface tap7 52:54:00:12:04:12)"
check_domain
expect_exit 4
expect_finding no-such-tap

# What cannot be told: a domain that does not run names no tap; and what is no domain.
domain "<interface type='network'><mac address='52:54:00:12:04:11'/><source network='default'/></interface>"
check_domain
expect_exit 5
expect_err 'names no tap'
echo '<domain' >"$LAB/domain.xml"
check_domain
expect_exit 5
check --xml "$LAB/none.xml"
expect_exit 71
run_vmnetcheck --xml - tap0
expect_exit 64
expect_err 'only one of TAP, --vm, --pid, --xml and --all'
run_vmnetcheck --xml ''
expect_exit 64

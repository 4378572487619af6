#!/bin/bash
# What the words of a command line mean: alternative names, an interface named twice, the host's own address, VMs and processes
# that are not there. The document and the exit status say the same.
. "$(dirname "$0")/../lib.sh"
need strace

start_guest --ip4 10.9.0.2 --ip4 10.9.0.3 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
expect ip link property add dev tap0 altname the-tap-of-web-server-1
expect ip link property add dev tap0 altname web1

# By whichever name it was found, it is called by its own; named twice, it is checked once.
check the-tap-of-web-server-1 10.9.0.2
expect_exit 0
expect_json '[.targets[].interface] == ["tap0"]'
check tap0 10.9.0.2 web1 10.9.0.3 tap0 10.9.0.2
expect_exit 0
expect_json '[.targets[].interface] == ["tap0"] and ([.targets[0].addresses[].address] == ["10.9.0.2", "10.9.0.3"])'
check -w 0.1 tap0 web1
expect_json '.targets | length == 1'

# An interface may be called like a command is mistyped.
make_tap chek
check chek 10.9.0.2
expect_only_findings tap-unattached
expect ip link delete chek
run_vmnetcheck chek 10.9.0.2
expect_exit 64

# The host's own address is answered for by the host. That is said, and the question is asked.
run_vmnetcheck tap0 10.9.0.1
expect_err '^vmnetcheck: 10\.9\.0\.1 is an address of this host itself'
run_vmnetcheck -q tap0 10.9.0.2
expect_no_err .

# What is not there is a fault of the host, in all that is written.
for arguments in '--vm web1' "--pid $$" '--pid 4194303' tap9; do
    # shellcheck disable=SC2086 # several
    check $arguments
    expect_exit 4
    expect_only_findings no-such-tap
    expect_json '.status == "fault" and .exit == 4 and .targets[0].layer == "host" and .error == null'
    expect_json '.started | startswith("20")'
done
run_vmnetcheck --vm web1
expect_out '^web1: FAULT on the host: no-such-tap'

# So is a file that cannot be written, before anything is sent.
check --pcap /nowhere/x tap0
expect_exit 71
expect_json '.status == "unknown" and (.error | contains("/nowhere/x")) and (.started | startswith("20"))'

# Warnings: by default they fail; which ones do is the caller's to say. What does not count is shown all the same.
stop "$LAB_PID"
start_guest --ip4 192.0.2.2 --ip6 none tap1
give_addresses tap1 192.0.2.1/24
check tap1 192.0.2.2
expect_exit 1
for fail_on in unknown error; do
    check --fail-on $fail_on tap1 192.0.2.2
    expect_exit 0
    expect_finding documentation-address
    expect_json '.status == "warning" and .exit == 0'
done
check --fail-on warning tap1 192.0.2.2
expect_exit 1
check --ignore proxy-arp --ignore icmp-no-reply,documentation-address tap1 192.0.2.2
expect_exit 0
expect_json '.status == "healthy" and (.targets[0].findings | length == 1 and all(.ignored))'
run_vmnetcheck --ignore documentation-address tap1 192.0.2.2
expect_out '^tap1: healthy'
expect_out '^  documentation-address 192.0.2.2 \(warning, ignored\): '
check --ignore no-such-tap --vm web1
expect_exit 0
check --fail-on error --vm web1
expect_exit 4
check --fail-on error -W 0.1 --linger 0 tap1 192.0.2.9
expect_exit 2

# A hook of libvirt's must not ask its daemon, which waits for the hook: neither the daemon nor its library is touched.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # which does not work under strace
traced()
{
    strace -f -qq -e trace=connect,openat -o "$LAB/trace" "$VMNETCHECK" check --json --vm web1 "$@" >"$LAB/out" 2>"$LAB/err"
}
traced --no-libvirt
expect_json '.exit == 4 and (.targets[0].findings[0].evidence | any(contains("--no-libvirt")))'
! grep -q libvirt "$LAB/trace" || fail "it was asked: $(grep libvirt "$LAB/trace")"
if "$VMNETCHECK" version | grep -q '^built with .*libvirt'; then
    traced
    expect grep -q libvirt "$LAB/trace"
fi

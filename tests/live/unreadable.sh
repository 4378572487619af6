#!/bin/bash
# Without the privilege to look at other users' processes: those are counted and said, by check, list and lint, and nothing that
# only they could show is claimed. With it, they are known.
. "$(dirname "$0")/../lib.sh"
need setpriv setcap

install -m 755 "$VMNETCHECK" "$LAB/vmnetcheck"
setcap cap_net_raw+ep "$LAB/vmnetcheck"
start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24

# As run_vmnetcheck, in the name of nobody.
run_as_nobody()
{
    LAB_COMMAND="vmnetcheck $* (as nobody)" LAB_STATUS=0 LAB_MS=0
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
        "$LAB/vmnetcheck" "$@" >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
}

run_as_nobody check --json tap0 10.9.0.2
expect_exit 0
expect_json '.targets[0].vm == null'
expect_json '.targets[0].notes | any(startswith("a process holds tap0, but none that may be looked at"))'
expect_json '.targets[0].notes | any(test("CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.*: [1-9]"))'
run_as_nobody check -v tap0 10.9.0.2
expect_out 'note: a process holds tap0'

run_as_nobody list -o tap,state,bridge,vm,pid
expect_exit 0
expect_out '^tap0 +up +- +- +-$'
expect_out 'may not be looked at: [1-9]'
expect_out 'CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing'
run_as_nobody list --json
expect_json '.unreadable_processes > 0 and .taps[0].vm == null and .taps[0].state == "up"'

run_as_nobody check --pid "$LAB_PID"
expect_exit 5
expect_err 'others may not be: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing'
# Where one is root of a user namespace only, no capability is missing that he could have.
LAB_COMMAND="vmnetcheck check --vm nobody (in a user namespace)" LAB_STATUS=0
unshare --user --map-root-user "$LAB/vmnetcheck" check --vm nobody >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
expect_exit 5
expect_err 'others may not be: the kernel refuses it'
run_as_nobody lint --all
expect_exit 5
expect_err 'no QEMU runs on this host that may be looked at'

# Two VMs that name a tap which is not here, one of them in another network namespace: which one, nobody cannot see.
cp "$(command -v bash)" "$LAB/qemu-system-x86_64"
pretend_qemu()
{
    "$LAB/qemu-system-x86_64" -c 'sleep 600; :' -- -name "$1" -nic "tap,ifname=tap7,mac=$2" &
}
ip netns add far
pretend_qemu here 52:54:00:00:00:01
in_guest far bash -c "LAB=$LAB; $(declare -f pretend_qemu); pretend_qemu far 52:54:00:00:00:02; wait" &
named()
{
    [[ $(grep -lsa 'ifname=tap7' /proc/[0-9]*/cmdline | wc -l) -ge 2 ]]
}
wait_for 10 named || fail "no pretended QEMUs"
sleep 0.2
run_as_nobody lint --json --all
expect_exit 0
expect_json '[.targets[].vm.name] | sort == ["far", "here"]'
run_as_nobody check --json --all
expect_json '[.targets[].interface] == ["tap0"]'
run_as_nobody list
expect_no_out tap7

setcap cap_net_raw,cap_sys_ptrace,cap_dac_read_search+ep "$LAB/vmnetcheck"
# These let it look at processes, and its user read nobody's files.
echo "qemu-system-x86_64 -name secret -nic tap,ifname=tap0" >"$LAB/secret.sh"
chmod 600 "$LAB/secret.sh"
for command in lint read; do
    run_as_nobody "$command" --json "$LAB/secret.sh"
    expect_exit 71
    expect_err 'Permission denied'
    expect_no_out 'named?.: "secret"'
done
run_as_nobody check --json tap0 10.9.0.2
expect_exit 0
expect_json ".targets[0].vm.pid == $LAB_PID and .targets[0].vm.name == \"guest\""
expect_json '.targets[0].notes | all(contains("looked at") | not)'
run_as_nobody check --json --pid "$LAB_PID"
expect_exit 0
run_as_nobody lint --json --all
expect_exit 4
expect_json '[.targets[] | select(.findings != []) | .vm.name] == ["here"]'
expect_only_findings no-such-tap
run_as_nobody list -o tap,state,bridge,vm
expect_out '^tap7 +missing +- +here$'

# Where /proc shows nobody but oneself (hidepid, proc(5)), what is
# not seen is counted among what may not be looked at, and not taken for what is not there. Who has the rights sees it.
setcap cap_net_raw+ep "$LAB/vmnetcheck"
for hides in 1 2 4; do
    mount -t proc -o "hidepid=$hides" proc /proc || skip "needs hidepid"
    run_as_nobody check --json tap0 10.9.0.2
    expect_exit 0
    expect_json '.targets[0].notes | any(test("CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.*: [1-9]"))'
    run_as_nobody check --json --pid "$LAB_PID"
    expect_exit 5
    run_as_nobody check --json --vm guest
    expect_exit 5
    run_as_nobody lint --json --all
    expect_exit 5
    run_vmnetcheck check --json tap0 10.9.0.2
    expect_exit 0
    expect_json ".targets[0].vm.pid == $LAB_PID and (.targets[0].notes | all(contains(\"looked at\") | not))"
    umount /proc
done

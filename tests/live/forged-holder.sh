#!/bin/bash
# Another user's process seems to hold every tap: in a mount namespace of its own /dev is what it likes. Nobody but the VM is
# listed as a holder, neither beside it nor where there is none. A macvtap's real holder still is.
. "$(dirname "$0")/../lib.sh"
need setpriv

start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
make_tap tap1
ip link add veth0 type veth peer name veth1
ip link add mv0 link veth0 type macvtap mode bridge || skip "needs macvtap"
ip link set veth0 up && ip link set veth1 up && ip link set mv0 up

index_of()
{
    cat "/sys/class/net/$1/ifindex"
}

# A file for each interface, and a pipe for /dev/net/tun.
cat >"$LAB/forge" <<'SCRIPT'
mount -t tmpfs none /dev && mkdir /dev/net && cd /dev || exit
for index; do
    echo forged >"tap$index"
    exec {file}<>"tap$index"
done
mkfifo net/tun
exec {pipe}<>net/tun
echo ready
exec sleep 600
SCRIPT
start_tool setpriv --reuid 4000 --regid 4000 --clear-groups --inh-caps=-all unshare --map-root-user --mount \
    bash "$LAB/forge" "$(index_of tap0)" "$(index_of tap1)" "$(index_of mv0)"

check tap0 10.9.0.2
expect_exit 0
expect_only_findings
check tap1 10.9.0.2
expect_finding tap-unattached
run_vmnetcheck list --json
expect_json '[.taps[] | {(.interface): .holders}] | add == {tap0: 1, tap1: 0}'
check mv0 10.9.1.2
expect_json '.targets[0].vm == null'
check --all
expect_json '.targets[] | select(.interface == "tap0") | .status == "healthy" and .vm.name == "guest"'

# Where nobody may copy a descriptor (Yama's ptrace_scope 3), the kernel cannot be asked: he is no reason to call anything faulty.
if command -v strace >/dev/null; then
    ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -qq -o /dev/null -e inject=pidfd_getfd:error=EPERM "$VMNETCHECK" check --json tap0 10.9.0.2 >"$LAB/out"
    expect [ $? == 0 ]
    expect_only_findings
    expect_json '.targets[0].vm.name == "guest" and (.targets[0].notes | any(contains("ptrace_scope=3")))'
fi

# Of a real one in a folder of its own.
IFS=: read -r major minor <"/sys/class/net/mv0/tap$(index_of mv0)/dev"
mkdir "$LAB/dev"
mknod "$LAB/dev/tap$(index_of mv0)" c "$major" "$minor"
# shellcheck disable=SC2016 # for the other shell
start_tool unshare --mount bash -c 'mount --bind "$1" /dev && exec {tap}<>"/dev/$2" && echo ready && exec sleep 600' - \
    "$LAB/dev" "tap$(index_of mv0)"
check mv0 10.9.1.2
expect_json ".targets[0].vm.pid == $LAB_PID"

# shellcheck shell=bash
# Helpers for tests with real interfaces. A test starts with
#
#     #!/bin/bash
#     # what it proves
#     . "$(dirname "$0")/../lib.sh"
#
# and from there runs in network, mount and process namespaces of its own, in which it is root: whatever it starts dies with
# it, however it ends, and the machine's own interfaces are never touched. It ends at the first expectation that fails.
# Without root or /dev/net/tun it is skipped (77), which is a failure where CI=true. tests/live/lab.sh is an example.
# LOAD=1 in the environment keeps all processors busy meanwhile: what comes out must be the same.
# In a line before, LAB_VM=1 says that it starts QEMU (VM_KERNEL=generic: with a kernel that has drivers for all cards),
# LAB_ALONE=1 that nothing should run beside it (tests/run), and LAB_PACKAGES="PACKAGE:FILE ..." that it uses files of packages
# which are not installed (tests/from-package).
#
# Files:  $LAB is a private directory that vanishes with the test. $ROOT is the source tree. $VMNETCHECK is the program
#         (build/vmnetcheck), $TOOLS holds guest and pump (build/tests); both may be set from outside.
#
# Machines: tests/machines.bash says how guests and servers are started.
#   wait_for SECONDS COMMAND...           until the command succeeds
#
# The host's side.
#   make_tap NAME                         a persistent tap with nobody behind it, up
#   delete_taps                           every tap of the host: quick, before stop, where there are many
#   make_bridge NAME PORT...              a bridge without STP, up, with these ports
#   give_addresses DEVICE ADDRESS/LENGTH...   usable at once (no duplicate address detection)
#   frames_sent DEVICE                    how many left by it; has_sent DEVICE N: at least so many
#   start_capture DEVICE FILE             tcpdump, as process $LAB_PID
#   end_capture PID FILE                  when nothing more comes; the file is complete then
#
# The program.
#   run_vmnetcheck ARGUMENT...            keeps $LAB/out, $LAB/err, $LAB_STATUS and $LAB_MS (milliseconds); never fails itself
#   check ARGUMENT...                     the same with "check --json" in front; what the four expectations on findings read.
#                                         The document must be as tests/contract.jq says
#   lint ARGUMENT...                      the same with "lint --json"
#   keep_capture "CHECK-OPTIONS" ARGUMENT...   only where KEEP_CAPTURES=1: checks tap0 once more, and keeps beside the test what
#                                         was sent and seen (capture.pcapng.gz) and what "read ARGUMENT..." says of it (report.txt)
#   keep_ping ADDRESS                     the same with what tcpdump records of a ping
#   apply_fix [GUEST [WAY]]               does what the first finding's fix says on the host, or in this Linux guest: its commands;
#                                         where it has several ways, those of the first, or of number WAY
#   begin_check ARGUMENT...               check in the background, as process $LAB_CHECK
#   worker_of PID                         prints the process that does its work, once it is there
#   end_check                             waits for it; $LAB_END_US is when it ended ($EPOCHREALTIME in microseconds)
#
# Expectations. One that fails prints what was expected and seen, and ends the test.
#   expect_exit STATUS                    expect_no_timeout: with -W 60, it ended before such a time was over
#   expect_finding NAME...                expect_no_finding NAME...
#   expect_only_findings [NAME]...        these and no others; without a name: none at all
#   expect_check NAME STATUS [ADDRESS]    such as: expect_check arp pass 10.9.0.2
#   expect_json [JQ-OPTION] JQ-EXPRESSION is true of the JSON document
#   expect_out REGEX, expect_err REGEX    expect_no_out REGEX, expect_no_err REGEX
#   expect COMMAND...                     the command succeeds
#   fail MESSAGE                          skip REASON

set -u
: "${LAB_VM:=}" "${LAB_ALONE:=}" "${LAB_PACKAGES:=}"

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VMNETCHECK=$(realpath -m "${VMNETCHECK:-$ROOT/build/vmnetcheck}")
TOOLS=$(realpath -m "${TOOLS:-$ROOT/build/tests}")
VM_DIR=$(realpath -m "${VM_DIR:-$ROOT/build/vm${VM_KERNEL:+-$VM_KERNEL}}")
export ROOT VMNETCHECK TOOLS VM_DIR
LAB=/run/lab
declare -i LAB_DOCUMENTS=0
. "$ROOT/tests/machines.bash"

fail()
{
    echo "FAILED at line ${BASH_LINENO[-2]} of $0: $*"
    if [[ -n ${LAB_COMMAND:-} ]]; then
        echo "last run: $LAB_COMMAND (exit status $LAB_STATUS, $LAB_MS ms)"
        sed 's/^/  out| /' "$LAB/out"
        sed 's/^/  err| /' "$LAB/err"
    fi
    exit 1
}

skip()
{
    echo "skipped: $*"
    [[ ${CI:-} == true ]] && exit 1
    exit 77
}

# The kernel of the VMs is downloaded where there is a network: before the test enters its own.
need_vm()
{
    local log
    need qemu-system-x86_64
    log=$("$ROOT/tests/vm/mkinitrd.sh" "$VM_DIR" ${VM_KERNEL:+"$VM_KERNEL"} 2>&1) || skip "no kernel for the VM: $log"
}

need_packages()
{
    local word
    for word in $LAB_PACKAGES; do
        "$ROOT/tests/from-package" "${word%%:*}" "${word#*:}" >/dev/null 2>&1 || skip "needs ${word#*:} of ${word%%:*}"
    done
}

need_root_and_tun()
{
    [[ $(id -u) == 0 ]] || skip "needs root"
    [[ -c /dev/net/tun ]] || skip "needs /dev/net/tun"
    unshare --net --mount --pid --fork true 2>/dev/null || skip "needs network namespaces"
}

need()
{
    local tool
    for tool; do
        command -v "$tool" >/dev/null || skip "needs $tool"
    done
}

# A /run of its own keeps the names of network namespaces, and all files, away from the machine's; /sys has to show the
# interfaces of this namespace. Process 1 gets only those signals that it asks for.
enter_lab()
{
    { mount -t tmpfs lab /run && mkdir /run/netns "$LAB" && mount -t sysfs lab /sys; } || fail "cannot set up the lab"
    ip link set lo up
    without_dad
    [[ ${LOAD:-} != 1 ]] || take_processors
    trap end_lab EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
}

# However the test ends. What it had printed as JSON must be as the schema says.
end_lab()
{
    local -i status=$? valid=0
    delete_taps
    if [[ $status == 0 && -d $LAB/documents ]]; then
        "$ROOT/tests/valid-json" "$LAB"/documents/* || valid=$?
        [[ $valid == 77 && ${CI:-} != true ]] || status=$valid
    fi
    exit $status
}

# Not all of a thousand, and none of megabytes: that would take longer than the test.
keep_document()
{
    local first=
    read -r -N 1 first <"$LAB/out"
    [[ $first == '{' && $LAB_DOCUMENTS -lt 100 && $(stat -c %s "$LAB/out") -lt 500000 ]] || return 0
    mkdir -p "$LAB/documents"
    cp "$LAB/out" "$LAB/documents/$((++LAB_DOCUMENTS)): $(head -c 200 <<<"${LAB_COMMAND//\//|}")"
}

take_processors()
{
    local -i left
    for ((left = $(nproc); left > 0; left--)); do
        while :; do :; done &
    done
}

without_dad()
{
    echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad
    echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
}

wait_for()
{
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        [[ ${EPOCHREALTIME/./} -lt $end ]] || return 1
        sleep 0.01
    done
}

make_tap()
{
    { ip tuntap add "$1" mode tap && ip link set "$1" up; } || fail "no tap $1"
}

# All of them at once. When their holder ends they go one by one, 25 ms each: of 4,000, that takes minutes.
delete_taps()
{
    local -a names
    mapfile -t names < <(ip -j link show type tun | jq -r '.[].ifname // empty')
    [[ ${#names[@]} -gt 0 ]] || return 0
    printf 'link set dev %s group 1\n' "${names[@]}" | ip -batch - && ip link delete group 1
}

make_bridge()
{
    local bridge=$1 port
    shift
    { ip link add "$bridge" type bridge stp_state 0 forward_delay 0 && ip link set "$bridge" up; } ||
        fail "no bridge $bridge"
    for port; do
        ip link set "$port" master "$bridge" || fail "$port does not become a port of $bridge"
    done
}

# Also where it need not ask whether anybody has it, the kernel uses an address of IPv6 a moment later.
has_usable_addresses()
{
    [[ -z $(ip -6 address show dev "$1" tentative) ]]
}

give_addresses()
{
    local device=$1 address
    shift
    for address; do
        ip address add "$address" dev "$device" || fail "no address $address for $device"
    done
    [[ $(cat "/sys/class/net/$device/carrier" 2>/dev/null) != 1 ]] || wait_for 5 has_usable_addresses "$device" ||
        fail "the addresses of $device cannot be used yet: $(ip address show dev "$device")"
}

frames_sent()
{
    cat "/sys/class/net/$1/statistics/tx_packets"
}

has_sent()
{
    [[ $(frames_sent "$1") -ge $2 ]]
}

start_capture()
{
    need tcpdump
    rm -f "$2.log" # of the one before
    tcpdump -i "$1" --immediate-mode -U -w "$2" 2>"$2.log" &
    LAB_PID=$!
    wait_for 5 grep -qs '^tcpdump: listening' "$2.log" || fail "tcpdump on $1: $(cat "$2.log")"
}

# tcpdump says how many frames it has written, and how many there were: of "any" some come twice, so that it never has them all;
# then it says the same again and again.
has_written_all()
{
    local reports
    kill -USR1 "$1"
    sleep 0.05
    reports=$(grep ' captured, ' "$2.log" | tail -n 10)
    [[ $reports =~ ([0-9]+)\ packets?\ captured,\ ([0-9]+)\ packets?\ received && ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]] ||
        [[ $(wc -l <<<"$reports") == 10 && $(sort -u <<<"$reports" | wc -l) == 1 ]]
}

# What was sent may wait for a busy machine to be read.
end_capture()
{
    wait_for 20 has_written_all "$@"
    stop "$1"
}

begin_vmnetcheck()
{
    LAB_COMMAND="vmnetcheck $*" LAB_STATUS=- LAB_MS=-
    LAB_START_US=${EPOCHREALTIME/./}
    : >"$LAB/out" # what the one before wrote is not what this one says
    "$VMNETCHECK" "$@" >"$LAB/out" 2>"$LAB/err" &
    LAB_CHECK=$!
}

end_vmnetcheck()
{
    LAB_STATUS=0
    wait "$LAB_CHECK" || LAB_STATUS=$?
    LAB_END_US=${EPOCHREALTIME/./}
    LAB_MS=$(((LAB_END_US - LAB_START_US) / 1000))
    keep_document
}

run_vmnetcheck()
{
    begin_vmnetcheck "$@"
    end_vmnetcheck
}

begin_check()
{
    begin_vmnetcheck check --json "$@"
}

worker_of()
{
    local deadline=$((SECONDS + 10))
    until pgrep -o -P "$1"; do
        [[ $SECONDS -lt $deadline ]] || fail "process $1 has no worker"
    done
}

end_check()
{
    local broken
    end_vmnetcheck
    broken=$(jq -r --argjson exit_status "$LAB_STATUS" -f "$ROOT/tests/contract.jq" "$LAB/out" 2>&1) ||
        broken="no JSON document: $broken"
    [[ -z $broken ]] || fail "the document is not as promised: $broken"
}

check()
{
    begin_check "$@"
    end_check
}

lint()
{
    begin_vmnetcheck lint --json "$@"
    end_check
}

# The report begins with its command, as it is typed, and ends with its exit status.
keep_report()
{
    local folder
    folder=$(cd "$(dirname "$0")" && pwd)
    gzip -9 -n <"$LAB/kept" >"$folder/capture.pcapng.gz" || fail "cannot keep the capture"
    printf '%s\n' "zcat capture.pcapng.gz | vmnetcheck read $*" >"$LAB/command"
    "$ROOT/tests/faults/report" "$folder" "$LAB/command" >"$folder/report.txt" || fail "cannot keep the report"
}

keep_capture()
{
    local options=$1
    shift
    [[ ${KEEP_CAPTURES:-} == 1 ]] || return 0
    # shellcheck disable=SC2086 # options
    "$VMNETCHECK" check $options --pcap "$LAB/kept" tap0 "$@" >"$LAB/kept.out" 2>&1 # the status is that of the fault
    keep_report - "$@"
}

keep_ping()
{
    local LAB_PID
    [[ ${KEEP_CAPTURES:-} == 1 ]] || return 0
    start_capture tap0 "$LAB/kept"
    ping -n -q -c 4 -i 0.2 -W 1 "$1" >"$LAB/ping"
    end_capture "$LAB_PID" "$LAB/kept"
    keep_report - "$1"
}

# One a line, of a way: what stands behind the words that say where and what for, without remarks in parentheses.
fix_commands()
{
    sed 's/ ([^)]*)//g; s/; /\n/g' <<<"$1" | sed -nE 's/^(.*: )?((ip|iptables|ip6tables|bridge|nft|sysctl|kill|chmod) .*)$/\2/p'
}

apply_fix()
{
    local guest=${1:-} way command
    local -a where=()
    way=$(jq -r --argjson way "${2:-1}" '[.targets[].findings[]][0].fix | split("; or")[$way - 1]' "$LAB/out")
    [[ $way == *"in the guest"* ]] && where=(in_guest "${guest:?the fix is for the guest}")
    [[ ${#where[@]} != 0 || -z $guest ]] || fail "this is no fix for the guest: $way"
    [[ -n $(fix_commands "$way") ]] || fail "there is no command in the fix: $way"
    while read -r command; do
        "${where[@]}" bash -c "$command" >"$LAB/fix" 2>&1 </dev/null || fail "the fix does not work: $command: $(cat "$LAB/fix")"
    done < <(fix_commands "$way")
}

expect()
{
    "$@" || fail "expected to succeed: $*"
}

expect_exit()
{
    [[ $LAB_STATUS == "$1" ]] || fail "expected exit status $1, saw $LAB_STATUS"
}

expect_no_timeout()
{
    expect_json '.elapsed_us < 60 * 1000000'
}

# The names of all findings, sorted, on one line.
findings()
{
    jq -r '[.targets[].findings[].name] | unique | join(" ")' "$LAB/out" 2>&1
}

expect_finding()
{
    local seen name
    seen=$(findings) || fail "expected a JSON report: $seen"
    for name; do
        [[ " $seen " == *" $name "* ]] || fail "expected finding $name, saw: ${seen:-none}"
    done
}

expect_no_finding()
{
    local seen name
    seen=$(findings) || fail "expected a JSON report: $seen"
    for name; do
        [[ " $seen " != *" $name "* ]] || fail "expected no finding $name, saw: $seen"
    done
}

expect_only_findings()
{
    local seen wanted
    seen=$(findings) || fail "expected a JSON report: $seen"
    wanted=$(printf '%s\n' "$@" | sort -u | xargs)
    [[ $seen == "$wanted" ]] || fail "expected these findings: ${wanted:-none}; saw: ${seen:-none}"
}

expect_check()
{
    local name=$1 status=$2 address=${3:-} seen
    seen=$(jq -r --arg name "$name" --arg address "$address" '[.targets[].checks[]
        | select(.name == $name and ($address == "" or .address == $address)) | .status] | unique | join(" ")' \
        "$LAB/out") || fail "expected a JSON report"
    [[ $seen == "$status" ]] || fail "expected check $name${address:+ of $address}: $status, saw: ${seen:-none}"
}

expect_json()
{
    jq -e "$@" "$LAB/out" >/dev/null || fail "expected to be true of the report: $*"
}

expect_out()
{
    grep -Eq -- "$1" "$LAB/out" || fail "expected on standard output: $1"
}

expect_err()
{
    grep -Eq -- "$1" "$LAB/err" || fail "expected on standard error: $1"
}

expect_no_out()
{
    ! grep -Eq -- "$1" "$LAB/out" || fail "not expected on standard output: $1"
}

expect_no_err()
{
    ! grep -Eq -- "$1" "$LAB/err" || fail "not expected on standard error: $1"
}

if [[ -z ${VMNETCHECK_LAB:-} ]]; then
    need_root_and_tun
    [[ -z $LAB_VM ]] || need_vm
    need_packages
    VMNETCHECK_LAB=1 exec unshare --net --mount --pid --fork --kill-child --mount-proc bash "$0" "$@"
fi
need jq ip
enter_lab

#!/bin/bash
# Each system call of each command that comes to an end fails, one at a time: what is healthy is never called faulty, nor a faulty
# guest healthy or faulty in another way; what cannot be told then is said, and the document is whole. One in SAMPLE (64) of all is
# tried, others each day; all of them take some minutes: SAMPLE=1 LIMIT=900 tests/run live/fail-calls
. "$(dirname "$0")/../lib.sh"
need strace nft
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # which does not work under strace
: "${SAMPLE:=64}"
WORKERS=2 MOST=40

# Two guests for each worker, because a check hears the answers to another on the same tap; and some for one run of several,
# which captures in another way; and one for each worker whose answers a rule of the host's drops, and one in another network
# namespace.
nft 'add table inet f; add chain inet f i { type filter hook input priority 0; }' || skip "needs nftables"
for ((w = 0; w <= WORKERS; w++)); do
    start_guest --ip4 "10.1.$w.2" --ip6 "fd00:1:$w::2" "good$w"
    give_addresses "good$w" "10.1.$w.1/24" "fd00:1:$w::1/64"
    start_guest --ignore-echo --ip4 "10.2.$w.2" --ip6 none "bad$w"
    give_addresses "bad$w" "10.2.$w.1/24"
    start_guest --ip4 "10.3.$w.2" --ip6 none "lost$w"
    give_addresses "lost$w" "10.3.$w.1/24"
    nft add rule inet f i iifname "lost$w" drop
    ip netns add "far$w" && in_guest "far$w" ip tuntap add far mode tap && in_guest "far$w" ip link set far up
    start_tool ip netns exec "far$w" "$TOOLS/guest" --ip4 "10.4.$w.2" --ip6 none far
    in_guest "far$w" ip address add "10.4.$w.1/24" dev far
done

"$VMNETCHECK" check --json --pcap "$LAB/kept.pcapng" good0 10.1.0.2 >"$LAB/report.json" || fail "no capture file"
echo "qemu-system-x86_64 -net nic,vlan=1 -net tap,vlan=4,ifname=tap0,script=no" >"$LAB/start.sh"

# The command and its arguments, and what it finds if nothing fails.
command_of()
{
    case $1 in
    healthy) echo "check --json good$2 10.1.$2.2 fd00:1:$2::2" ;;
    faulty) echo "check --json -W 0.3 bad$2 10.2.$2.2" ;;
    kept) echo "check --json --pcap $LAB/$2.pcapng good$2 10.1.$2.2" ;;
    filtered) echo "check --json --find-rule -W 0.3 lost$2 10.3.$2.2" ;;
    far) echo "check --json --netns far$2 far 10.4.$2.2" ;;
    several) echo "check --json good$2 10.1.$2.2 good$WORKERS 10.1.$WORKERS.2" ;;
    read) echo "read --json $LAB/kept.pcapng 10.1.0.2" ;;
    lint) echo "lint --json $LAB/start.sh" ;;
    merge) echo "merge --json $LAB/report.json" ;;
    list) echo "list --json" ;;
    esac
}

declare -A found=([healthy]="" [faulty]=icmp-no-reply [kept]="" [filtered]=host-filter [several]="" [far]="" [read]="" [lint]=vlan-mismatch
    [merge]="" [list]="")

# "CALL N" for each system call of the command.
calls_of()
{
    # shellcheck disable=SC2086 # arguments
    strace -f -qq -e signal=none -o "$LAB/trace" "$VMNETCHECK" $1 >"$LAB/out"
    sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$LAB/trace" | sort | uniq -c | awk '{ print $2, $1 }'
}

# "CASE CALL N": the N-th CALL of that check is to fail. What --version does as well is the loader's, which ends the program;
# memory that there is none of does so, too. And close(2) may fail, but never leaves open what is closed, as strace would.
plan()
{
    local case
    calls_of --version >"$LAB/loader"
    for case in "${!found[@]}"; do
        calls_of "$(command_of "$case" 0)" | join -a 1 - "$LAB/loader" | awk -v case="$case" -v most="$MOST" '
            /^(brk|close|execve|exit|exit_group|madvise|mmap|mprotect|munmap|rt_sigreturn) / { next }
            { first = $1 ~ /^write/ ? 0 : $3; for (n = first + 1; n <= $2 && n <= first + most; n++) print case, $1, n }'
    done
}

# The error that the call may really have.
error_of()
{
    case $1 in
    dup* | epoll_create1 | eventfd2 | memfd_create | openat | pidfd_* | pipe2 | signalfd4 | socket | timerfd_create) echo EMFILE ;;
    sendto | sendmsg | sendmmsg) echo ENOBUFS ;;
    bind | clone* | epoll_ctl | recv* | setsockopt) echo ENOMEM ;;
    write*) echo ENOSPC ;;
    poll | epoll_wait | wait4) echo EINTR ;;
    bpf | cap* | prctl | setpgid) echo EPERM ;;
    *) echo EIO ;;
    esac
}

# try WORKER CASE CALL N: prints what is wrong. Another call is made instead, one that a worker may make: none at all would be
# one that it may not, and end it before it heard of the error.
try()
{
    local folder=$LAB/$1 case=$2 call=$3 n=$4 status=0 error findings contract
    error=$(error_of "$call")
    # shellcheck disable=SC2046 # arguments
    timeout 60 strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:error=$error:syscall=gettid:when=$n" "$VMNETCHECK" \
        $(command_of "$case" "$1") >"$folder/out" 2>"$folder/err" </dev/null || status=$?
    [[ $status != 127 ]] || return # the loader's
    [[ $status != 124 ]] || { echo "it does not end"; return; }
    [[ -s $folder/out || $status != 71 || $call != write* ]] || return # a document that cannot be written
    contract=$(<"$ROOT/tests/contract.jq")
    [[ $case != list ]] || contract='.taps | arrays | empty' # it has no verdict
    jq -r --argjson exit_status "$status" "$contract" "$folder/out" >"$folder/broken" 2>&1 || echo "no document"
    findings=$(jq -r '[.targets[].findings[].name] | unique | join(" ")' "$folder/out" 2>/dev/null)
    [[ -n $findings || $status != [1-4] ]] || echo "exit status $status without a finding"
    [[ ! -s $folder/broken ]] || cat "$folder/broken"
    case $status in
    5 | 71 | 77) [[ -z $findings || $findings == "${found[$case]}" ]] || echo "exit status $status, findings $findings" ;;
    *) [[ $findings == "${found[$case]}" ]] || echo "exit status $status, findings: ${findings:-none}" ;;
    esac
}

# worker NUMBER: its share of the plan.
worker()
{
    local case call n wrong
    mkdir "$LAB/$1"
    awk -v w="$1" -v all="$WORKERS" 'NR % all == w' "$LAB/plan" | while read -r case call n; do
        wrong=$(try "$1" "$case" "$call" "$n")
        [[ -z $wrong ]] || echo "$case, $call number $n fails with $(error_of "$call"): $wrong"
    done
}

plan | awk -v sample="$SAMPLE" -v day=$((EPOCHSECONDS / 86400)) '(NR + day) % sample == 0' >"$LAB/plan"
expect [ "$(wc -l <"$LAB/plan")" -gt $((400 / SAMPLE)) ]
workers=()
for ((w = 0; w < WORKERS; w++)); do
    worker "$w" >"$LAB/wrong.$w" &
    workers+=($!)
done
wait "${workers[@]}"
echo "$(wc -l <"$LAB/plan") calls failed"
wrong=$(cat "$LAB"/wrong.*)
[[ -z $wrong ]] || fail "$wrong"

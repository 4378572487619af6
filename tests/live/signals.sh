#!/bin/bash
# SIGINT, SIGTERM, SIGHUP and SIGPIPE at random moments, to a command, to the process that works for it, or to both as a terminal
# sends it: it ends soon after, with one document that says what is true, or that it was interrupted. Nothing of it is left: no
# process, no socket, no table of the firewall, no half of a file. SEED=N: the same moments again; more of them:
# SIGNALS=1000 LIMIT=900 tests/run live/signals. PROCESSES=2500: on a host that has so many.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/slow-reader.bash"
need nft
: "${SIGNALS:=150}" "${SEED:=$EPOCHSECONDS}" "${PROCESSES:=0}"
RANDOM=$SEED
declare -i early=0 interrupted=0 slowest_us=0
SOON_US=1000000
start_guest --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
start_guest --deaf --ip4 10.9.1.2 --ip6 none tap1
give_addresses tap1 10.9.1.1/24
[[ $PROCESSES == 0 ]] || start_tool "$TOOLS/crowd" "$PROCESSES" 3 -
"$VMNETCHECK" check -q --pcap "$LAB/kept.pcapng" tap0 10.9.0.2 || fail "no capture file"
echo "qemu-system-x86_64 -net nic,vlan=1 -net tap,vlan=4,ifname=tap0,script=no" >"$LAB/start.sh"
mkdir "$LAB/documents" "$LAB/made"
set -m # each command is a group of processes
mkfifo "$LAB/pipe" "$LAB/clock"
# shellcheck disable=SC2034 # held open, so that nobody waits for the other side
exec {pipe}<>"$LAB/pipe" {clock}<>"$LAB/clock"

# The exit status if no signal comes in between, or of what reads from the pipe if one does; and the arguments.
COMMANDS=(
    "0 check --json tap0 10.9.0.2"
    "0 check --json --no-path --pcap $LAB/made/pcap tap0 10.9.0.2"
    "3 check --json --find-rule -W 0.05 tap1 10.9.1.2"
    "4 check --json tap0 10.9.0.2 tap9"
    "5 check --json --all -W 0.05"
    "0 read --json $LAB/kept.pcapng 10.9.0.2"
    "5 read --json - 10.9.0.2"
    "3 lint --json --output $LAB/made/output $LAB/start.sh"
    "5 lint --json --all"
    "71 lint --json -"
    "0 list --json"
)
SIGNALS_SENT=("INT to command" "TERM to command" "HUP to command" "INT to group" "TERM to group" "HUP to group"
    "PIPE to command" "INT to worker" "TERM to worker") # the last three change nothing

# Without a process, which would take longer.
pause_us()
{
    read -r -t "$(printf '0.%06d' "$1")" -u "$clock"
}

# is_started PID: it is not this shell any more, which has SIGINT ignored for what runs beside it.
is_started()
{
    [[ /proc/$1/exe -ef $VMNETCHECK || ! -e /proc/$1/exe ]]
}

# has_begun PID: it is not the loader any more, which knows no documents. The first that the program does is to ignore SIGPIPE.
has_begun()
{
    local key value
    while read -r key value; do
        [[ $key == SigIgn: ]] && return $((0x$value & 0x1000 ? 0 : 1))
    done 2>/dev/null <"/proc/$1/status"
    return 1
}

# The first process that it starts.
worker_now()
{
    local children=
    read -r children 2>/dev/null <"/proc/$1/task/$1/children"
    echo "${children%% *}"
}

has_worker()
{
    [[ -n $(worker_now "$pid") ]]
}

none_is_left()
{
    ! pgrep -x vmnetcheck >"$LAB/left"
}

# send SIGNAL RECEIVER: to process $pid, which may not be there any more.
send()
{
    local to=$pid
    case $2 in
    worker) to=$(worker_now "$pid") ;;
    group) to=-$pid ;;
    esac
    sent_us=${EPOCHREALTIME/./}
    [[ -z $to ]] || kill "-$1" -- "$to" 2>/dev/null
}

# try NAME COMMAND SIGNAL RECEIVER AFTER_US: what came out is $status and a file in $LAB/documents, if there was time for one.
try()
{
    local usual arguments begun='' document=$LAB/documents/$1
    read -r usual arguments <<<"$2"
    # shellcheck disable=SC2086 # arguments
    env --default-signal=INT "$VMNETCHECK" $arguments <"$LAB/pipe" >"$document" 2>"$LAB/err" &
    pid=$! status=0
    until is_started "$pid"; do :; done
    pause_us "$5"
    ! has_begun "$pid" || begun=1
    send "$3" "$4"
    wait "$pid" 2>/dev/null || status=$?
    took_us=$((${EPOCHREALTIME/./} - sent_us))
    if [[ -z $begun && $status -gt 128 ]]; then
        early+=1
        rm "$document"
    elif [[ -e $LAB/made/output ]]; then
        mv "$LAB/made/output" "$document"
    fi
    judge "$usual" "$3" "$4"
}

# judge USUAL-STATUS SIGNAL RECEIVER: prints what is wrong.
judge()
{
    [[ ! -e $document || -s $document ]] || echo "no document; exit status $status"
    ! grep -qs interrupted "$document" || interrupted+=1
    if [[ $status != "$1" && -e $document ]]; then
        [[ $status == 5 || $status == 71 ]] || echo "exit status $status"
        [[ $2 != PIPE && $3 != worker ]] || echo "exit status $status, though that signal is not for it"
        grep -q 'interrupted' "$document" || echo "exit status $status, but not interrupted: $(<"$LAB/err")"
    fi
    if [[ $2 != PIPE && $3 != worker ]]; then
        [[ $took_us -le $slowest_us ]] || slowest_us=$took_us
        [[ $took_us -le $SOON_US ]] || echo "it went on for $took_us us"
    fi
    wait_for 2 none_is_left || echo "processes are left: $(<"$LAB/left")"
    rm -f "$LAB/made/pcap"
    [[ -z $(ls "$LAB/made") ]] || echo "files are left: $(ls "$LAB/made")"
    [[ ! -e $document ]] || mv "$document" "$document; exit $status"
}

sockets_are_gone()
{
    [[ $(cat /proc/net/{packet,raw,raw6} | wc -l) == 3 ]] # their headings
}

for ((i = 0; i < SIGNALS; i++)); do
    command=${COMMANDS[RANDOM % ${#COMMANDS[@]}]}
    [[ $command =~ \ -(\ |$)|find-rule ]] && ending=6 || ending=${#SIGNALS_SENT[@]} # these would go on for long
    read -r signal _ receiver <<<"${SIGNALS_SENT[RANDOM % ending]}"
    after_us=$(((RANDOM % 350) ** 2)) # as often in the first 30 ms as in the next 90
    name="$i: $command; $signal to $receiver after $after_us us"
    try "${name//\//|}" "$command" "$signal" "$receiver" "$after_us" >"$LAB/faults"
    [[ ! -s $LAB/faults ]] || sed "s#^#$name: #" "$LAB/faults" >>"$LAB/wrong"
done
echo "SEED=$SEED: $SIGNALS signals, $early before there was a program, $interrupted interrupted; the slowest took $slowest_us us"

cd "$LAB/documents" || fail "no documents"
jq -n -r '[inputs | input_filename] | group_by(.)[] | select(length != 1) | "\(.[0]): \(length) documents"' -- * >>"$LAB/wrong" 2>&1
for status in 0 3 4 5 71; do
    mapfile -t documents < <(compgen -G "*; exit $status" | grep -v ' list --json')
    [[ ${#documents[@]} == 0 ]] || jq -r --argjson exit_status $status -f "$ROOT/tests/contract.jq" "${documents[@]}" >"$LAB/broken" 2>&1
    [[ ! -s $LAB/broken ]] || sed "s/^/one with exit status $status: /" "$LAB/broken" >>"$LAB/wrong"
done
wait_for 2 sockets_are_gone || { echo "sockets are left:" && cat /proc/net/{packet,raw,raw6}; } >>"$LAB/wrong"
[[ -z $(nft list tables) ]] || echo "tables are left: $(nft list tables)" >>"$LAB/wrong"
[[ ! -s $LAB/wrong ]] || fail "$(cat "$LAB/wrong")"

# Whoever started it may ignore what it needs to hear.
(trap '' CHLD USR1 && exec "$VMNETCHECK" lint -q "$LAB/start.sh")
expect [ $? == 3 ]
(trap '' CHLD USR1 && exec "$VMNETCHECK" lint --json - <"$LAB/pipe" >"$LAB/out" 2>"$LAB/err") &
pid=$!
wait_for 10 has_worker || fail "it has no worker"
kill -TERM "$pid"
wait "$pid"
expect [ $? == 71 ]
expect_json '.error == "interrupted"'

# What is being said when it comes is said to its end, however slowly somebody takes it.
writes()
{
    [[ $(cat "/proc/$(worker_now "$pid")/wchan" 2>/dev/null) == *pipe* ]]
}

begin_slow_lint
pid=$LAB_PID
wait_for 10 writes || fail "it does not write"
kill -TERM "$pid"
read_slow_lint
status=0
wait "$pid" || status=$?
wait $!
expect [ $status == 3 ]
expect [ "$(jq -s length "$LAB/out")" == 1 ]
expect_json '.targets | length == 500'

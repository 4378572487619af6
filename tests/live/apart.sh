#!/bin/bash
# What is read is read by a process that can do nothing else: by what the kernel says of it, by what it is refused when it tries
# (tests/tools/injected), and by what is left when it comes to an end: a document, and nothing of it but that.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/slow-reader.bash"
need setpriv

confined=$("$TOOLS/injected")
echo precious >"$LAB/precious"
mkfifo "$LAB/pipe"
# shellcheck disable=SC2034 # held open, so that nobody waits for the other side
exec {held}<>"$LAB/pipe"

# begin ARGUMENT...: a command that reads from a pipe for as long as we like. $keeper and $worker are its processes.
begin()
{
    LAB_COMMAND="vmnetcheck $*" LAB_STATUS=0 LAB_MS=0
    "$VMNETCHECK" "$@" <"$LAB/pipe" >"$LAB/out" 2>"$LAB/err" &
    keeper=$!
    wait_for 5 reads || fail "it reads nothing"
}

reads()
{
    worker=$(pgrep -P "$keeper") && [[ $(cat "/proc/$worker/wchan") =~ pipe|poll ]]
}

has_ended()
{
    ! grep -q '^State:.[^Z]' "/proc/$worker/status" 2>/dev/null
}

end()
{
    wait "$keeper" 2>/dev/null
    LAB_STATUS=$?
}

# expect_status FIELD VALUE: of the worker.
expect_status()
{
    expect grep -Eq "^$1:[[:space:]]+$2$" "/proc/$worker/status"
}

if [[ -n $confined ]]; then
    for command in "lint -" "read -"; do
        # shellcheck disable=SC2086 # arguments
        begin $command
        expect_status Uid "([1-9][0-9]{4,})[[:space:]]\1[[:space:]]\1[[:space:]]\1"
        expect_status Gid "([1-9][0-9]{4,})[[:space:]]\1[[:space:]]\1[[:space:]]\1"
        expect_status Groups "[[:space:]]*"
        for set in Inh Prm Eff Bnd Amb; do
            expect_status "Cap$set" 0000000000000000
        done
        expect_status NoNewPrivs 1
        expect_status Seccomp 2
        expect [ "$(readlink "/proc/$worker/root")" != / ]
        expect [ "$(find "/proc/$worker/fd" -type l | wc -l)" -le 6 ] # the standard ones, the keeper, the file, and what tells that it is enough
        kill -KILL "$keeper"
        end
        expect_exit 137
        wait_for 5 has_ended || fail "the worker goes on alone"
    done
fi

make_tap tap0
make_tap tap1
before=$(frames_sent tap1)
for attack in $confined; do
    [[ $attack != nothing ]] || continue
    LAB_COMMAND="injected $attack" LAB_STATUS=0 LAB_MS=0
    "$TOOLS/injected" "$attack" </dev/null >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
    case $attack in
    read-* | write-file) expect_exit 0 && expect_out 'Permission denied' ;; # as libraries try it
    send-permitted) expect_exit 1 && expect_out DONE ;;
    ask-without-listening) expect_exit 0 && expect_out 'Broken pipe' ;;
    send-elsewhere | capture-elsewhere | capture-everywhere-often | look-* | find-namespace | say-ready) expect_exit 0 && expect_out 'Permission denied' ;;
    send-by-empty-permit) expect_exit 0 && expect_out 'Address family not supported' ;;
    send-behind-permits) expect_exit 0 && expect_out 'Bad address' ;;
    write-permit) expect_exit 71 && expect_out 'was ended by signal 11' ;;
    ping-too-long) expect_exit 0 && expect_out 'Invalid argument' ;;
    start-by-clone3) expect_exit 0 && expect_out 'Function not' ;;
    crash) expect_exit 71 && expect_out 'was ended by signal 11' ;;
    *) expect_exit 71 && expect_out 'ended by signal 31 .*: it tried what it has no right to' ;;
    esac
done
expect [ "$(frames_sent tap1)" == "$before" ]

# However it ends, there is a document, in the file that was asked for as well.
fault=$([[ -n $confined ]] && echo SEGV || echo KILL) # which sanitizers take for theirs
for signal in $fault KILL TERM; do
    begin lint --json -
    if [[ $signal == TERM ]]; then kill -TERM "$keeper"; else kill "-$signal" "$worker"; fi
    end
    expect_exit 71
    expect_json '.exit == 71 and .status == "unknown" and .command == "lint" and (.error | test("ended by signal|interrupted"))'
done
begin read --json --output "$LAB/file" -
kill "-$fault" "$worker"
end
expect_exit 71
expect [ "$(jq .exit "$LAB/file")" == 71 ]
expect [ "$(find "$LAB" -name 'file*' | wc -l)" == 1 ]

# What it had begun to write is not begun anew, and the status does not say that it is whole.
writes()
{
    worker=$(pgrep -P "$keeper") && [[ $(cat "/proc/$worker/wchan") == *pipe* ]]
}

begin_slow_lint
keeper=$LAB_PID
wait_for 10 writes || fail "it does not write"
kill -KILL "$worker"
read_slow_lint
end
wait $!
expect_exit 71
expect_err 'ended by signal 9'
expect [ "$(grep -c '"schema"' "$LAB/out")" == 1 ]

# The keeper opens what the command line names, and as who called it would.
echo "qemu-system-x86_64 -name web1 -nic tap,ifname=tap0" >"$LAB/start.sh"
run_vmnetcheck lint --json "$LAB/start.sh"
expect_exit 0
expect_json '[.targets[].vm.name] == ["web1"]'
chmod 600 "$LAB/start.sh"
chmod 755 "$LAB"
install -m 755 "$VMNETCHECK" "$LAB/vmnetcheck"
VMNETCHECK="$LAB/vmnetcheck"
setpriv --reuid 65534 --regid 65534 --clear-groups "$LAB/vmnetcheck" lint "$LAB/start.sh" >"$LAB/out" 2>&1
expect [ $? == 71 ]
expect_out 'Permission denied'

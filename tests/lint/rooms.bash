# shellcheck shell=bash
# Which files there are, in which room a file of the source is, and which rooms are above which. The lints source this.

# One a line: shell scripts that are ours, not data of a test.
scripts()
{
    grep -rlE --exclude-dir=corpus --exclude-dir=data --exclude-dir=start-ups '^#!.*sh$|^# shellcheck shell=' .ci src/packaging tests
}

# A header of include/ is in the room of the .c file of its name; those that have none, or two, are named.
room_of()
{
    local name=${1##*/} file
    case $1 in
    src/main.c) echo main ;;
    src/host/facts.c | include/facts.h) echo facts ;; # what the host's I/O finds, and questions about it
    src/*/*) file=${1#src/} && echo "${file%%/*}" ;;
    probes/* | include/probe.h) echo probes ;;
    include/dlopen_note.h | include/grow.h | include/hash.h | include/span.h | include/text.h | include/vantage.h) echo base ;;
    include/check.h) echo session ;;
    include/link.h) echo link ;;
    include/merge.h) echo merge ;;
    include/probes.def | include/target.h) echo seen ;;
    include/options.h | include/verdict.h) echo verdict ;;
    include/rights.h) echo host ;;
    include/vm_file.h) echo vm ;;
    include/wire.h) echo wire ;;
    include/*)
        for file in src/*/"${name%.*}".c src/*/"${name%.*}"_linux.c; do
            [[ ! -f $file ]] || room_of "$file"
        done | uniq
        ;;
    esac
}

layer_of()
{
    case $(room_of "$1") in
    base) echo 0 ;;
    wire) echo 1 ;;
    path | seen | facts | host | link | vm) echo 2 ;;
    probes | verdict | priv) echo 3 ;;
    session | recording | report) echo 4 ;;
    run | merge) echo 5 ;;
    cli) echo 6 ;;
    main) echo 7 ;;
    *) echo "tests/lint/rooms.bash does not know the room of $1" >&2 ;;
    esac
}

# The pure middle: no I/O, no clock, no sockets.
is_pure()
{
    case $(room_of "$1") in
    base | wire | path | seen | facts | vm | probes | verdict | session | recording) ;;
    *) return 1 ;;
    esac
}

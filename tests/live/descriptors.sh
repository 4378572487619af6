#!/bin/bash
# Standard input, output or error are missing: the verdict is the same, what has no place to be written to is said by the exit
# status, and no file and no interface gets it instead.
. "$(dirname "$0")/../lib.sh"

start_guest --ip4 10.9.0.2 tap0
give_addresses tap0 10.9.0.1/24
check --pcap "$LAB/all" tap0 10.9.0.2
expect_exit 0

# expect_without "REDIRECTIONS" STATUS ARGUMENT...: is the exit status, and what is written is in $LAB/out, or nowhere.
expect_without()
{
    local closed=$1 expected=$2
    shift 2
    rm -f "$LAB/kept"
    LAB_COMMAND="vmnetcheck $* $closed" LAB_STATUS=0
    eval "\"\$VMNETCHECK\" \"\$@\" >\"\$LAB/out\" 2>\"\$LAB/err\" $closed" || LAB_STATUS=$?
    expect_exit "$expected"
    [[ ! -e $LAB/kept ]] || ! grep -aq '"schema"\|healthy\|vmnetcheck:' "$LAB/kept" || fail "the report is in the capture file"
}

for closed in '<&-' '2>&-' '<&- 2>&-'; do
    expect_without "$closed" 0 check --json --pcap "$LAB/kept" tap0 10.9.0.2
    expect_json '.status == "healthy"'
    expect_without "$closed" 4 check --json --pcap "$LAB/kept" tap9
    expect_json '.status == "fault"'
    expect_without "$closed" 0 read --json "$LAB/all" 10.9.0.2
    expect_without "$closed" 64 check --nonsense --pcap "$LAB/kept" tap0
done
for closed in '>&-' '<&- >&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    expect_without "$closed" 71 check --json --pcap "$LAB/kept" tap0 10.9.0.2
    expect_without "$closed" 71 check --json --pcap "$LAB/kept" tap9
    expect_without "$closed" 71 read --json "$LAB/all" 10.9.0.2
    expect_without "$closed" 71 list
    expect_without "$closed" 0 check --json --output "$LAB/report" --pcap "$LAB/kept" tap0 10.9.0.2
    expect test -s "$LAB/report"
    expect_without "$closed" 0 check -q tap0 10.9.0.2
done
expect_without '<&-' 5 read -

#!/bin/bash
# "read" takes whatever it is given: all captures of the tcpdump test suite, and captures with random errors in them. It ends
# with a verdict, soon, in little memory, and the sanitizers have nothing to say.
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
: "${VMNETCHECK:=$ROOT/build/vmnetcheck}" "${CAPTURES:=$ROOT/build/tcpdump}" "${MUTATIONS:=300}"
SANITIZED=$ROOT/build-sanitize/vmnetcheck
LAB=$(mktemp -d)
trap 'rm -rf "$LAB"' EXIT

skip()
{
    echo "skipped: $*"
    [[ ${CI:-} == true ]] && exit 1
    exit 77
}

fail()
{
    echo "FAILED: $*"
    sed 's/^/  /' "$LAB/err"
    exit 1
}

"$ROOT/tests/tcpdump-captures" "$CAPTURES" >"$LAB/err" 2>&1 || skip "no captures: $(tail -n 1 "$LAB/err")"

# read_one PROGRAM FILE [ADDRESS]
read_one()
{
    local status=0
    timeout 20 "$1" read --json "${@:2}" >"$LAB/out" 2>"$LAB/err" || status=$?
    [[ $status == [01235] ]] || fail "$1 read ${*:2} ended with status $status"
    [[ -s $LAB/out && ! -s $LAB/err ]] || fail "$1 read ${*:2} said:"
}

count=0
for file in "$CAPTURES"/tests/*.pcap*; do
    # AddressSanitizer maps more than any limit: then the plain program was limited in another run
    (nm "$VMNETCHECK" 2>/dev/null | grep -q __asan || ulimit -v 262144; read_one "$VMNETCHECK" "$file") || exit 1
    [[ ! -x $SANITIZED || $VMNETCHECK -ef $SANITIZED ]] || read_one "$SANITIZED" "$file"
    count=$((count + 1))
done
[[ $count -gt 500 ]] || fail "expected more than 500 captures, saw $count"

# Bytes that are overwritten and a tail that is cut off, at random places.
RANDOM=${SEED:=4}
captures=("$CAPTURES"/tests/*.pcap*)
program=$VMNETCHECK
[[ ! -x $SANITIZED ]] || program=$SANITIZED
for ((i = 0; i < MUTATIONS; i++)); do
    cp "${captures[RANDOM % ${#captures[@]}]}" "$LAB/mutated"
    size=$(stat -c %s "$LAB/mutated")
    for ((j = 0; j < 8; j++)); do
        # shellcheck disable=SC2059 # the byte is the format
        printf "\\x$(printf %02x $((RANDOM % 256)))" |
            dd of="$LAB/mutated" bs=1 seek=$(((RANDOM * 32768 + RANDOM) % size)) conv=notrunc status=none
    done
    ((i % 3)) || truncate -s $(((RANDOM * 32768 + RANDOM) % size)) "$LAB/mutated"
    read_one "$program" "$LAB/mutated"
done
echo "$count captures and $MUTATIONS mutations (SEED=$SEED) were read"

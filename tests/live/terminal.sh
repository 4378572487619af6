#!/bin/bash
# What is written fits the terminal: as wide as that is, or as COLUMNS says, or 80 columns; plain where it is dumb, ASCII where the
# locale has nothing else. Who waits is told so, on the terminal only.
. "$(dirname "$0")/../lib.sh"
need script setpriv

printf 'qemu-system-x86_64 -name w\303\244b -net nic,vlan=1 -net tap,vlan=4,ifname=tap0,script=no\n' >"$LAB/start.sh"
export LC_ALL=C.UTF-8

# on_terminal WIDTH ARGUMENT...: on one that is so wide; carriage returns are left out.
on_terminal()
{
    local width=$1
    shift
    script -qec "stty cols $width; $(printf '%q ' "$VMNETCHECK" "$@")" /dev/null </dev/null | tr -d '\r' >"$LAB/out"
}

# Every line is at most so long, and one of them has no room for a word more.
expect_width()
{
    local longest
    longest=$(sed 's/\x1b\[[0-9;]*m//g' "$LAB/out" | wc -L)
    [[ $longest -le $1 && $longest -gt $(($1 * 2 / 3)) ]] || fail "expected lines of at most $1 columns, saw $longest"
}

export TERM=xterm
for width in 40 60 100; do
    on_terminal $width lint "$LAB/start.sh"
    expect_width $width
    expect_out $'\e\\[1;31mFAULT'
    COLUMNS=$width run_vmnetcheck lint "$LAB/start.sh"
    expect_width $width
    expect_no_out $'\e'
done
on_terminal 50 help lint
expect_width 50
on_terminal 200 help lint
expect_width 80
on_terminal 45 lint --count 3 --nonsense
expect_width 45
run_vmnetcheck lint "$LAB/start.sh"
expect_width 80
for columns in '' nonsense -1 0; do
    COLUMNS=$columns run_vmnetcheck lint "$LAB/start.sh"
    expect_width 80
done

TERM=dumb on_terminal 80 lint "$LAB/start.sh"
expect_no_out $'\e'
NO_COLOR=1 on_terminal 80 lint "$LAB/start.sh"
expect_no_out $'\e'
on_terminal 80 lint --color never "$LAB/start.sh"
expect_no_out $'\e'

run_vmnetcheck lint "$LAB/start.sh"
expect_out $'w\xc3\xa4b'
LC_ALL=C run_vmnetcheck lint "$LAB/start.sh"
expect_out 'w\\xc3\\xa4b'
start_guest --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
run_vmnetcheck -v tap0 10.9.0.2
expect_out 'host 10\.9\.0\.1 — tap0'
LC_ALL=C run_vmnetcheck -v tap0 10.9.0.2
expect_out 'host 10\.9\.0\.1 - tap0'
expect [ "$(LC_ALL=C grep -c '[^ -~]' "$LAB/out")" = 0 ]

# expect_screen NAME WIDTH COMMAND...: what comes onto a terminal that is so wide, but for times.
expect_screen()
{
    local name=$1.$2 width=$2
    shift 2
    script -qec "stty cols $width; $(printf '%q ' "$@")" /dev/null </dev/null | tr '\r' '\n' | grep -v '^ *$' |
        sed -E 's/[0-9]+ of/N of/; s/[0-9]+(\.[0-9]+)? (m?s)\b/N \2/' | uniq >"$LAB/$name"
    [[ -z ${UPDATE_GOLDEN:-} ]] || cp "$LAB/$name" "$(dirname "$0")/screens/$name"
    diff -u "$(dirname "$0")/screens/$name" "$LAB/$name" >&2 || fail "another screen than $name"
    [[ $(wc -L <"$LAB/$name") -le $width ]] || fail "$name is wider than the terminal"
}

# The program has the same name wherever it was built.
{ mount -t tmpfs none /mnt && install -m 755 "$VMNETCHECK" /mnt/vmnetcheck; } || fail "cannot put it into /mnt"
# Waiting is worth a line; nothing of it is left at the end.
for width in 40 80 120; do
    expect_screen waited-in-vain $width /mnt/vmnetcheck --color never -w 1.5 tap9
    expect_screen no-privilege $width setpriv --reuid 65534 --clear-groups --inh-caps=-all /mnt/vmnetcheck --color never tap0 10.9.0.2
done
on_terminal 80 --color never -w 1.5 tap0 10.9.0.2 tap9
expect_out '[01]/2 healthy, waiting for [01] of 2 s'
TERM=dumb script -qec "$(printf '%q ' "$VMNETCHECK" -w 1 tap9)" /dev/null </dev/null >"$LAB/out"
expect_no_out waiting
run_vmnetcheck -w 1 tap9
expect [ ! -s "$LAB/err" ]

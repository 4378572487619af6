#!/bin/bash
# The unit for systemd: what it allows is enough. Its capabilities and its system calls are those that a check of all VMs takes,
# and systemd finds no mistake in it. (Nothing of systemd runs here but systemd-analyze.)
. "$(dirname "$0")/../lib.sh"
need systemd-analyze strace setpriv
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # which does not work under strace

sed "s|^ExecStart=vmnetcheck|ExecStart=$VMNETCHECK|" "$ROOT/src/packaging/systemd/vmnetcheck.service" >"$LAB/vmnetcheck.service"
cp "$ROOT/src/packaging/systemd/vmnetcheck.timer" "$LAB"
systemd-analyze verify --man=no "$LAB"/vmnetcheck.* >"$LAB/said" 2>&1 || fail "$(cat "$LAB/said")"
expect [ ! -s "$LAB/said" ]
systemd-analyze security --offline=true --threshold=45 "$LAB/vmnetcheck.service" >"$LAB/said" 2>&1 || fail "$(tail -n 1 "$LAB/said")"

# setting NAME: all its values.
setting()
{
    sed -n "s/^$1=//p" "$LAB/vmnetcheck.service"
}

# calls_of NAME...: the system calls of these, and of the groups that these are.
calls_of()
{
    local name
    for name; do
        [[ $name == @* ]] || { echo "$name"; continue; }
        # shellcheck disable=SC2046 # names
        calls_of $(systemd-analyze syscall-filter "$name" | sed -n 's/^    \([@a-z]\)/\1/p')
    done
}

start_guest --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
start_guest --ignore-echo --ip4 10.9.1.2 --ip6 none tap1
give_addresses tap1 10.9.1.1/24

bounding=-all
for capability in $(setting CapabilityBoundingSet); do
    name=${capability#CAP_}
    bounding+=,+${name,,}
done
arguments=$(setting ExecStart)
arguments=${arguments#* }
arguments=${arguments//\/var\/lib\/vmnetcheck/$LAB}
LAB_COMMAND="vmnetcheck $arguments" LAB_STATUS=0 LAB_MS=-
# shellcheck disable=SC2086 # arguments
strace -f -qq -e signal=none -o "$LAB/trace" setpriv --no-new-privs --bounding-set "$bounding" --inh-caps -all -- \
    "$VMNETCHECK" $arguments >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
expect_exit 2
expect grep -q 'tap0' "$LAB/vmnetcheck.prom"

# shellcheck disable=SC2046 # names
calls_of $(setting SystemCallFilter) | sort -u >"$LAB/allowed"
sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$LAB/trace" | sort -u >"$LAB/made"
missing=$(comm -13 "$LAB/allowed" "$LAB/made" | tr '\n' ' ')
[[ -z $missing ]] || fail "the unit does not allow: $missing"

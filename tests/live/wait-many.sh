#!/bin/bash
# A hundred taps that come up while they are waited for: it is looked who is behind them some times, not a hundred, and each gets
# its VM.
. "$(dirname "$0")/../lib.sh"
need strace
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # which does not work under strace
TAPS=100

start_guest --taps $TAPS --ip6 none --no-up
for ((i = 0; i < TAPS; i++)); do
    give_addresses "tap$i" "10.0.$i.1/24"
done

# Each pass over the processes writes into a file in memory.
has_looked()
{
    grep -qs memfd_create "$LAB/trace"
}

cat >"$LAB/traced" <<SCRIPT
#!/bin/sh
exec strace -f -qq -e trace=memfd_create -o "$LAB/trace" "$VMNETCHECK" "\$@"
SCRIPT
chmod +x "$LAB/traced"
VMNETCHECK=$LAB/traced
begin_check --all -w 60
wait_for 60 has_looked || fail "it does not look"
for ((i = 0; i < TAPS; i++)); do
    ip link set "tap$i" up
done
end_check
expect_exit 0
expect_only_findings
expect_json ".targets | length == $TAPS and all(.vm.pid == $LAB_PID)"
passes=$(grep -c memfd_create "$LAB/trace")
[[ $passes -le $((TAPS / 4)) ]] || fail "it looked $passes times"

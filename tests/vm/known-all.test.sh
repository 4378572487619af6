#!/bin/bash
# Twenty QEMUs: --all lists, lints and checks each, one report, worst exit status; one that ends meanwhile is not a crash.
LAB_VM=1
. "$(dirname "$0")/../lib.sh"

pids=()
for ((i = 0; i < 20; i++)); do
    make_tap "tap$i"
    start_bare_qemu "web$i" -S -netdev "tap,id=n0,ifname=tap$i,script=no,downscript=no" \
        -device "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:$((i + 10)),romfile="
    pids+=("$LAB_PID")
done

lint --all
expect_exit 0
expect_json '.targets | length == 20 and all(.status == "healthy")'
run_vmnetcheck list --json
expect_json '[.taps[] | select(.vm.name | startswith("web")) | .vm.mac] | unique | length == 20'

# All are stopped: silent, and QEMU says why.
give_addresses tap0 10.9.0.1/30
check -W 0.2 --linger 0 --all
expect_json '.targets | length == 20'
expect_json '[.targets[].vm.name] | unique | length == 20'
expect_exit 4
expect_finding vm-not-reading
expect_json '.targets | all(any(.findings[]; .name == "vm-not-reading") or
    any(.notes[]; test("QEMU (did not say|was not asked) how it is")))'

begin_check -W 1 --all
sleep 0.3
kill "${pids[@]:5:5}"
end_check
expect_json '.targets | length == 20'
for pid in "${pids[@]:5:5}"; do
    wait_for 30 is_gone "$pid"
done
for ((i = 0; i < 5; i++)); do
    begin_vmnetcheck lint --json --all
    kill "${pids[10 + i]}"
    end_check
    expect_exit 0
done

#!/bin/bash
# There is not memory enough, a little less each time: all of the commands say what is true, or that they had none (71), in a whole
# document; none is aborted, and none goes on for ever.
. "$(dirname "$0")/../lib.sh"
[[ $VMNETCHECK != *sanitize* ]] || exit 0 # which need more memory than there is
STEP_KIB=400

start_guest --ip4 10.9.0.2 --ip6 none tap0
give_addresses tap0 10.9.0.1/24
for ((i = 0; i < 500; i++)); do
    echo "qemu-system-x86_64 -name vm$i -net nic,vlan=1 -net tap,vlan=4,ifname=tap$i,script=no"
done >"$LAB/many.sh"
check --pcap "$LAB/kept.pcapng" tap0 10.9.0.2
cp "$LAB/out" "$LAB/report.json"

# The exit status if there is memory enough, and the arguments.
COMMANDS=(
    "0 check --json tap0 10.9.0.2"
    "0 check --json --all"
    "3 lint --json $LAB/many.sh"
    "0 read --json $LAB/kept.pcapng 10.9.0.2"
    "0 list --json"
    "0 merge --json $LAB/report.json"
)

# The loader has to have room, without which there is no program.
declare -i least=4000 short=0
until (ulimit -v $least && exec "$VMNETCHECK" --version) &>/dev/null; do
    least+=$STEP_KIB
done 2>/dev/null
for command in "${COMMANDS[@]}"; do
    read -r usual arguments <<<"$command"
    for ((kib = least, LAB_STATUS = -1; LAB_STATUS != usual; kib += STEP_KIB)); do
        [[ $kib -lt 100000 ]] || fail "100 MB are too little"
        LAB_COMMAND="vmnetcheck $arguments, with $kib KiB" LAB_STATUS=0 LAB_MS=0
        # shellcheck disable=SC2086 # arguments
        (ulimit -v "$kib" && exec timeout 60 "$VMNETCHECK" $arguments) >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
        [[ $LAB_STATUS == "$usual" || $LAB_STATUS == 5 || $LAB_STATUS == 71 ]] || fail "exit status $LAB_STATUS"
        expect_json '.error | . == null or (test("signal") | not)'
        expect_json ".exit == null or .exit == $LAB_STATUS"
        [[ $LAB_STATUS == "$usual" ]] || short+=1
    done
done
echo "$short times without memory enough"
expect [ $short -gt ${#COMMANDS[@]} ]

#!/bin/bash
# The captures that are kept of every fault that frames show: "read" says of each what it said when it was kept. To keep them
# anew, by root: KEEP_CAPTURES=1 tests/run 'faults/*'. Then read the differences.
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
: "${VMNETCHECK:=$ROOT/build/vmnetcheck}"
VMNETCHECK=$(realpath "$VMNETCHECK")
export VMNETCHECK
failed=0

# Where the host's own facts say it all, nothing is sent. What is lost between the host's stack and the tap, the frames of one
# interface do not show; of what the guest thinks of its network "read" says nothing, nor what of 169.254/16 is all that it has.
is_without_frames()
{
    case $1 in
    no-such-tap | not-ethernet | tap-down | tap-unattached | bridge-down | bridge-port-blocked | address-on-bridge-port) ;;
    host-filter | bridge-filter | reverse-path-filter | forwarding-off | route-elsewhere | stale-neighbour | reply-elsewhere) ;;
    dhcp-two-servers | no-address | ipv6-off | dad-failed | no-gateway | no-return-route | prefix-mismatch | mtu-blackhole) ;;
    *) return 1 ;;
    esac
}

for folder in "$ROOT"/tests/faults/*/; do
    fault=$(basename "$folder")
    ! is_without_frames "$fault" || continue
    if [[ ! -f $folder/capture.pcapng.gz || ! -f $folder/report.txt ]]; then
        echo "FAILED: $fault keeps no capture.pcapng.gz and report.txt"
        failed=1
    elif ! "$ROOT/tests/faults/report" "$folder" "$folder/report.txt" |
        diff -u --label "$fault/report.txt" --label "now" "$folder/report.txt" -; then
        failed=1
    fi
done
exit $failed

#!/bin/bash
# Each recording in tests/recordings comes out as the table "answers" beside it says.
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
: "${VMNETCHECK:=$ROOT/build/vmnetcheck}"
failed=0

while read -r file status findings addresses; do
    # shellcheck disable=SC2086 # none, or several
    document=$("$VMNETCHECK" read --json "$ROOT/tests/recordings/$file" $addresses)
    seen="$? $(jq -r '[.targets[].findings[].name] | unique | join(",") | if . == "" then "-" else . end' <<<"$document")"
    if [[ $seen != "$status $findings" ]]; then
        echo "FAILED: $file $addresses: expected $status $findings, saw $seen"
        # shellcheck disable=SC2086 # addresses
        "$VMNETCHECK" read "$ROOT/tests/recordings/$file" $addresses | sed 's/^/  /'
        failed=1
    fi
done < <(sed 's/#.*//' "$ROOT/tests/recordings/answers" | grep .)
for file in "$ROOT"/tests/recordings/*.pcap*; do
    grep -q "^$(basename "$file") " "$ROOT/tests/recordings/answers" || {
        echo "FAILED: $file has no answer"
        failed=1
    }
done
exit $failed

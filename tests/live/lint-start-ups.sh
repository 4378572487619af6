#!/bin/bash
# Files after public cases, each with the answer that is right: tests/start-ups/right says it.
. "$(dirname "$0")/../lib.sh"

declare -i count=0
while read -r file exit findings; do
    [[ $file != \#* && -n $file ]] || continue
    echo "$file"
    lint "$ROOT/tests/start-ups/$file"
    expect_exit "$exit"
    # shellcheck disable=SC2086 # one argument each
    expect_only_findings $findings
    count+=1
done <"$ROOT/tests/start-ups/right"
expect [ "$count" = "$(($(find "$ROOT/tests/start-ups" -type f | wc -l) - 1))" ]

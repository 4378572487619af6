#!/bin/bash
# Every script parses, and is executable if it says what runs it.
cd "$(dirname "$0")/../.." || exit 1
failed=0

for file in tests/lib.sh tests/run tests/check tests/demo tests/install-packages tests/*/*.sh tests/faults/*/run.sh .ci/run; do
    bash -n "$file" || failed=1
    [[ $(head -c 2 "$file") != '#!' || -x $file ]] || { echo "$file is not executable"; failed=1; }
done
exit $failed

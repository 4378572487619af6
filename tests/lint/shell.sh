#!/bin/bash
# Every script passes shellcheck, and is executable if it says what runs it.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/rooms.bash
failed=0

command -v shellcheck >/dev/null || { echo "needs shellcheck"; exit 77; }
mapfile -t scripts < <(scripts)
[[ ${#scripts[@]} -gt 50 ]] || { echo "too few scripts: ${scripts[*]}"; failed=1; }
# LAB_… is read by tests/lib.sh, or by tests/run.
printf '%s\n' "${scripts[@]}" | xargs -P 2 -n 20 shellcheck -f gcc | grep -v ': LAB_[A-Z]* appears unused' && failed=1
for file in "${scripts[@]}"; do
    [[ $(head -c 2 "$file") != '#!' || -x $file ]] || { echo "$file is not executable"; failed=1; }
done
exit $failed

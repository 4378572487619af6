#!/bin/bash
# A source file says in its first line what is in it; it is no longer than 450 lines, and no function of it than 60.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/rooms.bash
failed=0

complain()
{
    echo "$*"
    failed=1
}

mapfile -t sources < <(find include src probes tests/unit tests/tools tests/fuzz -name '*.[ch]')
mapfile -t scripts < <(scripts)
[[ ${#sources[@]} -gt 100 && ${#scripts[@]} -gt 50 ]] || complain "too few files were found"
for file in "${sources[@]}"; do
    [[ $(head -c 2 "$file") == '/*' ]] || complain "$file: its first line does not say what is in it"
done
for file in "${sources[@]}" "${scripts[@]}"; do
    lines=$(wc -l <"$file")
    [[ $lines -le 450 ]] || complain "$file: has $lines lines"
done
found=$(awk '/^\{/ { start = FNR }
    /^\}/ && start { if (FNR - start - 1 > 60) print FILENAME ":" start ": a function of " FNR - start - 1 " lines"; start = 0 }
    FNR == 1 { start = 0 }' "${sources[@]}" "${scripts[@]}")
[[ -z $found ]] || complain "$found"
found=$(grep -nE '^ *\*/$' "${sources[@]}")
[[ -z $found ]] || complain "comments whose end the formatter put on a line of its own: $found"
exit $failed

#!/bin/bash
# Every finding has a row, a place in the manual, and a test that makes it: a folder of tests/faults or a case among the units.
# A test does what its fix says, or tests/faults/not-applied has the reason why none does. The manual of the findings is the one
# that the program makes.
cd "$(dirname "$0")/../.." || exit 1
VMNETCHECK=${VMNETCHECK:-build/vmnetcheck} TOOLS=${TOOLS:-build/tests}
failed=0

complain()
{
    echo "$*"
    failed=1
}

names=$("$VMNETCHECK" explain --json | jq -r '.findings[].name') || exit 1
[[ $(wc -w <<<"$names") -gt 10 ]] || complain "only these findings: $names"
for name in $names; do
    grep -Fqx ".It Sy ${name//-/\\-}" man/vmnetcheck-findings.7 || complain "$name is not in man/vmnetcheck-findings.7"
    id=FINDING_$(tr 'a-z-' 'A-Z_' <<<"$name")
    [[ -x tests/faults/$name/run.sh ]] || grep -Eqs "\b$id\b|\"$name\"" tests/unit/*.[ch] ||
        complain "$name has neither tests/faults/$name/run.sh nor a unit case"
done
for name in $names; do
    grep -qs '^ *apply_fix' "tests/faults/$name/run.sh"
    applied=$?
    grep -Eq "^$name +[a-z]" tests/faults/not-applied
    [[ $? != "$applied" ]] || complain "$name: its fix is to be applied by its test, or else in tests/faults/not-applied, and not both"
done
for folder in tests/faults/*/; do
    grep -Fqx "$(basename "$folder")" <<<"$names" || complain "$folder is the name of no finding"
done
"$TOOLS/findings_manual" | diff - man/vmnetcheck-findings.7 || complain "man/vmnetcheck-findings.7 is old: make manual"
exit $failed

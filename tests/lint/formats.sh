#!/bin/bash
# The reports that the unit tests keep, in each format, are what its consumer takes: who reads JSON by the installed schema,
# Jenkins and GitLab, prove, Nagios, Prometheus, browsers.
cd "$(dirname "$0")/../.." || exit 1
. tests/consumers.bash
failed=0

for tool in xmllint prove tidy; do
    command -v "$tool" >/dev/null || { echo "needs $tool"; exit 77; }
done
tests/from-package prometheus usr/bin/promtool >/dev/null || { echo "needs promtool"; exit 77; }

# all_are KIND SUFFIX
all_are()
{
    local file count=0
    for file in tests/unit/golden/report/*."$2"; do
        "is_$1" "$file" || { echo "$file is not for $1"; failed=1; }
        ((count += 1))
    done
    [[ $count -gt 10 ]] || { echo "only $count files *.$2"; failed=1; }
}

tests/valid-json tests/unit/golden/*/*.json tests/unit/golden/*/*.jsonl || failed=1
all_are junit junit.xml
all_are tap tap
all_are nagios nagios
all_are prometheus prom
all_are html html
exit $failed

#!/bin/bash
# The manual pages are clean, and vmnetcheck(8) has the options of --help, no more and no less.
cd "$(dirname "$0")/../.." || exit 1
VMNETCHECK=${VMNETCHECK:-build/vmnetcheck}
failed=0

command -v mandoc >/dev/null || exit 77
# What else is installed here is another matter.
remarks=$(mandoc -T lint man/*.[0-9] 2>&1 | grep -v -e 'outdated mandoc.db' -e 'referenced manual not found')
[[ -z $remarks ]] || { echo "$remarks"; failed=1; }

# One a line: -c, --count
commands=$("$VMNETCHECK" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
in_help=$(for command in $commands; do "$VMNETCHECK" help "$command"; done | sort -u | grep -E '^ +-' | grep -oE '^ +(-[a-zA-Z0-9])?(, | +)?(--[a-z0-9-]+)?' | grep -oE '[-]+[a-zA-Z0-9][a-z0-9-]*' | sort -u)
in_manual=$(sed -n 's/^\.It Fl/Fl/p' man/vmnetcheck.8 | grep -oE 'Fl [^ ]+' | sed 's/^Fl //; s/\\-/-/g; s/^/-/' | sort -u)
[[ $(wc -l <<<"$in_help") -gt 10 ]] || { echo "too few options in --help: $in_help"; failed=1; }
diff <(echo "$in_help") <(echo "$in_manual") || { echo "options: < in --help only, > in vmnetcheck.8 only"; failed=1; }

# The commands, likewise.
for command in $commands; do
    grep -Eq "^\.It Cm $command( |$)" man/vmnetcheck.8 || { echo "the command $command is not in vmnetcheck.8"; failed=1; }
done
exit $failed

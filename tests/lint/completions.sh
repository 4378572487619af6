#!/bin/bash
# The completions of the shells are those that the tables of the program make.
cd "$(dirname "$0")/../.." || exit 1
TOOLS=${TOOLS:-build/tests}
failed=0

for row in bash:vmnetcheck zsh:_vmnetcheck fish:vmnetcheck.fish; do
    "$TOOLS/completions" "${row%%:*}" | diff - "man/completions/${row#*:}" || {
        echo "man/completions/${row#*:} is old: make completions"
        failed=1
    }
done
exit $failed

# The screens of the README and the manual, for tests that compare them with what comes out (source it behind lib.sh): but for times,
# processes, and where lines are wrapped. Of a screen that leaves something out, what stands before the ellipsis counts.
export LC_ALL=C.UTF-8 COLUMNS=80

# Each screen that begins with the program, in a file of its own.
awk -v folder="$LAB" '
    /^```/ { inside = !inside; first = inside; next }
    inside && first { first = 0; shown = /^\$ (sudo )?vmnetcheck/; number += shown }
    inside && shown { print >(folder "/screen." number) }' "$ROOT/README.md"

# That of vmnetcheck(8) is in ASCII.
awk '/^# vmnetcheck tap0 10\.9\.0\.2$/ { inside = 1 } /^\.Ed/ { inside = 0 } inside' "$ROOT/man/vmnetcheck.8" |
    sed '1s/^# /$ /' >"$LAB/screen.manual"
expect [ "$(wc -l <"$LAB/screen.manual")" -gt 10 ]

normal()
{
    sed -E 's/[0-9.]+ m?s\b/TIME/g; s/^[0-9:]{8} //; s/(process|pid) [0-9]+/\1 N/g; s/(pump|guest), pid N, //; s/ pump$/ guest/; s/ [0-9]+ +(52:54)/ N \1/; s/,[0-9]+\]$/,N]/; s/setcap .*/SETCAP/' |
        "${ORDER:-cat}" | tr -s ' \n' ' '
}

# line_of NUMBER: what stands behind the program in its first line.
line_of()
{
    sed -nE '1s/^\$ (sudo )?vmnetcheck([^#]*).*/\2/p' "$LAB/screen.$1"
}

# compare NUMBER: what came, in $LAB/came, with the screen; with ORDER=sort in whatever order.
compare()
{
    sed -E '1d; s/ *…$/@CUT@/' "$LAB/screen.$1" | sed '/@CUT@/q' | normal | sed 's/@CUT@.*//; s/ *$//' >"$LAB/expected"
    normal <"$LAB/came" | head -c "$(stat -c %s "$LAB/expected")" | cmp -s - "$LAB/expected" ||
        fail "screen $1 is not as in the README: $(line_of "$1")"$'\n'"$(diff <(fold -sw 100 "$LAB/expected") <(normal <"$LAB/came" | fold -sw 100))"
}

# screen NUMBER [PROGRAM...]: what its first line says comes out, with PROGRAM for vmnetcheck.
screen()
{
    local number=$1
    shift
    [[ $# -gt 0 ]] || set -- "$VMNETCHECK"
    (cd "$LAB" && eval "$(printf '%q ' "$@") $(line_of "$number")" >"$LAB/came" 2>&1)
    compare "$number"
}

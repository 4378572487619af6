#!/bin/bash
# What a file exports bears the name of its module: of the file, of the header that declares it, of its room, or of what the module
# is about, as listed here. And no tag of a struct, union or enum means two things.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/rooms.bash
BUILT=$(dirname "${TOOLS:-build/tests}")
failed=0

# What a module is about, where its name does not say it: MODULE WORD...
ABOUT='addr ip mac
borrow source
build builder
cli command
eth frame
evaluate scope
judgement finding
observation probe
report format
silence claim heard
text memory
vm_scripts target
vms target'

complain()
{
    echo "$*"
    failed=1
}

# "header HEADER WORD" for each word of each header, "symbol FILE SYMBOL" for each that a file exports.
declared_and_exported()
{
    local file object
    grep -owE '[A-Za-z_][A-Za-z0-9_]*' include/*.h src/*/*.h probes/*.h | sort -u | sed 's/^\([^:]*\):/header \1 /'
    for file in src/main.c src/*/*.c probes/*.c; do
        object=$BUILT/${file%.c}.o
        [[ ! -f $object ]] || nm -P -g --defined-only "$object" | awk -v file="$file" '{ print "symbol", file, $1 }'
    done
}

exported=$(declared_and_exported)
[[ $(grep -c '^symbol' <<<"$exported") -gt 400 ]] || complain "too few symbols in $BUILT: is it built?"
found=$(awk '
    # Singular, in small letters: RULES are those of rule.
    function stem(word) { word = tolower(word); return word ~ /[^s]s$/ ? substr(word, 1, length(word) - 1) : word }
    function base(path) { sub(".*/", "", path); sub(/(_linux)?\.[ch]$/, "", path); return path }
    function room(path, parts) { split(path, parts, "/"); return parts[1] == "src" ? parts[2] : parts[1] }
    function has_word(name, word, parts, i) {
        for (i = split(name, parts, "_"); i > 0; i--)
            if (stem(parts[i]) == word) return 1
        return (name, word) in about
    }
    FNR == NR { for (i = 2; i <= NF; i++) about[$1, $i] = 1; next }
    $1 == "header" { declared[$3] = declared[$3] " " $2; next }
    $3 == "main" { next }
    {
        split($3, parts, "_")
        word = stem(parts[1])
        good = has_word(base($2), word) || has_word(room($2), word)
        for (i = split(declared[$3], headers, " "); i > 0; i--)
            good = good || has_word(base(headers[i]), word)
        if (!good) print $2 ": " $3 " does not bear the name of its module"
    }' <(echo "$ABOUT") <(echo "$exported"))
[[ -z $found ]] || complain "$found"

found=$(grep -hoE '^(struct|union|enum) [a-z_0-9]+ \{' include/*.h src/*/*.[ch] probes/*.[ch] | awk '{ print $2 }' | sort | uniq -d)
[[ -z $found ]] || complain "tags with two meanings: $found"
exit $failed

#!/bin/bash
# The layering of the program, read from the symbols of its objects: no file needs what is above it, no two files or rooms need
# each other, and the pure middle needs no socket, no clock and no stdio, neither of the C library nor of our own files.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/rooms.bash
BUILT=$(dirname "${TOOLS:-build/tests}")
failed=0

complain()
{
    echo "$*"
    failed=1
}

# What computes, and what formats into memory. The compiler adds __NAME_chk for NAME, and some of its own.
may_need()
{
    local name=${2%_chk}
    [[ $2 == "$name" ]] || name=${name#__}
    case $name in
    calloc | free | qsort | reallocarray) ;;
    bcmp | mem[a-z]* | str[a-z]* | stpcpy) ;;
    __ctype_b_loc | __errno_location | __popcountdi2 | __stack_chk_fail) ;;
    tdelete | tdestroy | tfind | tsearch) ;;
    inet_ntop | inet_pton | snprintf | sprintf | vasprintf) [[ $1 == src/base/* || $1 == src/wire/* ]] ;;
    _Exit | _exit | fwrite | stderr) [[ $1 == src/base/text.c ]] ;; # its last words when there is no memory
    libnet_*) [[ $1 == src/wire/build.c ]] ;;
    dlerror | dlopen | dlsym) [[ $1 == src/vm/libxml.c ]] ;; # a library that is loaded when it is needed
    json_*) [[ $1 == src/vm/* ]] ;;
    *) return 1 ;;
    esac
}

# "FILE NEEDED SYMBOL" for each symbol that a file needs; NEEDED is the file that has it, or - if it is none of ours.
needs()
{
    local file object
    for file in src/main.c src/*/*.c probes/*.c; do
        object=$BUILT/${file%.c}.o
        [[ ! -f $object ]] || nm -P -g "$object" | sed "s|^|$file |"
    done | awk '$3 != "U" { home[$2] = $1 }
        $3 == "U" { file[++count] = $1; needed[count] = $2 }
        END { for (i = 1; i <= count; i++) print file[i], (needed[i] in home) ? home[needed[i]] : "-", needed[i] }'
}

# What is asked of each file over and over.
declare -A layer pure
know()
{
    [[ -n ${layer[$1]:-} ]] && return
    layer[$1]=$(layer_of "$1")
    pure[$1]=$(is_pure "$1" && echo yes)
}

check_need()
{
    local file=$1 needed=$2 symbol=$3
    know "$file"
    if [[ $needed == - ]]; then
        [[ -z ${pure[$file]} ]] || may_need "$file" "$symbol" || complain "$file: $symbol is not for the pure middle"
        return
    fi
    know "$needed"
    [[ -z ${pure[$file]} || -n ${pure[$needed]} ]] || complain "$file: needs $symbol of $needed, which is not pure"
    [[ ${layer[$needed]} -le ${layer[$file]} ]] || complain "$file: needs $symbol of $needed, which is above it"
}

# Pairs "A B" of standard input, A needing B: what is in a circle.
circles()
{
    tsort 2>&1 >/dev/null | sed 's/^tsort: //; s/^-: .*/in a circle:/'
}

needs=$(needs)
[[ $(wc -l <<<"$needs") -gt 1000 ]] || complain "too few symbols in $BUILT: is it built?"
while read -r file needed symbol; do
    check_need "$file" "$needed" "$symbol"
done <<<"$needs"

files=$(awk '$2 != "-" && $1 != $2 { print $1, $2 }' <<<"$needs" | sort -u)
rooms=$(while read -r file needed; do
    [[ $(room_of "$file") == "$(room_of "$needed")" ]] || echo "$(room_of "$file") $(room_of "$needed")"
done <<<"$files" | sort -u)
found=$(circles <<<"$files")$(circles <<<"$rooms")
[[ -z $found ]] || complain "$found"
exit $failed

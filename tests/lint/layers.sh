#!/bin/bash
# The layering of the source, read from its #include lines: nothing includes what is above it, the pure middle includes no
# sockets, clocks or files, what only Linux has stays in files named *_linux, and a file includes its own header first.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/rooms.bash
failed=0

complain()
{
    echo "$*"
    failed=1
}

# Only what the pure middle may include is named: what computes, what formats into memory.
may_include()
{
    case $2 in
    assert.h | ctype.h | errno.h | limits.h | math.h | search.h | stdarg.h | stdbool.h | stddef.h | stdint.h | stdlib.h | \
        string.h) ;;
    arpa/inet.h | netinet/icmp6.h | netinet/ip_icmp.h | sys/types.h) ;; # byte order, numbers of protocols, pid_t
    stdio.h) [[ $1 == src/base/addr.c || $1 == src/base/text.c ]] ;;
    libnet.h) [[ $1 == src/wire/build.c ]] ;;
    jansson.h) [[ $1 == src/vm/* ]] ;;
    libxml/* | dlfcn.h) [[ $1 == */libxml.[ch] ]] ;; # a library that is loaded when it is needed
    *) return 1 ;;
    esac
}

is_linux_only()
{
    case $1 in
    linux/* | libmnl/* | netpacket/* | cap-ng.h | seccomp.h | sys/epoll.h | sys/eventfd.h | sys/inotify.h | sys/prctl.h | \
        sys/signalfd.h | sys/syscall.h | sys/timerfd.h) ;;
    *) return 1 ;;
    esac
}

# Where a quoted name is found: beside the file, or in include.
resolve()
{
    local place
    for place in "$(dirname "$1")" include src; do
        [[ -f $place/$2 ]] && echo "$place/$2" && return
    done
    return 1
}

check_quoted()
{
    local file=$1 name=$2 found
    found=$(resolve "$file" "$name") || {
        complain "$file: cannot find \"$name\""
        return
    }
    [[ $(layer_of "$found") -le $(layer_of "$file") ]] || complain "$file: includes \"$name\", which is above it"
    case $file:$found in
    src/verdict/*:include/probe.h | src/verdict/*:probes/*) complain "$file: rules do not know probes" ;;
    probes/*:include/verdict.h | probes/*:include/findings.h) complain "$file: probes do not know rules" ;;
    src/report/*:src/verdict/*) complain "$file: formats do not know rules" ;;
    esac
    [[ $found != *_linux.h || $file == *_linux.[ch] ]] || complain "$file: includes \"$name\", which is for Linux only"
}

check_system()
{
    local file=$1 name=$2
    ! is_linux_only "$name" || [[ $file == *_linux.[ch] || $file == *_bpf.c ]] || complain "$file: <$name> is for files named *_linux"
    ! is_pure "$file" || may_include "$file" "$name" || complain "$file: <$name> is not for the pure middle"
}

check_own_header_first()
{
    local file=$1 own found first
    own=$(basename "${file%.c}").h
    [[ $file == *.c ]] && found=$(resolve "$file" "$own") || return 0
    [[ $(layer_of "$found") == $(layer_of "$file") ]] || return 0 # of the same name only
    first=$(sed -nE 's/^#include [<"]([^>"]*)[>"].*/\1/p' "$file" | head -n 1)
    [[ $first == "$own" ]] || complain "$file: its first include is $first, not its own header $own"
}

count=0
for file in include/*.h src/*.c src/*/*.[ch] probes/*.[ch]; do
    while read -r kind name; do
        case $kind in
        '"') check_quoted "$file" "$name" ;;
        '<') check_system "$file" "$name" ;;
        esac
    done < <(sed -nE 's/^#include ([<"])([^>"]*)[>"].*/\1 \2/p' "$file")
    check_own_header_first "$file"
    ((count += 1))
done
[[ $count -gt 20 ]] || complain "only $count files were found"
exit $failed

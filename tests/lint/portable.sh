#!/bin/bash
# What is not in a file named *_linux.c compiles where there are no headers of Linux, and no interface of it says /proc.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS # of a make that runs the tests
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

complain()
{
    echo "$*"
    failed=1
}

# The compiler's own folders of headers, one a line.
system_folders()
{
    "${CC:-cc}" -E -v -x c /dev/null 2>&1 | sed -n '/^#include <\.\.\.>/,/^End/s/^ //p'
}

# The same folders, without what only Linux has. Of linux/ there remains what the C library's own headers include.
copy_headers()
{
    local folder copy
    while read -r folder; do
        copy=$scratch/include${folder//\//-} # not one in another
        { mkdir -p "$copy" && cp -rs "$folder/." "$copy"; } || complain "cannot copy $folder"
        search+=(-isystem "$copy")
        find "$copy/linux" -mindepth 1 -maxdepth 1 \
            -not -regex '.*/\(close_range\|errno\|falloc\|ioctl\|limits\|posix_types\|stat\|stddef\|types\)\.h' -exec rm -r {} + 2>/dev/null
        rm -rf "$copy"/{bpf,cap-ng.h,libmnl,libnftnl,netlink,netpacket,nftables,seccomp.h} \
            "$copy"/sys/{capability,epoll,eventfd,fanotify,inotify,prctl,signalfd,syscall,sysinfo,timerfd}.h
    done < <(system_folders)
}

search=(-nostdinc)
copy_headers
make -s -k SYSTEM=none WERROR=1 B="$scratch/build" CFLAGS="-O0 ${search[*]}" "$scratch/build/libvmnetcheck.a" >"$scratch/log" 2>&1 || {
    complain "these do not compile without Linux's headers:"
    grep -m 10 'error:' "$scratch/log"
}
[[ $(find "$scratch/build" -name '*.o' | wc -l) -gt 40 ]] || complain "too few files were compiled"
# That the lint would see it:
echo '#include <linux/if_link.h>' | ${CC:-cc} "${search[@]}" -fsyntax-only -x c - 2>/dev/null && complain "Linux's headers are there"
grep -rn --include='*.[ch]' --exclude='*_linux.[ch]' '/proc\b' include src probes &&
    complain "/proc is a matter of Linux"
exit $failed

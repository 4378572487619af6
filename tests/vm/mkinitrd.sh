#!/bin/bash
# mkinitrd.sh OUTDIR: makes OUTDIR/vmlinuz and OUTDIR/initrd.gz for the test VMs, once, from packages of the distribution
# (Debian's cloud kernel, Ubuntu's virtual one) and busybox. Installs nothing. Does nothing where both are newer than
# this script and init.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: mkinitrd.sh OUTDIR}"
out=$(cd "$1" && pwd)

# In the order in which they are loaded: one needs those before it. A kernel that has one built in has no file for it.
modules="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net
    llc stp garp mrp 8021q bridge"

is_current()
{
    local file source
    for file in "$out/vmlinuz" "$out/initrd.gz"; do
        for source in "$here/mkinitrd.sh" "$here/init"; do
            [[ $file -nt $source ]] || return 1
        done
    done
}

# The packages that a package depends on and whose names begin so.
depends_on()
{
    apt-cache depends "$1" 2>/dev/null | awk -v begin="$2" '$1 == "Depends:" && index($2, begin) == 1 { print $2; exit }'
}

fetch_kernel()
{
    local image modules_package
    image=$(depends_on linux-image-cloud-amd64 linux-image-)
    [[ -n $image ]] || image=$(depends_on linux-image-virtual linux-image-)
    [[ -n $image ]] || {
        echo "no package of a kernel: is this an amd64 Debian or Ubuntu, and has apt-get update been run?" >&2
        return 1
    }
    modules_package=$(depends_on "$image" linux-modules-)
    # shellcheck disable=SC2086 # none is no argument
    (cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$image" $modules_package)
    local package
    for package in "$work"/*.deb; do
        dpkg-deb -x "$package" "$work/kernel"
    done
}

copy_module()
{
    local file
    file=$(find "$work/kernel" -name "$1.ko*" | head -n 1)
    case $file in
    '') return ;;
    *.xz) xz -dc "$file" ;;
    *.zst) zstd -qdc "$file" ;;
    *) cat "$file" ;;
    esac >"$work/root/modules/$1.ko"
    echo "$1" >>"$work/root/modules/order"
}

make_root()
{
    local module
    mkdir -p "$work/root/bin" "$work/root/modules" "$work/root/proc" "$work/root/sys" "$work/root/dev"
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    install -m 755 "$here/init" "$work/root/init"
    for module in $modules; do
        copy_module "$module"
    done
    (cd "$work/root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 | gzip -9n >"$work/initrd.gz")
}

# Two tests may come here at once: the second waits, and finds the work done.
exec {lock}>"$out/lock"
flock "$lock"
is_current && exit
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
fetch_kernel
make_root
mv "$work"/kernel/boot/vmlinuz-* "$out/vmlinuz"
mv "$work/initrd.gz" "$out/initrd.gz"
touch "$out/vmlinuz" "$out/initrd.gz"

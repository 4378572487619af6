#!/bin/bash
# mkinitrd.sh OUTDIR [generic]: makes OUTDIR/vmlinuz and OUTDIR/initrd.gz for the test VMs, once, from packages of the distribution
# (Debian's cloud kernel, Ubuntu's virtual one; the generic kernel has drivers for old network cards, and takes 10 s more to boot
# where there is no KVM), busybox and the ip command. Installs nothing. Does nothing where both are newer than this script and init.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: mkinitrd.sh OUTDIR}"
out=$(cd "$1" && pwd)

# In the order in which they are loaded: one needs those before it. A kernel that has one built in has no file for it.
modules="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net
    llc stp garp mrp 8021q bridge"

# These are loaded where vm_modules= asks for them.
more_modules="virtio_mmio tls bonding vrf macvlan ipvlan veth vmxnet3 mii 8390 e1000 e1000e 8139cp pcnet32 e100 ne2k-pci
    tulip"

flavour=${2:-small}
case $flavour in
small) images="linux-image-cloud-amd64 linux-image-virtual" ;;
generic) images="linux-image-amd64 linux-image-generic" ;;
*) echo "no such kernel: $flavour" >&2 && exit 64 ;;
esac

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
    local package image modules_package
    for package in $images; do
        image=$(depends_on "$package" linux-image-)
        [[ -z $image ]] || break
    done
    [[ -n $image ]] || {
        echo "no package of a kernel: is this an amd64 Debian or Ubuntu, and has apt-get update been run?" >&2
        return 1
    }
    modules_package=$(depends_on "$image" linux-modules-)
    # shellcheck disable=SC2086 # none is no argument
    (cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$image" $modules_package)
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
}

# busybox has an ip that knows no bond, VRF or ipvlan.
copy_ip()
{
    local library
    cp "$(command -v ip)" "$work/root/sbin/ip"
    for library in $(ldd "$(command -v ip)" | grep -o '/[^ ]*'); do
        install -D "$library" "$work/root$library"
    done
}

make_root()
{
    local module
    mkdir -p "$work/root/bin" "$work/root/sbin" "$work/root/modules" "$work/root/proc" "$work/root/sys" "$work/root/dev"
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    install -m 755 "$here/init" "$work/root/init"
    for module in $modules; do
        copy_module "$module"
        [[ ! -f $work/root/modules/$module.ko ]] || echo "$module" >>"$work/root/modules/order"
    done
    for module in $more_modules; do
        copy_module "$module"
    done
    copy_ip
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

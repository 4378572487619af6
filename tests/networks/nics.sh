#!/bin/bash
# The network cards that QEMU emulates, each with Linux's driver for it.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
LAB_VM=1 VM_KERNEL=generic
. "$(dirname "$0")/../networks.sh"

# nic MODEL MODULES
nic()
{
    QEMU_WAIT=0 start_qemu vm "vm_modules=$2 vm_ip4=10.9.0.2/24 vm_ip6=fd00:9::2/64" -m 160 \
        -netdev tap,id=n0,ifname=tap0,script=no,downscript=no -device "$1,netdev=n0,mac=$MAC,romfile="
    wait_qemu vm 100
    ip link set tap0 up
    host tap0 10.9.0.1/24 fd00:9::1/64
    COMMANDS=("--vm vm")
    healthy 10.9.0.2 fd00:9::2
}

network_e1000()
{
    nic e1000 e1000
}

network_e1000e()
{
    nic e1000e e1000e
}

network_rtl8139()
{
    nic rtl8139 mii,8139cp
}

network_pcnet()
{
    nic pcnet mii,pcnet32
}

network_i82557b()
{
    nic i82557b mii,e100
}

network_ne2k_pci()
{
    nic ne2k_pci 8390,ne2k-pci
}

network_tulip()
{
    nic tulip tulip
}

run_networks "$@"

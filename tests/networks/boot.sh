#!/bin/bash
# iPXE, which answers ARP and ping while it waits for what it is to boot: cards of QEMU's with iPXE's driver for each.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
LAB_VM=1
. "$(dirname "$0")/../networks.sh"

address_of_lease()
{
    grep -o '10\.9\.0\.1[0-9]*' "$LAB/dnsmasq---br0.log.leases"
}

# A web server that takes requests, and never answers.
start_silent_server()
{
    sleep 1000 | busybox nc -l -p 80 >"$LAB/request" &
}

is_waiting()
{
    grep -qs '^GET' "$LAB/request"
}

# ipxe MODEL
ipxe()
{
    need qemu-system-x86_64 busybox
    make_tap tap0
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    start_dhcp_server - br0 10.9.0.100,10.9.0.150 --no-ping --dhcp-boot=http://10.9.0.1/boot
    start_silent_server
    start_bare_qemu vm -m 64 -boot n -netdev tap,id=n0,ifname=tap0,script=no,downscript=no \
        -device "$1,netdev=n0,mac=$MAC"
    wait_for 100 is_waiting || fail "iPXE does not get that far: $(cat "$LAB/dnsmasq---br0.log")"
    COMMANDS=("--vm vm")
    healthy "$(address_of_lease)"
}

network_ipxe_rtl8139()
{
    ipxe rtl8139
}

network_ipxe_vmxnet3()
{
    ipxe vmxnet3
}

network_ipxe_pcnet()
{
    ipxe pcnet
}

network_ipxe_ne2k_pci()
{
    ipxe ne2k_pci
}

network_ipxe_virtio()
{
    ipxe virtio-net-pci
}

run_networks "$@"

#!/bin/bash
# A tun device carries IP packets, and the loopback interface is no cable to a guest.
. "$(dirname "$0")/../../lib.sh"

ip tuntap add tun0 mode tun
ip link set tun0 up
for device in tun0 lo; do
    check $device 10.9.0.2
    expect_exit 4
    expect_only_findings not-ethernet
done
check tun0
apply_fix
start_guest --ip4 10.9.0.2 tun0
check tun0 10.9.0.2
expect_exit 0

#!/bin/bash
# --debug tells every observation and every decision with its time on standard error, and changes nothing else.
. "$(dirname "$0")/../lib.sh"

start_guest --ip4 10.9.0.2 tap0
run_vmnetcheck --debug tap0 10.9.0.2
expect_exit 0
expect_out '^tap0: healthy'
expect_err '^ +[0-9]+\.[0-9]{6} tap0: starts arp of 10\.9\.0\.2: ARP requests'
expect_err 'tap0: claim at tap 10\.9\.0\.2 '
expect_err 'tap0: reply at tap 10\.9\.0\.2 [0-9a-f:]{17}: to icmp 3, copy 0'
expect_err 'tap0: check at tap 10\.9\.0\.2 [0-9a-f:]{17}: icmp: 3 of 3 answered'
expect_err 'tap0: healthy$'

#!/bin/bash
# Another user without privileges gets exit 77 and the very command that helps; after that command the check works for them.
. "$(dirname "$0")/../lib.sh"
need setpriv setcap

install -m 755 "$VMNETCHECK" "$LAB/vmnetcheck"
start_guest --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24

# As run_vmnetcheck, in the name of nobody.
run_as_nobody()
{
    LAB_COMMAND="vmnetcheck $* (as nobody)"
    LAB_STATUS=0 LAB_MS=0
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
        "$LAB/vmnetcheck" "$@" >"$LAB/out" 2>"$LAB/err" || LAB_STATUS=$?
}

run_as_nobody --json tap0 10.9.0.2
expect_exit 77
expect_err 'CAP_NET_RAW is missing'
expect_err "setcap cap_net_raw\+ep $LAB/vmnetcheck$"
expect_json '.exit == 77 and .status == "unknown" and (.error | contains("CAP_NET_RAW")) and .targets[0].interface == "tap0"'
advice=$(sed -n 's/.*or once: //p' "$LAB/err")
run_as_nobody tap0 10.9.0.2
expect_exit 77
expect [ "$(grep -hc CAP_NET_RAW "$LAB/out" "$LAB/err" | xargs)" != "0 0" ]

# What needs no packets needs no privilege either.
run_as_nobody --json tap7
expect_exit 4
expect_only_findings no-such-tap

expect eval "$advice"
run_as_nobody --json tap0 10.9.0.2 fd00:9::2
expect_exit 0
expect_only_findings
expect_json '[.targets[0].checks[] | .status] == ["pass", "pass", "pass", "pass"]'

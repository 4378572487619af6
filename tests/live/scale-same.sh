#!/bin/bash
# Many targets are captured in another way than one is. Each fault is the same, whichever way it is seen.
LAB_ALONE=1 # many machines fill the ARP table, which is one for all namespaces
. "$(dirname "$0")/../lib.sh"

targets=()
number=0
# one TAP-OPTION...: one more guest.
one()
{
    start_guest --first "$number" "$@"
    targets+=("tap$number 10.0.$number.2 fd00:0:0:$(printf %x "$number")::2")
    number=$((number + 1))
}

one
one --deaf
one --ignore-echo
one --ignore-echo6
one --ignore-ndp
one --bad-checksum
one --reject 1
one --reply-copies 2
one --request-copies 2
one --rival 52:54:00:66:66:66
one --vlan 217
one --tag-replies 3071
one --lose 3
one --reflect
one --answer-mac 01:00:5e:00:00:01
one --delay 40
make_tap "tap$number"
targets+=("tap$number 10.0.$number.2 fd00:0:0:$(printf %x "$number")::2")

summary='[.interface, .status, .layer, ([.findings[] | [.name, .address]] | sort), ([.checks[] | [.name, .address, .status]] | sort)]'
for target in "${targets[@]}"; do
    # shellcheck disable=SC2086 # an interface and its addresses
    check -c 4 $target
    jq -c ".targets[] | $summary" "$LAB/out"
done >"$LAB/one-by-one"
# shellcheck disable=SC2068,SC2048,SC2086
check -c 4 ${targets[*]}
jq -c ".targets[] | $summary" "$LAB/out" >"$LAB/together"
diff "$LAB/one-by-one" "$LAB/together" || fail "expected the same of both"
expect [ "$(grep -c healthy "$LAB/together")" -ge 2 ]
expect [ "$(grep -c fault "$LAB/together")" -ge 10 ]

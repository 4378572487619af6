#!/bin/bash
# The guest speaks with a tag and is expected without, or with another; -V with its VID finds it healthy. Asked for in all
# VIDs, the one that answers is named. A priority tag is no VLAN.
. "$(dirname "$0")/../../lib.sh"

expect_tag()
{
    expect_exit 3
    expect_only_findings vlan-tag-mismatch
    expect_json ".targets[0].findings[0].fix | contains(\"-V $1\")"
}

for vid in 1 30 217 3071 4094; do
    start_guest --vlan $vid --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
    for arguments in "10.9.0.2" "fd00:9::2" "-V 31 10.9.0.2" "-V 0 fd00:9::2"; do
        # shellcheck disable=SC2086 # options
        check -W 0.5 tap0 $arguments
        expect_tag $vid
    done
    for host in bare 10.9.0.1/24; do
        [[ $host == bare ]] || give_addresses tap0 $host
        check -V $vid tap0 10.9.0.2 fd00:9::2
        expect_exit 0
        expect_only_findings
    done
    stop "$LAB_PID"
done

# Expected with a tag, it speaks without.
start_guest --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
check -V 217 tap0 10.9.0.2 fd00:9::2
expect_exit 3
expect_only_findings vlan-tag-mismatch
expect_json '.targets[0].findings | all(.summary == "the guest'"'"'s frames come untagged, but are expected tagged with VID 217")'
expect_json '.targets[0].findings | all(.fix | test("name eth0.217 type vlan id 217.*vmnetcheck -V 0 tap0"))'
check -V 0 tap0 10.9.0.2 fd00:9::2
expect_exit 0
expect_only_findings
stop "$LAB_PID"

# Asked untagged, it answers with a tag; but a priority tag is as good as none.
start_guest --tag-replies 30 --ip4 10.9.0.2 tap0
check tap0 10.9.0.2
expect_tag 30
keep_capture "" -W 0.3 10.9.0.2
stop "$LAB_PID"
start_guest --tag-replies 0 --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
for expected in "" "-V 0"; do
    # shellcheck disable=SC2086 # options
    check $expected tap0 10.9.0.2 fd00:9::2
    expect_exit 0
    expect_only_findings
done
stop "$LAB_PID"

start_linux_guest web1 tap0 52:54:00:12:04:11 "10.9.0.2/24" --vlan 30
check tap0 10.9.0.2
expect_tag 30
check -V 30 tap0 10.9.0.2
expect_exit 0

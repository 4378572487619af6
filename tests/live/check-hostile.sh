#!/bin/bash
# A guest that answers properly and sends rubbish beside it: cut-off and bit-flipped copies of its answers, random bytes,
# floods. No crash, no wrong answer. tests/unit/test_hostile.c does a million of them.
. "$(dirname "$0")/../lib.sh"

# A flood may be more than a busy machine can capture: then "could not tell" is right. That it is a storm is right, too. Any
# other fault is wrong.
expect_no_wrong_answer()
{
    expect_json '[.targets[].findings[].name] - ["broadcast-storm"] == []'
    expect_json '.exit == 0 or .exit == 5 or (.targets[0].findings | length > 0)'
    expect_json '.targets[0].checks | all(.status == "pass" or .status == "unknown")'
}

# A bit in the middle of an answer to ARP or NDP may be wrong without a checksum that tells: what the guest says is what it
# says. An echo reply proves itself.
expect_right_echo()
{
    expect_json '.targets[0].checks | map(select(.name == "icmp" or .name == "icmpv6"))
        | length == 2 and all(.duplicates == 0 and (.status == "pass" or .status == "unknown"))'
    expect_no_finding arp-no-reply ndp-no-reply icmp-no-reply icmpv6-no-reply address-not-assigned packet-loss
}

give_guest()
{
    start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 --ip6 fd00:9::2 "$@" tap0
    give_addresses tap0 10.9.0.1/24
}

for fault in "--truncate 5000" "--random 5000" "--flood 5000"; do
    # shellcheck disable=SC2086 # an option and its value
    give_guest $fault
    check -c 20 tap0 10.9.0.2 fd00:9::2
    expect_no_wrong_answer
    check tap0
    expect [ "$LAB_STATUS" -le 5 ]
    stop "$LAB_PID"
done
for seed in 1 2 3 4 5 6; do
    give_guest --seed $seed --garbage 3000
    check -c 50 tap0 10.9.0.2 fd00:9::2
    expect_right_echo
    stop "$LAB_PID"
done

# Nothing but rubbish is no answer.
give_guest --deaf --random 5000
check tap0 10.9.0.2 fd00:9::2
expect_json '[.targets[0].checks[].received] | add == 0'
expect_json '.status == "fault" or .status == "unknown"'
stop "$LAB_PID"

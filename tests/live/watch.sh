#!/bin/bash
# `watch` stays and says what changes: a guest that falls silent and answers again, a second machine with its address, a tap that
# goes and comes, who is behind it. SIGUSR1 has it say how all is, SIGHUP begin anew, SIGTERM end it, with status 0.
. "$(dirname "$0")/../lib.sh"

begin_watch()
{
    begin_vmnetcheck watch --json "$@"
}

# has CONDITION: one of the objects that were written so far is so.
has()
{
    jq -en "[inputs | select($1)] | length > 0" "$LAB/out" >/dev/null 2>&1
}

# wait_has CONDITION...: in this order, whatever else there is.
wait_has()
{
    local condition
    for condition; do
        wait_for 30 has "$condition" || fail "there is no $condition in: $(cat "$LAB/out" "$LAB/err")"
    done
}

end_watch()
{
    kill -TERM "$LAB_CHECK" || fail "it has ended: $(cat "$LAB/err")"
    end_vmnetcheck
    expect_exit 0
    expect_no_err .
    "$ROOT/tests/valid-json" "$LAB/out" || [[ $? == 77 ]] || fail "it is not as the schema says" # 77: nobody can tell here
}

count()
{
    jq -n "[inputs | select($1)] | length" "$LAB/out"
}

has_two()
{
    [[ $(count "$1" 2>/dev/null) == 2 ]]
}

# expect_began WHAT...: the findings that began, in the order of their names, and how often.
expect_began()
{
    local began
    began=$(jq -rn '[inputs | select(.change == "began") | .finding.name] | sort | join(" ")' "$LAB/out")
    [[ $began == "$*" ]] || fail "$began began, not $*"
}

# Silence that is asked for, and its end.
start_linux_guest vm tap0 52:54:00:00:00:02 10.9.0.2/24
start_linux_guest other tap1 52:54:00:00:00:03 10.9.0.3/24
make_bridge br0 tap0 tap1
give_addresses br0 10.9.0.1/24
begin_watch --every 0.5 tap0 10.9.0.2
wait_has '.change == "state" and .status == "healthy" and .target.interface == "tap0"'
in_guest vm bash -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
wait_has '.change == "began" and .finding.name == "icmp-no-reply" and .interface == "tap0" and .status == "fault"'
kill -USR1 "$LAB_CHECK"
wait_has '.change == "state" and .status == "fault" and .lasted_us > 0 and (.target.findings | any(.name == "icmp-no-reply"))'
in_guest vm bash -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
wait_has '.change == "ended" and .finding.name == "icmp-no-reply" and .lasted_us > 0 and .status == "healthy"'
end_watch
expect_began icmp-no-reply
expect [ "$(count '.change == "ended"')" = 1 ]
expect [ "$(count '.change == "state"')" = 3 ]

# What is heard is looked at at once, long before it would be time: an interface that goes down, a second machine with the address.
begin_watch --every 3600 tap0 10.9.0.2
wait_has '.change == "state" and .status == "healthy"'
ip link set tap0 down
wait_has '.change == "began" and .finding.name == "tap-down"'
ip link set tap0 up
wait_has '.change == "ended" and .finding.name == "tap-down"'
in_guest other ip address add 10.9.0.2/24 dev eth0 || fail "no second machine"
in_guest other ping -n -q -c 1 -W 1 -I 10.9.0.2 10.9.0.1 >"$LAB/ping"
wait_has '.change == "began" and .finding.name == "address-conflict"'
kill -HUP "$LAB_CHECK"
wait_for 30 has_two '.change == "state"' || fail "it does not begin anew"
end_watch
in_guest other ip address del 10.9.0.2/24 dev eth0

# systemd is told when the first state was said.
cat >"$LAB/listen" <<'EOF'
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
open(sys.argv[2], "w").write(listener.recv(100).decode())
EOF
python3 "$LAB/listen" "$LAB/socket" "$LAB/notified" &
wait_for 30 test -S "$LAB/socket" || fail "nobody listens"
NOTIFY_SOCKET=$LAB/socket begin_watch --every 3600 tap0 10.9.0.2
wait_for 30 grep -qs '^READY=1$' "$LAB/notified" || fail "nobody was told that it is ready"
expect has '.change == "state"'
end_watch

# Taps that come and go, and who is behind them.
begin_watch --every 3600 -W 0.2 --all
wait_has '.change == "state" and .interface == "tap0"' '.change == "state" and .interface == "tap1"'
start_guest --ip4 10.9.1.2 --ip6 none tap2
first=$LAB_PID
wait_has '.change == "came" and .interface == "tap2"'
stop "$first"
wait_has '.change == "went" and .interface == "tap2"'
start_guest --ip4 10.9.1.2 --ip6 none tap2
wait_for 30 has_two '.change == "came"' || fail "tap2 did not come again"
end_watch
stop "$LAB_PID"

# Another process behind a tap that stays.
make_tap tap3
begin_watch --every 3600 tap3
wait_has '.change == "state" and .vm == null and (.target.findings | any(.name == "tap-unattached"))'
give_addresses tap3 10.9.2.1/24
start_guest --ip4 10.9.2.2 --ip6 none tap3
wait_has '.change == "vm" and .before == null and .vm.pid > 0' '.change == "ended" and .finding.name == "tap-unattached"'
end_watch
stop "$LAB_PID"

# For people; and what is no such command line.
begin_vmnetcheck watch tap0 10.9.0.2
wait_for 30 grep -q . "$LAB/out" || fail "it says nothing"
kill -INT "$LAB_CHECK"
end_vmnetcheck
expect_exit 0
expect_out '^[0-9]{2}:[0-9]{2}:[0-9]{2} tap0: healthy$'
run_vmnetcheck watch
expect_exit 64
run_vmnetcheck watch --format nagios tap0
expect_exit 3

#!/bin/bash
# A site's defaults in /etc/vmnetcheck.conf: they hold for each command that takes them, -v shows them, the command line wins, and a
# mistake there is said before anything is sent.
. "$(dirname "$0")/../lib.sh"

{ cp -a /etc/. "$LAB/etc" && mount --bind "$LAB/etc" /etc; } || fail "no /etc of our own"
start_guest --ip4 192.0.2.2 tap0
give_addresses tap0 192.0.2.1/24
start_capture tap0 "$LAB/pcap"
capture=$LAB_PID

printf 'ignore documentation-address # it is a lab\nlinger 0\n' >/etc/vmnetcheck.conf
"$VMNETCHECK" -v tap0 192.0.2.2 >"$LAB/out" 2>"$LAB/err" || fail "a finding that is ignored counts: $(cat "$LAB/out")"
grep -q '^vmnetcheck: defaults by /etc/vmnetcheck.conf: ignore documentation-address, linger 0$' "$LAB/err" ||
    fail "-v does not show the defaults: $(cat "$LAB/err")"
"$VMNETCHECK" tap0 192.0.2.2 >/dev/null 2>"$LAB/err"
[[ ! -s $LAB/err ]] || fail "they are shown without -v: $(cat "$LAB/err")"
"$VMNETCHECK" list >"$LAB/out" 2>&1 || fail "list takes no --linger, and fails: $(cat "$LAB/out")"

printf 'count 1\n' >/etc/vmnetcheck.conf
check tap0 192.0.2.2
expect_exit 1
expect_json '[.targets[0].checks[] | select(.name == "icmp") | .sent] == [1]'
check -c 2 tap0 192.0.2.2
expect_json '[.targets[0].checks[] | select(.name == "icmp") | .sent] == [2]'

end_capture "$capture" "$LAB/pcap"
start_capture tap0 "$LAB/pcap"
capture=$LAB_PID
printf 'count 1\ncuont 2\n' >/etc/vmnetcheck.conf
"$VMNETCHECK" tap0 192.0.2.2 >"$LAB/out" 2>"$LAB/err"
[[ $? == 64 ]] || fail "a mistake in the file is none"
grep -q '/etc/vmnetcheck.conf:2: "cuont" is no option' "$LAB/err" || fail "it is not said where: $(cat "$LAB/err")"
end_capture "$capture" "$LAB/pcap"
[[ $(tcpdump -r "$LAB/pcap" -n arp 2>/dev/null | wc -l) == 0 ]] || fail "something was sent"

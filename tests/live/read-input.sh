#!/bin/bash
# How "read" takes its file: by a pipe, cut off, in the middle of it, without privileges, or not at all.
. "$(dirname "$0")/../lib.sh"
need ping tcpdump setpriv

start_guest --mac 52:54:00:12:04:11 --ip4 10.9.0.2 tap0
guest=$LAB_PID
give_addresses tap0 10.9.0.1/24
start_capture tap0 "$LAB/pcap"
ping -n -q -c 5 -i 0.2 10.9.0.2 >"$LAB/ping"
end_capture "$LAB_PID" "$LAB/pcap"

run_vmnetcheck read "$LAB/pcap"
expect_exit 0
expect_out "^$LAB/pcap: healthy \(guest 52:54:00:12:04:11"
run_vmnetcheck read --json "$LAB/pcap"
expect_json '.command == "read" and .status == "healthy" and .targets[0].interface == null'
expect_json ".targets[0].file == \"$LAB/pcap\""
expect_json '.targets[0].addresses == [{"address":"10.9.0.2","family":"ipv4","source":"heard","mac":"52:54:00:12:04:11"}]'
run_vmnetcheck read -q "$LAB/pcap"
expect_exit 0
expect [ ! -s "$LAB/out" ]
run_vmnetcheck read -m 52:54:00:00:00:01 --json "$LAB/pcap"
expect_only_findings unexpected-mac

expect "$VMNETCHECK" read -q - <"$LAB/pcap"
expect "$VMNETCHECK" read -q <(cat "$LAB/pcap")

head -c -5 "$LAB/pcap" >"$LAB/cut"
run_vmnetcheck read -v "$LAB/cut"
expect_exit 0
expect_out 'note: the file is damaged or cut off after [0-9]+ frames'
head -c 24 "$LAB/pcap" >"$LAB/nothing"
run_vmnetcheck read --json "$LAB/nothing"
expect_exit 5
echo "no capture" >"$LAB/text"
run_vmnetcheck read "$LAB/text"
expect_exit 5
expect_out ': COULD NOT TELL: unknown file format'
run_vmnetcheck read --json "$LAB/pcap" 10.9.0.77
expect_exit 5
expect_json '.targets[0].unknown == ["arp of 10.9.0.77: nobody asks for it in the recording"]'

run_vmnetcheck read --json /nonexistent
expect_exit 71
expect_json '.error == "/nonexistent: No such file or directory" and .exit == 71'
run_vmnetcheck read
expect_exit 64
run_vmnetcheck read "$LAB/pcap" nonsense
expect_exit 64
run_vmnetcheck read -c 3 "$LAB/pcap"
expect_exit 64

# Nobody special may read what he may read, and nothing else.
chmod 755 "$LAB"
cp "$VMNETCHECK" "$LAB/vmnetcheck"
chmod 644 "$LAB/pcap"
VMNETCHECK="$LAB/vmnetcheck"
expect setpriv --reuid 65534 --regid 65534 --clear-groups "$LAB/vmnetcheck" read -q "$LAB/pcap"
if command -v setcap >/dev/null && setcap cap_net_raw,cap_dac_read_search+ep "$LAB/vmnetcheck" 2>/dev/null; then
    chmod 600 "$LAB/pcap"
    setpriv --reuid 65534 --regid 65534 --clear-groups "$LAB/vmnetcheck" read "$LAB/pcap" >"$LAB/out" 2>&1
    expect grep -q 'Permission denied' "$LAB/out"
fi

# A pipe that goes on for ever: what was read when somebody had enough is reported.
tcpdump -i tap0 --immediate-mode -U -w - 2>"$LAB/tcpdump.log" >"$LAB/never.pcap" &
recorder=$!
wait_for 5 grep -q '^tcpdump: listening' "$LAB/tcpdump.log" || fail "tcpdump: $(cat "$LAB/tcpdump.log")"
ping -n -q -c 3 -i 0.2 10.9.0.2 >"$LAB/ping"
mkfifo "$LAB/fifo"
{ cat "$LAB/never.pcap"; exec sleep 100; } >"$LAB/fifo" &
"$VMNETCHECK" read --json "$LAB/fifo" >"$LAB/out" 2>"$LAB/err" &
reader=$!
sleep 0.5
kill -INT "$reader"
wait "$reader"
# shellcheck disable=SC2034 # the expectations show them
LAB_STATUS=$? LAB_COMMAND="vmnetcheck read fifo" LAB_MS=0
expect_exit 0
expect_json '.targets[0].notes | any(startswith("interrupted"))'
stop "$recorder"
stop "$guest"

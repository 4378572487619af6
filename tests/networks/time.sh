#!/bin/bash
# Time and load: slow ways, small rings, busy hosts, many at once.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"

# distant PUMP-OPTION...
distant()
{
    usual_guest "$@"
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_rtt_80_ms()
{
    distant --delay 80
}

network_rtt_300_ms()
{
    distant --delay 300
}

# A satellite, twice: each check takes its seconds.
network_rtt_900_ms()
{
    usual_guest --delay 900
    usual_host
    try 0 tap0
    prove
    try 0 tap0 10.9.0.2 fd00:9::2
    try 0 --deep tap0 10.9.0.2
}

network_rtt_80_ms_bridge_bare()
{
    usual_guest --delay 80
    make_bridge br0 tap0
    neighbours
    pings vm 10.9.0.3
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_jitter()
{
    distant --jitter 30
}

network_jitter_and_distance()
{
    distant --delay 50 --jitter 50
}

# The guest's processor was asleep when the first question came.
network_first_answer_after_900_ms()
{
    guest "10.9.0.2/24" --first-delay 900
    host tap0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

# ---- little room ----

network_ring_of_8()
{
    guest "10.9.0.2/24" --pace 1 --ring 8
    host tap0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_ring_of_8_bridge()
{
    guest "fd00:9::2/64" --pace 1 --ring 8
    make_bridge br0 tap0
    host br0 10.9.0.1/24 fd00:9::1/64
    pings vm fd00:9::1
    healthy fd00:9::2
}

network_ring_of_64()
{
    distant --pace 2 --ring 64
}

# Frames wait for the guest in its tap.
network_one_frame_in_15_ms()
{
    distant --pace 15
}

network_one_frame_in_5_ms_bridge()
{
    guest "10.9.0.2/24" --pace 5
    make_bridge br0 tap0
    host br0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_queue_of_3()
{
    guest "10.9.0.2/24"
    ip link set tap0 txqueuelen 3
    host tap0 10.9.0.1/24
    pings vm 10.9.0.1
    healthy 10.9.0.2
}

network_shaped()
{
    usual_guest
    tc qdisc add dev tap0 root tbf rate 512kbit burst 3000 latency 400ms || skip "needs tc's tbf"
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

# ---- a busy host ----

network_busy_processors()
{
    usual_guest
    usual_host
    take_processors
    healthy 10.9.0.2 fd00:9::2
}

network_busy_processors_bridge_bare()
{
    bridged bare
    neighbours
    take_processors
    pings vm 10.9.0.3
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

# The others have four times as many threads as there are processors.
network_overloaded_processors()
{
    usual_guest
    usual_host
    for round in 1 2 3 4; do
        take_processors
    done
    healthy 10.9.0.2 fd00:9::2
}

# Cron jobs and monitoring agents are niced.
network_niced()
{
    usual_guest
    usual_host
    take_processors
    runs_as nice -n 19
    healthy 10.9.0.2 fd00:9::2
}

# ---- traffic beside it ----

network_ping_flood()
{
    usual_guest
    usual_host
    ping -n -q -f 10.9.0.2 >"$LAB/flood" &
    vm ping -n -q -f 10.9.0.1 >"$LAB/flood6" &
    healthy 10.9.0.2 fd00:9::2
}

# TCP sends until something is dropped.
network_bulk_tcp()
{
    local -i round
    need iperf3
    bridged
    vm iperf3 -s -D
    wait_for 5 iperf3 -c 10.9.0.2 -n 1K >"$LAB/iperf" 2>&1
    iperf3 -c 10.9.0.2 -t 100 -P 4 >"$LAB/iperf" &
    for ((round = 0; round < 3; round++)); do
        try 0 tap0 10.9.0.2 fd00:9::2
    done
    try 0 --deep tap0 10.9.0.2
}

network_tcpdump_beside_it()
{
    bridged
    start_capture tap0 "$LAB/capture"
    start_capture br0 "$LAB/capture2"
    healthy 10.9.0.2 fd00:9::2
}

# ---- several at once ----

declare -a MANY=()

# many COUNT COMMAND...: so many checks, at the same time as others that are begun like this
many()
{
    local count=$1 i
    shift
    for ((i = 0; i < count; i++)); do
        "$@" >"$LAB/many${#MANY[@]}" 2>&1 &
        MANY+=($!)
    done
}

# Each of them is to come out healthy.
end_many()
{
    local i
    for i in "${!MANY[@]}"; do
        wait "${MANY[i]}" && continue
        wrong+=1
        printf 'WRONG|%s|one of %d at once\n' "$NETWORK" "${#MANY[@]}"
        cat "$LAB/many$i"
    done
}

network_eight_checks_at_once()
{
    usual_guest
    usual_host
    many 4 "$VMNETCHECK" tap0 10.9.0.2 fd00:9::2
    many 2 "$VMNETCHECK" tap0
    many 2 "$VMNETCHECK" --deep tap0 10.9.0.2 fd00:9::2
    end_many
    healthy 10.9.0.2 fd00:9::2
}

# Each may have to borrow an address, which the others must not take for somebody's.
network_eight_checks_at_once_bare()
{
    bridged bare
    asks br0 10.9.0.2 fd00:9::2
    many 8 "$VMNETCHECK" tap0 10.9.0.2 fd00:9::2
    end_many
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

network_two_users_at_once()
{
    need setpriv
    usual_guest
    usual_host
    install -d -m 755 "$LAB/public"
    install -m 755 "$VMNETCHECK" "$LAB/public/vmnetcheck"
    for uid in 1001 1002; do
        many 4 setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=+net_raw --ambient-caps=+net_raw \
            "$LAB/public/vmnetcheck" tap0 10.9.0.2 fd00:9::2
    done
    end_many
    healthy 10.9.0.2 fd00:9::2
}

# It is not the moment that decides.
network_two_hundred_in_a_row()
{
    usual_guest
    usual_host
    for ((i = 0; i < 200; i++)); do
        try 0 --linger 0.01 tap0 10.9.0.2 fd00:9::2
    done
    healthy 10.9.0.2 fd00:9::2
}

network_two_hundred_in_a_row_bare()
{
    bridged bare
    for ((i = 0; i < 200; i++)); do
        try 0 --linger 0.01 tap0 10.9.0.2 fd00:9::2
    done
    asks br0 10.9.0.2 fd00:9::2
    BARE4=5
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

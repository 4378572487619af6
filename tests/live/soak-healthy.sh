#!/bin/bash
# Healthy guests in varied set-ups, checked again and again: no finding, ever. SOAK_ROUNDS (3) times all set-ups.
. "$(dirname "$0")/../lib.sh"
need ping

MAC=52:54:00:12:04:11
declare -i checks=0

# expect_healthy ARGUMENT...: what is wrong is kept, with the round in which it was.
expect_healthy()
{
    check "$@"
    checks+=1
    expect_exit 0
    expect_only_findings
}

# A port of a bridge, with the options of its guest; the rest is what is started and stopped around the checks.
begin()
{
    start_linux_guest "$name" tap0 $MAC "$@"
    guest=$LAB_PID
}

end()
{
    stop "$guest"
    ip link delete br0 2>/dev/null
    ip netns delete "$name"
}

host()
{
    give_addresses "$1" 10.9.0.1/24 fd00:9::1/64
}

bridged()
{
    begin "10.9.0.2/24 fd00:9::2/64"
    make_bridge br0 tap0
    [[ $1 == bare ]] || host br0
    expect_healthy tap0 10.9.0.2 fd00:9::2
    expect_healthy --deep tap0 10.9.0.2 fd00:9::2
    expect_healthy tap0
    end
}

plain()
{
    begin "10.9.0.2/24 fd00:9::2/64"
    [[ $1 == bare ]] || host tap0
    expect_healthy tap0 10.9.0.2 fd00:9::2
    expect_healthy --deep tap0 10.9.0.2 fd00:9::2
    expect_healthy -c 20 -i 0.002 tap0 10.9.0.2
    end
}

two_addresses()
{
    begin "10.9.0.2/24 10.9.0.3/24 10.8.0.2/24 fd00:9::2/64 fd00:9::3/64"
    make_bridge br0 tap0
    host br0
    expect_healthy tap0 10.9.0.2 10.9.0.3 fd00:9::2 fd00:9::3
    ping -q -c 1 10.9.0.3 >"$LAB/ping"
    expect_healthy tap0 10.9.0.2
    expect_healthy --deep tap0 10.9.0.3 10.9.0.2
    end
}

ipv6_only()
{
    begin "fd00:9::2/64"
    expect_healthy tap0 fd00:9::2
    expect_healthy -6 tap0
    host tap0
    expect_healthy --deep tap0 fd00:9::2 fe80::5054:ff:fe12:411
    end
}

far_away()
{
    start_linux_guest "$name" tap0 $MAC "10.9.0.2/24 fd00:9::2/64" --delay 40
    guest=$LAB_PID
    host tap0
    expect_healthy tap0 10.9.0.2 fd00:9::2
    expect_healthy --deep tap0 10.9.0.2 fd00:9::2
    end
}

# Its own pings, and those of others, go on meanwhile; others ask by ARP in nobody's name as well.
busy()
{
    local -a others
    begin "10.9.0.2/24 fd00:9::2/64"
    host tap0
    ping -n -q -i 0.002 10.9.0.2 >"$LAB/ping1" &
    others+=($!)
    ping -n -q -i 0.002 -s 1900 fd00:9::2 >"$LAB/ping2" &
    others+=($!)
    in_guest "$name" ping -n -q -i 0.002 10.9.0.1 >"$LAB/ping3" &
    others+=($!)
    if command -v arping >"$LAB/which"; then
        arping -q -b -I tap0 10.9.0.2 >"$LAB/arping1" 2>&1 &
        others+=($!)
        arping -q -D -I tap0 -w 5 10.9.0.3 >"$LAB/arping2" 2>&1 &
        others+=($!)
    fi
    expect_healthy tap0 10.9.0.2 fd00:9::2
    expect_healthy --deep tap0 10.9.0.2 fd00:9::2
    expect_healthy tap0
    for other in "${others[@]}"; do
        kill "$other" 2>"$LAB/kill"
    done
    end
}

# Five of us at a time.
concurrent()
{
    local -a pids
    local i
    begin "10.9.0.2/24 fd00:9::2/64"
    [[ $1 == bare ]] || host tap0
    for i in 1 2 3 4 5; do
        "$VMNETCHECK" -j tap0 10.9.0.2 fd00:9::2 >"$LAB/concurrent$i" &
        pids[i]=$!
    done
    for i in 1 2 3 4 5; do
        LAB_STATUS=0
        wait "${pids[i]}" || LAB_STATUS=$?
        checks+=1
        cp "$LAB/concurrent$i" "$LAB/out"
        expect_exit 0
        expect_only_findings
    done
    end
}

for ((round = 1; round <= ${SOAK_ROUNDS:-3}; round++)); do
    name=web$round
    for set_up in "bridged bare" "bridged host" "plain bare" "plain host" two_addresses ipv6_only far_away busy \
        "concurrent bare" "concurrent host"; do
        LAB_COMMAND="set-up $set_up of round $round"
        $set_up
    done
done
echo "$checks healthy checks"

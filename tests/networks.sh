# shellcheck shell=bash
# Helpers for the tables of healthy networks: tests/networks/FAMILY.sh. Each is a function network_NAME that sets it up, in a lab
# of its own (lib.sh), and ends with "healthy ADDRESS...". That proves it by ping, and then runs every command line that a user
# might: no error and no warning may come out. A table ends with run_networks "$@".
#
#   tests/run networks/hetzner              one network        tests/run 'networks/*'     all of them
#   tests/networks/addresses.sh hetzner     the same, with its output          LOAD=1     with all processors taken by others
#
# The network. The host is as a hypervisor is: it forwards, and its bridges do not call iptables.
#   guest "ADDRESS/LENGTH..." [PUMP-OPTION]...       a Linux guest in namespace vm behind tap0, MAC $MAC; start_linux_guest
#   vm COMMAND...                                    runs there;  vm_ip is "ip" there,  vm_set "sysctl -w",  vm_nft "nft"
#   host DEVICE ADDRESS/LENGTH...                    addresses of the host
#   machine NAME BRIDGE MAC "ADDRESS/LENGTH..."      another machine, in namespace NAME, its eth0 at a bridge by the veth p-NAME;
#                                                    BRIDGE@NAMESPACE is one that is not the host's
#   lan [BRIDGE]                                     BRIDGE (br0) gets an uplink; at its other end is a switch with a router
#                                                    (10.9.0.254, fd00:9::254) and another machine, desk (10.9.0.100, fd00:9::100)
#   usual_guest [PUMP-OPTION]...                     10.9.0.2/24 and fd00:9::2/64
#   usual_host [DEVICE]                              10.9.0.1/24 and fd00:9::1/64 on it (tap0), which the guest pings
#   bridged [bare]                                   the usual guest on br0; bare: where the host has no address
#   neighbours [BRIDGE]                              five other machines on it (br0): 10.9.0.3 to .7, fd00:9::3 to ::7
#   busy                                             the neighbours talk, ask and announce all the time
#   is_forwarding PORT                               of a bridge with STP
#   filter NAMESPACE RULE...                         drops by an nftables chain of input there; "host" is the host
#
# The proof: kept until "healthy", which runs it after the first, cold check.
#   pings NAMESPACE ADDRESS...    from there ("host" is the host)
#   asks DEVICE ADDRESS...        the host asks by ARP and NS alone: it has no address there
#
# The verdict.
#   healthy [ADDRESS...]                    those that no proof is about are pinged by the host
#   OPERAND=tap0 COMMANDS=()                what is checked; further command lines
#   BARE=0 BARE4=0 BARE6=0 NAMED=0 ALL=0    what a check exits with without addresses, with -4, with -6, with addresses, with --all;
#                                           ALL=none: there is no tap
#                                           5 may be 0 as well: what is not known is found if the guest happens to speak meanwhile
#   COLD=5                                  the same of the first one, when nobody has spoken with the guest yet: an address in a
#                                           large subnet, or in none, is found by that only
#   make_public; runs_as COMMAND...         the program is where everybody can run it, and COMMAND runs it (setpriv, nice)
#   WARNS="NAME..." ALL_WARNS="NAME..."     findings that are right here, and with --all

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ping arping ndisc6

# shellcheck disable=SC2034 # for the tables
MAC=52:54:00:12:04:11 LINK_LOCAL=fe80::5054:ff:fe12:411
OPERAND=tap0 COLD='' BARE=0 BARE4='' BARE6='' NAMED=0 ALL='' WARNS=''
declare -a COMMANDS=() PROOFS=()
declare -i wrong=0

guest()
{
    start_linux_guest vm tap0 "$MAC" "$@"
}

vm()
{
    in_guest vm "$@"
}

vm_ip()
{
    ip -n vm "$@" || fail "the guest cannot: ip $*"
}

vm_set()
{
    vm sysctl -qw "$@" || fail "the guest cannot: sysctl -w $*"
}

vm_nft()
{
    vm nft "$@" || fail "the guest cannot: nft $*"
}

host()
{
    give_addresses "$@"
}

machine()
{
    local name=$1 bridge=${2%@*} where=host mac=$3 addresses=$4 address
    [[ $2 != *@* ]] || where=${2#*@}
    ip netns add "$name" || fail "no namespace $name"
    in_guest "$name" bash -c "$(declare -f without_dad); without_dad; ip link set lo up"
    { at "$where" ip link add "p-$name" type veth peer name eth0 netns "$name" && at "$where" ip link set "p-$name" master "$bridge" up &&
        ip -n "$name" link set eth0 address "$mac" up; } || fail "no veth for $name"
    for address in $addresses; do
        ip -n "$name" address add "$address" dev eth0 || fail "no address $address for $name"
    done
    [[ $addresses != *:* ]] || wait_for 5 speaks_ipv6 "$name" || fail "no IPv6 for $name"
}

at()
{
    if [[ $1 == host ]]; then "${@:2}"; else in_guest "$@"; fi
}

lan()
{
    ip netns add rack || fail "no namespace rack"
    in_guest rack ip link add lan up type bridge stp_state 0 forward_delay 0 || fail "no switch"
    { ip link add uplink type veth peer name port netns rack && ip link set uplink master "${1:-br0}" up &&
        ip -n rack link set port master lan up; } || fail "no uplink"
    machine router lan@rack 52:54:00:aa:00:01 "10.9.0.254/24 fd00:9::254/64"
    in_guest router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    machine desk lan@rack 52:54:00:aa:00:02 "10.9.0.100/24 fd00:9::100/64"
}

# shellcheck disable=SC2120 # options are rare
usual_guest()
{
    guest "10.9.0.2/24 fd00:9::2/64" "$@"
}

usual_host()
{
    host "${1:-tap0}" 10.9.0.1/24 fd00:9::1/64
    pings vm 10.9.0.1 fd00:9::1
}

bridged()
{
    usual_guest
    make_bridge br0 tap0
    [[ ${1:-} == bare ]] || usual_host br0
}

neighbours()
{
    local number
    for number in 3 4 5 6 7; do
        machine "vm$number" "${1:-br0}" "52:54:00:12:05:0$number" "10.9.0.$number/24 fd00:9::$number/64"
    done
}

is_forwarding()
{
    [[ $(bridge -j link show dev "$1" | jq -r '.[0].state') == forwarding ]]
}

busy()
{
    local number
    for number in 3 4 5 6 7; do
        in_guest "vm$number" ping -n -q -i 0.01 "10.9.0.$((number == 7 ? 3 : number + 1))" >"$LAB/busy$number" &
        in_guest "vm$number" arping -q -U -I eth0 "10.9.0.$number" >"$LAB/arping$number" 2>&1 &
        in_guest "vm$number" ping -n -q -i 0.02 -b 10.9.0.255 >"$LAB/broad$number" 2>&1 &
    done
}

filter()
{
    local where=$1
    shift
    { at "$where" nft "add table inet lab; add chain inet lab input { type filter hook input priority 0; }" &&
        at "$where" nft add rule inet lab input "$@"; } || fail "no rule: $*"
}

pings()
{
    local from=$1 address
    shift
    for address; do
        PROOFS+=("at $from ping -n -c 2 -i 0.05 -W 5 $address")
    done
}

asks()
{
    local device=$1 address
    shift
    for address; do
        if [[ $address == *:* ]]; then
            PROOFS+=("ndisc6 -1 -q -w 2000 $address $device")
        else
            PROOFS+=("is_there $device $address")
        fi
    done
}

# Asks in nobody's name, as duplicate address detection does: arping fails where there is an answer.
is_there()
{
    ! arping -D -c 2 -w 3 -I "$1" "$2"
}

prove()
{
    local proof
    for proof in "${PROOFS[@]}"; do
        echo "\$ $proof" >>"$LAB/proofs"
        $proof >>"$LAB/proofs" 2>&1 && continue
        echo "NO HEALTHY NETWORK: $NETWORK: $proof"
        sed 's/^/    /' "$LAB/proofs"
        exit 1
    done
}

# The findings that should not be there, or that should; "exit N" where the status is another.
judge()
{
    local seen exit_status=$1
    seen=$(jq -r '[.targets[].findings[] | select(.severity != "info") | .name] | unique | join(" ")' "$LAB/out")
    [[ $seen == "$WARNS" ]] || echo "$seen"
    [[ $LAB_STATUS == "$exit_status" || ($exit_status == 5 && $LAB_STATUS == 0) ]] || echo "exit $LAB_STATUS instead of $exit_status"
}

explain_wrong()
{
    jq -r '(.targets[] | "\(.interface): \(.status)",
        (.checks[] | select(.status != "pass") | "    \(.status) \(.name) \(.address // "") \(.received)/\(.sent)"),
        (.findings[] | "  \(.name): \(.summary)", "    \(.evidence[])"))' "$LAB/out"
    sed 's/^/  err| /' "$LAB/err"
}

# try STATUS ARGUMENT...: one command line.
try()
{
    local why
    check "${@:2}"
    why=$(judge "$1" | xargs)
    [[ -n $why ]] || return 0
    wrong+=1
    printf 'WRONG|%s|%s|%s\n' "$NETWORK" "vmnetcheck ${*:2}" "$why"
    explain_wrong | sed 's/^/    /'
}

try_commands()
{
    local address command
    try "$BARE" "$OPERAND"
    [[ " $*" != *.* ]] || try "${BARE4:-$BARE}" -4 "$OPERAND"
    [[ " $*" != *:* ]] || try "${BARE6:-$BARE}" -6 "$OPERAND"
    [[ $# == 0 ]] || try "$NAMED" "$OPERAND" "$@"
    [[ $# -lt 2 ]] || for address; do
        try "$NAMED" "$OPERAND" "$address"
    done
    [[ $# == 0 ]] || try "$NAMED" --deep "$OPERAND" "$@"
    try "$BARE" --deep "$OPERAND"
    [[ $ALL == none ]] || WARNS=${ALL_WARNS:-$WARNS} try "${ALL:-$BARE}" --all
    for command in "${COMMANDS[@]}"; do
        # shellcheck disable=SC2086 # a command line
        try "$NAMED" $command
    done
}

make_public()
{
    install -d -m 755 "$LAB/public"
    install -m 755 "$VMNETCHECK" "$LAB/public/vmnetcheck"
    chmod 711 "$LAB"
    VMNETCHECK=$LAB/public/run
}

runs_as()
{
    make_public
    printf '#!/bin/bash\nexec %s %s "$@"\n' "$*" "$LAB/public/vmnetcheck" >"$VMNETCHECK"
    chmod 755 "$VMNETCHECK"
}

only_net_raw()
{
    runs_as setpriv --reuid 1001 --regid 1001 --clear-groups --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw \
        --ambient-caps=-all,+net_raw
}

is_proved()
{
    local proof
    for proof in "${PROOFS[@]}"; do
        [[ " $proof" != *" $1" && $proof != *" $1%"* && $proof != *" $1 "* ]] || return 0
    done
    return 1
}

healthy()
{
    local address
    for address; do
        is_proved "$address" || pings host "$address"
    done
    try "${COLD:-$BARE}" "$OPERAND"
    prove
    try_commands "$@"
}

as_a_hypervisor()
{
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.bridge.bridge-nf-call-iptables=0 \
        net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0 || fail "no hypervisor"
}

networks()
{
    declare -F | sed -n 's/^declare -f network_//p'
}

# Without a name every network, each in a lab within this one.
run_networks()
{
    local name
    local -i failed=0
    if [[ $# == 0 ]]; then
        for name in $(networks); do
            env -u VMNETCHECK_LAB "$0" "$name" || failed+=1
        done
        exit $((failed > 0))
    fi
    NETWORK=$1
    declare -F "network_$NETWORK" >/dev/null || fail "no network $NETWORK in $0"
    as_a_hypervisor
    "network_$NETWORK"
    [[ $wrong -gt 0 ]] || exit 0
    sed 's/^/  proof| /' "$LAB/proofs"
    exit 1
}

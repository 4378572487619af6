#!/bin/bash
# The screens of the README that show many VMs, a watch and several hosts come out as they are printed there; vm/readme has the others.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/screens.bash"

# start_vm NAME TAP MAC ADDRESS GUEST-OPTION...: a guest whose process is one of QEMU's by the name of its file.
cp "$TOOLS/guest" "$LAB/qemu-system-x86_64"
start_vm()
{
    local name=$1 tap=$2 mac=$3 address=$4
    shift 4
    start_tool "$LAB/qemu-system-x86_64" --name "$name" --mac "$mac" --ip4 "$address" --ip6 none "$@" "$tap"
}

# What vmnetcheck(8) has as examples can be said like that. Of a machine that is well nothing else comes.
start_guest --ip4 10.9.0.2 --ip6 fd00:9::2 tap0
give_addresses tap0 10.9.0.1/24 fd00:9::1/64
ln -s "$VMNETCHECK" "$LAB/vmnetcheck"
echo 'qemu-system-x86_64 -nic tap,ifname=tap0,script=no' >"$LAB/start.sh"
examples=0
while read -r example; do
    status=0
    (cd "$LAB" && PATH=$LAB:$PATH && eval "${example//\/var*\//}") >"$LAB/came" 2>&1 </dev/null || status=$?
    [[ $status == 0 || ($status == 5 && $example == *4711) ]] || fail "$example: exit status $status: $(cat "$LAB/came")"
    ((examples += 1))
done < <(sed -n 's/^\.Dl [#$] vmnetcheck/vmnetcheck/p' "$ROOT/man/vmnetcheck.8")
expect [ $examples -ge 10 ]
stop "$LAB_PID"
delete_taps

# Ten taps, one guest that is not to be pinged, and nobody behind the last.
vms=()
for ((i = 0; i < 9; i++)); do
    # shellcheck disable=SC2046 # arguments
    start_vm "web$i" "vnet$i" "52:54:00:12:04:1$i" "10.9.$i.2" $([[ $i == 4 ]] && echo --ignore-echo)
    give_addresses "vnet$i" "10.9.$i.1/24"
    vms+=("$LAB_PID")
done
make_tap vnet9
screen 6

# document HOST TAP...: what a host of that name would say of them, on a segment that all hosts share.
document()
{
    local host=$1
    shift
    "$VMNETCHECK" --json "$@" | jq --arg host "$host" '.host.name = $host | .host.machine_id = ("0" * 29 + $host) |
        .targets[].segment = {confined: false, subnets: ["10.9.0.0/16"], gateways: [{address: "10.9.255.254", mac: "52:54:00:ff:ff:fe"}]}' >"$LAB/$host.json"
}
document hv1 vnet0 vnet1 vnet2
stop "${vms[3]}"
stop "${vms[7]}"
delete_taps
start_vm web3 vnet3 52:54:00:12:04:13 10.9.3.2
start_vm db3 vnet7 52:54:00:12:04:10 10.9.7.2
for number in 3 7; do
    give_addresses vnet$number 10.9.$number.1/24
done
document hv2 vnet3 vnet7
screen 14
delete_taps

# What changes: a guest that lets itself be pinged no more, and again, and one that comes.
start_linux_guest web0 vnet0 52:54:00:12:04:10 10.9.0.2/24
start_linux_guest web1 vnet1 52:54:00:12:04:11 10.9.0.3/24
make_bridge br0 vnet0 vnet1
give_addresses br0 10.9.0.1/24
LC_ALL=C.UTF-8 "$VMNETCHECK" watch --all --every 1 >"$LAB/came" 2>&1 &
watch=$!
says()
{
    grep -qs "$1" "$LAB/came"
}
ignore_echo()
{
    in_guest web1 bash -c "echo $1 >/proc/sys/net/ipv4/icmp_echo_ignore_all"
}
{ wait_for 30 says 'vnet1: healthy' && wait_for 30 says 'vnet0: healthy'; } || fail "they are not healthy: $(cat "$LAB/came")"
ignore_echo 1
wait_for 30 says 'began' || fail "nothing began: $(cat "$LAB/came")"
ignore_echo 0
wait_for 30 says 'ended' || fail "it does not end: $(cat "$LAB/came")"
start_linux_guest web2 vnet2 52:54:00:12:04:12 10.9.0.4/24
ip link set vnet2 master br0
wait_for 30 says 'vnet2: came' || fail "nothing came: $(cat "$LAB/came")"
ORDER='sort' compare 13 # at its end it says once more how all are
stop "$watch"

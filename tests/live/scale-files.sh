#!/bin/bash
# What a file can make its reader cost that somebody else wrote: a script, a domain and a command line of 16 MB, a variable that
# doubles with each line, and 1,024 VMs in one file. Computing time and memory are bounded, and what is said of it is short.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/measured.bash"
SIZE=$((16 * 1024 * 1024 - 1000))

# of_size LINE: over and over.
of_size()
{
    yes -- "$1" | head -c $SIZE
    echo
}

# number_vms SCRIPT|DOMAIN: 1,024 of them, each with a MAC and a tap of its own.
number_vms()
{
    awk -v line="$1" 'BEGIN { for (i = 0; i < 1024; i++) { printf line, i, i / 256, i % 256, i; print "" } }'
}

declare -A of=(
    [script.sh]=5 [commands.sh]=3 [line.sh]=3 [doubling.sh]=5 [vms.sh]=0 [vms.xml]=0 [domain.xml]=5 [deep.xml]=5 [text.xml]=5
)
cd "$LAB" || fail "no lab"
# shellcheck disable=SC2016 # of the scripts
{
    { of_size 'X=$X; if [ -n "$X" ]; then Y="a $X b"; fi # and so on' && echo 'qemu-system-x86_64 $X $Y'; } >script.sh
    of_size "qemu-system-x86_64 -name a -net nic,vlan=1 -net tap,vlan=4,ifname=tap0,script=no" >commands.sh
    { printf 'qemu-system-x86_64 ' && of_size "-net nic,vlan=1 -net tap,vlan=4" | tr '\n' ' '; } >line.sh
    { echo A=x && yes 'A=$A$A' | head -n 40 && echo 'qemu-system-x86_64 -name $A -netdev tap,id=$A,ifname=$A'; } >doubling.sh
}
number_vms 'qemu-system-x86_64 -name vm%d -nic tap,mac=52:54:00:12:%02x:%02x,ifname=tap%d,script=no' >vms.sh
interface="<interface type='bridge'><mac address='52:54:00:12:%02x:%02x'/><source bridge='br0'/><target dev='tap%d'/></interface>"
{
    echo "<domains>" && number_vms "<domain type='kvm'><name>vm%d</name><devices>$interface</devices></domain>" && echo "</domains>"
} >vms.xml
# shellcheck disable=SC2059 # a format
{
    echo "<domain type='kvm'><name>a</name><devices>" && of_size "$(printf "$interface" 4 17 0)" && echo "</devices></domain>"
} >domain.xml
{ echo "<domain>" && of_size "<a>"; } >deep.xml
{ echo "<domain type='kvm'><name>a</name><description>" && of_size "a &#x61;" && echo "</description></domain>"; } >text.xml

for file in "${!of[@]}"; do
    run_measured lint --json "$file"
    echo "$file: $LAB_SPENT_MS ms, exit status $LAB_STATUS"
    expect_exit "${of[$file]}"
    expect_json '[.. | strings | length] | max < 1000'
    [[ $file != vms.* ]] || expect_json '.targets | length == 1024'
done

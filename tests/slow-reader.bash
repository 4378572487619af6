# Of a command whose report nobody reads at first (source it behind lib.sh).

# begin_slow_lint: `lint` of 500 VMs, which are more than a pipe takes. Its process is LAB_PID.
begin_slow_lint()
{
    local i
    for ((i = 0; i < 500; i++)); do
        echo "qemu-system-x86_64 -name vm$i -net nic,vlan=1 -net tap,vlan=4,ifname=tap$i,script=no"
    done >"$LAB/many.sh"
    mkfifo "$LAB/slow"
    exec {LAB_SLOW}<>"$LAB/slow"
    "$VMNETCHECK" lint --json "$LAB/many.sh" >"$LAB/slow" 2>"$LAB/err" {LAB_SLOW}>&- &
    LAB_PID=$!
}

# Takes the rest, into $LAB/out; $! does that.
read_slow_lint()
{
    cat <"$LAB/slow" {LAB_SLOW}>&- >"$LAB/out" &
    exec {LAB_SLOW}>&-
}

#!/bin/bash
# With less rights than root's: what cannot be seen is no fault.
# shellcheck disable=SC2034,SC2317 # run_networks calls them by name; "healthy" reads what they set
. "$(dirname "$0")/../networks.sh"
need setpriv

network_only_cap_net_raw()
{
    usual_guest
    usual_host
    only_net_raw
    healthy 10.9.0.2 fd00:9::2
}

network_only_cap_net_raw_bridge()
{
    bridged
    neighbours
    lan
    only_net_raw
    healthy 10.9.0.2 fd00:9::2
}

network_file_capability()
{
    usual_guest
    usual_host
    make_public
    cp "$LAB/public/vmnetcheck" "$VMNETCHECK"
    setcap cap_net_raw+ep "$VMNETCHECK" || fail "no file capability"
    mv "$VMNETCHECK" "$LAB/public/vmnetcheck"
    printf '#!/bin/bash\nexec setpriv --reuid 1001 --regid 1001 --clear-groups %s "$@"\n' "$LAB/public/vmnetcheck" >"$VMNETCHECK"
    chmod 755 "$VMNETCHECK"
    healthy 10.9.0.2 fd00:9::2
}

# root without any other capability.
network_root_with_net_raw_only()
{
    usual_guest
    usual_host
    runs_as setpriv --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw
    healthy 10.9.0.2 fd00:9::2
}

# Rootless containers: host and guest are in a namespace of users, and root there is nobody elsewhere.
network_user_namespace()
{
    [[ -n ${IN_USER_NAMESPACE:-} ]] || IN_USER_NAMESPACE=1 exec unshare --user --map-root-user --net --mount --pid --fork --kill-child \
        --mount-proc bash "$0" user_namespace
    usual_guest
    usual_host
    healthy 10.9.0.2 fd00:9::2
}

network_no_proc_of_others()
{
    usual_guest
    usual_host
    runs_as unshare --mount -- sh -c "'mount -t proc -o hidepid=2 proc /proc; exec setpriv --reuid 1001 --regid 1001 --clear-groups \
        --inh-caps=+net_raw --ambient-caps=+net_raw \"\$@\"'" sh
    healthy 10.9.0.2 fd00:9::2
}

# Not even /proc and /sys: a container that was given the network namespace alone.
network_no_proc_and_no_sys()
{
    usual_guest
    usual_host
    runs_as unshare --mount -- sh -c "'umount -l /sys; umount -l /proc; exec \"\$@\"'" sh
    healthy 10.9.0.2 fd00:9::2
}

network_own_pid_namespace()
{
    usual_guest
    usual_host
    runs_as unshare --mount --pid --fork --mount-proc --
    healthy 10.9.0.2 fd00:9::2
}

network_few_descriptors()
{
    usual_guest
    usual_host
    runs_as prlimit --nofile=32
    healthy 10.9.0.2 fd00:9::2
}

run_networks "$@"

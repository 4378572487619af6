#!/bin/bash
# lint of start scripts and domain XML: the guide's mistake with both numbers and both lines, and what is no mistake. Sends
# nothing. Files that nobody can read end with a reason and a valid document.
. "$(dirname "$0")/../lib.sh"

# guide NIC-VLAN TAP-VLAN: as the guide's script has it, with "default values that a caller may set".
guide()
{
    cat >"$LAB/guide.sh" <<EOF
#!/bin/sh
# starts the virtual machine
VMDIR=\${VMDIR:-$LAB}
[ "\${NICARGS}X" = "X" ] && \\
    export NICARGS=" -net nic,vlan=$1,macaddr=52:54:00:12:04:11 \$(# the card)"
[ "\${TAPARGS}X" = "X" ] && \\
    export TAPARGS=" -net tap,vlan=$2,ifname=tun0\\
,script=no,downscript=no "
qemu-system-x86_64 -m 64 \${NICARGS} \${TAPARGS} -hda disk.img
EOF
}

guide 1 4
lint "$LAB/guide.sh"
expect_exit 3
expect_only_findings vlan-mismatch
expect_json '.targets[0].findings[0].summary | contains("hub 1") and contains("hub 4")'
expect_json '.targets[0].findings[0].evidence | any(startswith("line 5: -net nic,vlan=1")) and any(startswith("line 7: -net tap,vlan=4"))'
expect_json '.targets[0].interface == "tun0"'
run_vmnetcheck lint "$LAB/guide.sh"
expect_exit 3
expect_out '^tun0: FAULT in layer 2: vlan-mismatch'
expect_out 'line 5: -net nic,vlan=1'
expect_out 'line 7: -net tap,vlan=4'

guide 4 4
lint "$LAB/guide.sh"
expect_exit 0
expect_only_findings
expect "$VMNETCHECK" lint -q - <"$LAB/guide.sh"
expect "$VMNETCHECK" lint -q - < <(cat "$LAB/guide.sh")
run_vmnetcheck -q lint "$LAB/guide.sh"
expect_exit 0
expect [ ! -s "$LAB/out" ]

# Real command lines and XML.
for name in embox-vlan.sh multipass-1.14.sh quickemu-4.sh libvirt-9.0.cmdline; do
    lint "$ROOT/tests/unit/data/$name"
    expect_exit 0
    expect_only_findings
done
lint "$ROOT/tests/unit/data/libvirt-9.0.xml"
expect_exit 3
expect_only_findings link-off
# Proxmox is complete but for a file that has no network in it; its scripts are on its own hosts only.
lint "$ROOT/tests/unit/data/proxmox-8.sh"
expect_exit 1
expect_only_findings script-unusable
expect_json '.targets[0].unknown == [] and (.targets[0].notes | any(contains("-readconfig")))'

# Several VMs of one file.
printf '%s &\n' 'qemu-system-x86_64 -name a -nic tap,ifname=tap0,script=no' \
    'qemu-system-x86_64 -name b -nic tap,ifname=tap1,script=no' >"$LAB/two.sh"
lint "$LAB/two.sh"
expect_exit 3
expect_only_findings duplicate-mac
expect_json '[.targets[].vm.name] == ["a", "b"]'

# Several files are judged together, each once; what could not be read does not keep the rest from it.
echo 'qemu-system-x86_64 -name a -nic tap,ifname=tap0,script=no' >"$LAB/a.sh"
echo 'qemu-system-x86_64 -name b -nic tap,ifname=tap1,script=no' >"$LAB/b.sh"
lint "$LAB/a.sh" "$LAB/b.sh"
expect_exit 3
expect_only_findings duplicate-mac
expect_json "[.targets[].file] == [\"$LAB/a.sh\", \"$LAB/b.sh\"]"
expect_json ".targets[0].findings[0].evidence | any(startswith(\"b ($LAB/b.sh line 1)\"))"
lint "$LAB/a.sh" "$LAB/a.sh"
expect_exit 0
expect_json '.targets | length == 1'
expect "$VMNETCHECK" lint -q "$LAB/a.sh" - < <(sed 's/tap,/tap,mac=52:54:00:00:00:01,/; s/-name a/-name c/; s/tap0/tap9/' "$LAB/a.sh")
lint "$LAB/a.sh" "$LAB/no-such-file" "$LAB/b.sh"
expect_exit 71
expect_only_findings duplicate-mac
lint "$LAB/a.sh" /dev/null
expect_exit 5
expect_json '.targets | length == 1'
run_vmnetcheck lint "$LAB/a.sh" "$LAB/b.sh"
expect_out "^tap1: FAULT in layer 2: duplicate-mac \(b, $LAB/b.sh, "

# What cannot be known is no fault, and not healthy either.
echo "qemu-system-x86_64 \$NET" >"$LAB/unknown.sh"
lint "$LAB/unknown.sh"
expect_exit 5
expect_json ".targets[0].unknown | any(contains(\"\$NET\"))"

# Nothing of a file reaches the terminal as it is.
printf 'qemu-system-x86_64 -name "\033[31mx" -netdev "tap,id=\033]0;x\007,ifname=tap0"\n' >"$LAB/evil.sh"
run_vmnetcheck lint -v "$LAB/evil.sh"
expect_exit 3
expect_no_out $'\033'
lint "$LAB/evil.sh"
expect_exit 3

# What is no start script.
lint "$LAB/no-such-file"
expect_exit 71
expect_json '.error | contains("No such file")'
lint "$LAB"
expect_exit 71
lint /dev/null
expect_exit 5
echo 'echo hello' >"$LAB/hello.sh"
lint "$LAB/hello.sh"
expect_exit 5
expect_json '.error | contains("no QEMU command line")'
echo '<domain>' >"$LAB/broken.xml"
lint "$LAB/broken.xml"
expect_exit 5
head -c 17000000 /dev/zero >"$LAB/huge"
lint "$LAB/huge"
expect_exit 71
{ printf 'qemu-system-x86_64\0'; yes -- -net | head -n 100000 | tr '\n' '\0'; } >"$LAB/long"
(ulimit -t 20 && exec "$VMNETCHECK" lint "$LAB/long") >"$LAB/out" # so many seconds of the processor
status=$?
expect [ $status -lt 64 ]

for arguments in '' '--all a' '--pid 1 --all' '--pid 0 a' '--vm web1' 'x --linger 1'; do
    # shellcheck disable=SC2086 # arguments
    run_vmnetcheck lint $arguments
    expect_exit 64
done

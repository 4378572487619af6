#!/bin/bash
# Nonsense on the command line: exit 64, the option and what it takes are named, nothing is printed on standard output and
# nothing is sent. Help, version and explain need neither privilege nor interface.
. "$(dirname "$0")/../lib.sh"

echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 # the kernel of the host would say something of its own
start_guest --ip4 10.9.0.2 --ip6 none tap0
sent=$(frames_sent tap0)

# refused REGEX ARGUMENT...
refused()
{
    local regex=$1
    shift
    run_vmnetcheck "$@"
    expect_exit 64
    expect_err "$regex"
    expect [ ! -s "$LAB/out" ]
    expect [ "$(frames_sent tap0)" = "$sent" ]
}

refused '^vmnetcheck: --count takes a number from 1 to 1000, not "0"' -c 0 tap0
refused '^vmnetcheck: --count takes .*, not "three"' --count three tap0
refused '^vmnetcheck: --count takes .*, not "-1"' -c -1 tap0
refused '^vmnetcheck: --count takes .*, not "99999999999999999999"' -c 99999999999999999999 tap0
refused '^vmnetcheck: --count takes .*, not ""' -c '' tap0
refused '^vmnetcheck: --interval takes seconds .*, not "-0.1"' -i -0.1 tap0
refused '^vmnetcheck: --timeout takes seconds .*, not "0"' -W 0 tap0
refused '^vmnetcheck: --timeout takes seconds .*, not "nan"' -W nan tap0
refused '^vmnetcheck: --linger takes seconds .*, not "1s"' --linger 1s tap0
refused '^vmnetcheck: --wait takes seconds .*, not "1e3"' -w 1e3 tap0
refused '^vmnetcheck: --source takes .*, not "224.0.0.1"' -S 224.0.0.1 tap0
refused '^vmnetcheck: --source takes .*, not "here"' -S here tap0
refused '^vmnetcheck: --mac takes .*, not "53:54:00:00:00:01"' -m 53:54:00:00:00:01 tap0
refused '^vmnetcheck: --vlan takes .*, not "4095"' -V 4095 tap0
refused '^vmnetcheck: --format takes .*, not "xml"' -f xml tap0
refused '^vmnetcheck: --color takes .*, not "maybe"' --color maybe tap0
refused '^vmnetcheck: --count needs an argument' tap0 -c
refused '^vmnetcheck: unknown option -Z' -Z tap0
refused '^vmnetcheck: unknown option --fast' --fast tap0
refused '^vmnetcheck: unknown option --tiemout; did you mean --timeout\?' --tiemout 3 tap0
refused '^vmnetcheck: --ver could be --verbose, --version' --ver tap0
refused '^vmnetcheck: .*-4.*-6' -4 -6 tap0
refused '^vmnetcheck: 10\.9\.0\.300 ' tap0 10.9.0.300
refused '^vmnetcheck: 10\.9\.0\.2: .*interface' 10.9.0.2
refused '^vmnetcheck: fd00::2 .*family' -4 tap0 fd00::2
refused '^vmnetcheck: 127\.0\.0\.1 ' tap0 127.0.0.1
refused '^vmnetcheck: "a/b" ' a/b
refused '^vmnetcheck: which interface' check
refused '^vmnetcheck: --mac is not an option of lint' lint --mac 52:54:00:00:00:01 --all
refused '^vmnetcheck: 10\.9\.0\.2/24: .* without its prefix length: 10\.9\.0\.2$' tap0 10.9.0.2/24
refused '^vmnetcheck: web1\.example\.org is the name of a host' tap0 web1.example.org
refused '^vmnetcheck: 52:54:00:12:04:11 is a MAC address' tap0 52:54:00:12:04:11
refused '^vmnetcheck: there is no interface "chek"; did you mean the command check\?' chek tap0
refused '^vmnetcheck: there is no interface "LINT"; did you mean the command lint\?' LINT tap0
refused '^vmnetcheck: there is no command "chek"; did you mean check\?' help chek
refused '^vmnetcheck: there is no finding "arp-norply"; did you mean arp-no-reply\?' explain arp-norply
refused '^vmnetcheck: there is no finding "nonsense"' explain nonsense
refused "^Try 'vmnetcheck --help'" -c 0 tap0

setpriv --reuid 65534 --regid 65534 --clear-groups "$VMNETCHECK" --help >"$LAB/out"
expect_out '^Usage: vmnetcheck'
run_vmnetcheck --version
expect_exit 0
expect_out '^vmnetcheck [0-9a-f]'
expect_out '^built with(out)? .*BPF'
expect_out '^built with(out)? .*libvirt'
run_vmnetcheck explain arp-no-reply
expect_exit 0
expect_out '^arp-no-reply'
run_vmnetcheck explain ARP
expect_out '^arp-no-reply'
run_vmnetcheck explain --json Dup- icmp-no-reply arp-no
expect_json '[.findings[].name] | (map(select(startswith("dup-"))) | length > 3) and (. - map(select(startswith("dup-")))
    == ["arp-no-reply", "icmp-no-reply"])'
run_vmnetcheck explain
expect_exit 0
expect_out '^tap-down'
run_vmnetcheck explain --json
expect_exit 0
expect_json '.command == "explain" and (.findings | length > 10)'
expect [ "$(frames_sent tap0)" = "$sent" ]

# A report that cannot be written is an error.
LAB_STATUS=0
"$VMNETCHECK" tap0 10.9.0.2 >/dev/full 2>"$LAB/err" || LAB_STATUS=$?
expect_exit 71
expect_err 'No space left'

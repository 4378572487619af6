# Completion of vmnetcheck for fish. Made of its tables by make completions.

function __vmnetcheck_is
    set -l command check
    for word in (commandline -opc)[2..-1]
        if contains -- $word check read lint list watch merge explain help version 
            set command $word
            break
        end
    end
    contains -- $command $argv
end

function __vmnetcheck_taps
    vmnetcheck list --raw --noheadings --columns tap 2>/dev/null
end

function __vmnetcheck_vms
    vmnetcheck list --raw --noheadings --columns vm 2>/dev/null
end

function __vmnetcheck_spaces
    ip netns list 2>/dev/null | string replace -r ' .*' ''
end

function __vmnetcheck_findings
    string split ' ' -- 'tap-name-too-long no-such-tap not-ethernet tap-down tap-unattached tap-shared vm-not-reading vm-on-two-hosts bridge-down bridge-port-blocked address-on-bridge-port route-elsewhere stale-neighbour reverse-path-filter host-filter bridge-filter forwarding-off script-unusable host-mac invalid-mac unexpected-mac vlan-mismatch nic-unconnected link-off l2-loop frame-reflection broadcast-storm duplicate-mac vlan-tag-mismatch dup-request-copied dup-reply-copied dup-two-guests dup-forwarded dup-unexplained arp-no-reply ndp-no-reply reply-elsewhere packet-loss proxy-arp address-conflict dhcp-no-offer dhcp-refused dhcp-two-servers no-address dad-failed address-not-assigned wrong-subnet ipv6-off prefix-mismatch no-gateway no-return-route mtu-blackhole icmp-rejected bad-checksum icmp-no-reply icmpv6-no-reply documentation-address '
end

complete -c vmnetcheck -f
complete -c vmnetcheck -n __fish_use_subcommand -a check -d 'check the VM behind TAP (the default)'
complete -c vmnetcheck -n '__vmnetcheck_is check' -a '(__vmnetcheck_taps)'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s 4 -d 'IPv4 only'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s 6 -d 'IPv6 only'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s c -l count -d 'probes of each kind (3)' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -s i -l interval -d 'between two probes of a kind (0.02, or sooner when answered)' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -s W -l timeout -d 'how long a probe waits for its reply (1)' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -l linger -d 'how long to listen for duplicates after the last reply (0.1)' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -s w -l wait -d 'check until healthy, at most so long (0)' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -l need -d 'what a healthy VM must have: ipv4, ipv6 (routable ones), any (what the path has)' -x -a 'ipv4 ipv6 any'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s S -l source -d 'source address of the probes (automatic)' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -s m -l mac -d 'the MAC address that the guest must have' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -s V -l vlan -d 'the 802.1Q tag that the guest must use, 0 for untagged' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -l deep -d 'also run the diagnosing probes when nothing is wrong'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l no-path -d 'ask on the tap only, not through bridges and the host\'s own stack'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l no-libvirt -d 'never ask libvirt\'s daemon: for its hooks, which it waits for'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l find-rule -d 'name the firewall rule that drops a probe, by an nftables table of our own'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l debug -d 'observations and decisions with their times, on standard error'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l pcap -d 'keep every frame sent and seen in this capture file' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is check' -l pcap-limit -d 'of so many mebibytes at most (100)' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -l vm -d 'the VM of this name (or UUID) instead of a TAP' -x -a '(__vmnetcheck_vms)'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l pid -d 'the VM of this process' -x
complete -c vmnetcheck -n '__vmnetcheck_is check' -l xml -d 'the taps, MACs and addresses of this domain XML; - is standard input' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is check' -l all -d 'all taps and VMs of this host'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l netns -d 'in this network namespace, or in that of the process of this number' -x -a '(__vmnetcheck_spaces)'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l all-netns -d '--all, in all network namespaces: those with a name, and those of VMs'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s f -l format -d 'format of what is printed (text)' -x -a 'text json jsonl junit tap13 nagios prometheus html '
complete -c vmnetcheck -n '__vmnetcheck_is check' -s j -l json -d 'same as --format json'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l output -d 'write to this file, which appears when it is complete' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is check' -l fail-on -d 'warning, unknown or error: what is less exits 0 (warning)' -x -a 'warning unknown error'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l ignore -d 'findings that do not count; they are shown' -x -a '(__vmnetcheck_findings)'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s q -l quiet -d 'no output, exit status only'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s v -l verbose -d 'every check and its evidence, also of what passed'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l color -d 'auto, always or never (auto)' -x -a 'auto always never'
complete -c vmnetcheck -n '__vmnetcheck_is check' -s h -l help -d 'what the program, or the command that is named, takes'
complete -c vmnetcheck -n '__vmnetcheck_is check' -l version -d 'the version'
complete -c vmnetcheck -n __fish_use_subcommand -a read -d 'diagnose a recorded capture; sends nothing'
complete -c vmnetcheck -n '__vmnetcheck_is read' -F
complete -c vmnetcheck -n '__vmnetcheck_is read' -s 4 -d 'IPv4 only'
complete -c vmnetcheck -n '__vmnetcheck_is read' -s 6 -d 'IPv6 only'
complete -c vmnetcheck -n '__vmnetcheck_is read' -s W -l timeout -d 'how long a probe waits for its reply (1)' -x
complete -c vmnetcheck -n '__vmnetcheck_is read' -s m -l mac -d 'the MAC address that the guest must have' -x
complete -c vmnetcheck -n '__vmnetcheck_is read' -s V -l vlan -d 'the 802.1Q tag that the guest must use, 0 for untagged' -x
complete -c vmnetcheck -n '__vmnetcheck_is read' -s f -l format -d 'format of what is printed (text)' -x -a 'text json jsonl junit tap13 nagios prometheus html '
complete -c vmnetcheck -n '__vmnetcheck_is read' -s j -l json -d 'same as --format json'
complete -c vmnetcheck -n '__vmnetcheck_is read' -l output -d 'write to this file, which appears when it is complete' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is read' -l fail-on -d 'warning, unknown or error: what is less exits 0 (warning)' -x -a 'warning unknown error'
complete -c vmnetcheck -n '__vmnetcheck_is read' -l ignore -d 'findings that do not count; they are shown' -x -a '(__vmnetcheck_findings)'
complete -c vmnetcheck -n '__vmnetcheck_is read' -s q -l quiet -d 'no output, exit status only'
complete -c vmnetcheck -n '__vmnetcheck_is read' -s v -l verbose -d 'every check and its evidence, also of what passed'
complete -c vmnetcheck -n '__vmnetcheck_is read' -l color -d 'auto, always or never (auto)' -x -a 'auto always never'
complete -c vmnetcheck -n '__vmnetcheck_is read' -s h -l help -d 'what the program, or the command that is named, takes'
complete -c vmnetcheck -n '__vmnetcheck_is read' -l version -d 'the version'
complete -c vmnetcheck -n __fish_use_subcommand -a lint -d 'find network mistakes in a start script, domain XML or process'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -F
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l no-libvirt -d 'never ask libvirt\'s daemon: for its hooks, which it waits for'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l pid -d 'the VM of this process' -x
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l all -d 'all taps and VMs of this host'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l netns -d 'in this network namespace, or in that of the process of this number' -x -a '(__vmnetcheck_spaces)'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l all-netns -d '--all, in all network namespaces: those with a name, and those of VMs'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -s f -l format -d 'format of what is printed (text)' -x -a 'text json jsonl junit tap13 nagios prometheus html '
complete -c vmnetcheck -n '__vmnetcheck_is lint' -s j -l json -d 'same as --format json'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l output -d 'write to this file, which appears when it is complete' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l fail-on -d 'warning, unknown or error: what is less exits 0 (warning)' -x -a 'warning unknown error'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l ignore -d 'findings that do not count; they are shown' -x -a '(__vmnetcheck_findings)'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -s q -l quiet -d 'no output, exit status only'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -s v -l verbose -d 'every check and its evidence, also of what passed'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l color -d 'auto, always or never (auto)' -x -a 'auto always never'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -s h -l help -d 'what the program, or the command that is named, takes'
complete -c vmnetcheck -n '__vmnetcheck_is lint' -l version -d 'the version'
complete -c vmnetcheck -n __fish_use_subcommand -a list -d 'taps, who holds them, bridge, MAC, netdev, hub, state'
complete -c vmnetcheck -n '__vmnetcheck_is list' -l netns -d 'in this network namespace, or in that of the process of this number' -x -a '(__vmnetcheck_spaces)'
complete -c vmnetcheck -n '__vmnetcheck_is list' -l all-netns -d '--all, in all network namespaces: those with a name, and those of VMs'
complete -c vmnetcheck -n '__vmnetcheck_is list' -s f -l format -d 'format of what is printed (text)' -x -a 'text json '
complete -c vmnetcheck -n '__vmnetcheck_is list' -s j -l json -d 'same as --format json'
complete -c vmnetcheck -n '__vmnetcheck_is list' -s o -l columns -d 'these columns, in this order (those that somebody has)' -x -a 'TAP STATE NETNS BRIDGE VM PID UID UUID MAC NETDEV HUB PATH ADDRESSES '
complete -c vmnetcheck -n '__vmnetcheck_is list' -l raw -d 'columns that are not aligned, for scripts'
complete -c vmnetcheck -n '__vmnetcheck_is list' -l noheadings -d 'no line with the names of the columns'
complete -c vmnetcheck -n '__vmnetcheck_is list' -l output -d 'write to this file, which appears when it is complete' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is list' -s v -l verbose -d 'every check and its evidence, also of what passed'
complete -c vmnetcheck -n '__vmnetcheck_is list' -l color -d 'auto, always or never (auto)' -x -a 'auto always never'
complete -c vmnetcheck -n '__vmnetcheck_is list' -s h -l help -d 'what the program, or the command that is named, takes'
complete -c vmnetcheck -n '__vmnetcheck_is list' -l version -d 'the version'
complete -c vmnetcheck -n __fish_use_subcommand -a watch -d 'stay, and report each change as it happens'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -a '(__vmnetcheck_taps)'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s 4 -d 'IPv4 only'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s 6 -d 'IPv6 only'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s c -l count -d 'probes of each kind (3)' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s i -l interval -d 'between two probes of a kind (0.02, or sooner when answered)' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s W -l timeout -d 'how long a probe waits for its reply (1)' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l linger -d 'how long to listen for duplicates after the last reply (0.1)' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l every -d 'between two checks, as long as nothing is heard (10)' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l need -d 'what a healthy VM must have: ipv4, ipv6 (routable ones), any (what the path has)' -x -a 'ipv4 ipv6 any'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s S -l source -d 'source address of the probes (automatic)' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s m -l mac -d 'the MAC address that the guest must have' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s V -l vlan -d 'the 802.1Q tag that the guest must use, 0 for untagged' -x
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l deep -d 'also run the diagnosing probes when nothing is wrong'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l no-path -d 'ask on the tap only, not through bridges and the host\'s own stack'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l no-libvirt -d 'never ask libvirt\'s daemon: for its hooks, which it waits for'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l find-rule -d 'name the firewall rule that drops a probe, by an nftables table of our own'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l debug -d 'observations and decisions with their times, on standard error'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l all -d 'all taps and VMs of this host'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l netns -d 'in this network namespace, or in that of the process of this number' -x -a '(__vmnetcheck_spaces)'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s f -l format -d 'format of what is printed (text)' -x -a 'text json jsonl '
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s j -l json -d 'same as --format json'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l ignore -d 'findings that do not count; they are shown' -x -a '(__vmnetcheck_findings)'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l color -d 'auto, always or never (auto)' -x -a 'auto always never'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -s h -l help -d 'what the program, or the command that is named, takes'
complete -c vmnetcheck -n '__vmnetcheck_is watch' -l version -d 'the version'
complete -c vmnetcheck -n __fish_use_subcommand -a merge -d 'documents of several hosts made one, and what only together they show'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -F
complete -c vmnetcheck -n '__vmnetcheck_is merge' -s f -l format -d 'format of what is printed (text)' -x -a 'text json jsonl junit tap13 nagios prometheus html '
complete -c vmnetcheck -n '__vmnetcheck_is merge' -s j -l json -d 'same as --format json'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -l output -d 'write to this file, which appears when it is complete' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is merge' -l fail-on -d 'warning, unknown or error: what is less exits 0 (warning)' -x -a 'warning unknown error'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -l ignore -d 'findings that do not count; they are shown' -x -a '(__vmnetcheck_findings)'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -s q -l quiet -d 'no output, exit status only'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -s v -l verbose -d 'every check and its evidence, also of what passed'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -l color -d 'auto, always or never (auto)' -x -a 'auto always never'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -s h -l help -d 'what the program, or the command that is named, takes'
complete -c vmnetcheck -n '__vmnetcheck_is merge' -l version -d 'the version'
complete -c vmnetcheck -n __fish_use_subcommand -a explain -d 'what a finding means, how it is proved, how to fix it'
complete -c vmnetcheck -n '__vmnetcheck_is explain' -a '(__vmnetcheck_findings)'
complete -c vmnetcheck -n '__vmnetcheck_is explain' -s f -l format -d 'format of what is printed (text)' -x -a 'text json '
complete -c vmnetcheck -n '__vmnetcheck_is explain' -s j -l json -d 'same as --format json'
complete -c vmnetcheck -n '__vmnetcheck_is explain' -l output -d 'write to this file, which appears when it is complete' -r -F
complete -c vmnetcheck -n '__vmnetcheck_is explain' -s v -l verbose -d 'every check and its evidence, also of what passed'
complete -c vmnetcheck -n '__vmnetcheck_is explain' -l color -d 'auto, always or never (auto)' -x -a 'auto always never'
complete -c vmnetcheck -n '__vmnetcheck_is explain' -s h -l help -d 'what the program, or the command that is named, takes'
complete -c vmnetcheck -n '__vmnetcheck_is explain' -l version -d 'the version'
complete -c vmnetcheck -n __fish_use_subcommand -a help -d 'what a command takes'
complete -c vmnetcheck -n '__vmnetcheck_is help' -a 'check read lint list watch merge explain help version '
complete -c vmnetcheck -n __fish_use_subcommand -a version -d 'the version'
